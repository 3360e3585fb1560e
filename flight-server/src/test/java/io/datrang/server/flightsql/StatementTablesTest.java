package io.datrang.server.flightsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.access.HeldTables;
import io.datrang.server.access.PartitionedTable;
import io.datrang.server.access.TableAccess;
import io.datrang.server.access.TableReader;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.query.TableUnavailableException;
import io.datrang.server.request.Freshness;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.storage.AsOf;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which names PostgreSQL is asked about, and what is pinned then. */
class StatementTablesTest {
  private MemoryStorage storage;
  private final List<HeldTables.Name> asked = new ArrayList<>();
  private HeldTables held = HeldTables.none();

  @BeforeEach
  void open() throws Exception {
    storage = SampleTables.storage(10);
  }

  @AfterEach
  void close() {
    assertThat(storage.pinnedSnapshots()).isZero();
    storage.close();
  }

  @Test
  void namesOfWithAreNoTables() {
    pin("WITH x AS (SELECT * FROM many), y AS (SELECT * FROM X) SELECT * FROM x, Y, many");
    pin("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r");
    assertThat(asked).isEmpty();
  }

  @Test
  void tablesOfTheSameNameAre() {
    pin("WITH x AS (SELECT * FROM x) SELECT * FROM x, s.x");
    pin("SELECT (WITH z AS (SELECT 1) SELECT * FROM z) FROM z");
    assertThat(asked).containsExactly(name("", "x"), name("s", "x"), name("", "z"));
  }

  @Test
  void partitionedTableHasNoPast() {
    Freshness past = new Freshness.Past(new AsOf.Time(1));
    assertThatThrownBy(() -> StatementTables.reaching(past, new Lsn(1)))
        .isInstanceOf(SqlRefusedException.class)
        .hasMessageContaining("cannot be read as of the past");
  }

  @Test
  void copyOfAPartitionThatHasNotFollowedYetIsNamed() {
    PartitionedTable parted =
        new PartitionedTable(
            "public.parted",
            null,
            List.of("id", "added"),
            List.of(new PartitionedTable.Partition("p1", SampleTables.MANY.tableId())));
    held = new HeldTables(Map.of(name("", "parted"), parted), Lsn.ZERO, () -> {});
    try (StatementTables tables = tables("SELECT * FROM parted")) {
      assertThatThrownBy(() -> tables.find("", "", "parted"))
          .isInstanceOf(TableUnavailableException.class)
          .hasMessageContaining("has no column \"added\" yet");
    }
  }

  private static HeldTables.Name name(String schema, String table) {
    return new HeldTables.Name(schema, table);
  }

  private void pin(String sql) {
    tables(sql).close();
  }

  private StatementTables tables(String sql) {
    TableReader reader =
        new TableReader() {
          @Override
          public Map<Long, TableAccess> access(Collection<Long> tableIds) {
            return Map.of();
          }

          @Override
          public HeldTables hold(Collection<HeldTables.Name> names, List<String> searchPath) {
            asked.addAll(names);
            return held;
          }
        };
    try (Connection engine = storage.connect()) {
      return StatementTables.pin(
          SqlTree.parse(engine, sql),
          new SqlService.Statement(sql, List.of(), null, reader),
          new SnapshotChooser(storage),
          new TableLookup(id -> Optional.empty()),
          new Freshness.Eventual(),
          new Cancellation());
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
