/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  What all scans of a statement have in common: how fresh they are, and
 *	  the snapshot they read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_STATEMENT_H
#define DATRANG_STATEMENT_H

#include "lib/stringinfo.h"
#include "nodes/execnodes.h"

typedef struct Statement Statement;

/* Enters a scan; the statement lives at least as long as the executor. */
extern Statement *statement_enter(EState *estate, int eflags);

/*
 * Scans that are entered from now on belong to this statement; NULL: each to
 * the one of its executor.  Returns what was lent before.
 */
extern Statement *statement_lend(Statement *statement);

/*
 * Of a cursor that is being opened: its rows are asked for later, and are
 * those of now.  So its scans share a snapshot; true if the server has yet to
 * choose it.
 */
extern bool statement_share_now(Statement *statement, Oid serverid);

/* The WAL position the executor's scans read at or after, or invalid. */
extern XLogRecPtr statement_lsn(EState *estate);

/* Writes FRESHNESS and, if scans have to share it, SNAPSHOT. */
extern void statement_append(Statement *statement, Oid serverid,
							 StringInfo request);

/* Does it read a past state, without what the transaction wrote itself? */
extern bool statement_is_past(const Statement *statement);

/* The server has begun to answer a request: its snapshot is chosen. */
extern void statement_answered(Statement *statement, Oid serverid);

#endif							/* DATRANG_STATEMENT_H */
