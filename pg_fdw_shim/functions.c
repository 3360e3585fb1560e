/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  SQL functions that talk to the sidecar.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "connection.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tuple.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#define SERVER_NAME "datrang"

PG_FUNCTION_INFO_V1(datrang_call);

/* The rows' type and a store for them, both to live as long as the result. */
static Tuplestorestate *
begin_result(FunctionCallInfo fcinfo, TupleDesc *desc)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Tuplestorestate *store;
	MemoryContext old;

	if (result == NULL || !IsA(result, ReturnSetInfo) ||
		(result->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (get_call_result_type(fcinfo, NULL, desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the columns of the answer must be declared"),
				 errhint("SELECT * FROM datrang.call('(status)') AS t (table_id bigint, ...)")));
	old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	*desc = CreateTupleDescCopy(*desc);
	store = tuplestore_begin_heap((result->allowedModes &
								   SFRM_Materialize_Random) != 0,
								  false, work_mem);
	MemoryContextSwitchTo(old);
	result->returnMode = SFRM_Materialize;
	result->setResult = store;
	result->setDesc = *desc;
	return store;
}

static void
store_rows(FlightStream *stream, TupleDesc desc, Tuplestorestate *store)
{
	List	   *attnums = NIL;
	TupleReader *reader;
	const ArrowBatch *batch;
	Datum	   *values = palloc0(sizeof(Datum) * desc->natts);
	bool	   *isnull = palloc0(sizeof(bool) * desc->natts);
	int			i;

	for (i = 1; i <= desc->natts; i++)
		attnums = lappend_int(attnums, i);
	reader = tuple_reader_make(desc, attnums);
	tuple_reader_schema(reader, flight_schema(stream));
	while ((batch = flight_next(stream)) != NULL)
	{
		int64		row;

		if (batch->length == 0)
			continue;
		tuple_reader_batch(reader, batch);
		for (row = 0; row < batch->length; row++)
		{
			tuple_reader_row(reader, row, values, isnull);
			tuplestore_putvalues(store, desc, values, isnull);
		}
	}
}

/*
 * datrang.call(body text) returns setof record: sends (datrang 1 body) to
 * the server "datrang" and returns the answer's rows.
 */
Datum
datrang_call(PG_FUNCTION_ARGS)
{
	char	   *body = text_to_cstring(PG_GETARG_TEXT_PP(0));
	ForeignServer *server = GetForeignServerByName(SERVER_NAME, false);
	TupleDesc	desc;
	Tuplestorestate *store = begin_result(fcinfo, &desc);
	RemoteQuery *query = remote_query_open(server->serverid, GetUserId(),
										   body);

	store_rows(remote_query_stream(query), desc, store);
	remote_query_close(query);
	return (Datum) 0;
}
