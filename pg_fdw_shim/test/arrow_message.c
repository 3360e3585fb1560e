/* See arrow_message.h. */
#include "postgres.h"

#include "arrow_message.h"

#include "arrow.h"

#define ALIGN8(n) (((n) + 7) & ~7u)

typedef struct Kind
{
	int			type;
	int			parameters[3];	/* of its type table, -1: absent */
	int			width;			/* bits; 0: offsets and data */
	int			nchildren;
	const struct Kind *children;
} Kind;

static const Kind list_child[] = {{ARROW_UTF8, {-1, -1, -1}, 0, 0, NULL}};
static const Kind interval_children[] = {
	{ARROW_INT, {32, 1, -1}, 32, 0, NULL},
	{ARROW_INT, {32, 1, -1}, 32, 0, NULL},
	{ARROW_INT, {64, 1, -1}, 64, 0, NULL}
};
static const Kind kinds[] = {
	{ARROW_INT, {16, 1, -1}, 16, 0, NULL},
	{ARROW_INT, {32, 1, -1}, 32, 0, NULL},
	{ARROW_INT, {64, 1, -1}, 64, 0, NULL},
	{ARROW_FLOAT, {1, -1, -1}, 32, 0, NULL},
	{ARROW_FLOAT, {2, -1, -1}, 64, 0, NULL},
	{ARROW_BOOL, {-1, -1, -1}, 1, 0, NULL},
	{ARROW_DECIMAL, {15, 2, 128}, 128, 0, NULL},
	{ARROW_DATE, {0, -1, -1}, 32, 0, NULL},
	{ARROW_TIME, {2, 64, -1}, 64, 0, NULL},
	{ARROW_TIMESTAMP, {2, -1, -1}, 64, 0, NULL},
	{ARROW_UTF8, {-1, -1, -1}, 0, 0, NULL},
	{ARROW_BINARY, {-1, -1, -1}, 0, 0, NULL},
	{ARROW_STRUCT, {-1, -1, -1}, 0, 3, interval_children},
	{ARROW_LIST, {-1, -1, -1}, 0, 1, list_child}
};

/* ------------------------------------------------------------------ */
/* Flatbuffers														  */
/* ------------------------------------------------------------------ */

static void
put(TestMessage *m, uint32 at, const void *value, uint32 size)
{
	memcpy(m->bytes + at, value, size);
}

static uint32
reserve(TestMessage *m, uint32 size)
{
	uint32		at = ALIGN8(m->len);

	m->len = at + size;
	return at;
}

/* A table of up to 8 fields of 8 bytes each; bit i of "present": field i. */
static uint32
make_table(TestMessage *m, unsigned present, int nfields)
{
	uint32		vtable = reserve(m, 4 + 2 * nfields);
	uint32		table = reserve(m, 8 + 8 * nfields);
	uint16		size = 4 + 2 * nfields;
	int32		back = table - vtable;
	int			i;

	put(m, vtable, &size, 2);
	size = 8 + 8 * nfields;
	put(m, vtable + 2, &size, 2);
	put(m, table, &back, 4);
	for (i = 0; i < nfields; i++)
	{
		uint16		offset = present >> i & 1 ? 8 + 8 * i : 0;

		put(m, vtable + 4 + 2 * i, &offset, 2);
	}
	return table;
}

static uint32
field_at(uint32 table, int id)
{
	return table + 8 + 8 * id;
}

static void
point(TestMessage *m, uint32 from, uint32 to)
{
	uint32		offset = to - from;

	put(m, from, &offset, 4);
}

/* A vector of n elements; returns the place of its length. */
static uint32
make_vector(TestMessage *m, uint32 n, uint32 element_size)
{
	/* structs of 8-byte members must be aligned after the length */
	uint32		at = reserve(m, 8 + n * element_size) + 4;

	put(m, at, &n, 4);
	return at;
}

static void
make_root(TestMessage *m, uint8 header_type, uint32 *header_field)
{
	uint32		root;

	memset(m, 0, sizeof(*m));
	reserve(m, 4);
	root = make_table(m, 1 | 2 | 4 | 8, 4);
	put(m, 0, &root, 4);
	put(m, field_at(root, 1), &header_type, 1);
	*header_field = field_at(root, 2);
}

/* ------------------------------------------------------------------ */
/* Schema															  */
/* ------------------------------------------------------------------ */

static void
make_fields(TestMessage *m, uint32 from, const Kind *kind, int n)
{
	uint32		vector = make_vector(m, n, 4);
	int			i;

	point(m, from, vector);
	for (i = 0; i < n; i++, kind++)
	{
		uint32		field = make_table(m, 1 | 2 | 4 | 8 | 32, 6);
		uint32		name = make_vector(m, 3, 1);
		unsigned	present = 0;
		uint32		type;
		uint8		id = kind->type;
		int			p;

		point(m, vector + 4 + 4 * i, field);
		put(m, name + 4, "col", 3);
		point(m, field_at(field, 0), name);
		put(m, field_at(field, 2), &id, 1);
		for (p = 0; p < 3; p++)
			present |= (kind->parameters[p] >= 0) << p;
		type = make_table(m, present, 3);
		for (p = 0; p < 3; p++)
			if (kind->parameters[p] >= 0)
				put(m, field_at(type, p), &kind->parameters[p], 4);
		point(m, field_at(field, 3), type);
		make_fields(m, field_at(field, 5), kind->children, kind->nchildren);
	}
}

void
make_schema(TestMessage *m)
{
	uint32		header;
	uint32		schema;

	make_root(m, ARROW_MESSAGE_SCHEMA, &header);
	schema = make_table(m, 2, 2);
	point(m, header, schema);
	make_fields(m, field_at(schema, 1), kinds, lengthof(kinds));
}

/* ------------------------------------------------------------------ */
/* Batch															  */
/* ------------------------------------------------------------------ */

typedef struct BatchWriter
{
	TestMessage *m;
	uint32		nodes;
	uint32		nnodes;
	uint32		buffers;
	uint32		nbuffers;
} BatchWriter;

static uint8 *
add_buffer(BatchWriter *w, int64 len)
{
	int64		buffer[2];

	buffer[0] = ALIGN8(w->m->body_len);
	buffer[1] = len;
	w->m->body_len = buffer[0] + len;
	put(w->m, w->buffers + 4 + 16 * w->nbuffers++, buffer, sizeof(buffer));
	return w->m->body + buffer[0];
}

static void
add_column(BatchWriter *w, const Kind *kind, int64 rows)
{
	int64		node[2];
	int			i;

	node[0] = rows;
	node[1] = rows / 2;
	put(w->m, w->nodes + 4 + 16 * w->nnodes++, node, sizeof(node));
	memset(add_buffer(w, (rows + 7) / 8), 0x55, (rows + 7) / 8);
	if (kind->width > 0)
		add_buffer(w, (rows * kind->width + 7) / 8);
	else if (kind->type != ARROW_STRUCT)
	{
		int32	   *offsets = (int32 *) add_buffer(w, (rows + 1) * 4);

		for (i = 0; i <= rows; i++)
			offsets[i] = i;
		if (kind->type != ARROW_LIST)
			memset(add_buffer(w, rows), 'x', rows);
	}
	for (i = 0; i < kind->nchildren; i++)
		add_column(w, &kind->children[i], rows);
}

static void
count_parts(const Kind *kind, int n, uint32 *nodes, uint32 *buffers)
{
	for (; n > 0; n--, kind++)
	{
		*nodes += 1;
		*buffers += kind->width > 0 ? 2 : kind->type == ARROW_STRUCT ? 1 :
			kind->type == ARROW_LIST ? 2 : 3;
		count_parts(kind->children, kind->nchildren, nodes, buffers);
	}
}

void
make_batch(TestMessage *m, int64 rows)
{
	BatchWriter w = {m, 0, 0, 0, 0};
	uint32		header;
	uint32		batch;
	uint32		nnodes = 0;
	uint32		nbuffers = 0;
	size_t		i;

	make_root(m, ARROW_MESSAGE_BATCH, &header);
	batch = make_table(m, 1 | 2 | 4, 3);
	point(m, header, batch);
	put(m, field_at(batch, 0), &rows, 8);
	count_parts(kinds, lengthof(kinds), &nnodes, &nbuffers);
	w.nodes = make_vector(m, nnodes, 16);
	point(m, field_at(batch, 1), w.nodes);
	w.buffers = make_vector(m, nbuffers, 16);
	point(m, field_at(batch, 2), w.buffers);
	for (i = 0; i < lengthof(kinds); i++)
		add_column(&w, &kinds[i], rows);
}
