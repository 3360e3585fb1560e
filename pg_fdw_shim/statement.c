/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  One WAL position and one snapshot for all scans of a statement.
 *
 * A statement is one run of the executor: its EState.  A query inside of a
 * function it calls is a statement of its own, as it is for PostgreSQL's
 * snapshots.  From REPEATABLE READ on, all statements of a transaction are
 * one: they read what its first columnar scan read.  Scans of another
 * datrang.as_of are of another statement.
 *
 * The sidecar keeps a shared snapshot until the session says otherwise, is
 * seen idle, or is silent for minutes.  So a statement that cannot ask twice, because it
 * has one scan that runs once, does not share.  Each server has a snapshot of
 * its own, all of them at least as new as the statement's WAL position.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "compat.h"
#include "guc.h"
#include "modify.h"
#include "statement.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

struct Statement
{
	Statement  *next;
	EState	   *estate;			/* NULL: the whole transaction */
	uint64		number;
	XLogRecPtr	lsn;			/* invalid: any snapshot will do */
	const char *as_of;			/* the past state to read, as it is requested;
								 * NULL: the present */
	int			scans;
	bool		runs_once;		/* no scan of it can start anew */
	MemoryContext cxt;			/* of the lists */
	List	   *shared;			/* servers a request named the snapshot to */
	List	   *answered;		/* of these, who knows it by now */
	MemoryContextCallback on_reset;
};

static Statement *statements;
static Statement *lent;			/* see statement_lend() */
static uint64 last_number;

static bool plan_runs_once(Plan *plan);

/* ------------------------------------------------------------------ */
/* Statements														  */
/* ------------------------------------------------------------------ */

static void
forget(void *arg)
{
	Statement **link = &statements;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

static bool
reads_same_state(const Statement *statement, const char *as_of)
{
	if (statement->as_of == NULL || as_of == NULL)
		return statement->as_of == as_of;
	return strcmp(statement->as_of, as_of) == 0;
}

static Statement *
find(EState *estate, const char *as_of)
{
	Statement  *statement = statements;

	while (statement != NULL && (statement->estate != estate ||
								 !reads_same_state(statement, as_of)))
		statement = statement->next;
	return statement;
}

/* The past state that is set, as it is requested; NULL: none. */
static const char *
requested_state(void)
{
	TimestampTz time;
	int64		micros;

	if (!guc_is_past())
		return NULL;
	if (strspn(datrang_as_of, "0123456789") == strlen(datrang_as_of))
		return psprintf("(asof snapshot " INT64_FORMAT ")",
						DatumGetInt64(DirectFunctionCall1(int8in,
														  CStringGetDatum(datrang_as_of))));
	time = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
												   CStringGetDatum(datrang_as_of),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
	micros = time + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	if (TIMESTAMP_NOT_FINITE(time) || micros < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("datrang.as_of must be a time after 1970 or the id of a snapshot: \"%s\"",
						datrang_as_of)));
	return psprintf("(asof time " INT64_FORMAT ")", micros / 1000);
}

/*
 * What is flushed in WAL, and this session's own last commit: with
 * synchronous_commit off it may not be flushed yet.
 */
static XLogRecPtr
latest_lsn(void)
{
	XLogRecPtr	flushed = compat_flush_lsn();

	if (XactLastCommitEnd <= flushed)
		return flushed;
	XLogFlush(XactLastCommitEnd);
	return XactLastCommitEnd;
}

static Statement *
make(MemoryContext owner, EState *estate, const char *as_of)
{
	Statement  *statement = MemoryContextAllocZero(owner, sizeof(Statement));

	statement->estate = estate;
	statement->cxt = owner;
	statement->number = ++last_number;
	if (as_of != NULL)
		statement->as_of = MemoryContextStrdup(owner, as_of);
	else if (datrang_freshness == FRESHNESS_LATEST)
		statement->lsn = latest_lsn();
	statement->on_reset.func = forget;
	statement->on_reset.arg = statement;
	MemoryContextRegisterResetCallback(owner, &statement->on_reset);
	statement->next = statements;
	statements = statement;
	return statement;
}

/* A row that was changed meanwhile is checked again within the statement. */
static EState *
main_estate(EState *estate)
{
	while (estate->es_epq_active != NULL)
		estate = estate->es_epq_active->parentestate;
	return estate;
}

Statement *
statement_enter(EState *scan_estate, int eflags)
{
	EState	   *estate = main_estate(scan_estate);
	PlannedStmt *planned = estate->es_plannedstmt;
	XLogRecPtr	locked_at = modify_lock_targets(estate);
	const char *as_of = requested_state();
	Statement  *statement;

	if (IsolationUsesXactSnapshot())
	{
		statement = find(NULL, as_of);
		return statement != NULL ? statement : make(TopTransactionContext,
													NULL, as_of);
	}
	statement = lent != NULL ? lent : find(estate, as_of);
	if (statement == NULL)
	{
		statement = make(estate->es_query_cxt, estate, as_of);
		statement->lsn = Max(statement->lsn, locked_at);
		statement->runs_once = planned != NULL && planned->subplans == NIL &&
			plan_runs_once(planned->planTree);
	}
	statement->scans++;
	if (lent != NULL || estate != scan_estate ||
		(eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)))
		statement->runs_once = false;
	return statement;
}

Statement *
statement_lend(Statement *statement)
{
	Statement  *before = lent;

	lent = statement;
	return before;
}

/*
 * Of DECLARE, a client's named portal or PL/pgSQL's OPEN: EXECUTE's portal is
 * invisible, and PL/pgSQL's loops, which allow parallel plans, fetch at once.
 */
static bool
opens_cursor(void)
{
	return ActivePortal != NULL && ActivePortal->status == PORTAL_DEFINED &&
		ActivePortal->name[0] != '\0' && ActivePortal->visible &&
		(ActivePortal->cursorOptions & CURSOR_OPT_PARALLEL_OK) == 0;
}

bool
statement_share_now(Statement *statement, Oid serverid)
{
	if (!opens_cursor() || statement->as_of != NULL)
		return false;
	statement->runs_once = false;
	return !list_member_oid(statement->answered, serverid);
}

XLogRecPtr
statement_lsn(EState *estate)
{
	Statement  *statement = find(IsolationUsesXactSnapshot() ? NULL :
								 main_estate(estate), NULL);

	return statement == NULL ? InvalidXLogRecPtr : statement->lsn;
}

/* True only if it is sure that nothing below is scanned a second time. */
static bool
plan_runs_once(Plan *plan)
{
	if (plan == NULL)
		return true;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_FunctionScan:
		case T_ValuesScan:
		case T_Result:
		case T_ProjectSet:
		case T_Material:
		case T_Sort:
		case T_IncrementalSort:
		case T_Group:
		case T_Agg:
		case T_WindowAgg:
		case T_Unique:
		case T_Limit:
		case T_LockRows:
		case T_Hash:
		case T_HashJoin:
			return plan_runs_once(plan->lefttree) &&
				plan_runs_once(plan->righttree);
		case T_SubqueryScan:
			return plan_runs_once(((SubqueryScan *) plan)->subplan);
		default:
			return false;
	}
}

/* ------------------------------------------------------------------ */
/* Requests															  */
/* ------------------------------------------------------------------ */

static void
append_snapshot(Statement *statement, Oid serverid, StringInfo request)
{
	Statement  *live;
	MemoryContext old = MemoryContextSwitchTo(statement->cxt);

	statement->shared = list_append_unique_oid(statement->shared, serverid);
	MemoryContextSwitchTo(old);
	appendStringInfo(request, " (snapshot \"%s%d-" INT64_FORMAT "\" " UINT64_FORMAT " %s (live",
					 RecoveryInProgress() ? "standby-" : "",
					 MyProcPid, MyStartTimestamp, statement->number,
					 list_member_oid(statement->answered, serverid) ?
					 "again" : "first");
	for (live = statements; live != NULL; live = live->next)
		appendStringInfo(request, " " UINT64_FORMAT, live->number);
	appendStringInfoString(request, "))");
}

void
statement_append(Statement *statement, Oid serverid, StringInfo request)
{
	if (statement->as_of != NULL)
		appendStringInfoString(request, statement->as_of);
	else if (statement->lsn != InvalidXLogRecPtr)
		appendStringInfo(request, "(latest \"%X/%X\" %d)",
						 LSN_FORMAT_ARGS(statement->lsn),
						 datrang_freshness_timeout);
	else
		appendStringInfoString(request, "(eventual)");
	if (statement->scans != 1 || !statement->runs_once)
		append_snapshot(statement, serverid, request);
}

bool
statement_is_past(const Statement *statement)
{
	return statement->as_of != NULL;
}

void
statement_answered(Statement *statement, Oid serverid)
{
	MemoryContext old = MemoryContextSwitchTo(statement->cxt);

	if (list_member_oid(statement->shared, serverid))
		statement->answered = list_append_unique_oid(statement->answered,
													 serverid);
	MemoryContextSwitchTo(old);
}
