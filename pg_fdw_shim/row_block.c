/*-------------------------------------------------------------------------
 *
 * row_block.c
 *	  Rows in the form the sidecar takes them.
 *
 * What a number says exactly travels as one; everything else is the type's
 * text in UTF-8, under settings that do not depend on the session.  Dropped
 * columns are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "datatype/timestamp.h"
#include "deparse.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "numeric.h"
#include "row_block.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define TAG_NULL 0
#define TAG_INT32 1
#define TAG_INT64 2
#define TAG_SHORT_TEXT 3		/* length in 1 byte */
#define TAG_LONG_TEXT 4			/* length in 4 bytes */

#define DAYS_1970_TO_2000 (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define NUMBER_PRECISION_MAX 18

typedef struct ColumnForm
{
	bool		dropped;
	Oid			type;			/* under domains */
	int			scale;			/* of a numeric that travels as a number */
	FmgrInfo	output;
	bool		pin;			/* the output depends on settings */
} ColumnForm;

struct RowBlock
{
	int			natts;
	ColumnForm *columns;
	MemoryContext text_cxt;
};

/* Types whose text is the same under all settings. */
static bool
is_independent(Oid type)
{
	switch (type)
	{
		case NUMERICOID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

/* The scale of numeric(p,s) whose unscaled values fit 64 bits, else -1. */
static int
narrow_scale(Oid type, int32 typmod)
{
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = (typmod - VARHDRSZ) & 0x7ff;

	if (type != NUMERICOID || typmod < (int32) VARHDRSZ ||
		precision > NUMBER_PRECISION_MAX || scale > precision)
		return -1;
	return scale;
}

RowBlock *
row_block_make(TupleDesc desc)
{
	RowBlock   *block = palloc0(sizeof(RowBlock));
	int			i;

	block->natts = desc->natts;
	block->columns = palloc0(sizeof(ColumnForm) * desc->natts);
	block->text_cxt = AllocSetContextCreate(CurrentMemoryContext,
											"datrang row texts",
											ALLOCSET_DEFAULT_SIZES);
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		ColumnForm *column = &block->columns[i];
		int32		typmod = attr->atttypmod;
		Oid			function;
		bool		varlena;

		column->dropped = attr->attisdropped;
		if (column->dropped)
			continue;
		column->type = getBaseTypeAndTypmod(attr->atttypid, &typmod);
		column->scale = narrow_scale(column->type, typmod);
		column->pin = !is_independent(column->type);
		getTypeOutputInfo(attr->atttypid, &function, &varlena);
		fmgr_info(function, &column->output);
	}
	return block;
}

/* ------------------------------------------------------------------ */
/* Values															  */
/* ------------------------------------------------------------------ */

/* Room for some bytes; whoever fills it adds to the length. */
static inline char *
reserve(StringInfo out, int bytes)
{
	if (unlikely(out->maxlen - out->len <= bytes))
		enlargeStringInfo(out, bytes);
	return out->data + out->len;
}

static inline void
put_little_endian(char *at, uint64 number, int bytes)
{
	int			i;

	for (i = 0; i < bytes; i++)
		at[i] = (char) (number >> (8 * i));
}

static void
append_number(StringInfo out, int64 number)
{
	char	   *at = reserve(out, 1 + sizeof(int64));

	if (number == (int32) number)
	{
		at[0] = TAG_INT32;
		put_little_endian(at + 1, (uint64) number, sizeof(int32));
		out->len += 1 + sizeof(int32);
	}
	else
	{
		at[0] = TAG_INT64;
		put_little_endian(at + 1, (uint64) number, sizeof(int64));
		out->len += 1 + sizeof(int64);
	}
}

static void
append_text(StringInfo out, const char *text, int len)
{
	char	   *utf8 = pg_server_to_any(text, len, PG_UTF8);
	int			head;
	char	   *at;

	if (utf8 != text)
		len = strlen(utf8);
	at = reserve(out, 1 + sizeof(int32) + len);
	if (len <= 0xff)
	{
		at[0] = TAG_SHORT_TEXT;
		at[1] = (char) len;
		head = 2;
	}
	else
	{
		at[0] = TAG_LONG_TEXT;
		put_little_endian(at + 1, (uint64) len, sizeof(int32));
		head = 1 + sizeof(int32);
	}
	memcpy(at + head, utf8, len);
	out->len += head + len;
	if (utf8 != text)
		pfree(utf8);
}

/* Microseconds since 1970, unless the sidecar has to judge the text. */
static bool
unix_micros(Timestamp timestamp, int64 *number)
{
	return !TIMESTAMP_NOT_FINITE(timestamp) &&
		!pg_add_s64_overflow(timestamp,
							 DAYS_1970_TO_2000 * USECS_PER_DAY, number) &&
		*number != PG_INT64_MAX;
}

/* IEEE 754, with one NaN. */
static int64
float4_bits(float4 value)
{
	int32		bits;

	if (isnan(value))
		value = get_float4_nan();
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static int64
float8_bits(float8 value)
{
	int64		bits;

	if (isnan(value))
		value = get_float8_nan();
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static bool
scaled_number(Datum value, int scale, int64 *number)
{
	struct varlena *numeric = PG_DETOAST_DATUM_PACKED(value);
	bool		fits = numeric_to_int64(VARDATA_ANY(numeric),
										VARSIZE_ANY_EXHDR(numeric),
										scale, number);

	if ((Pointer) numeric != DatumGetPointer(value))
		pfree(numeric);
	return fits;
}

/* False if the value does not travel as a number. */
static bool
as_number(const ColumnForm *column, Datum value, int64 *number)
{
	switch (column->type)
	{
		case BOOLOID:
			*number = DatumGetBool(value);
			return true;
		case INT2OID:
			*number = DatumGetInt16(value);
			return true;
		case INT4OID:
			*number = DatumGetInt32(value);
			return true;
		case INT8OID:
			*number = DatumGetInt64(value);
			return true;
		case FLOAT4OID:
			*number = float4_bits(DatumGetFloat4(value));
			return true;
		case FLOAT8OID:
			*number = float8_bits(DatumGetFloat8(value));
			return true;
		case DATEOID:
			*number = (int64) DatumGetDateADT(value) + DAYS_1970_TO_2000;
			return !DATE_NOT_FINITE(DatumGetDateADT(value));
		case TIMEOID:
			*number = DatumGetTimeADT(value);
			return true;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return unix_micros(DatumGetTimestamp(value), number);
		case NUMERICOID:
			return column->scale >= 0 &&
				scaled_number(value, column->scale, number);
		default:
			return false;
	}
}

static void
append_output(RowBlock *block, ColumnForm *column, Datum value, StringInfo out)
{
	MemoryContext old = MemoryContextSwitchTo(block->text_cxt);
	int			nest_level = column->pin ? deparse_pin_settings() : 0;
	char	   *text = OutputFunctionCall(&column->output, value);

	if (column->pin)
		deparse_unpin_settings(nest_level);
	append_text(out, text, strlen(text));
	MemoryContextSwitchTo(old);
	MemoryContextReset(block->text_cxt);
}

static void
append_varlena(StringInfo out, Oid type, Datum value)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	const char *bytes = VARDATA_ANY(text);
	int			len = VARSIZE_ANY_EXHDR(text);

	/* Padding says nothing. */
	if (type == BPCHAROID)
		while (len > 0 && bytes[len - 1] == ' ')
			len--;
	append_text(out, bytes, len);
	if ((Pointer) text != DatumGetPointer(value))
		pfree(text);
}

void
row_block_append(RowBlock *block, TupleTableSlot *slot, StringInfo out)
{
	int			i;

	slot_getallattrs(slot);
	for (i = 0; i < block->natts; i++)
	{
		ColumnForm *column = &block->columns[i];
		Datum		value = slot->tts_values[i];
		int64		number;

		if (column->dropped)
			continue;
		if (slot->tts_isnull[i])
			appendStringInfoCharMacro(out, TAG_NULL);
		else if (as_number(column, value, &number))
			append_number(out, number);
		else if (column->type == TEXTOID || column->type == VARCHAROID ||
				 column->type == BPCHAROID)
			append_varlena(out, column->type, value);
		else
			append_output(block, column, value, out);
	}
}
