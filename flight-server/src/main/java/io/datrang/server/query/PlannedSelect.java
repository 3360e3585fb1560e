package io.datrang.server.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.datrang.server.request.Expression;
import io.datrang.server.request.Freshness;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.NarrowSelect;
import io.datrang.server.semantics.NumericRoute;
import io.datrang.server.semantics.SelectTranslator;
import io.datrang.server.semantics.TableScan;
import io.datrang.server.semantics.TranslatedSelect;
import io.datrang.storage.FileFacts;
import io.datrang.storage.FileFacts.Question;
import io.datrang.storage.FoundRows;
import io.datrang.storage.ScanPlan;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.TableSchema;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.arrow.memory.BufferAllocator;

/** A request's SELECT over the tables of one snapshot. For one query. */
final class PlannedSelect {
  private final SelectTranslator translator;
  private final TableLookup tables;
  private final Snapshot snapshot;
  private final Freshness freshness;
  private final Select asked;
  private Select select;

  /** The translator keeps them as well, but to find one there takes comparing whole SELECTs. */
  private final Map<NumericRoute, TranslatedSelect> translations =
      new EnumMap<>(NumericRoute.class);

  /** What the index knows already; null when it was not asked. */
  private FileFacts known;

  private List<ScanPlan> plans = List.of();
  private double values;
  private String embedded = "";

  PlannedSelect(
      SelectTranslator translator,
      TableLookup tables,
      Snapshot snapshot,
      Freshness freshness,
      Select select) {
    this.translator = translator;
    this.tables = tables;
    this.snapshot = snapshot;
    this.freshness = freshness;
    this.asked = select;
    this.select = select;
  }

  /** The rows, where they are so few that no engine is needed for them. */
  Optional<FoundRows> find(BufferAllocator allocator) {
    return find((table, narrow) -> table.find(narrow.conditions(), narrow.columns(), allocator));
  }

  /** The same of what is in memory, without any wait. */
  Optional<FoundRows> findKept(BufferAllocator allocator) {
    return find(
        (table, narrow) -> table.findKept(narrow.conditions(), narrow.columns(), allocator));
  }

  private Optional<FoundRows> find(
      BiFunction<TableSnapshot, NarrowSelect, Optional<FoundRows>> finder) {
    if (!(asked.from() instanceof Relation.Table table) || !asked.isScan()) {
      return Optional.empty();
    }
    Optional<NarrowSelect> narrow = NarrowSelect.of(asked, schema(table));
    if (narrow.isEmpty()) {
      return Optional.empty();
    }
    Optional<FoundRows> found =
        finder.apply(tables.readable(snapshot, table.tableId()), narrow.get());
    found.ifPresent(
        rows -> {
          if (asked.limit() != null && asked.limit() < rows.rows().getRowCount()) {
            rows.rows().setRowCount(Math.toIntExact(asked.limit()));
          }
        });
    return found;
  }

  /** What was read for rows that were found without the engine. */
  String metadata(FoundRows found) {
    return "lsn="
        + snapshot.lsn()
        + " files="
        + found.files()
        + " files_total="
        + found.filesTotal()
        + " row_groups="
        + found.rowGroups()
        + " row_groups_total="
        + found.rowGroupsTotal()
        + " delta_rows="
        + found.deltaRows()
        + " pages="
        + found.pages()
        + embedded;
  }

  /** Leaves to the engine only what the index does not know; it is asked of one table alone. */
  void askIndex() {
    if (!(asked.from() instanceof Relation.Table table)) {
      return;
    }
    TableSchema schema = schema(table);
    Optional<Set<Question>> questions = IndexAnswers.questions(asked, schema);
    List<TableScan> scans =
        questions.isPresent() ? translate(NumericRoute.SURE).scans() : List.of();
    if (scans.size() == 1) {
      TableScan scan = scans.get(0);
      known =
          tables
              .readable(snapshot, table.tableId())
              .facts(questions.get(), scan.predicate(), scan.others());
      select = IndexAnswers.over(asked, schema, known);
      translations.clear();
    }
  }

  /** Rows that are sent as they come cannot be taken back when a later one overflows. */
  NumericRoute firstRoute() {
    return select.isScan() || !translate(NumericRoute.SURE).atOnce()
        ? NumericRoute.SURE
        : NumericRoute.FAST;
  }

  TranslatedSelect translate(NumericRoute route) {
    return translations.computeIfAbsent(route, r -> translator.translate(select, this::schema, r));
  }

  /** The statement, with the files the index leaves. */
  String sql(TranslatedSelect translated) {
    plans = plans(translated);
    List<String> relations = new ArrayList<>();
    values = 0;
    for (int i = 0; i < plans.size(); i++) {
      List<String> columns = translated.scans().get(i).columns();
      relations.add(plans.get(i).relation(columns));
      values += plans.get(i).rowsBound() * Math.max(1, columns.size());
    }
    return translated.sql(relations);
  }

  private List<ScanPlan> plans(TranslatedSelect translated) {
    List<TableSnapshot> read = new ArrayList<>();
    for (TableScan scan : translated.scans()) {
      read.add(tables.readable(snapshot, scan.tableId()));
    }
    tables.checkPositions(snapshot, freshness, read);
    List<ScanPlan> found = new ArrayList<>();
    if (known != null) {
      return List.of(known.rest());
    }
    for (int i = 0; i < read.size(); i++) {
      found.add(read.get(i).plan(translated.scans().get(i).predicate()));
    }
    return found;
  }

  /** What was read, of all tables together. */
  String metadata() {
    return "lsn="
        + snapshot.lsn()
        + " files="
        + plans.stream().mapToInt(ScanPlan::files).sum()
        + " files_total="
        + plans.stream().mapToInt(ScanPlan::filesTotal).sum()
        + " row_groups="
        + plans.stream().mapToInt(ScanPlan::rowGroups).sum()
        + " row_groups_total="
        + plans.stream().mapToInt(ScanPlan::rowGroupsTotal).sum()
        + " delta_rows="
        + plans.stream().mapToLong(ScanPlan::deltaRows).sum()
        + cached()
        + embedded;
  }

  /** Says why the engine that was asked for does not answer. */
  void embedded(String reason) {
    embedded = " embedded=" + URLEncoder.encode(reason, UTF_8).replace("+", "%20");
  }

  /** Rows times columns of the row groups that are read, of all tables together. */
  double values() {
    return values;
  }

  private String cached() {
    int files = plans.stream().mapToInt(ScanPlan::filesCached).sum();
    return files == 0 ? "" : " cached=" + files;
  }

  /** Rows of all tables it reads, whatever its conditions. */
  long rowCount() {
    return translate(NumericRoute.SURE).scans().stream()
        .mapToLong(scan -> tables.readable(snapshot, scan.tableId()).rowCount())
        .sum();
  }

  /**
   * Rows, width, rows of the tables, and what the rows cannot exceed; of a scan from the index,
   * otherwise a rough guess.
   */
  Object[] estimate() {
    TranslatedSelect translated = translate(NumericRoute.SURE);
    double total = 0;
    double rows = select.from() == null ? 1 : 0;
    double bound = rows;
    for (TableScan scan : translated.scans()) {
      TableSnapshot table = tables.readable(snapshot, scan.tableId());
      ScanPlan plan = table.plan(scan.predicate());
      total += table.rowCount();
      rows = Math.max(rows, Math.min(table.rowCount(), plan.estimatedRows()));
      bound = Math.max(bound, Math.min(table.rowCount(), plan.rowsBound()));
    }
    if (select.isGrouped()) {
      rows = select.group() == null || select.group().isEmpty() ? 1 : Math.max(1, rows / 10);
    }
    int width = select.output().stream().mapToInt(this::width).sum();
    return new Object[] {rows, width, total, select.isScan() ? bound : total};
  }

  private int width(Expression expression) {
    return select.from() instanceof Relation.Table table
        ? RowWidth.bytes(expression, schema(table))
        : RowWidth.UNKNOWN;
  }

  /** The schema of a table of the snapshot, of the version it is named by. */
  TableSchema schema(Relation.Table table) {
    TableSnapshot read = tables.readable(snapshot, table.tableId());
    tables.checkPositions(snapshot, freshness, List.of(read)); // before what it may lack is missed
    return tables.schema(snapshot, table);
  }
}
