/*-------------------------------------------------------------------------
 *
 * write_transaction.c
 *	  What the running transaction has written to native tables.
 *
 * The sidecar holds what was uploaded, by chunks.  A chunk is published by a
 * transactional logical message in WAL: the sidecar gets it with the commit,
 * or never.  So rollback, savepoints, crashes, PREPARE TRANSACTION and the
 * order among transactions are PostgreSQL's.
 *
 * Until then the transaction names its chunks in its own reads.  A chunk
 * belongs to a subtransaction and goes with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "write_transaction.h"

#define MESSAGE_PREFIX "datrang.write"

typedef struct Chunk
{
	uint64		number;
	SubTransactionId subid;
	CommandId	cid;
} Chunk;

static uint64 last_transaction;
static uint64 last_chunk;
static bool writing;			/* the running transaction has a number */
static List *chunks;			/* of the running transaction, in order */
static bool callbacks_registered;

static void
at_transaction_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			/* The memory goes with the transaction's. */
			chunks = NIL;
			writing = false;
			break;
		default:
			break;
	}
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId subid,
					  SubTransactionId parent, void *arg)
{
	ListCell   *lc;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	foreach(lc, chunks)
	{
		Chunk	   *chunk = lfirst(lc);

		if (chunk->subid != subid)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			chunk->subid = parent;
		else
			chunks = foreach_delete_current(chunks, lc);
	}
}

static void
begin_writing(void)
{
	if (writing)
		return;
	if (!callbacks_registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		callbacks_registered = true;
	}
	last_transaction++;
	writing = true;
}

uint64
write_chunk_begin(CommandId cid)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Chunk	   *chunk = palloc(sizeof(Chunk));

	begin_writing();
	chunk->number = ++last_chunk;
	chunk->subid = GetCurrentSubTransactionId();
	chunk->cid = cid;
	chunks = lappend(chunks, chunk);
	MemoryContextSwitchTo(old);
	return chunk->number;
}

static void
append_session(StringInfo request)
{
	appendStringInfo(request, "\"%d-" INT64_FORMAT "\" " UINT64_FORMAT,
					 MyProcPid, MyStartTimestamp, last_transaction);
}

void
write_append_transaction(StringInfo request)
{
	FullTransactionId xid = GetTopFullTransactionId();

	appendStringInfoString(request, "(transaction ");
	append_session(request);
	appendStringInfo(request, " \"" UINT64_FORMAT "\")",
					 U64FromFullTransactionId(xid));
}

void
write_append_own(StringInfo request, CommandId curcid)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, chunks)
	{
		Chunk	   *chunk = lfirst(lc);

		if (chunk->cid >= curcid)
			continue;
		if (!any)
		{
			appendStringInfoString(request, " (own ");
			append_session(request);
		}
		any = true;
		appendStringInfo(request, " " UINT64_FORMAT, chunk->number);
	}
	if (any)
		appendStringInfoChar(request, ')');
}

void
write_log(const char *head, const StringInfo rows)
{
	StringInfoData message;

	initStringInfo(&message);
	appendStringInfoString(&message, head);
	appendStringInfoChar(&message, '\n');
	if (rows != NULL)
		appendBinaryStringInfo(&message, rows->data, rows->len);
	compat_log_message(MESSAGE_PREFIX, message.data, message.len);
	pfree(message.data);
}
