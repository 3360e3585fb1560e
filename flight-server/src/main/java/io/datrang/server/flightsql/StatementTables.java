package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import io.datrang.server.access.HeldTables;
import io.datrang.server.access.PartitionedTable;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.query.TableUnavailableException;
import io.datrang.server.request.Freshness;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tables a statement names, all of one snapshot, which this owns. For one thread.
 *
 * <p>A name that is no columnar table's may be that of a partitioned table in PostgreSQL: then its
 * partitions are held while a snapshot is pinned that has all that was done to them before, so that
 * the snapshot has the rows of exactly these.
 */
final class StatementTables implements AutoCloseable {
  /** For the snapshot that partitions are held for. */
  private static final Duration HOLD_MAX = Duration.ofSeconds(10);

  private final Snapshot snapshot;
  private final Freshness freshness;
  private final TableNames names;
  private final Map<HeldTables.Name, PartitionedTable> partitioned;
  private final TableLookup lookup;

  private StatementTables(
      Snapshot snapshot,
      Freshness freshness,
      TableNames names,
      Map<HeldTables.Name, PartitionedTable> partitioned,
      TableLookup lookup) {
    this.snapshot = snapshot;
    this.freshness = freshness;
    this.names = names;
    this.partitioned = partitioned;
    this.lookup = lookup;
  }

  /** Pins a snapshot for a statement's tree. */
  static StatementTables pin(
      JsonNode tree,
      SqlService.Statement statement,
      SnapshotChooser snapshots,
      TableLookup lookup,
      Freshness freshness,
      Cancellation cancellation) {
    Snapshot first = snapshots.pin(freshness, cancellation);
    try {
      TableNames names = new TableNames(first, statement.schema());
      Set<HeldTables.Name> unknown = new LinkedHashSet<>();
      addUnknown(tree, Set.of(), names, unknown);
      if (unknown.isEmpty()) {
        return new StatementTables(first, freshness, names, Map.of(), lookup);
      }
      try (HeldTables held = statement.reader().hold(unknown, names.searchPath())) {
        if (held.position() == null) {
          return new StatementTables(first, freshness, names, held.tables(), lookup);
        }
        Freshness reached = reaching(freshness, held.position());
        Snapshot second = snapshots.pin(reached, cancellation);
        first.close();
        first = second;
        return new StatementTables(
            second, reached, new TableNames(second, statement.schema()), held.tables(), lookup);
      }
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
  }

  /** Tables of a snapshot that is pinned already, which this owns from now on. */
  static StatementTables of(Snapshot pinned, SqlService.Statement statement, TableLookup lookup) {
    return new StatementTables(
        pinned,
        new Freshness.Eventual(),
        new TableNames(pinned, statement.schema()),
        Map.of(),
        lookup);
  }

  private static void addUnknown(
      JsonNode node, Set<String> withNames, TableNames names, Set<HeldTables.Name> unknown) {
    Set<String> visible =
        WithNames.below(
            node, withNames, (query, inside) -> addUnknown(query, inside, names, unknown));
    String schema = node.path("schema_name").asText();
    String table = node.path("table_name").asText();
    if (node.path("type").asText().equals("BASE_TABLE")
        && !WithNames.contains(visible, node)
        && TableNames.isCatalog(node.path("catalog_name").asText())
        && names.find("", schema, table).isEmpty()) {
      unknown.add(new HeldTables.Name(schema, table));
    }
    node.properties().stream()
        .filter(field -> !field.getKey().equals("cte_map"))
        .forEach(field -> addUnknown(field.getValue(), visible, names, unknown));
    if (node.isArray()) {
      node.forEach(child -> addUnknown(child, visible, names, unknown));
    }
  }

  /** What is wanted, with all that was done up to a position. */
  static Freshness reaching(Freshness wanted, Lsn position) {
    if (wanted instanceof Freshness.Past) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.NOT_ALLOWED,
          "a partitioned table has the partitions of now: it cannot be read as of the past");
    }
    if (wanted instanceof Freshness.Latest latest) {
      return latest.atLeast().isAtLeast(position)
          ? latest
          : new Freshness.Latest(position, latest.timeout());
    }
    return new Freshness.Latest(position, HOLD_MAX);
  }

  /** How fresh the tables have to be. */
  Freshness freshness() {
    return freshness;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /**
   * What a name stands for.
   *
   * @param catalog may be empty
   * @param schema may be empty
   * @throws SqlRefusedException when it is a partitioned table that may not be read
   * @throws TableUnavailableException when one of its partitions cannot be read
   */
  Optional<NamedTable> find(String catalog, String schema, String table) {
    if (!TableNames.isCatalog(catalog)) {
      return Optional.empty();
    }
    Optional<NamedTable> columnar = names.find(catalog, schema, table).map(NamedTable::of);
    PartitionedTable parent = partitioned.get(new HeldTables.Name(schema, table));
    return columnar.isPresent() || parent == null
        ? columnar
        : Optional.of(new NamedTable(schema, table, parent, parts(parent)));
  }

  private List<TableSnapshot> parts(PartitionedTable parent) {
    if (parent.refusal() != null) {
      throw new SqlRefusedException(SqlRefusedException.Reason.DENIED, parent.refusal());
    }
    List<TableSnapshot> parts = new ArrayList<>();
    for (PartitionedTable.Partition partition : parent.partitions()) {
      if (partition.tableId() == null) {
        throw unreadable(
            parent,
            "its partition " + partition.name() + " is not columnar",
            "Mirror it with datrang.mirror(), or archive it.");
      }
      parts.add(lookup.readable(snapshot, partition.tableId()));
    }
    if (parts.isEmpty()) {
      throw unreadable(parent, "it has no partitions", null);
    }
    for (String column : parent.columns()) {
      if (parts.stream().anyMatch(p -> p.schema().column(column).isEmpty())) {
        throw unreadable(
            parent,
            "the copy of one of its partitions has no column \"" + column + "\" yet",
            "Repeat the statement when datrang.status shows that the copy has followed.");
      }
      if (parts.stream().map(p -> type(p, column)).distinct().count() > 1) {
        throw unreadable(
            parent, "its partitions keep column \"" + column + "\" in several forms", null);
      }
    }
    return parts;
  }

  private static Object type(TableSnapshot part, String column) {
    return part.schema().column(column).map(Column::type).orElseThrow();
  }

  private static TableUnavailableException unreadable(
      PartitionedTable parent, String why, String hint) {
    return new TableUnavailableException(
        "partitioned table " + parent.title() + " cannot be read: " + why, hint);
  }

  @Override
  public void close() {
    snapshot.close();
  }
}
