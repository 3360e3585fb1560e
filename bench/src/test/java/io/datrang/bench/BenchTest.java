package io.datrang.bench;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BenchTest {
  /** The commands must not look for the running system before they run. */
  @Test
  void everyCommandCanBeMadeAndDescribedWithoutASystem() {
    new CommandLine(new Bench())
        .getSubcommands()
        .forEach(
            (name, command) ->
                assertThatCode(command::getUsageMessage).as(name).doesNotThrowAnyException());
  }
}
