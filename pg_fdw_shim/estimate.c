/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  Row counts from the sidecar's statistics.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "connection.h"
#include "estimate.h"

static bool
has_answer(const ArrowSchema *schema, const ArrowBatch *batch)
{
	return schema->nfields >= 4 && batch->length >= 1 &&
		schema->fields[0].type == ARROW_FLOAT &&
		schema->fields[0].width == 64 &&
		schema->fields[1].type == ARROW_INT &&
		schema->fields[1].width == 32 &&
		schema->fields[2].type == ARROW_FLOAT &&
		schema->fields[2].width == 64 &&
		schema->fields[3].type == ARROW_FLOAT &&
		schema->fields[3].width == 64 &&
		!arrow_is_null(&batch->columns[0], 0) &&
		!arrow_is_null(&batch->columns[1], 0) &&
		!arrow_is_null(&batch->columns[2], 0) &&
		!arrow_is_null(&batch->columns[3], 0);
}

/* A count that the planner can calculate with. */
static double
sane(double rows)
{
	return isnan(rows) || rows < 0 ? 0 : Min(rows, 1e15);
}

void
estimate_rows(Oid serverid, Oid userid, const char *select,
			  Estimate *estimate)
{
	RemoteQuery *query = remote_query_open(serverid, userid,
										   psprintf("(estimate %s)", select));
	FlightStream *stream = remote_query_stream(query);
	const ArrowSchema *schema = flight_schema(stream);
	const ArrowBatch *batch;
	bool		answered = false;

	while ((batch = flight_next(stream)) != NULL)
	{
		double		rows;
		double		total;
		double		bound;
		int32		width;

		if (answered || !has_answer(schema, batch))
			continue;
		memcpy(&rows, batch->columns[0].values, sizeof(rows));
		memcpy(&width, batch->columns[1].values, sizeof(width));
		memcpy(&total, batch->columns[2].values, sizeof(total));
		memcpy(&bound, batch->columns[3].values, sizeof(bound));
		estimate->rows = sane(rows);
		estimate->total = Max(sane(total), estimate->rows);
		estimate->bound = Max(sane(bound), estimate->rows);
		estimate->width = Max(width, 0);
		answered = true;
	}
	remote_query_close(query);
	if (!answered)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("invalid data from the Datrang sidecar"),
				 errdetail("It answered without an estimate.")));
}
