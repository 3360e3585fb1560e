/*-------------------------------------------------------------------------
 *
 * whole.h
 *	  Statements that the sidecar computes as a whole.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_WHOLE_H
#define DATRANG_WHOLE_H

#include "deparse.h"
#include "foreign/fdwapi.h"
#include "rel_plan.h"
#include "shippable.h"

/* What is common to all levels of a statement that is being written. */
typedef struct WholeQuery
{
	Oid			serverid;
	Oid			userid;			/* as whom all its tables are read */
	const Announcement *announcement;
	List	   *params;			/* expressions computed at execution */
	List	   *tables;			/* names of its tables, for EXPLAIN */
	int			last_alias;
	Bitmapset  *as_text;		/* its outputs kept as text, from 1 */
	const char *reason;			/* of the first refusal */
	bool		is_mixed;		/* the refusal goes without saying */
	bool		is_pulled_up;	/* what is being written is merged into the
								 * query around the statement, which computes
								 * its outputs for rows that are left there */
	bool		accelerate;		/* heap tables stand for their mirrors */
	List	   *mirrors;		/* WholeMirrors that were looked for */
} WholeQuery;

typedef struct WholeMirror
{
	Oid			heap;
	Oid			mirror;			/* invalid if there is none */
	char	   *name;			/* of the heap table, for EXPLAIN */
} WholeMirror;

/* One SELECT of it. */
typedef struct QueryLevel
{
	WholeQuery *whole;
	struct QueryLevel *outer;
	Query	   *query;			/* prepared, see whole_prepare() */
	List	   *aliases;		/* ints, one for each of its rtable */
	bool		is_top;			/* its outputs are the answer's */
	ShipScope	rows;			/* of what is read */
	ShipScope	groups;			/* of what is above, grouped or not */
	const ShipScope *around;	/* of the subquery that is being written */
	List	   *texts;			/* of constructs found shippable */
	Bitmapset  *as_text;		/* of a statement that conditions are on */
} QueryLevel;

/* whole.c */
extern void whole_install(void);
extern ForeignScan *whole_plan(PlannerInfo *root, RelOptInfo *rel,
							   List *tlist, List *clauses);

/* whole_query.c: queries before and after */

/* A copy without join aliases, its constants computed. */
extern Query *whole_prepare(Query *query, ParamListInfo params,
							List **inval_items);

/* May PostgreSQL merge a subquery into the query around it? */
extern bool whole_is_simple(Query *query);

/* Is it a columnar table? */
extern bool whole_is_ours(RangeTblEntry *rte, Oid *serverid);

/* The columnar table that is read for it; invalid if there is none. */
extern Oid	whole_columnar(WholeQuery *whole, RangeTblEntry *rte);

/*
 * The first table in the query or within that is read from a sidecar, and the
 * query it is of.
 */
extern RangeTblEntry *whole_first_table(Query *query, bool accelerate,
										Query **where);

/*
 * SELECT v.* FROM v, where v is the relation called "mark" that yields the
 * outputs; it takes over the permission checks of all relations.  Constants
 * among the targets are no outputs.  "sort_above" is the ORDER BY that is left
 * to it.
 */
extern List *whole_outputs(Query *query, List *sort_above);
extern Query *whole_outer_query(Query *query, List *sort_above,
								const char *mark, Oid userid, double rows,
								List **columns);

/*
 * The statement itself, to be run where the sidecar failed on its data; the
 * outputs are those of its columns.
 */
extern Query *whole_pieces(Query *query, List *sort_above, List **columns);

/*
 * The rows of these pieces that conditions hold for.  "numbers" are the pieces'
 * columns that those of "varno" are, which the conditions name.
 */
extern Query *whole_conditioned_pieces(Query *pieces, List *numbers, int varno,
									   List *conditions);

/* In place of what nobody reads. */
extern Const *whole_null(TargetEntry *tle);

/* whole_result.c: plans that were made */
extern bool whole_is_our_scan(Plan *plan);
extern ForeignScan *whole_first_scan(PlannedStmt *plan);
extern bool whole_is_one_scan(PlannedStmt *plan, bool *bare);
extern bool whole_keep_pieces(PlannedStmt *plan, Query *original);
extern void whole_explain_refusal(PlannedStmt *plan, const char *reason);

/* whole_select.c */

/*
 * Appends (select ...) of a prepared query, the text of whose outputs is the
 * caller's choice: "outputs" are target entries.  False, with a reason, if
 * the sidecar would not compute what PostgreSQL does.
 */
extern bool whole_select(WholeQuery *whole, Query *query, QueryLevel *outer,
						 bool is_top, List *outputs, StringInfo out);
extern bool whole_refuse(WholeQuery *whole, const char *reason);
extern int	whole_add_alias(QueryLevel *level);

/* whole_expr.c: for shippable.c and deparse.c */

/* NULL or why a column may not be named. */
extern const char *whole_column(QueryLevel *level, Var *var,
								bool value_matters);
/* Is it a table's, as it is there? */
extern bool whole_is_table_column(QueryLevel *level, Var *var);
extern void whole_deparse_column(DeparseContext *cxt, Var *var);

/*
 * Subqueries, window functions and GROUPING are written when they are found
 * shippable; the text is kept for the second call.
 */
extern const char *whole_construct(const ShipScope *scope, Node *node);
extern void whole_deparse_construct(DeparseContext *cxt, Node *node);

#endif							/* DATRANG_WHOLE_H */
