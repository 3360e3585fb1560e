/*-------------------------------------------------------------------------
 *
 * row_text.h
 *	  Rows as text for the sidecar.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ROW_TEXT_H
#define DATRANG_ROW_TEXT_H

#include "executor/tuptable.h"
#include "lib/stringinfo.h"

typedef struct RowText RowText;

/* For rows of a table; lives in the current memory context. */
extern RowText *row_text_make(TupleDesc desc);

/*
 * Appends a row in COPY's text format, in the server's encoding, under
 * settings that do not depend on the session.
 */
extern void row_text_append(RowText *rows, TupleTableSlot *slot,
							StringInfo out);

#endif							/* DATRANG_ROW_TEXT_H */
