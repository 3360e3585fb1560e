package io.datrang.bench;

import io.datrang.bench.crash.CrashCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of {@code ./dev bench}: one subcommand a benchmark. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Benchmarks and drills against a running Datrang system.",
    footer = {
      "",
      "The system is found through PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE, as printed by"
          + " ./dev env. Exit codes: 0 fine, 1 an answer was wrong, 2 wrong usage, 3 the run failed."
    },
    subcommands = {
      RowsCommand.class,
      LineitemCommand.class,
      FreshnessCommand.class,
      IngestCommand.class,
      CopyCommand.class,
      CdcCommand.class,
      LargeCommand.class,
      TpchCommand.class,
      ScanCommand.class,
      LookupCommand.class,
      WideCommand.class,
      DeletesCommand.class,
      MixedCommand.class,
      SizeCommand.class,
      CrashCommand.class
    })
public final class Bench {

  /** Exit code of a run that finished and found a wrong answer. */
  public static final int WRONG_ANSWER = 1;

  private static final int FAILED = 3;

  Bench() {}

  public static void main(String[] args) {
    CommandLine commandLine = new CommandLine(new Bench());
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println(command.getColorScheme().errorText("error: " + failure));
          failure.printStackTrace(command.getErr());
          return FAILED;
        });
    System.exit(commandLine.execute(args));
  }
}
