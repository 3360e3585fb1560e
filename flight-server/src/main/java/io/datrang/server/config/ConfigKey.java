package io.datrang.server.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Every key of the configuration, its default and what it means. */
enum ConfigKey {
  POSTGRES_URL("", "JDBC URL of the database, without password; instead of host, port, database"),
  POSTGRES_HOST("127.0.0.1", "host of the PostgreSQL server"),
  POSTGRES_PORT("5432", "its port"),
  POSTGRES_DATABASE("postgres", "the database with the extension"),
  POSTGRES_USER("datrang", "the role the sidecar connects as"),
  POSTGRES_PASSWORD_FILE("", "file with the role's password; or set DATRANG_POSTGRES_PASSWORD"),
  SLOT_NAME("datrang", "the replication slot"),
  PUBLICATION_NAME("datrang", "the publication"),
  BACKFILL_WORKERS("2", "connections that copy a new table"),
  DATA_DIR("", "directory of the tables' files; this sidecar's alone"),
  READ_ONLY(
      "off", "on: serves what another sidecar writes to the same files; needs engine-temp-dir"),
  OBJECT_STORE("", "s3://bucket/prefix to keep the files at; data-dir is a cache of them then"),
  OBJECT_STORE_ENDPOINT("", "address of an S3-compatible store; AWS's own when empty"),
  OBJECT_STORE_REGION("", "its region; default from the environment, as credentials are"),
  OBJECT_STORE_PATH_STYLE("", "on: the bucket is in the path; default on where an endpoint is set"),
  OBJECT_CACHE_LIMIT("64GB", "how much of the object store's files may be in data-dir"),
  FLUSH_INTERVAL("30s", "longest time a change stays out of files"),
  FLUSH_ROWS("1000000", "changed rows that start a flush before its time"),
  FILE_SIZE_TARGET("256MB", "a Parquet file is closed at about this size"),
  COMPACTION_INTERVAL("10s", "how often files are looked for that are worth being written anew"),
  COMPACTION_RATE("256MB", "uncompressed rows a second that are written anew in the background"),
  ICEBERG_HISTORY("1h", "how long replaced files stay readable for Iceberg readers"),
  ARCHIVE_INTERVAL(
      "1h",
      "how often partitions are archived that policies say; 0s leaves it to another scheduler"),
  ENGINE_MEMORY_LIMIT("", "memory of the engine before it spills; default a quarter of the RAM"),
  ENGINE_CACHE_LIMIT(
      "",
      "part of engine-memory-limit for columns that are read often, decoded; default 40 %, 0 for"
          + " none"),
  ENGINE_THREADS("", "threads of the engine; default one per processor"),
  ENGINE_TEMP_DIR("", "where the engine spills to; default temp below data-dir"),
  ENGINE_TEMP_LIMIT("16GB", "how much it may spill"),
  ENGINE_TEMP_CHECK(
      "off", "on: what was spilled is verified when it is read; spilling takes five times as long"),
  SPARK_URL("", "JDBC URL of a Spark cluster that large queries can be sent to"),
  TRINO_URL("", "JDBC URL of a Trino cluster"),
  CLUSTER_DRIVERS("", "a JAR with their JDBC drivers, or a directory of JARs"),
  CLUSTER_CATALOG("datrang", "what the clusters call the Iceberg catalog of this database"),
  CLUSTER_USER("", "the user there"),
  CLUSTER_PASSWORD_FILE("", "file with its password; or set DATRANG_CLUSTER_PASSWORD"),
  FLIGHT_SOCKET("", "Unix socket for the foreign data wrapper; none when empty"),
  FLIGHT_SOCKET_MODE("0660", "permissions of the socket"),
  FLIGHT_HOST("127.0.0.1", "address for Flight SQL clients"),
  FLIGHT_PORT("0", "port for Flight SQL clients; 0 for none"),
  FLIGHT_PLAINTEXT("loopback", "where Flight SQL may go unencrypted: loopback, or anywhere"),
  TLS_CERT_FILE(
      "", "PEM file of the certificate chain for flight-port; read again when it changes"),
  TLS_KEY_FILE("", "PEM file of its private key"),
  TLS_CLIENT_CA_FILE("", "PEM file of authorities; clients must show a certificate of one"),
  SECRET_FILE("", "file with the foreign data wrapper's secret; or set DATRANG_SECRET"),
  LOGIN_LIFETIME("12h", "how long a Flight SQL client stays logged in"),
  MAX_QUERIES("128", "queries that run at the same time; more are refused"),
  MAX_ROLE_QUERIES("16", "of these, by one role over Flight SQL; its CONNECTION LIMIT can be less"),
  ROLE_MEMORY("", "memory of each query of a role over Flight SQL: name=256MB, other=1GB, *=2GB"),
  STATEMENT_TIMEOUT("0s", "longest statement of Flight SQL clients; 0s for any"),
  STALL_TIMEOUT("5min", "how long a Flight SQL client may leave an answer unread"),
  ENDPOINT_ROWS(
      "1000000", "rows of a plain scan for each of the endpoints its answer is fetched from"),
  AUDIT("logins", "what the audit log has: logins, or statements as well"),
  FRESHNESS_TIMEOUT("10s", "longest wait of a Flight SQL client for a WAL position"),
  HTTP_HOST("127.0.0.1", "address of the status page, health and metrics"),
  HTTP_PORT("0", "port of health and metrics; 0 for none"),
  LOG_LEVEL("info", "error, warn, info, debug or trace"),
  /** Only from the environment. */
  POSTGRES_PASSWORD("", "the role's password"),
  /** Only from the environment. */
  CLUSTER_PASSWORD("", "the password of the user at the clusters"),
  /** Only from the environment. */
  SECRET("", "the foreign data wrapper's secret");

  final String defaultText;
  final String description;

  ConfigKey(String defaultText, String description) {
    this.defaultText = defaultText;
    this.description = description;
  }

  /** As in the file: {@code flush-interval}. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As in the environment: {@code DATRANG_FLUSH_INTERVAL}. */
  String variable() {
    return "DATRANG_" + name();
  }

  boolean isSecret() {
    return this == POSTGRES_PASSWORD || this == CLUSTER_PASSWORD || this == SECRET;
  }

  /** Keys that may stand in a file. */
  static List<ConfigKey> fileKeys() {
    return Arrays.stream(values()).filter(k -> !k.isSecret()).toList();
  }

  static Optional<ConfigKey> of(String key) {
    return Arrays.stream(values()).filter(k -> k.key().equals(key)).findFirst();
  }

  /** The valid key that takes the fewest edits to reach. */
  static ConfigKey nearest(String key) {
    return fileKeys().stream()
        .min(Comparator.comparingInt(k -> distance(k.key(), key)))
        .orElseThrow();
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
