package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.functions.ZoneTable;
import io.datrang.server.remote.RemoteConfig;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Request;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the thread that reads the socket may do. */
class AtOnceTest {
  private static final long UNKNOWN = 999;

  private MemoryStorage storage;
  private final List<Long> asked = new ArrayList<>();
  private ShimService service;

  @BeforeEach
  void open() throws Exception {
    storage = SampleTables.storage(10);
    service =
        new ShimService(
            storage,
            name -> ZoneTable.UTC,
            new SemanticCatalogue(),
            new SnapshotChooser(storage),
            new TableLookup(
                tableId -> {
                  asked.add(tableId);
                  return Optional.of("backfilling");
                }),
            List::of,
            new RunningQueries(1, 1),
            Optional.empty(),
            RemoteEngines.open(RemoteConfig.NONE),
            "test");
  }

  @AfterEach
  void close() {
    assertThat(storage.pinnedSnapshots()).isZero();
    service.close();
    storage.close();
  }

  @Test
  void nobodyIsAskedWhyATableCannotBeRead() {
    for (Relation.Table table :
        List.of(
            new Relation.Table(UNKNOWN, 1),
            new Relation.Table(SampleTables.MANY.tableId(), 1, 7))) {
      Request.Query query = query(table);
      assertThatThrownBy(() -> service.serveAtOnce(query, null, storage.allocator()))
          .isInstanceOf(RuntimeException.class);
      assertThat(asked).isEmpty();
      assertThatThrownBy(() -> service.serve(query, null, new Cancellation(), storage.allocator()))
          .isInstanceOf(TableUnavailableException.class);
      assertThat(asked).containsExactly(table.tableId());
      asked.clear();
    }
  }

  private static Request.Query query(Relation.Table table) {
    Select select =
        new Select(
            List.of(new Expression.ColumnReference(1, "id")),
            table,
            null,
            null,
            null,
            null,
            null,
            List.of(),
            null,
            null);
    return new Request.Query(new Freshness.Eventual(), null, null, null, null, select);
  }
}
