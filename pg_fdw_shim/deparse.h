/*-------------------------------------------------------------------------
 *
 * deparse.h
 *	  The text of requests: see PROTOCOL.md.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_DEPARSE_H
#define DATRANG_DEPARSE_H

#include "lib/stringinfo.h"
#include "nodes/pathnodes.h"

/* A nested SELECT that stands for the relations it holds. */
typedef struct Subselect
{
	Relids		relids;
	int			alias;
	List	   *columns;		/* the Vars it yields, in order */
} Subselect;

typedef struct DeparseContext
{
	StringInfo	out;
	PlannerInfo *root;
	List	  **params;
	List	   *subselects;
	Expr	   *case_operand;	/* what a CaseTestExpr stands for */
	struct QueryLevel *level;	/* in place of root, if set */
} DeparseContext;

/* deparse_value.c: names and values */

/* A string atom, quoted. */
extern void deparse_string(StringInfo out, const char *s);

/* Names as the protocol writes them, e.g. int4[], <=(date,date). */
extern char *deparse_type_name(Oid type);
extern char *deparse_operator_signature(Oid opno);
extern char *deparse_function_signature(Oid funcid);

/* The protocol's class of a collation: "-", "C", ... */
extern const char *deparse_collation(Oid collation);

/* Text output under settings that do not depend on the session. */
extern int	deparse_pin_settings(void);
extern void deparse_unpin_settings(int nest_level);

/* (const ...) or (null ...); settings must be pinned. */
extern void deparse_value(StringInfo out, Oid type, Datum value, bool isnull);

/* deparse.c: expressions */

extern void deparse_expr(DeparseContext *cxt, Node *node);
extern void deparse_sort_key(DeparseContext *cxt, Node *expr, Oid sortop,
							 bool nulls_first, Oid collation);

/* deparse_select.c: whole queries */

/*
 * (select ...) that returns those expressions over the relation's rows, or
 * over its groups.  "conditions" are a table's.  "flags" and "pathkeys" are
 * the path's.  The expressions to be computed at execution are appended to
 * *params; (param n ..) is the n-th of them.
 */
extern char *deparse_select(PlannerInfo *root, RelOptInfo *rel,
							List *outputs, List *conditions,
							int flags, List *pathkeys, List **params);

/* "(public.a) INNER JOIN (public.b x)", for EXPLAIN. */
extern char *deparse_relations(PlannerInfo *root, RelOptInfo *rel);

#endif							/* DATRANG_DEPARSE_H */
