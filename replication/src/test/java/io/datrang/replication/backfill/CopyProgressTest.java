package io.datrang.replication.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CopyProgressTest {
  @Test
  void saysRowsBytesShareRatesAndTimeLeft() {
    CopyProgress progress = new CopyProgress();
    assertThat(progress).hasToString("waiting for its turn");
    progress.begin("starting");
    progress.copying(400, 1000);
    progress.addRows(250, 4_250_000);
    progress.addBlocks(100);
    assertThat(progress.toString())
        .matches("copying: 250 rows, 4.3 MB, 25 %, \\d+ rows/s, \\d+.\\d MB/s, about \\d+ s left");
    assertThat(progress.fraction()).isEqualTo(0.25);
    assertThat(progress.rowsEstimated()).isEqualTo(1000);
    progress.addRows(800, 1_000_000);
    progress.addBlocks(301); // the table has grown
    progress.copied();
    assertThat(progress.toString())
        .matches("catching up: 1050 rows, 5.3 MB, 100 %, \\d+ rows/s, \\d+.\\d MB/s");
  }

  @Test
  void aNewAttemptBeginsAtZeroAndNamesTheErrorOfTheLast() {
    CopyProgress progress = new CopyProgress();
    progress.copying(4, 10);
    progress.addRows(10, 100);
    progress.begin("waiting to start again");
    progress.error("the connection was lost");
    assertThat(progress)
        .hasToString("waiting to start again; last attempt failed: the connection was lost");
    assertThat(progress.rows()).isZero();
    assertThat(progress.bytes()).isZero();
    assertThat(progress.rowsPerSecond()).isZero();
  }
}
