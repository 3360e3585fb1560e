/*-------------------------------------------------------------------------
 *
 * statement_lsn.c
 *	  One WAL position for all scans of a statement.
 *
 * A statement is one run of the executor: its EState.  A query inside of a
 * function it calls is a statement of its own, as it is for PostgreSQL's
 * snapshots.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "datrang_fdw.h"

typedef struct Statement
{
	struct Statement *next;
	EState	   *estate;
	XLogRecPtr	lsn;
	MemoryContextCallback on_reset;
} Statement;

static Statement *statements;

static void
forget(void *arg)
{
	Statement **link = &statements;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

/* What was flushed when the statement's first scan began. */
XLogRecPtr
statement_lsn(EState *estate)
{
	Statement  *statement;

	for (statement = statements; statement != NULL; statement = statement->next)
		if (statement->estate == estate)
			return statement->lsn;
	statement = MemoryContextAllocZero(estate->es_query_cxt,
									   sizeof(Statement));
	statement->estate = estate;
	statement->lsn = compat_flush_lsn();
	statement->on_reset.func = forget;
	statement->on_reset.arg = statement;
	MemoryContextRegisterResetCallback(estate->es_query_cxt,
									   &statement->on_reset);
	statement->next = statements;
	statements = statement;
	return statement->lsn;
}
