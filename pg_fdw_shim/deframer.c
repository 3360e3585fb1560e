/*-------------------------------------------------------------------------
 *
 * deframer.c
 *	  From the bytes of a gRPC stream to Flight messages.
 *
 * FlightData is a protobuf of which three fields matter: data_header (2),
 * app_metadata (3) and data_body (1000), each a byte string.  This is a
 * state machine over bytes, so that a body goes straight from the network
 * buffer to its own aligned memory.
 *
 * test/arrow_fuzz.c compiles this file outside of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "deframer.h"
#include "utils/memutils.h"

#define MESSAGE_SIZE_MAX PG_INT32_MAX
#define HEADER_SIZE_MAX (16 << 20)
#define FIELD_HEADER 2
#define FIELD_METADATA 3
#define FIELD_BODY 1000
#define WIRE_VARINT 0
#define WIRE_BYTES 2

enum DeframerState
{
	IN_PREFIX,
	IN_TAG,
	IN_VARINT_FIELD,
	IN_LENGTH,
	IN_BYTES
};

void
deframer_init(Deframer *d, MemoryContext cxt)
{
	memset(d, 0, sizeof(*d));
	d->cxt = cxt;
}

static bool
broken(Deframer *d, const char *why)
{
	d->broken = why;
	return false;
}

static bool
reserve(Deframer *d, Bytes *bytes, uint32 len)
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
	bytes->data = MemoryContextAllocExtended(d->cxt, capacity,
											 MCXT_ALLOC_HUGE |
											 MCXT_ALLOC_NO_OOM);
	if (bytes->data == NULL)
		return broken(d, "out of memory for a message");
	bytes->capacity = capacity;
	return true;
}

static bool
begin_message(Deframer *d)
{
	Message    *m = d->spare;

	if (d->prefix[0] != 0)
		return broken(d, "compressed gRPC message");
	d->message_left = ((uint32) d->prefix[1] << 24) |
		((uint32) d->prefix[2] << 16) |
		((uint32) d->prefix[3] << 8) | d->prefix[4];
	if (d->message_left > MESSAGE_SIZE_MAX)
		return broken(d, "message of more than 2 GB");
	if (m != NULL)
		d->spare = m->next;
	else
		m = MemoryContextAllocExtended(d->cxt, sizeof(Message),
									   MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
	if (m == NULL)
		return broken(d, "out of memory for a message");
	m->next = NULL;
	m->header.len = m->metadata.len = m->body.len = 0;
	d->receiving = m;
	d->bytes += d->message_left;
	d->state = IN_TAG;
	d->varint = 0;
	d->varint_shift = 0;
	return true;
}

static void
end_message(Deframer *d)
{
	Message    *m = d->receiving;

	d->receiving = NULL;
	if (d->queue_tail != NULL)
		d->queue_tail->next = m;
	else
		d->queue_head = m;
	d->queue_tail = m;
	d->queue_len++;
	d->state = IN_PREFIX;
	d->prefix_len = 0;
}

static bool
begin_field(Deframer *d)
{
	uint32		wire_type = d->varint & 7;

	d->field = (uint32) (d->varint >> 3);
	if (wire_type == WIRE_VARINT)
		d->state = IN_VARINT_FIELD;
	else if (wire_type == WIRE_BYTES)
		d->state = IN_LENGTH;
	else
		return broken(d, "unexpected field in a Flight message");
	return true;
}

static bool
begin_bytes(Deframer *d)
{
	Message    *m = d->receiving;

	if (d->varint > d->message_left)
		return broken(d, "field longer than its message");
	d->field_left = (uint32) d->varint;
	d->target = d->field == FIELD_HEADER ? &m->header :
		d->field == FIELD_METADATA ? &m->metadata :
		d->field == FIELD_BODY ? &m->body : NULL;
	if (d->target != NULL && d->target != &m->body &&
		d->field_left > HEADER_SIZE_MAX)
		return broken(d, "header of more than 16 MB");
	if (d->target != NULL && !reserve(d, d->target, d->field_left))
		return false;
	d->state = d->field_left == 0 ? IN_TAG : IN_BYTES;
	return true;
}

/* One byte of a varint; when it was the last, act on the number. */
static bool
take_varint(Deframer *d, uint8 byte)
{
	bool		ok = true;

	if (d->varint_shift > 63)
		return broken(d, "number too long in a Flight message");
	d->varint |= (uint64) (byte & 0x7f) << d->varint_shift;
	d->varint_shift += 7;
	if (byte & 0x80)
		return true;
	if (d->state == IN_TAG)
		ok = begin_field(d);
	else if (d->state == IN_LENGTH)
		ok = begin_bytes(d);
	else
		d->state = IN_TAG;
	d->varint = 0;
	d->varint_shift = 0;
	return ok;
}

bool
deframer_feed(Deframer *d, const uint8 *bytes, size_t len)
{
	const uint8 *end = bytes + len;

	while (bytes < end)
	{
		if (d->state == IN_PREFIX)
		{
			d->prefix[d->prefix_len++] = *bytes++;
			if (d->prefix_len < GRPC_PREFIX_SIZE)
				continue;
			if (!begin_message(d))
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
			if (!take_varint(d, *bytes++))
				return false;
		}
		if (d->message_left == 0 && d->state != IN_PREFIX)
		{
			if (d->state != IN_TAG || d->varint_shift != 0)
				return broken(d, "truncated Flight message");
			end_message(d);
		}
	}
	return true;
}

Message *
deframer_take(Deframer *d)
{
	Message    *m = d->queue_head;

	if (m == NULL)
		return NULL;
	d->queue_head = m->next;
	if (d->queue_head == NULL)
		d->queue_tail = NULL;
	d->queue_len--;
	return m;
}

void
deframer_recycle(Deframer *d, Message *m)
{
	m->next = d->spare;
	d->spare = m;
}

bool
deframer_at_boundary(const Deframer *d)
{
	return d->state == IN_PREFIX && d->prefix_len == 0;
}
