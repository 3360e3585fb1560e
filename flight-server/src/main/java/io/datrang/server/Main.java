package io.datrang.server;

import ch.qos.logback.classic.Level;
import io.datrang.server.config.ConfigException;
import io.datrang.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The executable. Exit codes: 0 and 143 (SIGTERM) are orderly, 1 a failure, 2 bad usage, 137 a stop
 * that took too long.
 */
@Command(
    name = "datrang-sidecar",
    versionProvider = Main.OwnVersion.class,
    mixinStandardHelpOptions = true,
    description = "Keeps columnar mirrors of PostgreSQL tables and answers queries over them.")
public final class Main implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  /** What a process ends with that SIGKILL has ended. */
  private static final int HALTED = 137;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration file; without it the environment alone counts.")
  private Path configFile;

  @Option(
      names = "--check-config",
      description = "Print the effective configuration, without secrets, and exit.")
  private boolean checkConfig;

  static final class OwnVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"datrang-sidecar " + Version.text()};
    }
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine command = new CommandLine(new Main());
    List<String> footer = new ArrayList<>();
    footer.add("");
    footer.add("Keys of the configuration file (key = value), each also in the environment");
    footer.add("(flush-interval as DATRANG_FLUSH_INTERVAL), with their [defaults]:");
    // Picocli takes % and @ for markup.
    ServerConfig.keys().forEach(line -> footer.add(line.replace("%", "%%")));
    command.getCommandSpec().usageMessage().footer(footer.toArray(String[]::new)).width(110);
    return command;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerConfig config;
    try {
      config = ServerConfig.load(configFile, System.getenv());
    } catch (ConfigException e) {
      spec.commandLine().getErr().println("datrang-sidecar: " + e.getMessage());
      return 2;
    }
    if (checkConfig) {
      config.description().forEach(spec.commandLine().getOut()::println);
      return 0;
    }
    return run(config);
  }

  private static int run(ServerConfig config) throws InterruptedException {
    // gRPC, Arrow and pgjdbc log through java.util.logging.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME))
        .setLevel(Level.valueOf(config.logLevel()));
    Sidecar sidecar;
    try {
      sidecar = Sidecar.launch(config, PostgresBackend.opener(config));
    } catch (IOException | RuntimeException e) {
      LOG.error("cannot start: {}", e.getMessage());
      LOG.debug("cannot start", e);
      return 1;
    }
    Runnable halt = () -> Runtime.getRuntime().halt(HALTED);
    Stopping stopping = new Stopping(sidecar::close, Stopping.LIMIT, halt);
    Runtime.getRuntime().addShutdownHook(new Thread(stopping::run, "shutdown"));
    String failure = sidecar.awaitFailure();
    LOG.error("ending: {}", failure);
    return 1;
  }
}
