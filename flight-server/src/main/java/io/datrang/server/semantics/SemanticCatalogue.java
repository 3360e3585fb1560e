package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.CatalogueRow.AggregateRow;
import io.datrang.server.semantics.CatalogueRow.Kind;
import io.datrang.server.semantics.CatalogueRow.ScalarRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The one list of what may be pushed down; announced to the shim and consulted for every request.
 *
 * <p>Immutable.
 */
public final class SemanticCatalogue {
  /**
   * What the shim is told.
   *
   * @param kind {@code op}, {@code func}, {@code agg}, {@code win} or {@code cast}
   */
  public record Announcement(String kind, String signature, Condition condition) {}

  private final Rows rows = new Rows();

  public SemanticCatalogue() {
    ComparisonRows.addTo(rows);
    IntegerRows.addTo(rows);
    NumericRows.addTo(rows);
    FloatRows.addTo(rows);
    CastRows.addTo(rows);
    TextRows.addTo(rows);
    ConcatRows.addTo(rows);
    DateTimeRows.addTo(rows);
    ExtractRows.addTo(rows);
    FormatRows.addTo(rows);
    ZonedRows.addTo(rows);
    ZonedComparisonRows.addTo(rows);
    TimeRows.addTo(rows);
    IntervalRows.addTo(rows);
    JsonRows.addTo(rows);
    AggregateRows.addTo(rows);
    FloatSumRows.addTo(rows);
    NumericAggregateRows.addTo(rows);
    FloatAggregateRows.addTo(rows);
    CorrelationRows.addTo(rows);
    IntervalAggregateRows.addTo(rows);
    JsonAggregateRows.addTo(rows);
    OrderedSetRows.addTo(rows);
    PatternRows.addTo(rows);
    ArrayRows.addTo(rows);
    WindowRows.addTo(rows);
  }

  public Collection<Announcement> announcements() {
    List<Announcement> all = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (CatalogueRow row : rows.of(kind).values()) {
        all.add(
            new Announcement(
                kind.name().toLowerCase(Locale.ROOT), row.signature(), row.condition()));
      }
    }
    return Collections.unmodifiableCollection(all);
  }

  CatalogueRow operator(String signature, Collation collation) {
    return checked(Kind.OP, signature, collation);
  }

  ScalarRow function(String signature, Collation collation) {
    return (ScalarRow) checked(Kind.FUNC, signature, collation);
  }

  AggregateRow aggregate(String signature, Collation collation) {
    return (AggregateRow) checked(Kind.AGG, signature, collation);
  }

  /** What may stand before OVER. */
  AggregateRow window(String signature, Collation collation) {
    return (AggregateRow) checked(Kind.WIN, signature, collation);
  }

  ScalarRow cast(String signature) {
    return (ScalarRow) checked(Kind.CAST, signature, Collation.NONE);
  }

  private CatalogueRow checked(Kind kind, String signature, Collation collation) {
    CatalogueRow row = rows.of(kind).get(signature);
    if (row == null) {
      throw new InvalidRequestException(signature + " is not computed here");
    }
    boolean onlyText = row.argumentTypes().stream().anyMatch(TypeNames::isCollatable);
    if (!row.condition().holdsFor(collation) && (onlyText || collation != Collation.NONE)) {
      throw new InvalidRequestException(
          signature + " is exact only under a collation that is " + row.condition().collation());
    }
    return row;
  }
}
