package io.datrang.replication.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CopyProgressTest {
  @Test
  void saysRowsShareRateAndTimeLeft() {
    CopyProgress progress = new CopyProgress();
    assertThat(progress).hasToString("waiting for its turn");
    progress.begin("starting");
    progress.copying(400, 1000);
    progress.addRows(250);
    progress.addBlocks(100);
    assertThat(progress.toString())
        .matches("copying: 250 rows, 25 %, \\d+ rows/s, about \\d+ s left");
    assertThat(progress.fraction()).isEqualTo(0.25);
    assertThat(progress.rowsEstimated()).isEqualTo(1000);
    progress.addRows(800);
    progress.addBlocks(301); // the table has grown
    progress.copied();
    assertThat(progress.toString()).matches("catching up: 1050 rows, 100 %, \\d+ rows/s");
  }

  @Test
  void aNewAttemptBeginsAtZeroAndNamesTheErrorOfTheLast() {
    CopyProgress progress = new CopyProgress();
    progress.copying(4, 10);
    progress.addRows(10);
    progress.begin("waiting to start again");
    progress.error("the connection was lost");
    assertThat(progress)
        .hasToString("waiting to start again; last attempt failed: the connection was lost");
    assertThat(progress.rows()).isZero();
    assertThat(progress.rowsPerSecond()).isZero();
  }
}
