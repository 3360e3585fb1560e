/*-------------------------------------------------------------------------
 *
 * arrow.h
 *	  Reader of the Arrow IPC messages the sidecar sends.
 *
 * A message is a flatbuffer from another process: every offset, length and
 * count is checked against the bytes at hand before it is used.  What the
 * reader hands out may be used without further checks, except the offsets
 * of variable-width columns, which are checked value by value with
 * arrow_slice().
 *
 * Deliberately absent, because PROTOCOL.md forbids them: dictionaries,
 * compression, views, large types, big-endian data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ARROW_H
#define DATRANG_ARROW_H

/* The numbers are those of the format's union "Type". */
typedef enum ArrowType
{
	ARROW_INT = 2,
	ARROW_FLOAT = 3,
	ARROW_BINARY = 4,
	ARROW_UTF8 = 5,
	ARROW_BOOL = 6,
	ARROW_DECIMAL = 7,
	ARROW_DATE = 8,
	ARROW_TIME = 9,
	ARROW_TIMESTAMP = 10,
	ARROW_LIST = 12,
	ARROW_STRUCT = 13
} ArrowType;

typedef struct ArrowField
{
	char	   *name;
	ArrowType	type;
	int			width;			/* bits per value; 0 for variable and nested */
	int			precision;		/* of decimals */
	int			scale;			/* of decimals */
	bool		has_timezone;	/* of timestamps */
	int			nchildren;
	struct ArrowField *children;
} ArrowField;

typedef struct ArrowSchema
{
	int			nfields;
	ArrowField *fields;
} ArrowSchema;

/*
 * One column of one batch.  Pointers lead into the message's body; the body
 * is writable because the reader of text columns writes varlena headers
 * into it.
 */
typedef struct ArrowArray
{
	int64		length;
	const uint8 *validity;		/* bitmap; NULL when no value is null */
	const uint8 *values;		/* fixed-width values or bits */
	const int32 *offsets;		/* length + 1 of them, variable-width, lists */
	uint8	   *data;			/* bytes the offsets point into */
	int64		data_len;		/* bytes in data; for lists child's length */
	struct ArrowArray *children;
} ArrowArray;

typedef struct ArrowBatch
{
	int64		length;
	ArrowArray *columns;		/* one per field of the schema */
} ArrowBatch;

typedef enum ArrowMessageKind
{
	ARROW_MESSAGE_SCHEMA = 1,
	ARROW_MESSAGE_BATCH = 3,
	ARROW_MESSAGE_OTHER = 0
} ArrowMessageKind;

/*
 * All of these return NULL, or what is wrong with the message.  Memory comes
 * from the current memory context.
 */
extern const char *arrow_message_kind(const uint8 *message, size_t len,
									  ArrowMessageKind *kind);
extern const char *arrow_read_schema(const uint8 *message, size_t len,
									 ArrowSchema **schema);
extern const char *arrow_read_batch(const ArrowSchema *schema,
									const uint8 *message, size_t len,
									uint8 *body, size_t body_len,
									ArrowBatch *batch);

/* An empty batch of that shape, for arrow_read_batch to fill repeatedly. */
extern ArrowBatch *arrow_make_batch(const ArrowSchema *schema);

extern const char *arrow_type_name(const ArrowField *field);

static inline bool
arrow_is_null(const ArrowArray *array, int64 row)
{
	return array->validity != NULL &&
		(array->validity[row >> 3] >> (row & 7) & 1) == 0;
}

/* Where value "row" lies within data; false if the offsets are broken. */
static inline bool
arrow_slice(const ArrowArray *array, int64 row, int32 *start, int32 *len)
{
	int32		from = array->offsets[row];
	int32		to = array->offsets[row + 1];

	if (from < 0 || to < from || to > array->data_len)
		return false;
	*start = from;
	*len = to - from;
	return true;
}

#endif							/* DATRANG_ARROW_H */
