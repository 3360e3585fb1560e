package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Select;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;

/** Translates a request's SELECT. Immutable. */
public final class SelectTranslator {
  private final SemanticCatalogue catalogue;

  public SelectTranslator(SemanticCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Translates.
   *
   * @throws io.datrang.server.request.InvalidRequestException when the request uses what was not
   *     announced, or columns the table does not have
   */
  public TranslatedSelect translate(Select select, TableSchema table) {
    ExpressionTranslator expressions =
        new ExpressionTranslator(catalogue, table, select.table().alias());
    List<String> output = new ArrayList<>();
    for (Expression expression : select.output()) {
      output.add(
          ExpressionTranslator.sql(expressions.translate(expression)) + " AS o" + output.size());
    }
    StringBuilder rest = new StringBuilder();
    if (select.where() != null) {
      rest.append(" WHERE ").append(expressions.condition(select.where()));
    }
    select.limit().ifPresent(rows -> rest.append(" LIMIT ").append(rows));
    select.offset().ifPresent(rows -> rest.append(" OFFSET ").append(rows));
    List<String> columns = expressions.columns();
    Predicate predicate = new PruningTranslator(expressions, catalogue).translate(select.where());
    return new TranslatedSelect(
        columns, predicate, output.isEmpty(), String.join(", ", output), rest.toString());
  }
}
