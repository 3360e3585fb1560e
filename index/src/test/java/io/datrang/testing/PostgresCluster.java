package io.datrang.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A private PostgreSQL cluster in a temporary directory, listening on a Unix socket and on a free
 * port of 127.0.0.1, with superuser {@code postgres} and no passwords.
 *
 * <p>Not thread-safe, except for {@link #connect}. The freshly initialised directory is kept once
 * per JVM and locale and copied, so that a second cluster starts in a fraction of a second. The
 * server does not flush to disk unless {@link Builder#durable} is asked for; {@link #stopImmediate}
 * keeps what was written all the same, since the machine stays up.
 */
public final class PostgresCluster implements AutoCloseable {
  private static final Map<List<String>, Path> TEMPLATES = new LinkedHashMap<>();
  private static final Map<Path, Path> UNPACKED = new LinkedHashMap<>();

  private final PostgresPrograms programs;
  private final Path directory;
  private final int port;
  private final Thread stopAtExit = new Thread(this::stopQuietly, "stop-postgres");

  /** What a cluster may be started with. */
  public static final class Builder {
    private final Map<String, String> settings = new LinkedHashMap<>();
    private List<String> locale = List.of("--locale=C.UTF-8");
    private PostgresPrograms programs;

    private Builder() {
      settings.put("wal_level", "logical");
      settings.put("max_wal_senders", "10");
      settings.put("max_replication_slots", "10");
      settings.put("fsync", "off");
      settings.put("shared_buffers", "64MB");
      settings.put("max_connections", "60");
      settings.put("log_line_prefix", "%m [%p] %q%u@%d ");
    }

    /** Sets a server setting, as in {@code postgresql.conf}; the value is quoted here. */
    public Builder setting(String name, String value) {
      settings.put(name, value);
      return this;
    }

    /** Flushes to disk as a real server does. */
    public Builder durable() {
      return setting("fsync", "on");
    }

    /** The cluster's libc locale; C.UTF-8 when this is not called. */
    public Builder locale(String name) {
      locale = List.of("--locale=" + name);
      return this;
    }

    /** The cluster's encoding, with locale C; UTF8 when this is not called. */
    public Builder encoding(String name) {
      locale = List.of("--locale=C", "-E", name);
      return this;
    }

    /** The cluster's ICU locale, e.g. {@code en-US}. */
    public Builder icuLocale(String name) {
      locale = List.of("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=" + name);
      return this;
    }

    /** A directory of server programs other than the default one. */
    public Builder programs(Path bin) {
      programs = new PostgresPrograms(bin);
      return this;
    }

    /** Initialises and starts the cluster; it accepts connections on return. */
    public PostgresCluster start() {
      PostgresPrograms found = programs == null ? PostgresPrograms.fromEnvironment() : programs;
      return new PostgresCluster(found, locale, settings);
    }
  }

  /**
   * Unpacks an archive of a server's files to where its user may run them, until this JVM ends.
   *
   * @return the directory of the programs, for {@link Builder#programs}
   */
  public static synchronized Path unpack(Path archive) {
    return UNPACKED.computeIfAbsent(
        archive,
        a -> {
          PostgresPrograms programs = new PostgresPrograms(archive);
          Path directory = programs.newDirectory();
          programs.unpack(archive, directory);
          Runtime.getRuntime()
              .addShutdownHook(new Thread(() -> programs.remove(directory), "drop-programs"));
          return directory.resolve("bin");
        });
  }

  public static Builder builder() {
    return new Builder();
  }

  /** A cluster with the defaults: logical decoding on, 10 slots, not durable, locale C.UTF-8. */
  public static PostgresCluster startDefault() {
    return builder().start();
  }

  private PostgresCluster(
      PostgresPrograms programs, List<String> locale, Map<String, String> settings) {
    this.programs = programs;
    this.port = Ports.free();
    this.directory = programs.newDirectory();
    Runtime.getRuntime().addShutdownHook(stopAtExit);
    try {
      Path template = template(programs, locale);
      programs.runAsServerUser(List.of("cp", "-a", template + "/data", directory + "/data"));
      configure(
          Map.of(
              "port", Integer.toString(port),
              "listen_addresses", "127.0.0.1",
              "unix_socket_directories", directory.toString()));
      configure(settings);
      launch();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private PostgresCluster(PostgresCluster primary) {
    this.programs = primary.programs;
    this.port = Ports.free();
    this.directory = programs.newDirectory();
    Runtime.getRuntime().addShutdownHook(stopAtExit);
    try {
      sh("cp -a '" + primary.directory + "/backup' data && rm -rf data/pg_replslot/*");
      sh("touch data/standby.signal");
      configure(
          Map.of(
              "port", Integer.toString(port),
              "unix_socket_directories", directory.toString(),
              "primary_conninfo",
                  "host=127.0.0.1 port=" + primary.port + " user=postgres dbname=postgres"));
      launch();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The Unix socket's directory, as in libpq's {@code host}. */
  public Path socketDirectory() {
    return directory;
  }

  public int port() {
    return port;
  }

  /** Where the server's programs are: {@code psql}, {@code pgbench}, {@code pg_ctl} and so on. */
  public Path bin() {
    return programs.bin();
  }

  public Path dataDirectory() {
    return directory.resolve("data");
  }

  /** What the server has logged so far. */
  public String log() {
    return programs.runAsServerUser(List.of("cat", directory + "/log"));
  }

  public String jdbcUrl() {
    return jdbcUrl("postgres");
  }

  /** URL of a database for user postgres. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=postgres";
  }

  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl());
  }

  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database));
  }

  /** Runs statements in database postgres, each in its own transaction. */
  public void execute(String... statements) {
    executeIn("postgres", statements);
  }

  /** Runs statements in the given database, each in its own transaction. */
  public void executeIn(String database, String... statements) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /**
   * Creates a database from template0.
   *
   * @param options what follows, e.g. {@code LOCALE 'en_US.UTF-8'} or {@code LOCALE_PROVIDER icu
   *     ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'}; may be empty
   */
  public void createDatabase(String name, String options) {
    execute("CREATE DATABASE " + name + " TEMPLATE template0 " + options);
  }

  /** Loads the catalog tables into schema datrang of database postgres, without the extension. */
  public void loadCatalog() {
    loadCatalog("postgres");
  }

  /** Loads the catalog tables into schema datrang of a database, without the extension. */
  public void loadCatalog(String database) {
    try {
      executeIn(database, "CREATE SCHEMA datrang", Files.readString(repository("sql/catalog.sql")));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A file or directory of the repository, looked for from the working directory upwards. */
  public static Path repository(String relative) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(relative))) {
        return at.resolve(relative);
      }
    }
    throw new IllegalStateException(relative + " is not in or above the working directory");
  }

  /**
   * From now on roles need their password over TCP.
   *
   * @param trusted those that do not; postgres is always one
   */
  public void askForPasswords(String... trusted) {
    StringBuilder rules = new StringBuilder("local all all trust\n");
    for (String role : trusted) {
      rules.append("host all ").append(role).append(" 127.0.0.1/32 trust\n");
    }
    rules.append("host all,replication postgres 127.0.0.1/32 trust\n");
    rules.append("host all,replication all 127.0.0.1/32 scram-sha-256\n");
    programs.runAsServerUser(
        List.of(
            "sh",
            "-c",
            "printf '%s' \"$1\" > \"$2\"",
            "sh",
            rules.toString(),
            directory + "/data/pg_hba.conf"));
    execute("SELECT pg_reload_conf()");
  }

  /** Stops the server as a crash would: no checkpoint, sessions cut off. */
  public void stopImmediate() {
    stop("immediate");
  }

  /** Starts the server again after {@link #stopImmediate}. */
  public void launch() {
    programs.run(
        "pg_ctl",
        List.of("start", "-w", "-s", "-D", directory + "/data", "-l", directory + "/log"));
  }

  /** Stops the server in an orderly way and starts it again, with the settings now on file. */
  public void restart() {
    stop("fast");
    launch();
  }

  /** Stops the server, keeps a copy of its files, and starts it again. */
  public void backUp() {
    stop("fast");
    sh("cp -a data backup");
    launch();
  }

  /** Recovers the server from the copy to a position in its log, as one without slots. */
  public void restore(String lsn) {
    stop("fast");
    sh(
        "mv data/pg_wal wal && rm -r data && cp -a backup data && rm -rf data/pg_replslot/*"
            + " && touch data/recovery.signal");
    configure(
        Map.of(
            "restore_command",
            "cp " + directory + "/wal/%f %p",
            "recovery_target_lsn",
            lsn,
            "recovery_target_action",
            "promote"));
    launch();
  }

  /** Starts a copy of {@link #backUp} as a server that replays what this one writes. */
  public PostgresCluster standby() {
    return new PostgresCluster(this);
  }

  private void sh(String command) {
    programs.runAsServerUser(List.of("sh", "-c", "cd '" + directory + "' && " + command));
  }

  /** Appends a setting to the configuration; takes effect at the next (re)start. */
  public void configure(Map<String, String> settings) {
    List<String> lines = new ArrayList<>();
    settings.forEach((name, value) -> lines.add(name + " = '" + value.replace("'", "''") + "'"));
    programs.runAsServerUser(
        List.of(
            "sh",
            "-c",
            "printf '%s\\n' \"$1\" >> \"$2\"",
            "sh",
            String.join("\n", lines),
            directory + "/data/postgresql.conf"));
  }

  private void stop(String mode) {
    programs.run("pg_ctl", List.of("stop", "-w", "-s", "-m", mode, "-D", directory + "/data"));
  }

  private void stopQuietly() {
    try {
      if (running()) {
        stop("immediate");
      }
    } catch (RuntimeException e) {
      System.err.println("still running in " + directory + ": " + e.getMessage());
    }
    programs.remove(directory);
  }

  private boolean running() {
    String pidFile = directory + "/data/postmaster.pid";
    return programs
        .runAsServerUser(List.of("sh", "-c", "test ! -e '" + pidFile + "' || echo yes"))
        .startsWith("yes");
  }

  /** Stops the server at once and removes its directory. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(stopAtExit);
    } catch (IllegalStateException e) {
      return; // the JVM is going down; the hook does the work
    }
    stopQuietly();
  }

  private static synchronized Path template(PostgresPrograms programs, List<String> locale) {
    List<String> key = new ArrayList<>(locale);
    key.add(programs.bin().toString());
    return TEMPLATES.computeIfAbsent(key, k -> initialise(programs, locale));
  }

  private static Path initialise(PostgresPrograms programs, List<String> locale) {
    Path template = programs.newDirectory();
    List<String> arguments =
        new ArrayList<>(List.of("--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D"));
    arguments.add(template + "/data");
    arguments.addAll(locale);
    programs.run("initdb", arguments);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> programs.remove(template), "drop-template"));
    return template;
  }
}
