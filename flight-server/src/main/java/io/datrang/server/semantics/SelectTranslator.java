package io.datrang.server.semantics;

import io.datrang.server.request.Select;

/** Translates a request's SELECT into one engine statement. Immutable. */
public final class SelectTranslator {
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
    boolean atOnce = select.isGrouped() || select.distinct() != null || !select.order().isEmpty();
    return new TranslatedSelect(
        scans.all(),
        select.output().isEmpty(),
        atOnce,
        relations ->
            scans.fill(scans.shared().with(relations) + top.statement().sql(relations), relations));
  }
}
