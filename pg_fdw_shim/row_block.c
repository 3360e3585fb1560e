/*-------------------------------------------------------------------------
 *
 * row_text.c
 *	  Rows as text for the sidecar.
 *
 * Dropped columns are left out.  Escapes are those of COPY.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "deparse.h"
#include "fmgr.h"
#include "row_text.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

struct RowText
{
	TupleDesc	desc;
	FmgrInfo   *output;
	bool		pin;			/* a type's output depends on settings */
	MemoryContext row_cxt;
};

/* Types whose text is the same under all settings. */
static bool
is_independent(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
		case TIMEOID:
			return true;
		default:
			return false;
	}
}

RowText *
row_text_make(TupleDesc desc)
{
	RowText    *rows = palloc0(sizeof(RowText));
	int			i;

	rows->desc = desc;
	rows->output = palloc0(sizeof(FmgrInfo) * desc->natts);
	rows->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datrang row text",
										  ALLOCSET_DEFAULT_SIZES);
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		Oid			function;
		bool		varlena;

		if (attr->attisdropped)
			continue;
		getTypeOutputInfo(attr->atttypid, &function, &varlena);
		fmgr_info(function, &rows->output[i]);
		if (!is_independent(getBaseType(attr->atttypid)))
			rows->pin = true;
	}
	return rows;
}

static void
append_escaped(StringInfo out, const char *text)
{
	const char *start = text;
	const char *c;

	for (c = text; *c != '\0'; c++)
	{
		char		escape;

		switch (*c)
		{
			case '\b':
				escape = 'b';
				break;
			case '\f':
				escape = 'f';
				break;
			case '\n':
				escape = 'n';
				break;
			case '\r':
				escape = 'r';
				break;
			case '\t':
				escape = 't';
				break;
			case '\v':
				escape = 'v';
				break;
			case '\\':
				escape = '\\';
				break;
			default:
				continue;
		}
		appendBinaryStringInfo(out, start, c - start);
		appendStringInfoCharMacro(out, '\\');
		appendStringInfoCharMacro(out, escape);
		start = c + 1;
	}
	appendBinaryStringInfo(out, start, c - start);
}

void
row_text_append(RowText *rows, TupleTableSlot *slot, StringInfo out)
{
	MemoryContext old = MemoryContextSwitchTo(rows->row_cxt);
	int			nest_level = rows->pin ? deparse_pin_settings() : 0;
	bool		first = true;
	int			i;

	slot_getallattrs(slot);
	for (i = 0; i < rows->desc->natts; i++)
	{
		if (TupleDescAttr(rows->desc, i)->attisdropped)
			continue;
		if (!first)
			appendStringInfoCharMacro(out, '\t');
		first = false;
		if (slot->tts_isnull[i])
			appendStringInfoString(out, "\\N");
		else
			append_escaped(out, OutputFunctionCall(&rows->output[i],
												   slot->tts_values[i]));
	}
	appendStringInfoCharMacro(out, '\n');
	if (rows->pin)
		deparse_unpin_settings(nest_level);
	MemoryContextSwitchTo(old);
	MemoryContextReset(rows->row_cxt);
}
