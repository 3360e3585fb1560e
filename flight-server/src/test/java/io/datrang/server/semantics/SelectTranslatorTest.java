package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.request.Freshness;
import io.datrang.server.request.Request;
import io.datrang.server.request.Select;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SelectTranslatorTest {
  private final SelectTranslator translator = new SelectTranslator(new SemanticCatalogue());

  @Test
  void theSameSelectIsTranslatedOnce() {
    TranslatedSelect first = translate(sum(1), table("v"), NumericRoute.SURE);
    assertThat(translate(sum(1), table("v"), NumericRoute.SURE)).isSameAs(first);
    assertThat(first.sql(List.of("(t)"))).isEqualTo(first.sql(List.of("(t)")));
    assertThat(translate(sum(2), table("v"), NumericRoute.SURE)).isNotSameAs(first);
    assertThat(translate(sum(1), table("v"), NumericRoute.FAST)).isNotSameAs(first);
  }

  @Test
  void anotherDefinitionOfTheTableIsSeen() {
    translate(sum(1), table("v"), NumericRoute.SURE);
    assertThatThrownBy(() -> translate(sum(1), table("w"), NumericRoute.SURE))
        .isInstanceOf(ColumnUnavailableException.class)
        .hasMessageStartingWith("column \"v\" of columnar table \"");
  }

  @Test
  void aTableThatCannotBeReadIsSeen() {
    Select select = sum(1);
    translate(select, table("v"), NumericRoute.SURE);
    IllegalStateException gone = new IllegalStateException("gone");
    assertThatThrownBy(
            () ->
                translator.translate(
                    select,
                    table -> {
                      throw gone;
                    },
                    NumericRoute.SURE))
        .isSameAs(gone);
  }

  @Test
  void longOnesAreNotKept() {
    String keys =
        IntStream.range(0, 10_000).mapToObj(Integer::toString).collect(Collectors.joining(","));
    Select many =
        parse(
            "(select (output (col 1 \"v\")) (from (table 7 1)) (where (any \"=(int8,int8)\" -"
                + " (col 1 \"v\") (const \"int8[]\" \"{"
                + keys
                + "}\"))))");
    TranslatedSelect first = translate(many, table("v"), NumericRoute.SURE);
    assertThat(translate(many, table("v"), NumericRoute.SURE)).isNotSameAs(first);
  }

  private TranslatedSelect translate(Select select, TableSchema schema, NumericRoute route) {
    return translator.translate(select, table -> schema, route);
  }

  private static Select sum(int least) {
    return parse(
        "(select (output (agg \"sum(int8)\" - (args (col 1 \"v\")))) (from (table 7 1))"
            + " (where (op \">=(int8,int8)\" - (col 1 \"v\") (const \"int8\" \""
            + least
            + "\"))) (group))");
  }

  private static Select parse(String select) {
    Request request = Request.parse("(datrang 1 (query (eventual) " + select + "))", new byte[0]);
    Request.Query query = (Request.Query) request;
    assertThat(query.freshness()).isInstanceOf(Freshness.Eventual.class);
    return query.select();
  }

  private static TableSchema table(String column) {
    ColumnType int8 = ColumnType.of("bigint", 20, -1, StorageKind.INT8);
    return new TableSchema(7, "s", "t", List.of(new Column(1, column, int8, true)), List.of(1));
  }
}
