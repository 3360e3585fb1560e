/*-------------------------------------------------------------------------
 *
 * arrow.c
 *	  Bounds-checked flatbuffer and Arrow IPC reader.
 *
 * test/arrow_fuzz.c compiles this file outside of PostgreSQL: it may use
 * palloc and nothing else of the server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "arrow.h"

#define MAX_FIELDS 1664			/* MaxTupleAttributeNumber */
#define MAX_DEPTH 4				/* list of struct of int is 3 */

/* ------------------------------------------------------------------ */
/* Flatbuffers.  Position 0 never holds a table: 0 means "absent".	  */
/* ------------------------------------------------------------------ */

typedef struct Flat
{
	const uint8 *bytes;
	uint32		len;
} Flat;

static inline uint32
flat_read(const Flat *f, uint32 at, void *value, uint32 size)
{
	if (at > f->len || f->len - at < size)
	{
		memset(value, 0, size);
		return 0;
	}
	memcpy(value, f->bytes + at, size);
	return size;
}

static inline uint8
flat_u8(const Flat *f, uint32 at)
{
	uint8		v;

	flat_read(f, at, &v, sizeof(v));
	return v;
}

static inline uint16
flat_u16(const Flat *f, uint32 at)
{
	uint16		v;

	flat_read(f, at, &v, sizeof(v));
	return v;
}

static inline uint32
flat_u32(const Flat *f, uint32 at)
{
	uint32		v;

	flat_read(f, at, &v, sizeof(v));
	return v;
}

static inline int64
flat_i64(const Flat *f, uint32 at)
{
	int64		v;

	flat_read(f, at, &v, sizeof(v));
	return v;
}

/* Position of field "id" of the table, or 0 when it has its default. */
static uint32
flat_field(const Flat *f, uint32 table, int id)
{
	int64		vtable;
	uint16		vtable_len;
	uint32		entry = 4 + 2 * id;
	uint16		offset;

	if (table == 0)
		return 0;
	vtable = (int64) table - (int32) flat_u32(f, table);
	if (vtable < 0 || vtable + 4 > f->len)
		return 0;
	vtable_len = flat_u16(f, (uint32) vtable);
	if (entry + 2 > vtable_len)
		return 0;
	offset = flat_u16(f, (uint32) vtable + entry);
	if (offset == 0 || (uint64) table + offset >= f->len)
		return 0;
	return table + offset;
}

/* Follow the offset stored at "at". */
static uint32
flat_follow(const Flat *f, uint32 at)
{
	uint64		target;

	if (at == 0)
		return 0;
	target = (uint64) at + flat_u32(f, at);
	return target == at || target >= f->len ? 0 : (uint32) target;
}

/* Table, vector or string that field "id" points to. */
static uint32
flat_child(const Flat *f, uint32 table, int id)
{
	return flat_follow(f, flat_field(f, table, id));
}

/* Number of elements, 0 unless all of them lie within the buffer. */
static uint32
flat_count(const Flat *f, uint32 vector, uint32 element_size)
{
	uint32		n;

	if (vector == 0)
		return 0;
	n = flat_u32(f, vector);
	if ((uint64) vector + 4 + (uint64) n * element_size > f->len)
		return 0;
	return n;
}

static int32
flat_int_or(const Flat *f, uint32 table, int id, int32 absent)
{
	uint32		at = flat_field(f, table, id);

	return at == 0 ? absent : (int32) flat_u32(f, at);
}

static int
flat_short_or(const Flat *f, uint32 table, int id, int absent)
{
	uint32		at = flat_field(f, table, id);

	return at == 0 ? absent : (int16) flat_u16(f, at);
}

/* ------------------------------------------------------------------ */
/* Messages															  */
/* ------------------------------------------------------------------ */

static const char *
open_message(Flat *f, const uint8 *message, size_t len,
			 ArrowMessageKind *kind, uint32 *header)
{
	uint32		root;
	uint32		at;
	int			header_type;

	if (len < 8 || len > PG_INT32_MAX)
		return "Arrow message of impossible size";
	f->bytes = message;
	f->len = (uint32) len;
	root = flat_u32(f, 0);
	if (root < 4 || root >= f->len)
		return "Arrow message without a root";
	at = flat_field(f, root, 1);
	header_type = at == 0 ? 0 : flat_u8(f, at);
	*header = flat_child(f, root, 2);
	*kind = ARROW_MESSAGE_OTHER;
	if (header_type == ARROW_MESSAGE_SCHEMA ||
		header_type == ARROW_MESSAGE_BATCH)
	{
		if (*header == 0)
			return "Arrow message without a header";
		*kind = (ArrowMessageKind) header_type;
	}
	return NULL;
}

const char *
arrow_message_kind(const uint8 *message, size_t len, ArrowMessageKind *kind)
{
	Flat		f;
	uint32		header;

	return open_message(&f, message, len, kind, &header);
}

/* ------------------------------------------------------------------ */
/* Schema															  */
/* ------------------------------------------------------------------ */

static char *
copy_string(const Flat *f, uint32 at)
{
	uint32		n = flat_count(f, at, 1);
	char	   *s = palloc(n + 1);

	if (n > 0)
		memcpy(s, f->bytes + at + 4, n);
	s[n] = '\0';
	return s;
}

/* Parameters of the field's type; NULL if the contract allows it. */
static const char *
read_type(const Flat *f, uint32 type, ArrowField *field)
{
	switch (field->type)
	{
		case ARROW_INT:
			{
				uint32		is_signed = flat_field(f, type, 1);

				field->width = flat_int_or(f, type, 0, 0);
				if (field->width != 16 && field->width != 32 &&
					field->width != 64)
					return "integer of unexpected width";
				if (is_signed == 0 || flat_u8(f, is_signed) == 0)
					return "unsigned integer";
				return NULL;
			}
		case ARROW_FLOAT:
			switch (flat_short_or(f, type, 0, 0))
			{
				case 1:
					field->width = 32;
					return NULL;
				case 2:
					field->width = 64;
					return NULL;
			}
			return "floating-point number of unexpected width";
		case ARROW_BOOL:
			field->width = 1;
			return NULL;
		case ARROW_DECIMAL:
			field->width = flat_int_or(f, type, 2, 128);
			field->precision = flat_int_or(f, type, 0, 0);
			field->scale = flat_int_or(f, type, 1, 0);
			if (field->width != 128 ||
				field->precision < 1 || field->precision > 38 ||
				field->scale < 0 || field->scale > field->precision)
				return "decimal of unexpected shape";
			return NULL;
		case ARROW_DATE:
			field->width = 32;
			return flat_short_or(f, type, 0, 1) == 0 ? NULL :
				"date that does not count days";
		case ARROW_TIME:
			field->width = flat_int_or(f, type, 1, 32);
			return flat_short_or(f, type, 0, 1) == 2 &&
				field->width == 64 ? NULL :
				"time that does not count microseconds";
		case ARROW_TIMESTAMP:
			field->width = 64;
			field->has_timezone = flat_field(f, type, 1) != 0;
			return flat_short_or(f, type, 0, 0) == 2 ? NULL :
				"timestamp that does not count microseconds";
		case ARROW_UTF8:
		case ARROW_BINARY:
		case ARROW_STRUCT:
			return NULL;
		case ARROW_LIST:
			return field->nchildren == 1 ? NULL :
				"list without exactly one child";
	}
	return "unexpected Arrow type";
}

static const char *
read_fields(const Flat *f, uint32 vector, int depth,
			int *nfields, ArrowField **fields)
{
	uint32		n = flat_count(f, vector, 4);
	uint32		i;

	if (n > MAX_FIELDS)
		return "too many columns";
	if (depth > MAX_DEPTH)
		return "columns nested too deeply";
	*nfields = (int) n;
	*fields = palloc0(sizeof(ArrowField) * Max(n, 1));
	for (i = 0; i < n; i++)
	{
		ArrowField *field = *fields + i;
		uint32		table = flat_follow(f, vector + 4 + 4 * i);
		uint32		type_id = flat_field(f, table, 2);
		const char *error;

		if (table == 0)
			return "column without a description";
		if (flat_field(f, table, 4) != 0)
			return "dictionary-encoded column";
		field->name = copy_string(f, flat_child(f, table, 0));
		field->type = type_id == 0 ? 0 : flat_u8(f, type_id);
		error = read_fields(f, flat_child(f, table, 5), depth + 1,
							&field->nchildren, &field->children);
		if (error == NULL)
			error = read_type(f, flat_child(f, table, 3), field);
		if (error != NULL)
			return error;
		if (field->nchildren != 0 &&
			field->type != ARROW_LIST && field->type != ARROW_STRUCT)
			return "children under a plain column";
	}
	return NULL;
}

const char *
arrow_read_schema(const uint8 *message, size_t len, ArrowSchema **schema)
{
	Flat		f;
	ArrowMessageKind kind;
	uint32		table;
	const char *error;

	error = open_message(&f, message, len, &kind, &table);
	if (error != NULL)
		return error;
	if (kind != ARROW_MESSAGE_SCHEMA)
		return "record batch where a schema was expected";
	if (flat_short_or(&f, table, 0, 0) != 0)
		return "big-endian data";
	*schema = palloc0(sizeof(ArrowSchema));
	return read_fields(&f, flat_child(&f, table, 1), 1,
					   &(*schema)->nfields, &(*schema)->fields);
}

/* ------------------------------------------------------------------ */
/* Record batches													  */
/* ------------------------------------------------------------------ */

typedef struct BatchReader
{
	Flat		f;
	uint32		nodes;
	uint32		nnodes;
	uint32		next_node;
	uint32		buffers;
	uint32		nbuffers;
	uint32		next_buffer;
	uint8	   *body;
	int64		body_len;
} BatchReader;

static const char *
next_buffer(BatchReader *r, uint8 **start, int64 *len)
{
	uint32		at = r->buffers + 4 + 16 * r->next_buffer;
	int64		offset;

	if (r->next_buffer >= r->nbuffers)
		return "too few buffers";
	r->next_buffer++;
	offset = flat_i64(&r->f, at);
	*len = flat_i64(&r->f, at + 8);
	if (offset < 0 || *len < 0 ||
		offset > r->body_len || *len > r->body_len - offset)
		return "buffer outside of the message";
	if (offset % 8 != 0)
		return "buffer that is not aligned";
	*start = r->body + offset;
	return NULL;
}

static const char *
read_array(BatchReader *r, const ArrowField *field, ArrowArray *array)
{
	uint32		node = r->nodes + 4 + 16 * r->next_node;
	int64		null_count;
	uint8	   *start;
	int64		len;
	const char *error;
	int			i;

	if (r->next_node >= r->nnodes)
		return "too few field nodes";
	r->next_node++;
	array->length = flat_i64(&r->f, node);
	null_count = flat_i64(&r->f, node + 8);
	if (array->length < 0 || array->length >= PG_INT32_MAX ||
		null_count < 0 || null_count > array->length)
		return "impossible number of values";

	error = next_buffer(r, &start, &len);
	if (error != NULL)
		return error;
	if (null_count > 0 && len < (array->length + 7) / 8)
		return "validity bitmap too short";
	array->validity = null_count > 0 ? start : NULL;

	switch (field->type)
	{
		case ARROW_STRUCT:
			break;
		case ARROW_LIST:
		case ARROW_UTF8:
		case ARROW_BINARY:
			error = next_buffer(r, &start, &len);
			if (error != NULL)
				return error;
			if (array->length > 0 && len < (array->length + 1) * 4)
				return "offsets too short";
			array->offsets = (const int32 *) start;
			if (field->type != ARROW_LIST)
			{
				error = next_buffer(r, &array->data, &array->data_len);
				if (error != NULL)
					return error;
			}
			break;
		default:
			error = next_buffer(r, &start, &len);
			if (error != NULL)
				return error;
			/* length < 2^31 and width <= 128: no overflow */
			if (len < (array->length * field->width + 7) / 8)
				return "values too short";
			array->values = start;
			break;
	}

	for (i = 0; i < field->nchildren; i++)
	{
		error = read_array(r, &field->children[i], &array->children[i]);
		if (error != NULL)
			return error;
		if (field->type == ARROW_STRUCT &&
			array->children[i].length < array->length)
			return "struct member shorter than its struct";
	}
	if (field->type == ARROW_LIST)
		array->data_len = array->children[0].length;
	return NULL;
}

const char *
arrow_read_batch(const ArrowSchema *schema, const uint8 *message, size_t len,
				 uint8 *body, size_t body_len, ArrowBatch *batch)
{
	BatchReader r;
	ArrowMessageKind kind;
	uint32		table;
	uint32		at;
	const char *error;
	int			i;

	memset(&r, 0, sizeof(r));
	error = open_message(&r.f, message, len, &kind, &table);
	if (error != NULL)
		return error;
	if (kind != ARROW_MESSAGE_BATCH)
		return "second schema";
	if (flat_field(&r.f, table, 3) != 0)
		return "compressed batch";
	at = flat_field(&r.f, table, 0);
	batch->length = at == 0 ? 0 : flat_i64(&r.f, at);
	if (batch->length < 0 || batch->length >= PG_INT32_MAX)
		return "impossible number of rows";
	r.nodes = flat_child(&r.f, table, 1);
	r.nnodes = flat_count(&r.f, r.nodes, 16);
	r.buffers = flat_child(&r.f, table, 2);
	r.nbuffers = flat_count(&r.f, r.buffers, 16);
	r.body = body;
	r.body_len = (int64) body_len;
	for (i = 0; i < schema->nfields; i++)
	{
		error = read_array(&r, &schema->fields[i], &batch->columns[i]);
		if (error != NULL)
			return error;
		if (batch->columns[i].length != batch->length)
			return "column and batch of different length";
	}
	return NULL;
}

static ArrowArray *
make_arrays(const ArrowField *fields, int nfields)
{
	ArrowArray *arrays = palloc0(sizeof(ArrowArray) * Max(nfields, 1));
	int			i;

	for (i = 0; i < nfields; i++)
		arrays[i].children = make_arrays(fields[i].children,
										 fields[i].nchildren);
	return arrays;
}

ArrowBatch *
arrow_make_batch(const ArrowSchema *schema)
{
	ArrowBatch *batch = palloc0(sizeof(ArrowBatch));

	batch->columns = make_arrays(schema->fields, schema->nfields);
	return batch;
}

const char *
arrow_type_name(const ArrowField *field)
{
	switch (field->type)
	{
		case ARROW_INT:
			return field->width == 16 ? "Int16" :
				field->width == 32 ? "Int32" : "Int64";
		case ARROW_FLOAT:
			return field->width == 32 ? "Float32" : "Float64";
		case ARROW_BINARY:
			return "Binary";
		case ARROW_UTF8:
			return "Utf8";
		case ARROW_BOOL:
			return "Bool";
		case ARROW_DECIMAL:
			return "Decimal128";
		case ARROW_DATE:
			return "Date";
		case ARROW_TIME:
			return "Time";
		case ARROW_TIMESTAMP:
			return field->has_timezone ? "Timestamp with zone" : "Timestamp";
		case ARROW_LIST:
			return "List";
		case ARROW_STRUCT:
			return "Struct";
	}
	return "unknown";
}
