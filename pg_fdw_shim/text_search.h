/*-------------------------------------------------------------------------
 *
 * text_search.h
 *	  What a text search asks of the text itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_TEXT_SEARCH_H
#define DATRANG_TEXT_SEARCH_H

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/*
 * Conditions that hold wherever to_tsvector(config, column) @@ query does, as
 * column ILIKE pattern under collation C; none for other clauses.
 */
extern List *text_search_implied(Expr *clause);

#endif							/* DATRANG_TEXT_SEARCH_H */
