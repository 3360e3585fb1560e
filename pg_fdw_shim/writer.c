/*-------------------------------------------------------------------------
 *
 * writer.c
 *	  Uploads what a command does to one native table.
 *
 * Rows are collected and sent in requests of about a megabyte.  While the
 * sidecar takes one, the next is collected; never are two on their way.  A
 * chunk that fits one request travels in WAL, of larger ones the sidecar
 * keeps a file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "connection.h"
#include "deparse.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "modify.h"
#include "option.h"
#include "row_block.h"
#include "tuple.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "write_transaction.h"
#include "writer.h"

#define REQUEST_BYTES (1024 * 1024)
#define REQUEST_ROWS 16384
#define REQUEST_DELETES 8192
#define ROWS_BETWEEN_STEPS 64

struct Writer
{
	Writer	   *next;
	MemoryContext cxt;
	MemoryContext request_cxt;
	RemoteQuery *on_its_way;	/* a request whose answer is not read yet */
	MemoryContextCallback on_reset;
	Oid			serverid;
	char	   *table_id;
	const char *version;		/* of the table's definition */
	CommandId	cid;
	SubTransactionId subid;
	RowBlock   *row_block;

	uint64		chunk;			/* 0: none begun */
	int64		sent;			/* rows of the chunk */
	bool		truncate;
	StringInfoData rows;		/* not sent yet */
	int			nrows;
	int64	   *deletes;
	int			ndeletes;
	XLogRecPtr	read_at;
};

static Writer *writers;

static void
forget(void *arg)
{
	Writer	  **link = &writers;

	while (*link != NULL && *link != arg)
		link = &(*link)->next;
	if (*link != NULL)
		*link = (*link)->next;
}

Writer *
writer_begin(Relation table, CommandId cid)
{
	Writer	   *writer = palloc0(sizeof(Writer));

	writer->cxt = CurrentMemoryContext;
	writer->request_cxt = AllocSetContextCreate(CurrentMemoryContext,
												"datrang write",
												ALLOCSET_DEFAULT_SIZES);
	writer->serverid = GetForeignTable(RelationGetRelid(table))->serverid;
	writer->table_id = option_table_id(RelationGetRelid(table));
	writer->version = option_version(RelationGetRelid(table));
	writer->cid = cid;
	writer->subid = GetCurrentSubTransactionId();
	writer->row_block = row_block_make(RelationGetDescr(table));
	initStringInfo(&writer->rows);
	writer->on_reset.func = forget;
	writer->on_reset.arg = writer;
	MemoryContextRegisterResetCallback(writer->cxt, &writer->on_reset);
	writer->next = writers;
	writers = writer;
	return writer;
}

/* ------------------------------------------------------------------ */
/* Requests															  */
/* ------------------------------------------------------------------ */

static char *
make_request(Writer *writer, bool last)
{
	StringInfoData request;
	int			i;

	initStringInfo(&request);
	appendStringInfoString(&request, "(write ");
	write_append_transaction(&request);
	appendStringInfo(&request, " " UINT64_FORMAT " %s %s " INT64_FORMAT " %s",
					 writer->chunk, writer->table_id, writer->version,
					 writer->sent,
					 last ? "last" : "more");
	if (writer->truncate)
		appendStringInfoString(&request, " (truncate)");
	if (writer->nrows > 0)
		appendStringInfo(&request, " (rows %d)", writer->nrows);
	if (writer->ndeletes > 0)
	{
		appendStringInfo(&request, " (deletes \"%X/%X\" \"%X/%X\"",
						 LSN_FORMAT_ARGS(writer->read_at),
						 LSN_FORMAT_ARGS(modify_locked_at()));
		for (i = 0; i < writer->ndeletes; i++)
			appendStringInfo(&request, " " INT64_FORMAT, writer->deletes[i]);
		appendStringInfoChar(&request, ')');
	}
	appendStringInfoChar(&request, ')');
	return request.data;
}

/* The answer's one row: the message's head, and whether the rows follow. */
static void
read_answer(FlightStream *stream, char **head, bool *with_rows)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	TupleReader *reader;
	const ArrowBatch *batch;
	Datum		values[2];
	bool		isnull[2] = {true, true};

	TupleDescInitEntry(desc, 1, "head", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "with_rows", BOOLOID, -1, 0);
	reader = tuple_reader_make(desc, list_make2_int(1, 2));
	tuple_reader_schema(reader, flight_schema(stream));
	*head = NULL;
	*with_rows = false;
	while ((batch = flight_next(stream)) != NULL)
	{
		if (batch->length == 0)
			continue;
		tuple_reader_batch(reader, batch);
		tuple_reader_row(reader, 0, values, isnull);
		if (isnull[0])
			continue;
		*head = TextDatumGetCString(values[0]);
		*with_rows = DatumGetBool(values[1]);
	}
}

/* The answer of the request that is on its way, if there is one. */
static void
await_answer(Writer *writer, char **head, bool *with_rows)
{
	MemoryContext old = MemoryContextSwitchTo(writer->request_cxt);

	if (writer->on_its_way != NULL)
	{
		read_answer(remote_query_stream(writer->on_its_way), head, with_rows);
		remote_query_close(writer->on_its_way);
	}
	writer->on_its_way = NULL;
	MemoryContextSwitchTo(old);
}

static void
send_request(Writer *writer, bool last)
{
	MemoryContext old;
	char	   *head = NULL;
	bool		with_rows = false;

	await_answer(writer, &head, &with_rows);
	MemoryContextReset(writer->request_cxt);
	old = MemoryContextSwitchTo(writer->request_cxt);
	writer->on_its_way = remote_query_send(writer->serverid, GetUserId(),
										   make_request(writer, last),
										   writer->nrows > 0 ?
										   &writer->rows : NULL);
	MemoryContextSwitchTo(old);
}

/* Writes what makes the chunk count to WAL, once the sidecar has all of it. */
static void
complete_chunk(Writer *writer)
{
	char	   *head = NULL;
	bool		with_rows = false;

	await_answer(writer, &head, &with_rows);
	if (head == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the Datrang sidecar did not say how to commit a write")));
	write_log(head, with_rows ? &writer->rows : NULL);
	MemoryContextReset(writer->request_cxt);
	writer->chunk = 0;
}

static void
send_chunk(Writer *writer, bool last)
{
	if (writer->chunk == 0)
	{
		writer->chunk = write_chunk_begin(writer->cid);
		writer->sent = 0;
	}
	send_request(writer, last);
	if (last)
		complete_chunk(writer);
	writer->sent += writer->nrows;
	writer->nrows = 0;
	writer->ndeletes = 0;
	writer->truncate = false;
	resetStringInfo(&writer->rows);
}

static void
flush(Writer *writer)
{
	if (writer->chunk != 0 || writer->nrows > 0 || writer->ndeletes > 0 ||
		writer->truncate)
		send_chunk(writer, true);
}

void
writer_end(Writer *writer)
{
	flush(writer);
	forget(writer);
}

void
writers_flush(CommandId curcid)
{
	Writer	   *writer;

	for (writer = writers; writer != NULL; writer = writer->next)
	{
		if (writer->cid >= curcid)
			continue;
		/* What was written in an outer one must not end with an inner one. */
		if (writer->subid != GetCurrentSubTransactionId())
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot read columnar tables in a subtransaction of a command that writes to one")));
		flush(writer);
	}
}

/* ------------------------------------------------------------------ */
/* Rows																  */
/* ------------------------------------------------------------------ */

void
writer_insert(Writer *writer, TupleTableSlot *slot)
{
	row_block_append(writer->row_block, slot, &writer->rows);
	writer->nrows++;
	if (writer->rows.len >= REQUEST_BYTES || writer->nrows == REQUEST_ROWS)
		/* Deletes cannot wait for more rows. */
		send_chunk(writer, writer->ndeletes > 0);
	else if (writer->on_its_way != NULL &&
			 writer->nrows % ROWS_BETWEEN_STEPS == 0)
		(void) remote_query_ready(writer->on_its_way);
}

/* 47 bits: an offset of 0 would not be valid. */
void
row_id_to_tid(int64 row_id, ItemPointer tid)
{
	ItemPointerSet(tid, (BlockNumber) (row_id >> 15),
				   (OffsetNumber) ((row_id & 0x7fff) + 1));
}

static int64
tid_to_row_id(ItemPointer tid)
{
	return (int64) ItemPointerGetBlockNumberNoCheck(tid) << 15 |
		(ItemPointerGetOffsetNumberNoCheck(tid) - 1);
}

void
writer_delete(Writer *writer, ItemPointer row, XLogRecPtr read_at)
{
	if (writer->deletes == NULL)
		writer->deletes = MemoryContextAlloc(writer->cxt,
											 sizeof(int64) * REQUEST_DELETES);
	/* A chunk that has begun to grow in a file takes rows only. */
	if (writer->ndeletes == REQUEST_DELETES ||
		(writer->chunk != 0 && writer->ndeletes == 0))
		send_chunk(writer, true);
	writer->read_at = read_at;
	writer->deletes[writer->ndeletes++] = tid_to_row_id(row);
}

void
writer_truncate(Writer *writer)
{
	writer->truncate = true;
}
