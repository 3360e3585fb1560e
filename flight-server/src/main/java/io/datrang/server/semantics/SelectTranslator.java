package io.datrang.server.semantics;

import io.datrang.server.request.Select;

/** Translates a request's SELECT into one engine statement. Immutable. */
public final class SelectTranslator {
  private static final String COMPUTED_FIRST =
      "WITH answer AS MATERIALIZED (%s) SELECT * FROM answer";

  private final SemanticCatalogue catalogue;

  public SelectTranslator(SemanticCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Translates.
   *
   * @throws io.datrang.server.request.InvalidRequestException when the request uses what was not
   *     announced, or columns that are not there
   */
  public TranslatedSelect translate(Select select, TableSchemas schemas, NumericRoute route) {
    Scans scans = new Scans();
    LevelTranslator level = new LevelTranslator(catalogue, schemas, route, scans);
    LevelTranslator.Level top = level.translate(select, null, null);
    // What sorts or finds distinct rows has computed all of them before it yields one.
    boolean computedFirst =
        scans.mayFail()
            && !select.hasOneRow()
            && select.order().isEmpty()
            && select.distinct() == null;
    boolean atOnce = select.isGrouped() || select.distinct() != null || !select.order().isEmpty();
    return new TranslatedSelect(
        scans.all(),
        select.output().isEmpty(),
        atOnce,
        relations -> {
          String sql = scans.shared().complete(top.statement().sql(relations), relations);
          return scans.fill(computedFirst ? COMPUTED_FIRST.formatted(sql) : sql, relations);
        });
  }
}
