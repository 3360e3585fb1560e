package io.datrang.server.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.request.EngineChoice;
import io.datrang.server.request.Request;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Statements for clusters. That their answers are PostgreSQL's is shown where there is one. */
class RemoteTranslatorTest {
  private static final TableSchema ITEM =
      new TableSchema(
          7,
          "columnar",
          "item",
          List.of(
              column(1, "id", ColumnType.of("integer", 23, -1, StorageKind.INT4)),
              column(2, "price", ColumnType.decimal("numeric(15,2)", 1700, -1, 15, 2)),
              column(3, "flag", ColumnType.of("character(1)", 1042, -1, StorageKind.BPCHAR)),
              column(4, "ship", ColumnType.of("date", 1082, -1, StorageKind.DATE)),
              column(5, "note", ColumnType.of("text", 25, -1, StorageKind.TEXT)),
              column(6, "ratio", ColumnType.of("double precision", 701, -1, StorageKind.FLOAT8)),
              column(7, "Name", ColumnType.of("text", 25, -1, StorageKind.TEXT)),
              column(8, "mood", ColumnType.of("mood", 99999, -1, StorageKind.TEXT))),
          List.of(1));

  private static Column column(int number, String name, ColumnType type) {
    return new Column(number, name, type, false);
  }

  private static RemoteSelect translate(Dialect dialect, String select) {
    Request.Query query =
        (Request.Query)
            Request.parse("(datrang 1 (query (eventual) (engine \"spark\" 5) " + select + "))");
    assertThat(query.engine()).isEqualTo(new EngineChoice("spark", 5));
    return new RemoteTranslator(dialect, "lake", table -> ITEM).translate(query.select());
  }

  private static String sql(Dialect dialect, String select) {
    return translate(dialect, select).sql(schema -> 42);
  }

  private static String grouped(String output, String where) {
    return "(select (output "
        + output
        + ") (from (table 7 1))"
        + (where.isEmpty() ? "" : " (where " + where + ")")
        + " (group (by (col 1 \"flag\") \"C\")))";
  }

  @Test
  void keysAndAggregatesAreTheClustersAndTheRestIsNot() {
    String select =
        grouped(
            "(col 1 \"flag\") (agg \"avg(numeric)\" - (args (col 1 \"price\")))"
                + " (agg \"sum(int4)\" - (args (col 1 \"id\")))"
                + " (agg \"min(date)\" - (args (col 1 \"ship\")))",
            "(op \"<=(date,timestamp)\" - (col 1 \"ship\")"
                + " (const \"timestamp\" \"1998-09-02 00:00:00\"))");
    assertThat(sql(Dialect.SPARK, select))
        .isEqualTo(
            "SELECT t1.`flag`, CAST(CAST(sum(t1.`price`) AS DECIMAL(38,2)) AS STRING),"
                + " CAST(CAST(count(t1.`price`) AS DECIMAL(19,0)) AS STRING),"
                + " CAST(sum(t1.`id`) AS STRING), CAST(unix_date(min(t1.`ship`)) AS STRING)"
                + " FROM `lake`.`columnar`.`item` VERSION AS OF 42 AS t1"
                + " WHERE (t1.`ship` <= DATE '1998-09-02') GROUP BY t1.`flag`");
    assertThat(sql(Dialect.TRINO, select))
        .contains("FROM \"lake\".\"columnar\".\"item\" FOR VERSION AS OF 42 AS t1")
        .contains("CAST(date_diff('day', DATE '1970-01-01', min(t1.\"ship\")) AS VARCHAR)");
    assertThat(translate(Dialect.SPARK, select).columns().get(ITEM))
        .containsExactlyInAnyOrder("flag", "price", "id", "ship");
  }

  @Test
  void textsAreQuotedAsTheClusterReadsThem() {
    String where =
        "(op \"=(text,text)\" \"C\" (col 1 \"note\") (const \"text\" \"it's \\\\ \\\"x\\\"\"))";
    assertThat(sql(Dialect.SPARK, grouped("(agg \"count()\" - (args))", where)))
        .contains("(t1.`note` = 'it\\'s \\\\ \"x\"')");
    assertThat(sql(Dialect.TRINO, grouped("(agg \"count()\" - (args))", where)))
        .contains("(t1.\"note\" = 'it''s \\ \"x\"')");
    String variable = "(op \"=(text,text)\" \"C\" (col 1 \"note\") (const \"text\" \"${a}\"))";
    assertStaysHere(grouped("(agg \"count()\" - (args))", variable), "${");
  }

  @Test
  void aProductThatCouldLoseDigitsHasNarrowerFactors() {
    String product =
        "(op \"*(numeric,numeric)\" - (op \"*(numeric,numeric)\" - (col 1 \"price\")"
            + " (col 1 \"price\")) (col 1 \"price\"))";
    assertThat(sql(Dialect.SPARK, grouped("(agg \"sum(numeric)\" - (args " + product + "))", "")))
        .contains(
            "CAST(sum((CAST((t1.`price` * t1.`price`) AS DECIMAL(22,4)) * t1.`price`)) AS"
                + " DECIMAL(38,6))");
  }

  @Test
  void whatMightDifferStaysHere() {
    String count = "(agg \"count()\" - (args))";
    assertStaysHere("(select (output (col 1 \"id\")) (from (table 7 1)))", "not grouped");
    assertStaysHere(
        grouped("(agg \"sum(float8)\" - (args (col 1 \"ratio\")))", ""), "column ratio");
    assertStaysHere(
        grouped("(agg \"count(any)\" \"C\" (args (col 1 \"mood\")))", ""), "column mood");
    assertStaysHere(
        grouped(
            count,
            "(op \"<(text,text)\" \"deterministic\" (col 1 \"note\")" + " (const \"text\" \"a\"))"),
        "collation");
    assertStaysHere(
        grouped(count, "(op \"~~(text,text)\" \"C\" (col 1 \"note\") (const \"text\" \"a\\\\%\"))"),
        "~~(text,text)");
    assertStaysHere(
        grouped(count, "(op \"=(date,date)\" - (col 1 \"ship\") (const \"date\" \"infinity\"))"),
        "infinity");
    assertThatThrownBy(
            () ->
                sql(
                    Dialect.TRINO,
                    grouped("(agg \"count(any)\" \"C\" (args (col 1 \"Name\")))", "")))
        .isInstanceOf(NotRemoteException.class)
        .hasMessageContaining("lower case");
  }

  private static void assertStaysHere(String select, String reason) {
    assertThatThrownBy(() -> sql(Dialect.SPARK, select))
        .isInstanceOf(NotRemoteException.class)
        .hasMessageContaining(reason);
  }
}
