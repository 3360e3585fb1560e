package io.datrang.server.flight;

import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlNullOrdering;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlOuterJoinsSupportLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedCaseSensitivity;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedGroupBy;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedResultSetType;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedSubqueries;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedTransaction;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedUnions;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlTransactionIsolationLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SupportedAnsi92SqlGrammarLevel;
import org.apache.arrow.flight.sql.impl.FlightSql.SupportedSqlGrammar;
import org.apache.arrow.vector.types.pojo.Schema;

/** What Flight SQL's clients ask of a server before they ask of tables. */
final class ServerInfo {
  /** PostgreSQL's limit for names. */
  private static final int NAME_LENGTH = 63;

  private static final long UNLIMITED = 0;
  private static final long NONE = 0;

  /** Words of the engine's SQL that SQL:2003 does not have. */
  private static final String[] KEYWORDS = {
    "ANTI",
    "ASOF",
    "EXCLUDE",
    "GLOB",
    "ILIKE",
    "LAMBDA",
    "LIMIT",
    "OFFSET",
    "PIVOT",
    "POSITIONAL",
    "QUALIFY",
    "REPLACE",
    "SAMPLE",
    "SEMI",
    "UNPIVOT"
  };

  private ServerInfo() {}

  static SqlInfoBuilder of(String version) {
    SqlInfoBuilder info = new SqlInfoBuilder();
    server(info, version);
    names(info);
    language(info);
    limits(info);
    return info;
  }

  private static void server(SqlInfoBuilder info, String version) {
    info.withFlightSqlServerName("Datrang")
        .withFlightSqlServerVersion(version)
        .withFlightSqlServerArrowVersion(
            String.valueOf(Schema.class.getPackage().getImplementationVersion()))
        .withFlightSqlServerReadOnly(false)
        .withFlightSqlServerSql(true)
        .withFlightSqlServerSubstrait(false)
        .withFlightSqlServerTransaction(SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_SAVEPOINT)
        .withFlightSqlServerCancel(true)
        .withFlightSqlServerBulkIngestion(true)
        .withFlightSqlServerStatementTimeout(0)
        .withFlightSqlServerTransactionTimeout(0)
        .withSqlDdlCatalog(false)
        .withSqlDdlSchema(false)
        .withSqlDdlTable(false)
        // For JDBC: Arrow's driver ignores commit and rollback.
        .withSqlTransactionsSupported(false)
        .withSqlSavepointsSupported(false)
        .withSqlDefaultTransactionIsolation(NONE)
        .withSqlSupportedTransactionsIsolationLevels(
            SqlTransactionIsolationLevel.SQL_TRANSACTION_NONE)
        .withSqlDataDefinitionCausesTransactionCommit(false)
        .withSqlDataDefinitionsInTransactionsIgnored(false)
        .withSqlBatchUpdatesSupported(true)
        .withSqlSelectForUpdateSupported(false)
        .withSqlSupportedPositionedCommands()
        .withSqlLocatorsUpdateCopy(false)
        .withSqlStoredProceduresSupported(false)
        .withSqlStoredFunctionsUsingCallSyntaxSupported(false)
        .withSqlSupportedResultSetTypes(SqlSupportedResultSetType.SQL_RESULT_SET_TYPE_FORWARD_ONLY);
  }

  private static void names(SqlInfoBuilder info) {
    info.withSqlIdentifierQuoteChar("\"")
        .withSqlIdentifierCase(SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
        .withSqlQuotedIdentifierCase(
            SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE)
        .withSqlExtraNameCharacters("")
        .withSqlCatalogTerm("catalog")
        .withSqlSchemaTerm("schema")
        .withSqlProcedureTerm("procedure")
        .withSqlCatalogAtStart(true)
        .withSqlSearchStringEscape("\\")
        .withSqlSchemasSupportedActions()
        .withSqlCatalogsSupportedActions()
        .withSqlAllTablesAreSelectable(true)
        .withSqlSupportsNonNullableColumns(true)
        .withSqlSupportsIntegrityEnhancementFacility(false);
  }

  private static void language(SqlInfoBuilder info) {
    info.withSqlKeywords(KEYWORDS)
        .withSqlNumericFunctions(
            words("abs ceil exp floor greatest least ln log10 mod pi pow round sign sqrt trunc"))
        .withSqlStringFunctions(
            words(
                "concat concat_ws contains left length lower lpad ltrim position regexp_matches"
                    + " regexp_replace repeat replace reverse right rpad rtrim split_part"
                    + " starts_with strlen substring trim upper"))
        .withSqlDatetimeFunctions(
            words(
                "date_diff date_part date_trunc dayname extract last_day make_date monthname"
                    + " strftime strptime time_bucket"))
        .withSqlSystemFunctions(words("coalesce ifnull nullif typeof"))
        .withSqlNullOrdering(SqlNullOrdering.SQL_NULLS_SORTED_AT_END)
        .withSqlNullPlusNullIsNull(true)
        .withSqlSupportsColumnAliasing(true)
        .withSqlSupportsTableCorrelationNames(true)
        .withSqlSupportsDifferentTableCorrelationNames(false)
        .withSqlSupportsExpressionsInOrderBy(true)
        .withSqlSupportsOrderByUnrelated(true)
        .withSqlSupportsLikeEscapeClause(true)
        .withSqlCorrelatedSubqueriesSupported(true)
        .withSqlNamedParametersSupported(false)
        .withSqlSupportsConvert(Map.<Integer, List<Integer>>of())
        .withSqlSupportedGroupBy(
            SqlSupportedGroupBy.SQL_GROUP_BY_UNRELATED,
            SqlSupportedGroupBy.SQL_GROUP_BY_BEYOND_SELECT)
        .withSqlSupportedGrammar(
            SupportedSqlGrammar.SQL_MINIMUM_GRAMMAR, SupportedSqlGrammar.SQL_CORE_GRAMMAR)
        .withSqlAnsi92SupportedLevel(SupportedAnsi92SqlGrammarLevel.ANSI92_ENTRY_SQL)
        .withSqlSubQueriesSupported(
            SqlSupportedSubqueries.SQL_SUBQUERIES_IN_COMPARISONS,
            SqlSupportedSubqueries.SQL_SUBQUERIES_IN_EXISTS,
            SqlSupportedSubqueries.SQL_SUBQUERIES_IN_INS,
            SqlSupportedSubqueries.SQL_SUBQUERIES_IN_QUANTIFIEDS)
        .withSqlSupportedUnions(SqlSupportedUnions.SQL_UNION, SqlSupportedUnions.SQL_UNION_ALL)
        .withSqlOuterJoinSupportLevel(
            SqlOuterJoinsSupportLevel.SQL_LIMITED_OUTER_JOINS,
            SqlOuterJoinsSupportLevel.SQL_FULL_OUTER_JOINS);
  }

  private static void limits(SqlInfoBuilder info) {
    info.withSqlMaxColumnNameLength(NAME_LENGTH)
        .withSqlMaxTableNameLength(NAME_LENGTH)
        .withSqlDbSchemaNameLength(NAME_LENGTH)
        .withSqlMaxCatalogNameLength(NAME_LENGTH)
        .withSqlMaxUsernameLength(NAME_LENGTH)
        .withSqlMaxProcedureNameLength(NONE)
        .withSqlMaxCursorNameLength(NONE)
        .withSqlMaxColumnsInTable(1600)
        .withSqlMaxColumnsInIndex(NONE)
        .withSqlMaxIndexLength(NONE)
        .withSqlMaxStatementLength(1 << 20)
        .withSqlMaxBinaryLiteralLength(UNLIMITED)
        .withSqlMaxCharLiteralLength(UNLIMITED)
        .withSqlMaxColumnsInGroupBy(UNLIMITED)
        .withSqlMaxColumnsInOrderBy(UNLIMITED)
        .withSqlMaxColumnsInSelect(UNLIMITED)
        .withSqlMaxConnections(UNLIMITED)
        .withSqlMaxRowSize(UNLIMITED)
        .withSqlMaxRowSizeIncludesBlobs(true)
        .withSqlMaxStatements(UNLIMITED)
        .withSqlMaxTablesInSelect(UNLIMITED);
  }

  private static String[] words(String words) {
    return words.split(" ");
  }
}
