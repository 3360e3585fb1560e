/*-------------------------------------------------------------------------
 *
 * shippable.h
 *	  Which expressions the sidecar may evaluate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_SHIPPABLE_H
#define DATRANG_SHIPPABLE_H

#include "announcement.h"
#include "nodes/pathnodes.h"

/* Where an expression stands. */
typedef struct ShipScope
{
	PlannerInfo *root;
	Relids		relids;			/* whose columns may be named */
	const Announcement *announcement;
	bool		certain;		/* nothing that may raise an error: the sidecar
								 * may compute it of rows a join drops */
	bool		grouped;		/* only keys and aggregates can be named */
	List	   *keys;			/* what is grouped by */
	struct QueryLevel *level;	/* in place of root and relids, if set */
} ShipScope;

/*
 * All of these return NULL if the sidecar gets PostgreSQL's result, else the
 * reason why not, for people.
 */
extern const char *shippable_expr(const ShipScope *scope, Node *expr);
extern const char *shippable_clauses(const ShipScope *scope, List *exprs);

/* The same for a condition on a table, and the clause it is sent as. */
extern const char *shippable_condition(const ShipScope *scope,
									   RelOptInfo *rel, RestrictInfo *info,
									   Expr *clause);

/* Does a shippable expression never raise an error? */
extern bool shippable_certain(const ShipScope *scope, Node *expr);

/* As a column of the answer: a mere column of a table always is. */
extern const char *shippable_output(const ShipScope *scope, Node *expr);

/* Why values of char(n) cannot be padded again; NULL where n is known. */
extern const char *shippable_length(Oid type, int32 typmod);

/* Grouped or made distinct by the equality operator. */
extern const char *shippable_key(const ShipScope *scope, Node *expr,
								 Oid eqop);

/* Sorted by the operator, which is the type's < or >. */
extern const char *shippable_sort(const ShipScope *scope, Node *expr,
								  Oid sortop, Oid collation);

/* Equal by the operator, as columns of set operations. */
extern const char *shippable_equality(const ShipScope *scope, Oid type,
									  Oid collation, Oid eqop);

/* A window function, its arguments and window aside. */
extern const char *shippable_window(const ShipScope *scope,
									WindowFunc *func);

/*
 * While this is set, values that the executor hands from row to row are not
 * the same for all rows, but columns: see batch_plan.c.  Parameters with
 * numbers below zero stand for lists of them.
 */
extern bool shippable_rows_vary;
extern bool shippable_varies(Param *param);

/*
 * While this is set, a subquery is not run before there is a row that its
 * value is needed for, as it would be for a request.
 */
extern bool shippable_subqueries_stay;

/* Constant for the statement: no part of it needs a row. */
extern bool shippable_is_value(Node *node);

/* Is it evaluated here once and sent as a parameter? */
extern bool shippable_as_param(Node *node);

/* The same of what walking an expression comes to. */
extern bool shippable_whole_param(Node *node);

/* May it raise an error, if its columns and parameters are not known? */
extern bool shippable_can_fail(Node *expr);

/*
 * Is it computed from a parameter or from a row of another table, and may raise
 * an error?  And is there such a value in the conditions?
 */
extern bool shippable_may_have_no_value(Node *value);
extern bool shippable_has_failing_value(Node *conditions);

/* Does some part of it have to be sent as a parameter? */
extern bool shippable_gets_zone(Oid funcid);
extern bool shippable_needs_params(Node *node);

/* As what the sidecar knows an element of an array. */
#define SUBSCRIPT_SIGNATURE "[](anyarray,int4)"

/* The same of a comparison with a column's elements; NULL if it is another. */
extern const char *shippable_membership(ScalarArrayOpExpr *op);

/* As it is announced and sent: of an aggregate, or of a part of one. */
extern char *shippable_aggregate_signature(Aggref *agg);

/* Does the aggregate's result depend on the order of its input? */
extern bool shippable_orders_distinct(Aggref *agg);

#endif							/* DATRANG_SHIPPABLE_H */
