/*-------------------------------------------------------------------------
 *
 * tuple.c
 *	  Arrow values to Datums.
 *
 * This is the inner loop of every scan.  What makes it fast:
 *
 * - Fixed-width values are read in place.
 * - A text of up to 126 bytes gets its one-byte varlena header written into
 *   the byte before it, which belongs to a row that was consumed already.
 *   So a batch can be read only once, in order.
 * - Numerics, UUIDs, intervals and padded char(n) are built in a scratch
 *   area of their column, which is good until the next row.
 * - UTF-8 is verified once per batch over all strings of a column; then
 *   each value must not end within a character.
 *
 * Elements of arrays outlive their neighbours until the array is built: they
 * use none of this but are allocated in the memory of the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "column_reader.h"
#include "compat.h"
#include "input_settings.h"
#include "mb/pg_wchar.h"
#include "nodes/memnodes.h"
#include "numeric.h"
#include "tuple.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "writer.h"

#define EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define EPOCH_USECS (EPOCH_DAYS * USECS_PER_DAY)
#define DATE_DAYS_MIN (DATETIME_MIN_JULIAN - UNIX_EPOCH_JDATE)
#define DATE_DAYS_END (DATE_END_JULIAN - UNIX_EPOCH_JDATE)
#define ARROW_DATE_INFINITY PG_INT32_MAX
#define ARROW_TIMESTAMP_INFINITY PG_INT64_MAX
#define UUID_TEXT_LEN 36

struct TupleReader
{
	TupleDesc	desc;
	int			ncolumns;
	ColumnReader *columns;
	ColumnReader *row_id;		/* what becomes the ctid, or NULL */
	MemoryContext cxt;			/* of the reader */
	MemoryContext row_cxt;		/* of values that fit nowhere else */
};

static Datum read_interval(ColumnReader *c, int64 row, uint8 *scratch);
static Datum read_bpchar(ColumnReader *c, int64 row, uint8 *scratch);
static Datum read_uuid(ColumnReader *c, int64 row, uint8 *scratch);
static Datum read_enum(ColumnReader *c, int64 row);
static Datum read_input(ColumnReader *c, int64 row);
static Datum read_list(ColumnReader *c, int64 row);

TupleReader *
tuple_reader_make(TupleDesc desc, List *attnums)
{
	TupleReader *reader = palloc0(sizeof(TupleReader));
	ListCell   *lc;

	reader->desc = desc;
	reader->cxt = CurrentMemoryContext;
	reader->row_cxt = AllocSetContextCreate(CurrentMemoryContext,
											"datrang row",
											ALLOCSET_DEFAULT_SIZES);
	reader->columns = palloc0(sizeof(ColumnReader) *
							  Max(list_length(attnums), 1));
	foreach(lc, attnums)
	{
		if (lfirst_int(lc) == SelfItemPointerAttributeNumber)
			reader->row_id = &reader->columns[list_length(attnums) - 1];
		else
			reader->columns[reader->ncolumns++].target = lfirst_int(lc) - 1;
	}
	return reader;
}

static void
bind_row_id(ColumnReader *column, const ArrowField *field)
{
	FormData_pg_attribute attr;

	memset(&attr, 0, sizeof(attr));
	namestrcpy(&attr.attname, "ctid");
	attr.atttypid = INT8OID;
	attr.atttypmod = -1;
	column_reader_bind(column, &attr, field);
}

void
tuple_reader_schema(TupleReader *reader, const ArrowSchema *schema)
{
	MemoryContext old;
	int			i;

	if (schema->nfields != reader->ncolumns + (reader->row_id != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the Datrang sidecar sent %d columns where %d were asked for",
						schema->nfields,
						reader->ncolumns + (reader->row_id != NULL))));
	old = MemoryContextSwitchTo(reader->cxt);
	for (i = 0; i < reader->ncolumns; i++)
	{
		ColumnReader *c = &reader->columns[i];

		column_reader_bind(c, TupleDescAttr(reader->desc, c->target),
						   &schema->fields[i]);
	}
	if (reader->row_id != NULL)
		bind_row_id(reader->row_id, &schema->fields[reader->ncolumns]);
	MemoryContextSwitchTo(old);
}

void
tuple_reader_batch(TupleReader *reader, const ArrowBatch *batch)
{
	int			i;

	for (i = 0; i < reader->ncolumns; i++)
		column_reader_batch(&reader->columns[i], &batch->columns[i]);
	if (reader->row_id != NULL)
		column_reader_batch(reader->row_id, &batch->columns[reader->ncolumns]);
}

/* ------------------------------------------------------------------ */
/* Values															  */
/* ------------------------------------------------------------------ */

static inline bool
is_null(const ColumnReader *c, int64 row)
{
	return c->validity != NULL && (c->validity[row >> 3] >> (row & 7) & 1) == 0;
}

/* A string's bytes; raises an error if the offsets are broken. */
static inline uint8 *
slice(ColumnReader *c, int64 row, int32 *len)
{
	int32		start = c->offsets[row];
	int32		end = c->offsets[row + 1];
	uint8	   *bytes = c->data + start;

	if (unlikely(start < c->text_begin || end < start || end > c->text_end))
		column_broken(c, "offsets outside of the data");
	*len = end - start;
	/* What begins after a whole character and ends after one is whole. */
	if (unlikely(end < c->text_end && (bytes[*len] & 0xc0) == 0x80 &&
				 c->kind != READ_BYTES))
		column_broken(c, "a string ends within a character");
	return bytes;
}

static Datum
read_long_text(ColumnReader *c, int64 row, const uint8 *bytes, int32 len)
{
	if (len > c->max_bytes)
		return read_input(c, row);
	if (c->kind == READ_BYTES || c->server_is_utf8)
	{
		if ((Size) len > MaxAllocSize - VARHDRSZ)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("value of column \"%s\" is larger than 1 GB",
							c->name)));
		return PointerGetDatum(cstring_to_text_with_len((const char *) bytes,
														len));
	}
	return PointerGetDatum(cstring_to_text(pg_any_to_server(pnstrdup((const char *) bytes, len),
															len, PG_UTF8)));
}

static inline Datum
read_text(ColumnReader *c, int64 row, uint8 *scratch)
{
	int32		len;
	uint8	   *bytes = slice(c, row, &len);

	if (scratch == NULL || len > c->short_max)
		return read_long_text(c, row, bytes, len);
	if (likely(bytes > c->data))
		bytes--;
	else
	{
		memcpy(scratch + VARHDRSZ_SHORT, bytes, len);
		bytes = scratch;
	}
	SET_VARSIZE_SHORT(bytes, len + VARHDRSZ_SHORT);
	return PointerGetDatum(bytes);
}

static inline Datum
read_date(ColumnReader *c, int64 row)
{
	int32		days = ((const int32 *) c->values)[row];

	if (likely(days >= DATE_DAYS_MIN && days < DATE_DAYS_END))
		return DateADTGetDatum(days - EPOCH_DAYS);
	if (days == ARROW_DATE_INFINITY)
		return DateADTGetDatum(DATEVAL_NOEND);
	if (days == -ARROW_DATE_INFINITY)
		return DateADTGetDatum(DATEVAL_NOBEGIN);
	column_broken(c, "date out of range");
}

/* Microseconds since 1970 end within PostgreSQL's range: infinity does not. */
static inline Datum
read_timestamp(ColumnReader *c, int64 row)
{
	int64		usecs = ((const int64 *) c->values)[row];

	if (likely(usecs >= MIN_TIMESTAMP + EPOCH_USECS &&
			   usecs < ARROW_TIMESTAMP_INFINITY))
		return TimestampGetDatum(usecs - EPOCH_USECS);
	if (usecs == ARROW_TIMESTAMP_INFINITY)
		return TimestampGetDatum(DT_NOEND);
	if (usecs == -ARROW_TIMESTAMP_INFINITY)
		return TimestampGetDatum(DT_NOBEGIN);
	column_broken(c, "timestamp out of range");
}

static inline Datum
read_decimal(ColumnReader *c, int64 row, uint8 *scratch)
{
	Datum		value;

	if (scratch == NULL)
		scratch = palloc(NUMERIC_BYTES_MAX);
	value = numeric_from_decimal128(c->values + 16 * row, c->scale,
									scratch);
	if (unlikely(c->apply_typmod))
		value = DirectFunctionCall2(numeric, value, Int32GetDatum(c->typmod));
	return value;
}

/*
 * scratch: where a value may be built that is good until the next row; NULL
 * for memory of the current context.
 */
static pg_attribute_always_inline Datum
read_value(ColumnReader *c, int64 row, uint8 *scratch)
{
	const uint8 *values = c->values;

	switch (c->kind)
	{
		case READ_BOOL:
			return BoolGetDatum(values[row >> 3] >> (row & 7) & 1);
		case READ_INT2:
			return Int16GetDatum(((const int16 *) values)[row]);
		case READ_INT4:
			return Int32GetDatum(((const int32 *) values)[row]);
		case READ_8_BYTES:
			return Int64GetDatum(((const int64 *) values)[row]);
		case READ_FLOAT4:
			return Float4GetDatum(((const float4 *) values)[row]);
		case READ_DECIMAL:
			return read_decimal(c, row, scratch);
		case READ_DATE:
			return read_date(c, row);
		case READ_TIME:
			{
				int64		time = ((const int64 *) values)[row];

				if (unlikely(time < 0 || time > USECS_PER_DAY))
					column_broken(c, "time out of range");
				return TimeADTGetDatum(time);
			}
		case READ_TIMESTAMP:
			return read_timestamp(c, row);
		case READ_INTERVAL:
			return read_interval(c, row, scratch);
		case READ_BYTES:
		case READ_TEXT:
			return read_text(c, row, scratch);
		case READ_BPCHAR:
			return read_bpchar(c, row, scratch);
		case READ_UUID:
			return read_uuid(c, row, scratch);
		case READ_ENUM:
			return read_enum(c, row);
		case READ_INPUT:
			return read_input(c, row);
		case READ_LIST:
			return read_list(c, row);
	}
	column_broken(c, "unknown kind");
}

void
tuple_reader_row(TupleReader *reader, int64 row, Datum *values, bool *isnull)
{
	MemoryContext old;
	int			i;

	if (!reader->row_cxt->isReset)
		MemoryContextReset(reader->row_cxt);
	old = MemoryContextSwitchTo(reader->row_cxt);
	for (i = 0; i < reader->ncolumns; i++)
	{
		ColumnReader *c = &reader->columns[i];

		if (is_null(c, row))
			isnull[c->target] = true;
		else
		{
			isnull[c->target] = false;
			values[c->target] = read_value(c, row, c->scratch);
		}
	}
	MemoryContextSwitchTo(old);
}

void
tuple_reader_tid(TupleReader *reader, int64 row, ItemPointer tid)
{
	ColumnReader *c = reader->row_id;

	if (c == NULL)
		return;
	if (is_null(c, row))
		column_broken(c, "a row without an id");
	row_id_to_tid(((const int64 *) c->values)[row], tid);
}

static Datum
read_interval(ColumnReader *c, int64 row, uint8 *scratch)
{
	const ArrowArray *months = &c->array->children[0];
	const ArrowArray *days = &c->array->children[1];
	const ArrowArray *micros = &c->array->children[2];
	Interval   *interval = scratch != NULL ? (Interval *) scratch :
		palloc(sizeof(Interval));

	if (arrow_is_null(months, row) || arrow_is_null(days, row) ||
		arrow_is_null(micros, row))
		column_broken(c, "interval with a part that is null");
	interval->month = ((const int32 *) months->values)[row];
	interval->day = ((const int32 *) days->values)[row];
	interval->time = ((const int64 *) micros->values)[row];
	return IntervalPGetDatum(interval);
}

/* Characters in "bytes", each of which begins with no continuation byte. */
static int32
utf8_length(const uint8 *bytes, int32 len)
{
	int32		n = 0;
	int32		i;

	for (i = 0; i < len; i++)
		n += (bytes[i] & 0xc0) != 0x80;
	return n;
}

static Datum
read_bpchar(ColumnReader *c, int64 row, uint8 *scratch)
{
	int32		len;
	const uint8 *bytes = slice(c, row, &len);
	int32		wanted = c->typmod - VARHDRSZ;
	int32		length;
	char	   *out;

	if (!c->server_is_utf8)
		return read_input(c, row);
	length = utf8_length(bytes, len);
	if (length > wanted)
		return read_input(c, row);
	wanted = VARHDRSZ + len + (wanted - length);
	out = scratch != NULL ? (char *) scratch : palloc(wanted);
	memcpy(out + VARHDRSZ, bytes, len);
	memset(out + VARHDRSZ + len, ' ', wanted - VARHDRSZ - len);
	SET_VARSIZE(out, wanted);
	return PointerGetDatum(out);
}

static int
hex_value(uint8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static Datum
read_uuid(ColumnReader *c, int64 row, uint8 *scratch)
{
	int32		len;
	const uint8 *text = slice(c, row, &len);
	uint8	   *out = scratch != NULL ? scratch : palloc(UUID_LEN);
	int			i;

	if (len != UUID_TEXT_LEN || text[8] != '-' || text[13] != '-' ||
		text[18] != '-' || text[23] != '-')
		column_broken(c, "malformed UUID");
	for (i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if (*text == '-')
			text++;
		high = hex_value(text[0]);
		low = hex_value(text[1]);
		if (high < 0 || low < 0)
			column_broken(c, "malformed UUID");
		out[i] = (uint8) (high << 4 | low);
		text += 2;
	}
	return UUIDPGetDatum((pg_uuid_t *) out);
}

/* By the type's own input function, in the current memory context. */
static Datum
read_input(ColumnReader *c, int64 row)
{
	int32		len;
	const uint8 *bytes = slice(c, row, &len);
	char	   *text = pnstrdup((const char *) bytes, len);
	int			level = c->by_settings ? input_settings_begin() : 0;
	Datum		value = InputFunctionCall(&c->input,
										  pg_any_to_server(text, len, PG_UTF8),
										  c->ioparam, c->typmod);

	input_settings_end(level);
	return value;
}

static Datum
read_enum(ColumnReader *c, int64 row)
{
	int32		len;
	const uint8 *bytes = slice(c, row, &len);
	char		label[NAMEDATALEN];
	char	   *entry;
	Oid			value;
	bool		found;

	if (len >= NAMEDATALEN)
		return read_input(c, row);
	memcpy(label, bytes, len);
	label[len] = '\0';
	entry = hash_search(c->labels, label, HASH_FIND, NULL);
	if (likely(entry != NULL))
	{
		memcpy(&value, entry + NAMEDATALEN, sizeof(value));
		return ObjectIdGetDatum(value);
	}
	value = DatumGetObjectId(read_input(c, row));
	entry = hash_search(c->labels, label, HASH_ENTER, &found);
	memcpy(entry + NAMEDATALEN, &value, sizeof(value));
	return ObjectIdGetDatum(value);
}

static Datum
read_list(ColumnReader *c, int64 row)
{
	ColumnReader *element = c->element;
	int32		start;
	int32		n;
	Datum	   *values;
	bool	   *nulls;
	int			lower_bound = 1;
	int32		i;

	if (!arrow_slice(c->array, row, &start, &n))
		column_broken(c, "offsets outside of the data");
	if (n == 0)
		return PointerGetDatum(construct_empty_array(element->typid));
	values = palloc(sizeof(Datum) * n);
	nulls = palloc(sizeof(bool) * n);
	for (i = 0; i < n; i++)
	{
		nulls[i] = is_null(element, start + i);
		if (!nulls[i])
			values[i] = read_value(element, start + i, NULL);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n,
											  &lower_bound, element->typid,
											  c->element_len,
											  c->element_by_value,
											  c->element_align));
}
