/*-------------------------------------------------------------------------
 *
 * explain_remote.c
 *	  datrang.explain_remote(): what the sidecar's engine did for a statement.
 *
 * The statement is executed here, its rows are dropped.  Each request its
 * scans send, with the parameters of that moment, is sent as (explain ...)
 * before: the engine then runs it under its profiler, and says what it read
 * and how long its operators took.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "connection.h"
#include "executor/spi.h"
#include "explain_remote.h"
#include "fmgr.h"
#include "funcapi.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#define QUERY_PREFIX "(query "
#define REQUESTS_MAX 100		/* a nested loop may send very many */

typedef struct Report
{
	Tuplestorestate *store;
	TupleDesc	desc;
	int			requests;
} Report;

/* Of the running explain_remote(), or NULL. */
static Report *current;

PG_FUNCTION_INFO_V1(datrang_explain_remote);

static void
put_line(Report *report, const char *line)
{
	Datum		value = CStringGetTextDatum(line);
	bool		isnull = false;

	tuplestore_putvalues(report->store, report->desc, &value, &isnull);
}

/* The lines of an answer: its only column. */
static void
put_answer(Report *report, FlightStream *stream)
{
	const ArrowSchema *schema = flight_schema(stream);
	const ArrowBatch *batch;

	while ((batch = flight_next(stream)) != NULL)
	{
		int64		row;

		for (row = 0; row < batch->length; row++)
		{
			int32		start;
			int32		len;

			if (schema->nfields < 1 || schema->fields[0].type != ARROW_UTF8 ||
				!arrow_slice(&batch->columns[0], row, &start, &len))
				ereport(ERROR,
						(errcode(ERRCODE_PROTOCOL_VIOLATION),
						 errmsg("invalid data from the Datrang sidecar"),
						 errdetail("It explained a query with something else than lines.")));
			put_line(report,
					 pnstrdup((char *) batch->columns[0].data + start, len));
		}
	}
}

void
explain_remote_note(Oid serverid, Oid userid, const char *request)
{
	Report	   *report = current;
	const char *body = request + strlen(QUERY_PREFIX);
	RemoteQuery *query;

	if (report == NULL ||
		strncmp(request, QUERY_PREFIX, strlen(QUERY_PREFIX)) != 0)
		return;
	if (report->requests++ >= REQUESTS_MAX)
		return;
	put_line(report, psprintf("Request %d: %s", report->requests, request));
	query = remote_query_open(serverid, userid, psprintf("(explain %s", body));
	put_answer(report, remote_query_stream(query));
	remote_query_close(query);
}

static void
execute(const char *statement)
{
	SPIExecuteOptions options;
	SPIPlanPtr	plan;
	int			result;

	memset(&options, 0, sizeof(options));
	options.read_only = true;
	options.dest = None_Receiver;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare(statement, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	if (!SPI_is_cursor_plan(plan))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("datrang.explain_remote() explains one query"),
				 errhint("Pass one SELECT.")));
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended failed: %s",
			 SPI_result_code_string(result));
	SPI_finish();
}

Datum
datrang_explain_remote(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *statement = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Report		report;
	Report	   *outer = current;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	report.store = result->setResult;
	report.desc = result->setDesc;
	report.requests = 0;
	current = &report;
	PG_TRY();
	{
		execute(statement);
	}
	PG_FINALLY();
	{
		current = outer;
	}
	PG_END_TRY();
	if (report.requests == 0)
		put_line(&report, "Nothing was sent to the sidecar.");
	else if (report.requests > REQUESTS_MAX)
		put_line(&report, psprintf("%d more requests were sent.",
								   report.requests - REQUESTS_MAX));
	return (Datum) 0;
}
