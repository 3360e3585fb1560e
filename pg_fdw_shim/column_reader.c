/*-------------------------------------------------------------------------
 *
 * column_reader.c
 *	  Which Arrow type may become which PostgreSQL type, and how.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "column_reader.h"
#include "compat.h"
#include "input_settings.h"
#include "mb/pg_wchar.h"
#include "numeric.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define BPCHAR_SCRATCH_MAX 1024
#define TEXT_SCRATCH 128		/* the longest short varlena, or a bit more */
#define SHORT_TEXT_MAX ((int32) (VARATT_SHORT_MAX - VARHDRSZ_SHORT))

static void bind_value(ColumnReader *column, const ArrowField *field);
static void bind_list(ColumnReader *column, Oid element_type,
					  const ArrowField *field);

void
column_broken(const ColumnReader *column, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("invalid data from the Datrang sidecar in column \"%s\"",
					column->name),
			 errdetail_internal("%s", why)));
}

/* ------------------------------------------------------------------ */
/* Binding															  */
/* ------------------------------------------------------------------ */

void
column_reader_bind(ColumnReader *column, Form_pg_attribute attr,
				   const ArrowField *field)
{
	/* Expressions have no name. */
	column->name = NameStr(attr->attname)[0] != '\0' ?
		pstrdup(NameStr(attr->attname)) :
		psprintf("output %d", (int) attr->attnum);
	column->typid = attr->atttypid;
	column->typmod = attr->atttypmod;
	column->server_is_utf8 = GetDatabaseEncoding() == PG_UTF8;
	bind_value(column, field);
}

static void
mismatch(const ColumnReader *column, const ArrowField *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("the Datrang sidecar sent %s for column \"%s\" of type %s",
					arrow_type_name(field), column->name,
					format_type_with_typemod(column->typid, column->typmod)),
			 errhint("Does the foreign table's definition match the mirrored table?")));
}

/* Kinds of the types that Arrow has as well; false if "field" is no such. */
static bool
native_kind(const ColumnReader *column, const ArrowField *field,
			ReadKind *kind)
{
	static const struct
	{
		Oid			typid;
		ArrowType	type;
		int			width;
		ReadKind	kind;
	}			natives[] = {
		{BOOLOID, ARROW_BOOL, 1, READ_BOOL},
		{INT2OID, ARROW_INT, 16, READ_INT2},
		{INT4OID, ARROW_INT, 32, READ_INT4},
		{INT8OID, ARROW_INT, 64, READ_8_BYTES},
		{FLOAT4OID, ARROW_FLOAT, 32, READ_FLOAT4},
		{FLOAT8OID, ARROW_FLOAT, 64, READ_8_BYTES},
		{NUMERICOID, ARROW_DECIMAL, 128, READ_DECIMAL},
		{DATEOID, ARROW_DATE, 32, READ_DATE},
		{TIMEOID, ARROW_TIME, 64, READ_TIME},
		{TIMESTAMPOID, ARROW_TIMESTAMP, 64, READ_TIMESTAMP},
		{TIMESTAMPTZOID, ARROW_TIMESTAMP, 64, READ_TIMESTAMP},
		{INTERVALOID, ARROW_STRUCT, 0, READ_INTERVAL},
		{BYTEAOID, ARROW_BINARY, 0, READ_BYTES},
		{TEXTOID, ARROW_UTF8, 0, READ_TEXT},
		{VARCHAROID, ARROW_UTF8, 0, READ_TEXT},
		{BPCHAROID, ARROW_UTF8, 0, READ_BPCHAR},
		{UUIDOID, ARROW_UTF8, 0, READ_UUID}
	};
	size_t		i;

	for (i = 0; i < lengthof(natives); i++)
	{
		if (natives[i].typid != column->typid ||
			natives[i].type != field->type ||
			natives[i].width != field->width)
			continue;
		*kind = natives[i].kind;
		return field->type != ARROW_TIMESTAMP ||
			field->has_timezone == (column->typid == TIMESTAMPTZOID);
	}
	return false;
}

static void
bind_input(ColumnReader *column)
{
	Oid			function;

	getTypeInputInfo(column->typid, &function, &column->ioparam);
	column->by_settings = input_depends_on_settings(column->typid);
	fmgr_info(function, &column->input);
}

static void
bind_decimal(ColumnReader *column, const ArrowField *field)
{
	int32		packed = column->typmod - VARHDRSZ;

	column->scratch = palloc(NUMERIC_BYTES_MAX);
	column->scale = field->scale;
	column->apply_typmod = column->typmod >= (int32) VARHDRSZ &&
		(field->precision > ((packed >> 16) & 0xffff) ||
		 field->scale != ((packed & 0x7ff) ^ 1024) - 1024);
}

/* Text and bytea: in place if short, by the input function if too long. */
static void
bind_text(ColumnReader *column)
{
	bind_input(column);
	column->scratch = palloc(TEXT_SCRATCH);
	if (column->kind == READ_TEXT && column->typmod >= (int32) VARHDRSZ)
		column->max_bytes = column->typmod - VARHDRSZ;
	column->short_max = Min(column->max_bytes, SHORT_TEXT_MAX);
	if (column->kind == READ_TEXT && !column->server_is_utf8)
		column->short_max = -1;
}

static void
bind_bpchar(ColumnReader *column)
{
	int64		bytes;

	bind_input(column);
	/* Without a length nothing is padded. */
	if (column->typmod < (int32) VARHDRSZ)
	{
		column->kind = READ_TEXT;
		bind_text(column);
		return;
	}
	bytes = VARHDRSZ + (int64) (column->typmod - VARHDRSZ) *
		pg_database_encoding_max_length();
	if (bytes <= BPCHAR_SCRATCH_MAX)
		column->scratch = palloc(bytes);
}

static void
bind_interval(ColumnReader *column, const ArrowField *field)
{
	if (field->nchildren != 3 ||
		field->children[0].type != ARROW_INT ||
		field->children[0].width != 32 ||
		field->children[1].type != ARROW_INT ||
		field->children[1].width != 32 ||
		field->children[2].type != ARROW_INT ||
		field->children[2].width != 64)
		mismatch(column, field);
	column->scratch = palloc(sizeof(Interval));
}

static void
bind_enum(ColumnReader *column)
{
	HASHCTL		ctl;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = NAMEDATALEN;
	ctl.entrysize = NAMEDATALEN + sizeof(Oid);
	ctl.hcxt = CurrentMemoryContext;
	column->labels = hash_create("datrang enum labels", 32, &ctl,
								 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	bind_input(column);
}

static void
bind_value(ColumnReader *column, const ArrowField *field)
{
	Oid			element_type;

	/* The values were checked against a domain when they were written. */
	column->typid = getBaseTypeAndTypmod(column->typid, &column->typmod);
	element_type = get_element_type(column->typid);
	column->max_bytes = PG_INT32_MAX;
	column->scratch = NULL;
	if (field->type == ARROW_LIST)
	{
		if (!OidIsValid(element_type))
			mismatch(column, field);
		bind_list(column, element_type, field);
		return;
	}
	if (!native_kind(column, field, &column->kind))
	{
		if (field->type != ARROW_UTF8)
			mismatch(column, field);
		column->kind = get_typtype(column->typid) == TYPTYPE_ENUM ?
			READ_ENUM : READ_INPUT;
	}
	switch (column->kind)
	{
		case READ_DECIMAL:
			bind_decimal(column, field);
			break;
		case READ_INTERVAL:
			bind_interval(column, field);
			break;
		case READ_TEXT:
		case READ_BYTES:
			bind_text(column);
			break;
		case READ_BPCHAR:
			bind_bpchar(column);
			break;
		case READ_UUID:
			column->scratch = palloc(UUID_LEN);
			break;
		case READ_ENUM:
			bind_enum(column);
			break;
		case READ_INPUT:
			bind_input(column);
			break;
		default:
			break;
	}
}

static void
bind_list(ColumnReader *column, Oid element_type, const ArrowField *field)
{
	ColumnReader *element = palloc0(sizeof(ColumnReader));

	column->kind = READ_LIST;
	element->name = column->name;
	element->typid = element_type;
	element->typmod = column->typmod;
	element->server_is_utf8 = column->server_is_utf8;
	bind_value(element, &field->children[0]);
	if (element->kind == READ_LIST)
		mismatch(column, field);
	column->element = element;
	/* Of the element type itself, which may be a domain. */
	get_typlenbyvalalign(element_type, &column->element_len,
						 &column->element_by_value, &column->element_align);
	element->typid = element_type;
}

/* ------------------------------------------------------------------ */
/* Batches															  */
/* ------------------------------------------------------------------ */

static void
verify_text(ColumnReader *column)
{
	const ArrowArray *array = column->array;
	int32		begin = array->offsets[0];
	int32		end = array->offsets[array->length];

	if (begin < 0 || end < begin || end > array->data_len)
		column_broken(column, "offsets outside of the data");
	column->text_begin = begin;
	column->text_end = end;
	if (column->kind != READ_BYTES && end > begin &&
		!pg_verify_mbstr(PG_UTF8, (char *) array->data + begin, end - begin,
						 true))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("invalid data from the Datrang sidecar in column \"%s\"",
						column->name),
				 errdetail("A string is not valid UTF-8 or holds a NUL.")));
}

void
column_reader_batch(ColumnReader *column, const ArrowArray *array)
{
	column->array = array;
	column->validity = array->validity;
	column->values = array->values;
	column->offsets = array->offsets;
	column->data = array->data;
	if (array->length == 0)
		return;
	switch (column->kind)
	{
		case READ_BYTES:
		case READ_TEXT:
		case READ_BPCHAR:
		case READ_UUID:
		case READ_ENUM:
		case READ_INPUT:
			verify_text(column);
			break;
		case READ_LIST:
			column_reader_batch(column->element, &array->children[0]);
			break;
		default:
			break;
	}
}
