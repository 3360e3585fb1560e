/*-------------------------------------------------------------------------
 *
 * column_reader.h
 *	  How one Arrow column becomes one attribute.  For tuple.c only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_COLUMN_READER_H
#define DATRANG_COLUMN_READER_H

#include "access/tupdesc.h"
#include "arrow.h"
#include "fmgr.h"
#include "utils/hsearch.h"

typedef enum ReadKind
{
	READ_BOOL,
	READ_INT2,
	READ_INT4,
	READ_8_BYTES,				/* int8 and float8 */
	READ_FLOAT4,
	READ_DECIMAL,
	READ_DATE,
	READ_TIME,
	READ_TIMESTAMP,
	READ_INTERVAL,
	READ_BYTES,					/* bytea */
	READ_TEXT,
	READ_BPCHAR,				/* padded to n characters */
	READ_UUID,
	READ_ENUM,
	READ_INPUT,					/* by the type's input function */
	READ_LIST
} ReadKind;

typedef struct ColumnReader
{
	/* What reading a value of a common kind touches comes first. */
	ReadKind	kind;
	int			target;			/* index of the attribute */
	const uint8 *validity;		/* of the current batch, as are the next ones */
	const uint8 *values;
	const int32 *offsets;
	uint8	   *data;
	int32		text_begin;		/* what was verified of the batch's text */
	int32		text_end;
	uint8	   *scratch;		/* for values of a fixed size limit */
	int32		short_max;		/* texts up to this length are read in place */
	int			scale;			/* of decimals */
	bool		apply_typmod;	/* of decimals: the column is narrower */

	bool		server_is_utf8;
	int32		max_bytes;		/* texts up to this length fit the typmod */
	const ArrowArray *array;	/* the current batch's */
	char	   *name;			/* of the attribute, for messages */
	Oid			typid;
	int32		typmod;
	FmgrInfo	input;
	Oid			ioparam;
	bool		by_settings;	/* so the input function reads */
	HTAB	   *labels;			/* of enums */
	struct ColumnReader *element;	/* of lists */
	int16		element_len;
	bool		element_by_value;
	char		element_align;
} ColumnReader;

/* Decides how to read, in the current memory context, or raises an error. */
extern void column_reader_bind(ColumnReader *column, Form_pg_attribute attr,
							   const ArrowField *field);

/* Turns to the column of the next batch and verifies its strings. */
extern void column_reader_batch(ColumnReader *column,
								const ArrowArray *array);

extern void column_broken(const ColumnReader *column, const char *why)
			pg_attribute_noreturn();

#endif							/* DATRANG_COLUMN_READER_H */
