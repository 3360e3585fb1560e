/*-------------------------------------------------------------------------
 *
 * flight.c
 *	  Flight streams: one request, then Arrow batches until the status.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "announcement.h"
#include "deframer.h"
#include "flight.h"
#include "grpc_error.h"
#include "guc.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define WIRE_BYTES 2
#define QUEUE_MAX 2				/* messages received ahead */

struct FlightStream
{
	MemoryContext cxt;
	Transport  *transport;
	TransportSink sink;
	Deframer	deframer;
	Message    *current;
	GrpcStatus	status;
	ArrowSchema *schema;
	ArrowBatch *batch;
	char	   *metadata;
	FlightStatistics statistics;
};

static bool
on_data(void *arg, const uint8 *bytes, size_t len)
{
	FlightStream *s = arg;

	return deframer_feed(&s->deframer, bytes, len);
}

static void
on_header(void *arg, const char *name, size_t name_len,
		  const char *value, size_t value_len)
{
	FlightStream *s = arg;

	grpc_status_header(&s->status, s->cxt, name, name_len, value, value_len);
}

/* ------------------------------------------------------------------ */
/* Streams															  */
/* ------------------------------------------------------------------ */

static void
append_varint(StringInfo out, uint64 value)
{
	while (value > 0x7f)
	{
		appendStringInfoCharMacro(out, (char) (value | 0x80));
		value >>= 7;
	}
	appendStringInfoCharMacro(out, (char) value);
}

/* gRPC frame around Ticket{1: bytes}. */
static void
frame_ticket(StringInfo out, const StringInfo ticket)
{
	StringInfoData head;
	uint32		total;

	initStringInfo(&head);
	appendStringInfoChar(&head, (1 << 3) | WIRE_BYTES);
	append_varint(&head, ticket->len);
	total = head.len + ticket->len;
	initStringInfo(out);
	appendStringInfoChar(out, 0);
	appendStringInfoChar(out, (char) (total >> 24));
	appendStringInfoChar(out, (char) (total >> 16));
	appendStringInfoChar(out, (char) (total >> 8));
	appendStringInfoChar(out, (char) total);
	appendBinaryStringInfo(out, head.data, head.len);
	appendBinaryStringInfo(out, ticket->data, ticket->len);
}

FlightStream *
flight_start(Transport *transport, const StringInfo ticket,
			 const char *secret)
{
	FlightStream *s = palloc0(sizeof(FlightStream));
	StringInfoData body;
	TransportHeader headers[8];
	int			n = 0;

	s->cxt = CurrentMemoryContext;
	deframer_init(&s->deframer, s->cxt);
	s->transport = transport;
	s->sink.data = on_data;
	s->sink.header = on_header;
	s->sink.arg = s;
	frame_ticket(&body, ticket);
	headers[n++] = (TransportHeader) {"content-type", "application/grpc"};
	headers[n++] = (TransportHeader) {"te", "trailers"};
	headers[n++] = (TransportHeader) {"user-agent", "datrang-fdw/" DATRANG_SHIM_VERSION};
	headers[n++] = (TransportHeader) {"x-datrang-pid",
	psprintf("%d", MyProcPid)};
	if (datrang_traceparent[0] != '\0')
		headers[n++] = (TransportHeader) {"traceparent",
		datrang_traceparent};
	if (secret != NULL)
		headers[n++] = (TransportHeader) {"authorization",
		psprintf("Bearer %s", secret)};
	transport_request(transport,
					  "/arrow.flight.protocol.FlightService/DoGet",
					  headers, n, (uint8 *) body.data, body.len, &s->sink);
	return s;
}

void
flight_await(FlightStream *s)
{
	while (s->deframer.queue_head == NULL &&
		   transport_state(s->transport) == TRANSPORT_STREAMING)
	{
		CHECK_FOR_INTERRUPTS();
		if (!transport_step(s->transport))
			transport_wait(s->transport, -1);
	}
}

bool
flight_ready(FlightStream *s)
{
	while (s->deframer.queue_head == NULL &&
		   transport_state(s->transport) == TRANSPORT_STREAMING)
	{
		CHECK_FOR_INTERRUPTS();
		if (!transport_step(s->transport))
			return false;
	}
	return true;
}

bool
flight_unanswered(FlightStream *s)
{
	return transport_state(s->transport) != TRANSPORT_STREAMING &&
		!transport_answered(s->transport);
}

static void
keep_metadata(FlightStream *s, const Message *m)
{
	if (m->metadata.len == 0 || s->metadata != NULL)
		return;
	s->metadata = MemoryContextAllocZero(s->cxt, m->metadata.len + 1);
	memcpy(s->metadata, m->metadata.data, m->metadata.len);
}

static void
invalid_data(FlightStream *s, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("invalid data from the Datrang sidecar at \"%s\"",
					transport_uri(s->transport)),
			 errdetail_internal("%s", why)));
}

/* The stream is over: in order, or with an error. */
static void
check_end(FlightStream *s)
{
	if (s->deframer.broken != NULL)
		invalid_data(s, s->deframer.broken);
	if (grpc_status_known(&s->status) && !grpc_status_ok(&s->status))
		grpc_status_report(&s->status, transport_uri(s->transport));
	if (transport_state(s->transport) != TRANSPORT_ENDED)
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("lost connection to the Datrang sidecar at \"%s\"",
						transport_uri(s->transport)),
				 errdetail_internal("%s", transport_error(s->transport)),
				 transport_answered(s->transport) ?
				 errhint("The statement can be run again once the sidecar is back.") :
				 errhint("Is the sidecar running, or does another kind of server listen there?")));
	if (!grpc_status_known(&s->status))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the Datrang sidecar at \"%s\" ended its answer without a status",
						transport_uri(s->transport)),
				 errhint("Does another kind of server listen there?")));
	if (!deframer_at_boundary(&s->deframer))
		invalid_data(s, "truncated Flight message");
}

/* The next message that has a header, NULL at the end. */
static Message *
next_message(FlightStream *s)
{
	if (s->current != NULL)
		deframer_recycle(&s->deframer, s->current);
	s->current = NULL;
	for (;;)
	{
		Message    *m;

		flight_await(s);
		m = deframer_take(&s->deframer);
		if (m == NULL)
		{
			check_end(s);
			return NULL;
		}
		keep_metadata(s, m);
		if (m->header.len > 0)
		{
			s->current = m;
			return m;
		}
		deframer_recycle(&s->deframer, m);
	}
}

const ArrowSchema *
flight_schema(FlightStream *s)
{
	Message    *m;
	MemoryContext old;
	const char *error;

	if (s->schema != NULL)
		return s->schema;
	m = next_message(s);
	if (m == NULL)
		invalid_data(s, "no schema");
	old = MemoryContextSwitchTo(s->cxt);
	error = arrow_read_schema(m->header.data, m->header.len, &s->schema);
	if (error != NULL)
		invalid_data(s, error);
	s->batch = arrow_make_batch(s->schema);
	MemoryContextSwitchTo(old);
	return s->schema;
}

const ArrowBatch *
flight_next(FlightStream *s)
{
	(void) flight_schema(s);
	for (;;)
	{
		Message    *m;
		ArrowMessageKind kind;
		const char *error;

		/* A batch may be rows on their way while a cancel is waiting. */
		CHECK_FOR_INTERRUPTS();
		m = next_message(s);
		if (m == NULL)
			return NULL;
		error = arrow_message_kind(m->header.data, m->header.len, &kind);
		if (error == NULL && kind == ARROW_MESSAGE_OTHER)
			continue;
		if (error == NULL)
			error = arrow_read_batch(s->schema, m->header.data,
									 m->header.len, m->body.data,
									 m->body.len, s->batch);
		if (error != NULL)
			invalid_data(s, error);
		s->statistics.batches++;
		return s->batch;
	}
}

bool
flight_failed_on_data(FlightStream *s)
{
	flight_await(s);
	return s->deframer.queue_head == NULL && s->deframer.broken == NULL &&
		grpc_status_of_data(&s->status);
}

void
flight_log_refusal(FlightStream *s)
{
	if (grpc_status_is_refusal(&s->status))
		grpc_status_log(&s->status);
}

bool
flight_refused(FlightStream *s)
{
	flight_await(s);
	return s->deframer.queue_head == NULL && s->deframer.broken == NULL &&
		grpc_status_of_request(&s->status);
}

void
flight_prefetch(FlightStream *s)
{
	if (s->deframer.queue_len < QUEUE_MAX &&
		transport_state(s->transport) == TRANSPORT_STREAMING)
		(void) transport_step(s->transport);
}

void
flight_receive_metadata(FlightStream *s)
{
	Message    *m;

	while (s->metadata == NULL && flight_ready(s) &&
		   (m = deframer_take(&s->deframer)) != NULL)
	{
		keep_metadata(s, m);
		deframer_recycle(&s->deframer, m);
	}
}

const char *
flight_metadata(const FlightStream *s)
{
	return s->metadata != NULL ? s->metadata : "";
}

const FlightStatistics *
flight_statistics(FlightStream *s)
{
	s->statistics.bytes = s->deframer.bytes;
	return &s->statistics;
}
