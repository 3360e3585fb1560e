package io.datrang.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options every benchmark shares: how many rounds, and where the figures go. */
final class ResultOptions {

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Measured rounds (${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the figures, by name, to this file.")
  Path json;

  /** Prints the figures and writes them where asked. */
  void report(Figures figures) throws IOException {
    figures.print(System.out);
    if (json != null) {
      figures.write(json);
      System.out.println("\nwritten to " + json);
    }
  }
}
