/*-------------------------------------------------------------------------
 *
 * deframer.h
 *	  From the bytes of a gRPC stream to Flight messages.
 *
 * Runs inside the transport's callbacks: it does not throw but says in
 * "broken" what went wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_DEFRAMER_H
#define DATRANG_DEFRAMER_H

#define GRPC_PREFIX_SIZE 5

typedef struct Bytes
{
	uint8	   *data;
	size_t		len;
	size_t		capacity;
} Bytes;

/* The fields of FlightData that matter; absent ones are empty. */
typedef struct Message
{
	struct Message *next;
	Bytes		header;			/* an Arrow IPC message */
	Bytes		metadata;
	Bytes		body;
} Message;

typedef struct Deframer
{
	MemoryContext cxt;			/* of messages */
	const char *broken;			/* what is wrong with the data, or NULL */
	uint64		bytes;			/* of all messages so far */

	Message    *queue_head;		/* received, not taken yet */
	Message    *queue_tail;
	int			queue_len;
	Message    *spare;			/* memory to be used again */

	/* the message that is being received */
	int			state;
	uint8		prefix[GRPC_PREFIX_SIZE];
	int			prefix_len;
	Message    *receiving;
	uint32		message_left;
	uint64		varint;
	int			varint_shift;
	uint32		field;
	Bytes	   *target;			/* where the field's bytes go; NULL: skip */
	uint32		field_left;
} Deframer;

extern void deframer_init(Deframer *deframer, MemoryContext cxt);

/* False if the data is broken: there is no going on. */
extern bool deframer_feed(Deframer *deframer, const uint8 *bytes, size_t len);

/* The next message, NULL if none is complete. */
extern Message *deframer_take(Deframer *deframer);

/* Gives a message's memory back for later ones. */
extern void deframer_recycle(Deframer *deframer, Message *message);

/* Did the stream end between two messages? */
extern bool deframer_at_boundary(const Deframer *deframer);

#endif							/* DATRANG_DEFRAMER_H */
