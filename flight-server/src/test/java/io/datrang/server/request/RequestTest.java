package io.datrang.server.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.testing.Seeds;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTest {
  private static final String FULL =
      """
      (datrang 1 (query (latest "0/3A4F2C8" 1500)
        (params (const "int4" "7") (null "text[]"))
        (select (output (col 1 "a") (const "text" "q\\"b\\\\s\n")) (from (table 12 1))
          (where (and (op "<=(date,date)" - (col 1 "d") (const "date" "2020-01-01"))
                      (or (isnull (col 1 "a")) (not (notnull (relabel "text" (col 1 "v")))))
                      (any "=(text,text)" "C" (col 1 "v") (param 2 "text[]"))
                      (all "<>(int4,int4)" - (func "int4(int2)" - (col 1 "s")) (const "int4[]" "{1}"))
                      (op "=(int4,int4)" - (col 1 "a") (param 1 "int4"))))
          (limit 10) (offset 2))))
      """;

  @Test
  void readsEveryFormOfAQuery() {
    Expression a = new Expression.ColumnReference(1, "a");
    Expression v = new Expression.ColumnReference(1, "v");
    assertThat(Request.parse(FULL))
        .isEqualTo(
            new Request.Query(
                new Freshness.Latest(Lsn.parse("0/3A4F2C8"), Duration.ofMillis(1500)),
                null,
                null,
                null,
                null,
                new Select(
                    List.of(a, new Expression.Constant("text", "q\"b\\s\n")),
                    new Relation.Table(12, 1),
                    new Expression.And(
                        List.of(
                            new Expression.Operation(
                                "<=(date,date)",
                                Collation.NONE,
                                List.of(
                                    new Expression.ColumnReference(1, "d"),
                                    new Expression.Constant("date", "2020-01-01"))),
                            new Expression.Or(
                                List.of(
                                    new Expression.IsNull(a),
                                    new Expression.Not(
                                        new Expression.IsNotNull(
                                            new Expression.Relabel("text", v))))),
                            new Expression.Quantified(
                                false,
                                "=(text,text)",
                                Collation.C,
                                v,
                                new Expression.Constant("text[]", null)),
                            new Expression.Quantified(
                                true,
                                "<>(int4,int4)",
                                Collation.NONE,
                                new Expression.FunctionCall(
                                    "int4(int2)",
                                    Collation.NONE,
                                    List.of(new Expression.ColumnReference(1, "s"))),
                                new Expression.Constant("int4[]", "{1}")),
                            new Expression.Operation(
                                "=(int4,int4)",
                                Collation.NONE,
                                List.of(a, new Expression.Constant("int4", "7"))))),
                    null,
                    null,
                    null,
                    null,
                    List.of(),
                    10L,
                    2L)));
  }

  @Test
  void readsWhatWholeStatementsAreMadeOf() {
    String nested = "(select (output (col 2 \"a\")) (from (table 3 2)))";
    Select select =
        ((Request.Estimate)
                Request.parse(
                    "(datrang 1 (estimate (select (output (scalar "
                        + nested
                        + ") (exists "
                        + nested
                        + ") (grouping (col 1 \"1\")) (window \"sum(int4)\" - (args (col 1 \"1\"))"
                        + " (filter (col 1 \"2\")) (partition (by (col 1 \"1\") -))"
                        + " (order (asc (col 1 \"1\") last -)) (frame rows (preceding 2) (current) ties)))"
                        + " (from (setop except all (collations - -) "
                        + nested
                        + " (select (output (col 5 \"1\")) (from (values 5 (row (const \"int4\" \"1\")))))"
                        + " 1)) (where (anyrow (op \"=(int4,int4)\" - (col 1 \"1\") (col 9 \"1\")) "
                        + nested
                        + " 9)) (group (by (col 1 \"1\") -)) (groupingsets (set 1) (set)))))"))
            .select();
    assertThat(select.groupingSets()).isEqualTo(List.of(List.of(0), List.of()));
    assertThat(select.from())
        .isInstanceOfSatisfying(
            Relation.SetOperation.class,
            operation -> {
              assertThat(operation.operator()).isEqualTo(Relation.SetOperator.EXCEPT);
              assertThat(operation.all()).isTrue();
              assertThat(operation.left().hasOneRow()).isFalse();
              assertThat(operation.right().from()).isInstanceOf(Relation.Values.class);
            });
    assertThat(select.output().get(0)).isInstanceOf(Expression.ScalarSubquery.class);
    assertThat(select.output().get(1)).isInstanceOf(Expression.Exists.class);
    assertThat(select.output().get(2)).isInstanceOf(Expression.Grouping.class);
    assertThat(select.output().get(3))
        .isInstanceOfSatisfying(
            Expression.WindowCall.class,
            call ->
                assertThat(call.frame())
                    .isEqualTo(
                        new Frame(
                            Frame.Mode.ROWS,
                            new Frame.Bound(Frame.Edge.PRECEDING, 2),
                            new Frame.Bound(Frame.Edge.CURRENT, 0),
                            Frame.Exclusion.TIES)));
    assertThat(select.where()).isInstanceOf(Expression.RowQuantified.class);
  }

  @Test
  void readsLateralSelects() {
    Select select =
        ((Request.Estimate)
                Request.parse(
                    "(datrang 1 (estimate (select (output (col 2 \"1\")) (from (join left"
                        + " (table 3 1) (lateral (select (output (col 1 \"a\"))) 2)"
                        + " (const \"bool\" \"t\"))))))"))
            .select();
    assertThat(select.from())
        .isInstanceOfSatisfying(
            Relation.Join.class,
            join ->
                assertThat(join.right())
                    .isInstanceOfSatisfying(
                        Relation.Lateral.class,
                        lateral -> assertThat(lateral.alias()).isEqualTo(2)));
  }

  @Test
  void readsTheOtherRequests() {
    assertThat(Request.parse("(datrang 1 (hello (shim \"0.1\") (server 150018) (database \"d\")))"))
        .isEqualTo(new Request.Hello("0.1", 150018, "d"));
    assertThat(Request.parse("(datrang 1 (wait \"1/0\" 5))"))
        .isEqualTo(new Request.Wait(Lsn.parse("1/0"), Duration.ofMillis(5)));
    assertThat(Request.parse("(datrang 1 (status))")).isEqualTo(new Request.Status());
    assertThat(Request.parse("(datrang 1 (estimate (select (output) (from (table 1 1)))))"))
        .isInstanceOf(Request.Estimate.class);
  }

  @Test
  void readsDividedQueriesAndTheirParts() {
    Request divided =
        Request.parse(
            "(datrang 1 (query (eventual) (divided \"k3y\" 4) (select (output) (from (table 1"
                + " 1)))))");
    assertThat(((Request.Query) divided).divided()).isEqualTo(new Request.Divided("k3y", 4));
    assertThat(Request.parse("(datrang 1 (part \"k3y\" 0 4))"))
        .isEqualTo(new Request.Part("k3y", 0, 4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "(datrang 2 (status)) | protocol version 2 is not spoken here",
        "(datrang 1 (estimate (select (output) (group) (groupingsets (set 1))))) | key 1 of 0",
        "(datrang 1 (estimate (select (output) (from (values 1))))) | rows of one length",
        "(datrang 1 (estimate (select (output) (from (setop melt all))))) | unknown set operator",
        "(datrang 1 (dance)) | unknown request \"dance\"",
        "(datrang 1 (status) (status)) | unexpected item",
        "(datrang 1 (status | is open",
        "(datrang 1 (status)) x | unexpected text after the request",
        "(status) | \"(datrang ...)\" expected",
        "datrang | \"(name ...)\" expected",
        "() | \"(name ...)\" expected",
        "(datrang 1 (wait \"x\" 5)) | not a WAL position",
        "(datrang 1 (wait \"0/1\" -5)) | timeout must not be negative",
        "(datrang 1 (wait \"0/1\" many)) | timeout must be a number",
        "(datrang 1 (wait \"0/1)) | is open",
        "(datrang 1 (wait \"0\\n1\" 1)) | are escapes",
        "(datrang 1 (wait ! 1)) | unexpected character",
        "(datrang 1 (part \"x\" first 4)) | part must be a number",
        "(datrang 1 (part \"x\" 1)) | number of processes",
        "(datrang 1 (query (eventual) (divided \"x\") (select (output) (from (table 1 1))))) | number of processes",
        "(datrang 1 (query (eventual) (divided \"x\" 2 3) (select (output) (from (table 1 1))))) | unexpected item",
        "(datrang 1 (query (stale) (select (output) (from (table 1 1))))) | unknown freshness",
        "(datrang 1 (query (eventual))) | lacks its select",
        "(datrang 1 (query (eventual) (select (output (dance)) (from (table 1 1))))) | unknown expression",
        "(datrang 1 (query (eventual) (select (output (param 1 \"int4\")) (from (table 1 1))))) | is not among the 0 given",
        "(datrang 1 (query (eventual) (params (const \"int8\" \"1\")) (select (output (param 1 \"int4\")) (from (table 1 1))))) | of type int8, used as int4",
        "(datrang 1 (query (eventual) (params (col 1 \"a\")) (select (output) (from (table 1 1))))) | unknown parameter",
        "(datrang 1 (query (eventual) (select (output (op \"x\" \"fr\")) (from (table 1 1))))) | collation of \"op\" expected",
        "(datrang 1 (query (eventual) (select (output (and)) (from (table 1 1))))) | without arguments",
        "(datrang 1 (query (eventual) (select (output (any \"=\" - (col 1 \"a\") (col 1 \"b\"))) (from (table 1 1))))) | must be a constant",
        "(datrang 1 (query (eventual) (select (output) (from (dance 1 1))))) | unknown relation",
        "(datrang 1 (query (eventual) (select (output) (from (table 1 99999999999))))) | out of range",
      })
  void refuses(String text, String message) {
    assertThatThrownBy(() -> Request.parse(text))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(message);
  }

  @Test
  void depthIsBounded() {
    String deep = "(not ".repeat(100_000);
    assertThatThrownBy(() -> Request.parse("(datrang 1 (query (eventual) (select (output " + deep))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("nested deeper than 400");
  }

  @Test
  void lengthIsBounded() {
    String text = "(datrang 1 (status))" + " ".repeat(SExpressionReader.LENGTH_MAX);
    assertThatThrownBy(() -> Request.parse(text)).hasMessageContaining("are allowed");
  }

  /** Whatever arrives, the answer is a request or a refusal. */
  @Test
  void damagedRequestsNeverFailOtherwise() {
    long seed = Seeds.first();
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder(FULL);
      for (int i = random.nextInt(4); i >= 0 && text.length() > 2; i--) {
        int at = random.nextInt(Math.max(1, text.length() - 1));
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.setCharAt(at, "()\"\\- 1a\n\u00fc".charAt(random.nextInt(10)));
          case 2 -> text.insert(at, "()\"\\".charAt(random.nextInt(4)));
          default -> text.setLength(Math.max(1, at));
        }
      }
      try {
        Request.parse(text.toString());
      } catch (InvalidRequestException | EvaluationException e) {
        assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
      }
    }
  }
}
