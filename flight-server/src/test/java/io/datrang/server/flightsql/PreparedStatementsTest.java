package io.datrang.server.flightsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparedStatementsTest {
  private final PreparedStatements statements = new PreparedStatements();

  @Test
  void anotherRolesStatementIsNotThere() {
    String handle = statements.add(1, "SELECT 1", null);
    assertThatThrownBy(() -> statements.get(2, handle)).hasMessageContaining("closed");
    assertThatThrownBy(() -> statements.bind(2, handle, List.of(1))).hasMessageContaining("closed");
    statements.remove(2, handle);
    assertThat(statements.get(1, handle).sql()).isEqualTo("SELECT 1");
    statements.remove(1, handle);
    assertThatThrownBy(() -> statements.get(1, handle)).hasMessageContaining("closed");
  }

  @Test
  void whoPreparesTooMuchLosesHisOwn() {
    String other = statements.add(2, "SELECT 2", null);
    List<String> handles = new ArrayList<>();
    for (int i = 0; i <= PreparedStatements.STATEMENTS_MAX; i++) {
      handles.add(statements.add(1, "SELECT 1", null));
    }
    assertThatThrownBy(() -> statements.get(1, handles.get(0))).hasMessageContaining("closed");
    assertThat(statements.get(1, handles.get(1))).isNotNull();
    assertThat(statements.get(2, other)).isNotNull();
  }

  @Test
  void memoryIsBounded() {
    String large = "x".repeat(1 << 20);
    String first = statements.add(1, large, null);
    for (int i = 0; i < PreparedStatements.CHARACTERS_MAX / large.length(); i++) {
      statements.add(1, large, null);
    }
    assertThatThrownBy(() -> statements.get(1, first)).hasMessageContaining("closed");
    String handle = statements.add(1, "SELECT ?", null);
    assertThatThrownBy(() -> statements.bind(1, handle, List.of(new byte[5 << 20])))
        .hasMessageContaining("too large");
  }
}
