/*-------------------------------------------------------------------------
 *
 * batch.c
 *	  Runs of a scan that are answered together.
 *
 * When a scan begins a run with parameters it has no answer for, it has rows
 * read ahead (lookahead.c) and asks for the answers of all of them in one
 * request.  They are kept by the text of the parameters until the next
 * request, so that it does not matter whether the rows really follow: what is
 * not found is asked for.  Each time more rows are read ahead, since nobody
 * knows whether there will be many.
 *
 * A request that fails, or the answer of which is too large, proves nothing
 * about the run at hand, which is then made alone.  After an error, so are
 * all others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "batch.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "deparse.h"
#include "executor/executor.h"
#include "guard.h"
#include "lookahead.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "scan.h"
#include "tuple.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Rows of a request, and bytes of its rows. */
#define ROWS_FIRST 4
#define ROWS_MAX 1024
#define BYTES_MAX (4 * 1024 * 1024)

typedef struct Answer
{
	char	   *key;			/* text of the parameters; first for dynahash */
	int			ordinal;
	int64		first;			/* of its rows */
	int64		rows;
} Answer;

struct Batch
{
	ForeignScanState *node;
	const char *head;
	const char *tail;
	List	   *kinds;
	List	   *states;			/* ExprStates */
	List	   *types;			/* oids */
	int			id;				/* of the lookahead */
	bool		given_up;
	int			rows_wanted;	/* to read ahead the next time */
	int			rows_max;

	TupleDesc	desc;			/* the scan's, and the ordinal */
	List	   *attnums;
	MemoryContext cxt;			/* of the answers */
	HTAB	   *answers;
	MinimalTuple *rows;
	int64		nrows;
	int64		capacity;
	Answer	   *current;
	int64		next;			/* row of its answer */
};

Batch *
batch_begin(ForeignScanState *node, List *attnums)
{
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	List	   *private = list_nth(plan->fdw_private, FDW_PRIVATE_BATCH);
	TupleDesc	desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	List	   *exprs;
	Batch	   *batch;
	ListCell   *lc;

	/* Values only are kept: not where a row is. */
	if (private == NIL ||
		intVal(list_nth(private, BATCH_LOOKAHEAD)) == 0 ||
		list_member_int(attnums, SelfItemPointerAttributeNumber))
		return NULL;
	batch = palloc0(sizeof(Batch));
	batch->node = node;
	batch->head = strVal(list_nth(private, BATCH_HEAD));
	batch->tail = strVal(list_nth(private, BATCH_TAIL));
	batch->kinds = list_nth(private, BATCH_KINDS);
	batch->id = intVal(list_nth(private, BATCH_LOOKAHEAD));
	exprs = list_copy_tail(plan->fdw_exprs,
						   intVal(list_nth(private, BATCH_FIRST)));
	batch->states = ExecInitExprList(exprs, &node->ss.ps);
	foreach(lc, exprs)
		batch->types = lappend_oid(batch->types, exprType(lfirst(lc)));
	batch->rows_max = ROWS_MAX;

	batch->desc = CreateTemplateTupleDesc(desc->natts + 1);
	for (int i = 1; i <= desc->natts; i++)
		TupleDescCopyEntry(batch->desc, i, desc, i);
	TupleDescInitEntry(batch->desc, desc->natts + 1, "ordinal", INT4OID, -1,
					   0);
	batch->attnums = lcons_int(desc->natts + 1, list_copy(attnums));
	batch->cxt = AllocSetContextCreate(CurrentMemoryContext, "datrang batch",
									   ALLOCSET_DEFAULT_SIZES);
	return batch;
}

/* ------------------------------------------------------------------ */
/* Answers															  */
/* ------------------------------------------------------------------ */

static uint32
hash_key(const void *key, Size size)
{
	const char *text = *(const char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) text,
								   (int) strlen(text)));
}

static int
compare_keys(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
forget_answers(Batch *batch)
{
	HASHCTL		control;

	MemoryContextReset(batch->cxt);
	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(char *);
	control.entrysize = sizeof(Answer);
	control.hash = hash_key;
	control.match = compare_keys;
	control.hcxt = batch->cxt;
	batch->answers = hash_create("datrang batch", ROWS_MAX, &control,
								 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
								 HASH_CONTEXT);
	batch->rows = NULL;
	batch->nrows = batch->capacity = 0;
}

static void
keep_row(Batch *batch, Answer **answers, Datum *values, bool *nulls)
{
	int			natts = batch->desc->natts;
	int			ordinal = DatumGetInt32(values[natts - 1]);
	Answer	   *answer = answers[ordinal];
	MemoryContext old = MemoryContextSwitchTo(batch->cxt);

	if (batch->nrows == batch->capacity)
	{
		batch->capacity = Max(64, batch->capacity * 2);
		batch->rows = batch->rows == NULL ?
			palloc(batch->capacity * sizeof(MinimalTuple)) :
			repalloc_huge(batch->rows, batch->capacity * sizeof(MinimalTuple));
	}
	if (answer->rows++ == 0)
		answer->first = batch->nrows;
	batch->rows[batch->nrows++] = compat_form_minimal_tuple(batch->desc,
															values, nulls);
	MemoryContextSwitchTo(old);
}

/* False if they are more than fit in work_mem. */
static bool
read_rows(Batch *batch, FlightStream *stream, Answer **answers)
{
	int			natts = batch->desc->natts;
	Datum	   *values = palloc0(natts * sizeof(Datum));
	bool	   *nulls = palloc(natts * sizeof(bool));
	TupleReader *reader = tuple_reader_make(batch->desc, batch->attnums);
	const ArrowBatch *rows;

	memset(nulls, true, natts * sizeof(bool));
	tuple_reader_schema(reader, flight_schema(stream));
	while ((rows = flight_next(stream)) != NULL)
	{
		tuple_reader_batch(reader, rows);
		for (int64 i = 0; i < rows->length; i++)
		{
			tuple_reader_row(reader, i, values, nulls);
			keep_row(batch, answers, values, nulls);
		}
		if (MemoryContextMemAllocated(batch->cxt, true) >
			(Size) work_mem * 1024)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------ */
/* Requests															  */
/* ------------------------------------------------------------------ */

/* Text of the parameters now: a row without parentheses. */
static char *
write_key(Batch *batch)
{
	ExprContext *econtext = batch->node->ss.ps.ps_ExprContext;
	StringInfoData key;
	ListCell   *kind;
	ListCell   *state;
	ListCell   *type;
	int			nest_level;

	initStringInfo(&key);
	forthree(kind, batch->kinds, state, batch->states, type, batch->types)
	{
		bool		isnull;
		Datum		value;

		if (lfirst_int(kind) != BATCH_COLUMN)
		{
			appendStringInfoString(&key, " (null \"bool\")");
			continue;
		}
		value = ExecEvalExpr((ExprState *) lfirst(state), econtext, &isnull);
		appendStringInfoChar(&key, ' ');
		nest_level = deparse_pin_settings();
		deparse_value(&key, lfirst_oid(type), value, isnull);
		deparse_unpin_settings(nest_level);
	}
	return key.data;
}

/* Keeps the values that lists are made of; they live as long as the request. */
static void
collect_values(Batch *batch, ArrayBuildState **lists)
{
	ExprContext *econtext = batch->node->ss.ps.ps_ExprContext;
	ListCell   *kind;
	int			number = 0;

	foreach(kind, batch->kinds)
	{
		int			source = lfirst_int(kind) - 1;
		Oid			type;
		bool		isnull;
		Datum		value;

		number++;
		if (source < 0)
			continue;
		type = list_nth_oid(batch->types, source);
		value = ExecEvalExpr(list_nth(batch->states, source), econtext,
							 &isnull);
		if (lists[number - 1] == NULL)
			lists[number - 1] = initArrayResult(type, CurrentMemoryContext,
												false);
		if (!isnull)
			lists[number - 1] = accumArrayResult(lists[number - 1], value,
												 false, type,
												 CurrentMemoryContext);
	}
}

static void
add_row(Batch *batch, StringInfo rows, List **answers,
		ArrayBuildState **lists)
{
	char	   *key = write_key(batch);
	bool		found;
	Answer	   *answer = hash_search(batch->answers, &key, HASH_ENTER, &found);

	if (found)
		return;
	answer->key = MemoryContextStrdup(batch->cxt, key);
	answer->ordinal = list_length(*answers);
	answer->first = answer->rows = 0;
	*answers = lappend(*answers, answer);
	collect_values(batch, lists);
	appendStringInfo(rows, " (row (const \"int4\" \"%d\")%s)",
					 answer->ordinal, key);
}

/* (params ...), in which what differs from row to row has no value. */
static void
write_params(Batch *batch, StringInfo request, ArrayBuildState **lists)
{
	ExprContext *econtext = batch->node->ss.ps.ps_ExprContext;
	int			number = 0;
	ListCell   *kind;
	ListCell   *state;
	ListCell   *type;

	appendStringInfoString(request, " (params");
	forthree(kind, batch->kinds, state, batch->states, type, batch->types)
	{
		ArrayBuildState *list = lists[number++];
		bool		isnull = true;
		Datum		value = 0;
		int			nest_level;

		if (lfirst_int(kind) == BATCH_VALUE)
			value = ExecEvalExpr((ExprState *) lfirst(state), econtext,
								 &isnull);
		else if (list != NULL)
		{
			value = makeArrayResult(list, CurrentMemoryContext);
			isnull = false;
		}
		appendStringInfoChar(request, ' ');
		nest_level = deparse_pin_settings();
		deparse_value(request, lfirst_oid(type), value, isnull);
		deparse_unpin_settings(nest_level);
	}
	appendStringInfoChar(request, ')');
}

/* The answers that are to come; NIL if it is not worth a request of many. */
static List *
write_request(Batch *batch, Lookahead *ahead, StringInfo params,
			  StringInfo select)
{
	List	   *answers = NIL;
	ArrayBuildState **lists =
		palloc0(list_length(batch->kinds) * sizeof(ArrayBuildState *));
	int			rows = lookahead_fill(ahead, Min(batch->rows_wanted,
												 batch->rows_max));

	batch->rows_wanted = Max(ROWS_FIRST, batch->rows_wanted * 4);
	if (rows == 0)
		return NIL;
	appendStringInfoString(select, batch->head);
	add_row(batch, select, &answers, lists);
	PG_TRY();
	{
		for (int row = 0; row < rows && row < batch->rows_max &&
			 select->len < BYTES_MAX; row++)
		{
			lookahead_enter(ahead, row);
			add_row(batch, select, &answers, lists);
		}
	}
	PG_FINALLY();
	{
		lookahead_leave(ahead);
	}
	PG_END_TRY();
	appendStringInfoString(select, batch->tail);
	write_params(batch, params, lists);
	return list_length(answers) > 1 ? answers : NIL;
}

/* False if there is no answer; then the run is made alone. */
static bool
ask(Batch *batch, Lookahead *ahead)
{
	StringInfoData params;
	StringInfoData select;
	List	   *list;
	Answer	  **answers;
	RemoteQuery *query;
	bool		complete;
	ListCell   *lc;

	forget_answers(batch);
	initStringInfo(&params);
	initStringInfo(&select);
	list = write_request(batch, ahead, &params, &select);
	if (list == NIL)
	{
		forget_answers(batch);
		return false;
	}
	answers = palloc(list_length(list) * sizeof(Answer *));
	foreach(lc, list)
		answers[foreach_current_index(lc)] = lfirst(lc);
	query = scan_ask(batch->node, params.data, select.data);
	if (flight_refused(remote_query_stream(query)))
	{
		batch->given_up = true;
		remote_query_close(query);
		forget_answers(batch);
		return false;
	}
	complete = read_rows(batch, remote_query_stream(query), answers);
	scan_answered(batch->node, remote_query_stream(query));
	remote_query_close(query);
	if (!complete)
	{
		batch->rows_max = list_length(list) / 4;
		batch->given_up = batch->rows_max < 2;
		forget_answers(batch);
	}
	return complete;
}

/* ------------------------------------------------------------------ */
/* Runs																  */
/* ------------------------------------------------------------------ */

/* A subquery has not been run, and perhaps nobody asks for it. */
static bool
waits_for_subquery(Batch *batch)
{
	ExprContext *econtext = batch->node->ss.ps.ps_ExprContext;
	ListCell   *state;

	foreach(state, batch->states)
	{
		if (guard_waits(lfirst(state), econtext))
			return true;
	}
	return false;
}

bool
batch_start(Batch *batch)
{
	ExprContext *econtext = batch->node->ss.ps.ps_ExprContext;
	Lookahead  *ahead;
	MemoryContext old;
	char	   *key;

	if (batch->given_up || waits_for_subquery(batch))
		return false;
	ahead = lookahead_find(batch->node->ss.ps.state, batch->id);
	if (ahead == NULL)
	{
		batch->given_up = true;
		return false;
	}
	ResetExprContext(econtext);
	old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	key = write_key(batch);
	batch->current = batch->answers == NULL ? NULL :
		hash_search(batch->answers, &key, HASH_FIND, NULL);
	if (batch->current == NULL && ask(batch, ahead))
		batch->current = hash_search(batch->answers, &key, HASH_FIND, NULL);
	batch->next = 0;
	MemoryContextSwitchTo(old);
	return batch->current != NULL;
}

bool
batch_row(Batch *batch)
{
	TupleTableSlot *slot = batch->node->ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;
	HeapTupleData tuple;
	MinimalTuple row;

	if (batch->next == batch->current->rows)
		return false;
	row = batch->rows[batch->current->first + batch->next++];
	tuple.t_len = row->t_len + MINIMAL_TUPLE_OFFSET;
	tuple.t_data = (HeapTupleHeader) ((char *) row - MINIMAL_TUPLE_OFFSET);
	for (int i = 0; i < natts; i++)
		slot->tts_values[i] = heap_getattr(&tuple, i + 1, batch->desc,
										   &slot->tts_isnull[i]);
	ExecStoreVirtualTuple(slot);
	return true;
}
