package io.datrang.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DatabaseTest {

  @Test
  void readsTheVariablesOfDevEnv() {
    assertThat(
            Database.from(
                Map.of(
                    "PGHOST",
                    "127.0.0.1",
                    "PGPORT",
                    "5544",
                    "PGUSER",
                    "app",
                    "PGDATABASE",
                    "shop")))
        .isEqualTo(new Database("127.0.0.1", 5544, "shop", "app", ""));
  }

  @Test
  void aSocketDirectoryBecomesTheLoopbackAddress() {
    assertThat(Database.from(Map.of("PGHOST", "/run/pg", "PGPORT", "1", "PGUSER", "app")).host())
        .isEqualTo("localhost");
  }

  @Test
  void aMissingSystemIsNamedWithItsRemedy() {
    assertThatThrownBy(() -> Database.from(Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("./dev up");
  }
}
