/*-------------------------------------------------------------------------
 *
 * flight.c
 *	  Flight streams: from HTTP/2 bytes to Arrow batches.
 *
 * FlightData is a protobuf of four fields that matter: data_header (2),
 * app_metadata (3) and data_body (1000), each a byte string.  The deframer
 * is a state machine over bytes, so that a body goes straight from the
 * network buffer to its own aligned memory.
 *
 * The deframer runs inside nghttp2's callbacks and must not throw: it
 * allocates with MCXT_ALLOC_NO_OOM and leaves what went wrong in "broken".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "flight.h"
#include "grpc_error.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define GRPC_PREFIX_SIZE 5
#define MESSAGE_SIZE_MAX PG_INT32_MAX
#define HEADER_SIZE_MAX (16 << 20)
#define FIELD_HEADER 2
#define FIELD_METADATA 3
#define FIELD_BODY 1000
#define WIRE_VARINT 0
#define WIRE_BYTES 2
#define QUEUE_MAX 2				/* messages received ahead */

typedef struct Bytes
{
	uint8	   *data;
	size_t		len;
	size_t		capacity;
} Bytes;

typedef struct Message
{
	struct Message *next;
	Bytes		header;
	Bytes		metadata;
	Bytes		body;
} Message;

typedef enum DeframerState
{
	IN_PREFIX,
	IN_TAG,
	IN_VARINT_FIELD,
	IN_LENGTH,
	IN_BYTES
} DeframerState;

typedef struct Deframer
{
	DeframerState state;
	uint8		prefix[GRPC_PREFIX_SIZE];
	int			prefix_len;
	uint32		message_left;
	uint64		varint;
	int			varint_shift;
	uint32		field;
	Bytes	   *target;			/* where the field's bytes go; NULL: skip */
	uint32		field_left;
} Deframer;

struct FlightStream
{
	MemoryContext cxt;
	Transport  *transport;
	TransportSink sink;
	Deframer	deframer;
	Message    *receiving;
	Message    *queue_head;
	Message    *queue_tail;
	int			queue_len;
	Message    *current;
	Message    *spare;
	const char *broken;			/* what is wrong with the data */
	GrpcStatus	status;
	ArrowSchema *schema;
	ArrowBatch *batch;
	char	   *metadata;
	FlightStatistics statistics;
};

/* ------------------------------------------------------------------ */
/* Deframer: must not throw											  */
/* ------------------------------------------------------------------ */

static bool
broken(FlightStream *s, const char *why)
{
	s->broken = why;
	return false;
}

static bool
reserve(FlightStream *s, Bytes *bytes, uint32 len)
{
	size_t		capacity = Max(len, 1024);

	bytes->len = 0;
	if (len <= bytes->capacity)
		return true;
	if (bytes->data != NULL)
		pfree(bytes->data);
	bytes->capacity = 0;
	/* Sizes of batches vary a little: leave room to reuse the memory. */
	capacity += capacity / 8;
	bytes->data = MemoryContextAllocExtended(s->cxt, capacity,
											 MCXT_ALLOC_HUGE |
											 MCXT_ALLOC_NO_OOM);
	if (bytes->data == NULL)
		return broken(s, "out of memory for a message");
	bytes->capacity = capacity;
	return true;
}

static bool
begin_message(FlightStream *s)
{
	Deframer   *d = &s->deframer;
	Message    *m = s->spare;

	if (d->prefix[0] != 0)
		return broken(s, "compressed gRPC message");
	d->message_left = ((uint32) d->prefix[1] << 24) |
		((uint32) d->prefix[2] << 16) |
		((uint32) d->prefix[3] << 8) | d->prefix[4];
	if (d->message_left > MESSAGE_SIZE_MAX)
		return broken(s, "message of more than 2 GB");
	if (m != NULL)
		s->spare = m->next;
	else
		m = MemoryContextAllocExtended(s->cxt, sizeof(Message),
									   MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
	if (m == NULL)
		return broken(s, "out of memory for a message");
	m->next = NULL;
	m->header.len = m->metadata.len = m->body.len = 0;
	s->receiving = m;
	s->statistics.bytes += d->message_left;
	d->state = IN_TAG;
	d->varint = 0;
	d->varint_shift = 0;
	return true;
}

static void
end_message(FlightStream *s)
{
	Message    *m = s->receiving;

	s->receiving = NULL;
	if (s->queue_tail != NULL)
		s->queue_tail->next = m;
	else
		s->queue_head = m;
	s->queue_tail = m;
	s->queue_len++;
	s->deframer.state = IN_PREFIX;
	s->deframer.prefix_len = 0;
}

static bool
begin_field(FlightStream *s)
{
	Deframer   *d = &s->deframer;
	uint32		wire_type = d->varint & 7;

	d->field = (uint32) (d->varint >> 3);
	if (wire_type == WIRE_VARINT)
		d->state = IN_VARINT_FIELD;
	else if (wire_type == WIRE_BYTES)
		d->state = IN_LENGTH;
	else
		return broken(s, "unexpected field in a Flight message");
	return true;
}

static bool
begin_bytes(FlightStream *s)
{
	Deframer   *d = &s->deframer;
	Message    *m = s->receiving;

	if (d->varint > d->message_left)
		return broken(s, "field longer than its message");
	d->field_left = (uint32) d->varint;
	d->target = d->field == FIELD_HEADER ? &m->header :
		d->field == FIELD_METADATA ? &m->metadata :
		d->field == FIELD_BODY ? &m->body : NULL;
	if (d->target != NULL && d->target != &m->body &&
		d->field_left > HEADER_SIZE_MAX)
		return broken(s, "header of more than 16 MB");
	if (d->target != NULL && !reserve(s, d->target, d->field_left))
		return false;
	d->state = d->field_left == 0 ? IN_TAG : IN_BYTES;
	return true;
}

/* One byte of a varint; when it was the last, act on the number. */
static bool
take_varint(FlightStream *s, uint8 byte)
{
	Deframer   *d = &s->deframer;
	bool		ok = true;

	if (d->varint_shift > 63)
		return broken(s, "number too long in a Flight message");
	d->varint |= (uint64) (byte & 0x7f) << d->varint_shift;
	d->varint_shift += 7;
	if (byte & 0x80)
		return true;
	if (d->state == IN_TAG)
		ok = begin_field(s);
	else if (d->state == IN_LENGTH)
		ok = begin_bytes(s);
	else
		d->state = IN_TAG;
	d->varint = 0;
	d->varint_shift = 0;
	return ok;
}

static bool
on_data(void *arg, const uint8 *bytes, size_t len)
{
	FlightStream *s = arg;
	Deframer   *d = &s->deframer;
	const uint8 *end = bytes + len;

	while (bytes < end)
	{
		if (d->state == IN_PREFIX)
		{
			d->prefix[d->prefix_len++] = *bytes++;
			if (d->prefix_len < GRPC_PREFIX_SIZE)
				continue;
			if (!begin_message(s))
				return false;
		}
		else if (d->state == IN_BYTES)
		{
			size_t		n = Min((size_t) (end - bytes), d->field_left);

			if (d->target != NULL)
			{
				memcpy(d->target->data + d->target->len, bytes, n);
				d->target->len += n;
			}
			bytes += n;
			d->field_left -= n;
			d->message_left -= n;
			if (d->field_left == 0)
				d->state = IN_TAG;
		}
		else
		{
			d->message_left--;
			if (!take_varint(s, *bytes++))
				return false;
		}
		if (d->message_left == 0 && d->state != IN_PREFIX)
		{
			if (d->state != IN_TAG || d->varint_shift != 0)
				return broken(s, "truncated Flight message");
			end_message(s);
		}
	}
	return true;
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
frame_ticket(StringInfo out, const char *ticket)
{
	size_t		len = strlen(ticket);
	StringInfoData head;
	uint32		total;

	initStringInfo(&head);
	appendStringInfoChar(&head, (1 << 3) | WIRE_BYTES);
	append_varint(&head, len);
	total = head.len + len;
	initStringInfo(out);
	appendStringInfoChar(out, 0);
	appendStringInfoChar(out, (char) (total >> 24));
	appendStringInfoChar(out, (char) (total >> 16));
	appendStringInfoChar(out, (char) (total >> 8));
	appendStringInfoChar(out, (char) total);
	appendBinaryStringInfo(out, head.data, head.len);
	appendBinaryStringInfo(out, ticket, len);
}

FlightStream *
flight_start(Transport *transport, const char *ticket, const char *secret)
{
	FlightStream *s = palloc0(sizeof(FlightStream));
	StringInfoData body;
	TransportHeader headers[6];
	int			n = 0;

	s->cxt = CurrentMemoryContext;
	s->transport = transport;
	s->sink.data = on_data;
	s->sink.header = on_header;
	s->sink.arg = s;
	frame_ticket(&body, ticket);
	headers[n++] = (TransportHeader) {"content-type", "application/grpc"};
	headers[n++] = (TransportHeader) {"te", "trailers"};
	headers[n++] = (TransportHeader) {"user-agent", "datrang-fdw/0.1.0"};
	headers[n++] = (TransportHeader) {"x-datrang-pid",
	psprintf("%d", MyProcPid)};
	if (secret != NULL)
		headers[n++] = (TransportHeader) {"authorization",
		psprintf("Bearer %s", secret)};
	transport_request(transport,
					  "/arrow.flight.protocol.FlightService/DoGet",
					  headers, n, (uint8 *) body.data, body.len, &s->sink);
	return s;
}

/* Wait for a message or the end of the stream. */
static void
await_message(FlightStream *s)
{
	while (s->queue_head == NULL &&
		   transport_state(s->transport) == TRANSPORT_STREAMING)
	{
		CHECK_FOR_INTERRUPTS();
		if (!transport_step(s->transport))
			transport_wait(s->transport, -1);
	}
}

bool
flight_unanswered(FlightStream *s)
{
	await_message(s);
	return transport_state(s->transport) != TRANSPORT_STREAMING &&
		!transport_answered(s->transport);
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
	if (s->broken != NULL)
		invalid_data(s, s->broken);
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
	if (s->deframer.state != IN_PREFIX || s->deframer.prefix_len != 0)
		invalid_data(s, "truncated Flight message");
}

/* The next message that has a header, NULL at the end. */
static Message *
next_message(FlightStream *s)
{
	if (s->current != NULL)
	{
		s->current->next = s->spare;
		s->spare = s->current;
		s->current = NULL;
	}
	for (;;)
	{
		Message    *m;

		await_message(s);
		m = s->queue_head;
		if (m == NULL)
		{
			check_end(s);
			return NULL;
		}
		s->queue_head = m->next;
		if (s->queue_head == NULL)
			s->queue_tail = NULL;
		s->queue_len--;
		if (m->metadata.len > 0 && s->metadata == NULL)
		{
			s->metadata = MemoryContextAllocZero(s->cxt,
												 m->metadata.len + 1);
			memcpy(s->metadata, m->metadata.data, m->metadata.len);
		}
		if (m->header.len > 0)
		{
			s->current = m;
			return m;
		}
		m->next = s->spare;
		s->spare = m;
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

void
flight_prefetch(FlightStream *s)
{
	if (s->queue_len < QUEUE_MAX &&
		transport_state(s->transport) == TRANSPORT_STREAMING)
		(void) transport_step(s->transport);
}

const char *
flight_metadata(const FlightStream *s)
{
	return s->metadata != NULL ? s->metadata : "";
}

const FlightStatistics *
flight_statistics(const FlightStream *s)
{
	return &s->statistics;
}
