/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  ANALYZE of columnar tables: the sidecar chooses the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "analyze.h"
#include "commands/vacuum.h"
#include "connection.h"
#include "deparse.h"
#include "estimate.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "option.h"
#include "tuple.h"
#include "utils/memutils.h"
#include "utils/rel.h"

static List *
live_attributes(TupleDesc desc)
{
	List	   *attnums = NIL;
	int			i;

	for (i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			attnums = lappend_int(attnums, i + 1);
	return attnums;
}

/* (select ...) of all columns of all rows. */
static char *
select_all(Relation relation, List *attnums)
{
	Oid			relid = RelationGetRelid(relation);
	StringInfoData select;
	ListCell   *lc;

	initStringInfo(&select);
	appendStringInfoString(&select, "(select (output");
	foreach(lc, attnums)
	{
		appendStringInfoString(&select, " (col 1 ");
		deparse_string(&select, option_column_name(relid, lfirst_int(lc)));
		appendStringInfoChar(&select, ')');
	}
	appendStringInfoString(&select, ") (from ");
	option_append_table(&select, relid, 1);
	appendStringInfoString(&select, "))");
	return select.data;
}

static Oid
server_of(Relation relation)
{
	return GetForeignTable(RelationGetRelid(relation))->serverid;
}

static int
read_rows(FlightStream *stream, TupleDesc desc, List *attnums,
		  HeapTuple *rows, int wanted)
{
	TupleReader *reader = tuple_reader_make(desc, attnums);
	const ArrowBatch *batch;
	Datum	   *values = palloc0(sizeof(Datum) * desc->natts);
	bool	   *isnull = palloc(sizeof(bool) * desc->natts);
	int			n = 0;

	memset(isnull, true, sizeof(bool) * desc->natts);
	tuple_reader_schema(reader, flight_schema(stream));
	while ((batch = flight_next(stream)) != NULL)
	{
		int64		row;

		vacuum_delay_point();
		if (batch->length == 0)
			continue;
		tuple_reader_batch(reader, batch);
		for (row = 0; row < batch->length && n < wanted; row++)
		{
			tuple_reader_row(reader, row, values, isnull);
			rows[n++] = heap_form_tuple(desc, values, isnull);
		}
	}
	return n;
}

static double
total_rows(const char *metadata)
{
	const char *total = strstr(metadata, " total=");

	if (total == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("invalid data from the Datrang sidecar"),
				 errdetail("It sent a sample without the number of all rows.")));
	return strtod(total + strlen(" total="), NULL);
}

static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int wanted,
			   double *live_rows, double *dead_rows)
{
	List	   *attnums = live_attributes(RelationGetDescr(relation));
	RemoteQuery *query;
	FlightStream *stream;
	int			n;

	query = remote_query_open(server_of(relation), GetUserId(),
							  psprintf("(sample %d %s)", wanted,
									   select_all(relation, attnums)));
	stream = remote_query_stream(query);
	n = read_rows(stream, RelationGetDescr(relation), attnums, rows, wanted);
	*live_rows = Max(total_rows(flight_metadata(stream)), n);
	*dead_rows = 0;
	remote_query_close(query);
	ereport(elevel,
			(errmsg("\"%s\": columnar table contains %.0f rows; %d rows in sample",
					RelationGetRelationName(relation), *live_rows, n)));
	return n;
}

bool
analyze_table(Relation relation, AcquireSampleRowsFunc *acquire,
			  BlockNumber *pages)
{
	List	   *attnums = live_attributes(RelationGetDescr(relation));
	Estimate	estimate;
	double		blocks;

	/* As many as a heap of that size would have; nothing but a name for it. */
	estimate_rows(server_of(relation), GetUserId(),
				  select_all(relation, attnums), &estimate);
	blocks = estimate.total * Max(estimate.width, 1) / BLCKSZ;
	*pages = (BlockNumber) Min(blocks + 1, (double) MaxBlockNumber);
	*acquire = acquire_sample;
	return true;
}
