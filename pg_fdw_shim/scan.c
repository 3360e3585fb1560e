/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Execution of scans.
 *
 * The request is sent when the first row is asked for.  A rescan sends it
 * again, with the parameters' values of that moment.
 *
 * Of a parallel plan, the leader sends it before there are workers, with its
 * snapshot, parameters and what the transaction wrote.  Each process that then
 * wants rows, the leader among them, asks for a part of the answer; a batch
 * goes to one of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "batch.h"
#include "compat.h"
#include "connection.h"
#include "datrang_fdw.h"
#include "deparse.h"
#include "executor/execAsync.h"
#include "explain_remote.h"
#include "foreign/foreign.h"
#include "grpc_error.h"
#include "guard.h"
#include "kept_rows.h"
#include "key_set.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "option.h"
#include "scan.h"
#include "shippable.h"
#include "statement.h"
#include "tuple.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "verdict.h"
#include "write_transaction.h"
#include "writer.h"

/* Look for data that has arrived every so many rows; a power of two. */
#define PREFETCH_ROWS 1024

#define SECRET_BYTES 16

/* What the leader tells its workers: a name that nobody can guess. */
typedef struct DividedAnswer
{
	char		name[2 * SECRET_BYTES + 1];
} DividedAnswer;

typedef struct DatrangScan
{
	Oid			serverid;
	Oid			userid;
	const char *select;
	const char *unreduced;		/* the same without key sets */
	int			key_sets;		/* so many parameters are keys */
	List	   *attnums;
	List	   *param_types;	/* oids */
	Bitmapset  *doubtful;		/* params that may fail: PostgreSQL then checks
								 * what they are compared with */
	List	   *param_states;	/* ExprStates */
	Statement  *statement;
	MemoryContext cxt;

	RemoteQuery *query;			/* NULL before the first row and at the end */
	FlightStream *stream;
	bool		ended;
	TupleReader *reader;
	MemoryContext reader_cxt;
	int64		row;			/* next row of the batch */
	int64		nrows;
	bool		handed_out;		/* a row, since the request was sent */
	const char *careful;		/* without conditions that may fail, or "" */
	List	   *careful_attnums;
	bool		is_careful;		/* it failed: conditions are checked here */
	bool		lacks_value;	/* of this run: it did not fail itself */
	Query	   *pieces;			/* what is run if it fails on its data; or NULL */
	List	   *pieces_columns;
	Verdict    *verdict;		/* what the rows come from instead */
	Batch	   *batch;			/* NULL: it asks for itself only */
	bool		begun;			/* this run */
	bool		is_batched;		/* so are this run's rows */
	bool		rescanned;
	KeptRows   *kept;			/* of all runs since a rescan; or NULL */
	DividedAnswer divided;		/* "": the scan is this process's alone */
	RemoteQuery *whole;			/* the leader's request for it; or NULL */
	FlightStream *whole_stream; /* has begun; or NULL */
	ParallelContext *processes; /* the leader's */
	ScanStatistics statistics;
} DatrangScan;

static bool next_batch(ForeignScanState *node, DatrangScan *scan, bool wait);

/* May computing it raise an error, which no row perhaps needs? */
static bool
is_doubtful_param(DatrangScan *scan, Node *value)
{
	if (scan->pieces != NULL && contain_mutable_functions(value))
		return true;
	return (scan->careful[0] != '\0' || scan->pieces != NULL) &&
		shippable_may_have_no_value(value);
}

/* Has the server choose the statement's snapshot: asks for nothing else. */
static void
choose_snapshot(DatrangScan *scan)
{
	StringInfoData request;
	RemoteQuery *query;
	FlightStream *stream;

	initStringInfo(&request);
	appendStringInfoString(&request, "(query ");
	statement_append(scan->statement, scan->serverid, &request);
	appendStringInfoString(&request, " (select (output)))");
	query = remote_query_open(scan->serverid, scan->userid, request.data);
	stream = remote_query_stream(query);
	while (flight_next(stream) != NULL)
		;
	statement_answered(scan->statement, scan->serverid);
	remote_query_close(query);
}

void
scan_begin(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	EState	   *estate = node->ss.ps.state;
	List	   *batch = list_nth(plan->fdw_private, FDW_PRIVATE_BATCH);
	List	   *params = batch == NIL ? plan->fdw_exprs :
		list_truncate(list_copy(plan->fdw_exprs),
					  intVal(list_nth(batch, BATCH_FIRST)));
	DatrangScan *scan;
	ListCell   *lc;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	/* It has neither the leader's snapshots nor what the leader wrote. */
	if (IsParallelWorker() && !plan->scan.plan.parallel_aware)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("columnar tables cannot be read in a parallel worker"),
				 errhint("Declare the function that reads them PARALLEL RESTRICTED.")));
	scan = palloc0(sizeof(DatrangScan));
	node->fdw_state = scan;
	scan->cxt = CurrentMemoryContext;
	scan->serverid = plan->fs_server;
	scan->userid = compat_scan_user(plan, estate);
	scan->select = strVal(list_nth(plan->fdw_private, FDW_PRIVATE_SELECT));
	scan->unreduced = strVal(list_nth(plan->fdw_private,
									  FDW_PRIVATE_UNREDUCED));
	scan->key_sets = list_length(list_nth(plan->fdw_private,
										  FDW_PRIVATE_REDUCED));
	scan->attnums = list_nth(plan->fdw_private, FDW_PRIVATE_ATTNUMS);
	scan->careful = strVal(list_nth(plan->fdw_private,
									FDW_PRIVATE_CAREFUL));
	scan->careful_attnums = list_nth(plan->fdw_private,
									 FDW_PRIVATE_CAREFUL_ATTNUMS);
	scan->pieces = list_nth(plan->fdw_private, FDW_PRIVATE_PIECES);
	scan->pieces_columns = list_nth(plan->fdw_private,
									FDW_PRIVATE_PIECES_COLUMNS);
	scan->param_states = ExecInitExprList(params, &node->ss.ps);
	foreach(lc, params)
	{
		scan->param_types = lappend_oid(scan->param_types,
										exprType(lfirst(lc)));
		if (is_doubtful_param(scan, lfirst(lc)))
			scan->doubtful = bms_add_member(scan->doubtful,
											foreach_current_index(lc));
	}
	if (!IsParallelWorker())
	{
		scan->statement = statement_enter(estate, eflags);
		if (statement_share_now(scan->statement, scan->serverid))
			choose_snapshot(scan);
	}
	scan->reader_cxt = AllocSetContextCreate(CurrentMemoryContext,
											 "datrang reader",
											 ALLOCSET_DEFAULT_SIZES);
	scan->batch = batch_begin(node, scan->attnums);
}

/* Rows that came for many runs at once; false if this run is on its own. */
static bool
next_batched(DatrangScan *scan)
{
	if (!scan->begun)
	{
		scan->begun = true;
		scan->is_batched = !scan->is_careful && batch_start(scan->batch);
	}
	if (!scan->is_batched)
		return false;
	if (!scan->ended)
		scan->ended = !batch_row(scan->batch);
	return true;
}

static TupleTableSlot *
next_row(ForeignScanState *node, DatrangScan *scan)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	if (scan->batch != NULL && next_batched(scan))
		return slot;
	if (unlikely(scan->row >= scan->nrows))
	{
		/* Whoever asks for rows of several scans waits for all of them. */
		if (scan->verdict == NULL &&
			!next_batch(node, scan, !node->ss.ps.async_capable))
			return slot;
		if (scan->verdict != NULL)
		{
			verdict_row(scan->verdict, node);
			scan->ended = TupIsNull(slot);
			return slot;
		}
	}
	else if ((scan->row & (PREFETCH_ROWS - 1)) == 0)
		flight_prefetch(scan->stream);
	tuple_reader_row(scan->reader, scan->row, slot->tts_values,
					 slot->tts_isnull);
	ExecStoreVirtualTuple(slot);
	tuple_reader_tid(scan->reader, scan->row++, &slot->tts_tid);
	return slot;
}

/* Of the runs before, as long as there are some. */
static TupleTableSlot *
next_or_kept_row(ForeignScanState *node, DatrangScan *scan)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (scan->kept == NULL)
		return next_row(node, scan);
	if (kept_rows_next(scan->kept, node) || scan->ended)
		return slot;
	slot = next_row(node, scan);
	if (!TupIsNull(slot))
		kept_rows_add(scan->kept, node);
	return slot;
}

static bool
is_careful(DatrangScan *scan)
{
	return scan->is_careful || scan->lacks_value;
}

TupleTableSlot *
scan_iterate(ForeignScanState *node)
{
	DatrangScan *scan = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = next_or_kept_row(node, scan);

	while (is_careful(scan) && scan->verdict == NULL && !TupIsNull(slot))
	{
		econtext->ecxt_scantuple = slot;
		ResetExprContext(econtext);
		if (ExecQual(node->fdw_recheck_quals, econtext))
			break;
		slot = next_or_kept_row(node, scan);
	}
	return slot;
}

/* ------------------------------------------------------------------ */
/* Requests															  */
/* ------------------------------------------------------------------ */

/* More than a request should carry: the scan can do without. */
static bool
has_too_many_keys(Datum keys, bool isnull)
{
	ArrayType  *array;

	if (isnull)
		return false;
	array = DatumGetArrayTypeP(keys);
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > KEY_SET_MAX ||
		VARSIZE(array) > KEY_SET_BYTES_MAX;
}

static Datum
evaluate_param(DatrangScan *scan, int number, ExprState *state,
			   ExprContext *econtext, bool *isnull)
{
	Datum		value;

	if (!bms_is_member(number, scan->doubtful) || IsInParallelMode())
		return ExecEvalExpr(state, econtext, isnull);
	if (!guard_evaluate(state, econtext, &value, isnull))
		scan->lacks_value = true;
	return value;
}

/* False if there are too many keys; the rest is complete. */
static bool
append_params(StringInfo request, ForeignScanState *node, DatrangScan *scan)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	ListCell   *state;
	ListCell   *type;
	int			nest_level;
	int			number = 0;
	bool		reduced = true;

	if (scan->param_states == NIL)
		return true;
	appendStringInfoString(request, " (params");
	forboth(state, scan->param_states, type, scan->param_types)
	{
		bool		isnull;
		Datum		value;

		/* The expression sees the session's settings, its output does not. */
		value = evaluate_param(scan, number, lfirst(state), econtext, &isnull);
		if (number++ >= scan->key_sets)
		{
			/* The engine does not look at what is compared with a null. */
			if (isnull && scan->careful[0] != '\0')
				scan->lacks_value = true;
		}
		else if (has_too_many_keys(value, isnull))
		{
			reduced = false;
			isnull = true;
		}
		nest_level = deparse_pin_settings();
		appendStringInfoChar(request, ' ');
		deparse_value(request, lfirst_oid(type), value, isnull);
		deparse_unpin_settings(nest_level);
	}
	appendStringInfoChar(request, ')');
	return reduced;
}

/* "batch": parameters and SELECT to send instead, if not NULL. */
static char *
make_request(ForeignScanState *node, DatrangScan *scan, const char *batch)
{
	StringInfoData request;
	bool		reduced;

	initStringInfo(&request);
	appendStringInfoString(&request, "(query ");
	statement_append(scan->statement, scan->serverid, &request);
	option_append_engine(&request, scan->serverid);
	if (!statement_is_past(scan->statement))
	{
		writers_flush(node->ss.ps.state->es_snapshot->curcid);
		write_append_own(&request, node->ss.ps.state->es_snapshot->curcid);
	}
	if (scan->divided.name[0] != '\0')
		appendStringInfo(&request, " (divided \"%s\" %d)", scan->divided.name,
						 scan->processes->nworkers +
						 parallel_leader_participation);
	if (batch != NULL)
	{
		appendStringInfo(&request, "%s)", batch);
		return request.data;
	}
	reduced = append_params(&request, node, scan);
	appendStringInfo(&request, " %s)", is_careful(scan) ? scan->careful :
					 reduced ? scan->select : scan->unreduced);
	return request.data;
}

static void
reach_verdict(ForeignScanState *node, DatrangScan *scan)
{
	scan->verdict = verdict_reach(node, scan->pieces, scan->pieces_columns,
								  scan->statement, scan->lacks_value);
}

/* Or run it in pieces, where a value could not be computed. */
static void
start_query(ForeignScanState *node, DatrangScan *scan)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext old;
	char	   *request;

	ResetExprContext(econtext);
	scan->lacks_value = false;
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	request = scan->divided.name[0] == '\0' ? make_request(node, scan, NULL) :
		psprintf("(part \"%s\" %d %d)", scan->divided.name,
				 ParallelWorkerNumber + 1, IsParallelWorker() ? 0 :
				 scan->processes->nworkers_launched + 1);
	MemoryContextSwitchTo(scan->cxt);
	if (scan->lacks_value && scan->pieces != NULL)
		reach_verdict(node, scan);
	else if (scan->divided.name[0] != '\0')
		scan->query = remote_query_open(scan->serverid, scan->userid, request);
	else
	{
		explain_remote_note(scan->serverid, scan->userid, request);
		scan->query = remote_query_open(scan->serverid, scan->userid, request);
	}
	scan->reader = NULL;
	scan->handed_out = false;
	MemoryContextSwitchTo(old);
}

RemoteQuery *
scan_ask(ForeignScanState *node, const char *params, const char *select)
{
	DatrangScan *scan = node->fdw_state;
	char	   *request = make_request(node, scan,
									   psprintf("%s %s", params, select));

	explain_remote_note(scan->serverid, scan->userid, request);
	return remote_query_open(scan->serverid, scan->userid, request);
}

/* The answer has begun. */
static void
read_schema(ForeignScanState *node, DatrangScan *scan)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	MemoryContext old;

	scan->stream = remote_query_stream(scan->query);
	MemoryContextReset(scan->reader_cxt);
	/* Attributes that are not fetched stay null; a careful run's are more. */
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	old = MemoryContextSwitchTo(scan->reader_cxt);
	scan->reader = tuple_reader_make(slot->tts_tupleDescriptor,
									 is_careful(scan) ? scan->careful_attnums :
									 scan->attnums);
	tuple_reader_schema(scan->reader, flight_schema(scan->stream));
	if (scan->divided.name[0] == '\0')
		statement_answered(scan->statement, scan->serverid);
	MemoryContextSwitchTo(old);
}

static uint64
metadata_number(const char *metadata, const char *key)
{
	const char *at = strstr(metadata, key);

	return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

/* The value of a key that is a text without blanks; NULL if it is not there. */
static char *
metadata_text(const char *metadata, const char *key)
{
	const char *at = strstr(metadata, key);

	if (at == NULL)
		return NULL;
	at += strlen(key);
	return pnstrdup(at, strcspn(at, " "));
}

static void
count_received(DatrangScan *scan, FlightStream *stream)
{
	const FlightStatistics *received = flight_statistics(stream);

	scan->statistics.batches += received->batches;
	scan->statistics.bytes += received->bytes;
}

static void
count_query(DatrangScan *scan, FlightStream *stream)
{
	ScanStatistics *sum = &scan->statistics;
	char	   *metadata = psprintf(" %s", flight_metadata(stream));
	char	   *lsn = metadata_text(metadata, " lsn=");
	char	   *engine = metadata_text(metadata, " engine=");
	char	   *embedded = metadata_text(metadata, " embedded=");

	count_received(scan, stream);
	sum->requests++;
	sum->files += metadata_number(metadata, " files=");
	sum->files_total += metadata_number(metadata, " files_total=");
	sum->row_groups += metadata_number(metadata, " row_groups=");
	sum->row_groups_total += metadata_number(metadata, " row_groups_total=");
	sum->delta_rows += metadata_number(metadata, " delta_rows=");
	if (lsn != NULL)
		strlcpy(sum->lsn, lsn, sizeof(sum->lsn));
	if (engine != NULL)
		strlcpy(sum->engine, engine, sizeof(sum->engine));
	else if (embedded != NULL)
		strlcpy(sum->engine,
				psprintf("embedded, because %s", grpc_decode(embedded)),
				sizeof(sum->engine));
	pfree(metadata);
}

void
scan_answered(ForeignScanState *node, FlightStream *stream)
{
	DatrangScan *scan = node->fdw_state;

	statement_answered(scan->statement, scan->serverid);
	count_query(scan, stream);
}

static void
end_query(DatrangScan *scan)
{
	if (scan->query == NULL)
		return;
	if (scan->stream != NULL && scan->divided.name[0] != '\0')
		count_received(scan, scan->stream);
	else if (scan->stream != NULL)
		count_query(scan, scan->stream);
	remote_query_close(scan->query);
	scan->query = NULL;
	scan->stream = NULL;
	scan->row = scan->nrows = 0;
}

/* Did it fail, and may PostgreSQL not? */
static bool
is_doubtful(DatrangScan *scan)
{
	return (scan->pieces != NULL ||
			(scan->careful[0] != '\0' && !is_careful(scan))) &&
		!scan->handed_out &&
		flight_failed_on_data(remote_query_stream(scan->query));
}

/* A table's scan begins anew, what else failed is run in pieces. */
static void
leave_to_postgres(ForeignScanState *node, DatrangScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->cxt);

	flight_log_refusal(remote_query_stream(scan->query));
	end_query(scan);
	if (scan->pieces == NULL)
	{
		scan->is_careful = true;
		start_query(node, scan);
	}
	else
		reach_verdict(node, scan);
	MemoryContextSwitchTo(old);
}

/*
 * The next batch that has rows; false at the end, or if it has to wait.  True
 * as well if there is a verdict to read from.
 */
static bool
next_batch(ForeignScanState *node, DatrangScan *scan, bool wait)
{
	const ArrowBatch *batch = NULL;

	if (scan->ended)
		return false;
	if (scan->query == NULL)
		start_query(node, scan);
	if (scan->verdict != NULL)
		return true;
	while (batch == NULL || batch->length == 0)
	{
		if (!wait && !remote_query_ready(scan->query))
			return false;
		if (is_doubtful(scan))
		{
			leave_to_postgres(node, scan);
			if (scan->verdict != NULL)
				return true;
			continue;
		}
		if (scan->reader == NULL)
		{
			read_schema(node, scan);
			continue;
		}
		batch = flight_next(scan->stream);
		if (batch == NULL)
		{
			end_query(scan);
			scan->ended = true;
			return false;
		}
	}
	scan->handed_out = true;
	tuple_reader_batch(scan->reader, batch);
	scan->row = 0;
	scan->nrows = batch->length;
	return true;
}

/* ------------------------------------------------------------------ */
/* Parallel plans													  */
/* ------------------------------------------------------------------ */

Size
scan_estimate_shared(ForeignScanState *node, ParallelContext *cxt)
{
	return sizeof(DividedAnswer);
}

static void
end_whole(DatrangScan *scan)
{
	if (scan->whole == NULL)
		return;
	if (scan->whole_stream != NULL)
	{
		flight_receive_metadata(scan->whole_stream);
		count_query(scan, scan->whole_stream);
		scan->statistics.divided = true;
	}
	remote_query_close(scan->whole);
	scan->whole = NULL;
	scan->whole_stream = NULL;
}

/*
 * Workers must not be started before the sidecar knows the request; the answer
 * has begun then.
 */
void
scan_share(ForeignScanState *node, ParallelContext *cxt, void *shared)
{
	DatrangScan *scan = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	MemoryContext old;
	uint8		secret[SECRET_BYTES];
	char	   *request;

	end_query(scan);
	end_whole(scan);
	scan->processes = cxt;
	if (!pg_strong_random(secret, SECRET_BYTES))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	hex_encode((char *) secret, SECRET_BYTES, scan->divided.name);
	memcpy(shared, &scan->divided, sizeof(DividedAnswer));
	ResetExprContext(econtext);
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	request = make_request(node, scan, NULL);
	MemoryContextSwitchTo(scan->cxt);
	explain_remote_note(scan->serverid, scan->userid, request);
	scan->whole = remote_query_open(scan->serverid, scan->userid, request);
	scan->whole_stream = remote_query_stream(scan->whole);
	(void) flight_schema(scan->whole_stream);
	statement_answered(scan->statement, scan->serverid);
	MemoryContextSwitchTo(old);
}

void
scan_join(ForeignScanState *node, shm_toc *toc, void *shared)
{
	DatrangScan *scan = node->fdw_state;

	memcpy(&scan->divided, shared, sizeof(DividedAnswer));
}

/* ------------------------------------------------------------------ */
/* Asynchronous execution											  */
/* ------------------------------------------------------------------ */

/* Hand out a row, the end, or the promise of either. */
void
scan_async_request(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	DatrangScan *scan = node->fdw_state;
	TupleTableSlot *slot = request->requestee->ExecProcNodeReal(request->requestee);

	if (!TupIsNull(slot))
		ExecAsyncRequestDone(request, slot);
	else if (scan->ended)
		ExecAsyncRequestDone(request, NULL);
	else
		ExecAsyncRequestPending(request);
}

void
scan_async_wait(AsyncRequest *request)
{
	ForeignScanState *node = castNode(ForeignScanState, request->requestee);
	DatrangScan *scan = node->fdw_state;
	AppendState *append = castNode(AppendState, request->requestor);
	uint32		events;
	pgsocket	fd = remote_query_socket(scan->query, &events);

	AddWaitEventToSet(append->as_eventset, events, fd, NULL, request);
}

/* ------------------------------------------------------------------ */
/* Rescan and end													  */
/* ------------------------------------------------------------------ */

static void
end_verdict(DatrangScan *scan)
{
	if (scan->verdict != NULL)
		verdict_end(scan->verdict);
	scan->verdict = NULL;
}

void
scan_rescan(ForeignScanState *node)
{
	DatrangScan *scan = node->fdw_state;

	if (scan->kept != NULL)
	{
		kept_rows_rewind(scan->kept);
		return;
	}
	end_query(scan);
	end_verdict(scan);
	scan->ended = scan->begun = scan->is_batched = scan->lacks_value = false;
	if (scan->rescanned && scan->divided.name[0] == '\0' &&
		kept_rows_fit(node))
	{
		MemoryContext old = MemoryContextSwitchTo(scan->cxt);

		scan->kept = kept_rows_make(node);
		MemoryContextSwitchTo(old);
	}
	scan->rescanned = true;
}

void
scan_end(ForeignScanState *node)
{
	DatrangScan *scan = node->fdw_state;

	if (scan == NULL)
		return;
	end_query(scan);
	end_whole(scan);
	end_verdict(scan);
	if (scan->kept != NULL)
		kept_rows_end(scan->kept);
}

const ScanStatistics *
scan_statistics(ForeignScanState *node)
{
	DatrangScan *scan = node->fdw_state;

	end_query(scan);
	end_whole(scan);
	return &scan->statistics;
}
