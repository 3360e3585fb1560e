/*-------------------------------------------------------------------------
 *
 * shippable_aggregate.c
 *	  Decides which aggregates the sidecar may compute.
 *
 * An aggregate over partitions is computed in parts, which PostgreSQL
 * combines: what is shipped then is its state, where that is a value or one
 * that the sidecar announces under a name of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "condition.h"
#include "deparse.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "shippable_parts.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool
ship_sort_clauses(ShipContext *cxt, List *clauses, List *args)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst(lc);
		Node	   *expr = get_sortgroupclause_expr(clause, args);

		if (!shippable_is_value(expr) &&
			!ship_sort(cxt, expr, clause->sortop, exprCollation(expr)))
			return false;
	}
	return true;
}

bool
shippable_orders_distinct(Aggref *agg)
{
	return agg->aggdistinct != NIL && agg->aggorder == NIL &&
		(agg->aggfnoid == F_ARRAY_AGG_ANYNONARRAY ||
		 agg->aggfnoid == F_STRING_AGG_TEXT_TEXT ||
		 agg->aggfnoid == F_STRING_AGG_BYTEA_BYTEA);
}

/* As string_agg may have. */
static bool
has_constant_separator(Aggref *agg)
{
	return (agg->aggfnoid == F_STRING_AGG_TEXT_TEXT ||
			agg->aggfnoid == F_STRING_AGG_BYTEA_BYTEA) &&
		shippable_is_value((Node *) lsecond_node(TargetEntry, agg->args)->expr);
}

static bool
ship_distinct_input(ShipContext *cxt, Aggref *agg)
{
	const char *signature = shippable_aggregate_signature(agg);
	ListCell   *lc;

	if (agg->aggdistinct != NIL &&
		condition_refuses_distinct(announcement_condition(cxt->scope->announcement,
														  ANNOUNCED_AGGREGATE,
														  signature)))
		return ship_refuse(cxt, psprintf("the sidecar does not compute %s of distinct values",
										 signature));
	/* The sidecar would look for distinct values of each argument alone. */
	if (list_length(agg->aggdistinct) > 1 && !has_constant_separator(agg))
		return ship_refuse(cxt, psprintf("distinct arguments of %s are found in PostgreSQL",
										 signature));

	foreach(lc, agg->aggdistinct)
	{
		SortGroupClause *clause = lfirst(lc);
		Node	   *expr = get_sortgroupclause_expr(clause, agg->args);

		if (shippable_is_value(expr))
			continue;
		if (!ship_has_equality(exprType(expr)))
			return ship_refuse(cxt, psprintf("distinct values of type %s are found in PostgreSQL",
											 deparse_type_name(exprType(expr))));
		/* 1.0 and 1.00 are equal, but what is computed of them is not. */
		if (agg->aggfnoid != F_COUNT_ANY &&
			exprType(expr) == NUMERICOID && exprTypmod(expr) < 0)
			return ship_refuse(cxt, "distinct numerics of unknown scale are collected in PostgreSQL");
		if (!ship_operator(cxt, clause->eqop, exprCollation(expr)))
			return false;
	}
	return !shippable_orders_distinct(agg) ||
		ship_sort_clauses(cxt, agg->aggdistinct, agg->args);
}

/*
 * Is the state that PostgreSQL would combine with those of other partitions
 * the aggregate's value over this one, as a count or a minimum is?
 */
static bool
is_state_value(Aggref *agg)
{
	HeapTuple	tuple;
	Form_pg_aggregate form;
	bool		ok;

	if (agg->aggtranstype != get_func_rettype(agg->aggfnoid))
		return false;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(agg->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", agg->aggfnoid);
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	ok = !OidIsValid(form->aggfinalfn) && OidIsValid(form->aggcombinefn);
	ReleaseSysCache(tuple);
	return ok;
}

/* The name of a state that is not the aggregate's value, or NULL. */
static const char *
state_name(Aggref *agg)
{
	switch (agg->aggfnoid)
	{
		case F_AVG_INT2:
		case F_AVG_INT4:
			return "avg_state";
		case F_SUM_INT8:
		case F_AVG_INT8:
		case F_SUM_NUMERIC:
		case F_AVG_NUMERIC:
			return "sum_state";
		default:
			return NULL;
	}
}

/* What PostgreSQL would combine with the states of other partitions. */
char *
shippable_aggregate_signature(Aggref *agg)
{
	char	   *signature = deparse_function_signature(agg->aggfnoid);

	if (agg->aggsplit == AGGSPLIT_INITIAL_SERIAL && state_name(agg) != NULL)
		return psprintf("%s%s", state_name(agg), strchr(signature, '('));
	return signature;
}

static bool
is_partial(Aggref *agg)
{
	return agg->aggsplit == AGGSPLIT_INITIAL_SERIAL &&
		(is_state_value(agg) || state_name(agg) != NULL);
}

/* As the signature lists them: what an ordered set is ordered by comes last. */
static List *
aggregate_arguments(Aggref *agg)
{
	List	   *arguments = list_copy(agg->aggdirectargs);
	ListCell   *lc;

	foreach(lc, agg->args)
	{
		TargetEntry *arg = lfirst_node(TargetEntry, lc);

		if (!arg->resjunk)
			arguments = lappend(arguments, arg->expr);
	}
	return arguments;
}

/* The order is all that an ordered set has; it must not be left out. */
static bool
ship_ordered_set(ShipContext *cxt, Aggref *agg)
{
	ListCell   *lc;

	if (agg->aggkind != AGGKIND_ORDERED_SET)
		return true;
	foreach(lc, agg->args)
		if (shippable_is_value((Node *) lfirst_node(TargetEntry, lc)->expr))
			return ship_refuse(cxt, "an ordered set of one value is left to PostgreSQL");
	return ship_args(cxt, agg->aggdirectargs);
}

bool
ship_aggregate(ShipContext *cxt, Aggref *agg)
{
	ShipScope	rows = *cxt->scope;
	ShipContext input = {&rows, true, NULL};
	ListCell   *lc;
	bool		ok;

	if (!cxt->scope->grouped || cxt->in_aggregate || agg->agglevelsup != 0)
		return ship_refuse(cxt, "an aggregate of another query is none of its own");
	if (agg->aggsplit != AGGSPLIT_SIMPLE && !is_partial(agg))
		return ship_refuse(cxt, "parts of an aggregate are combined in PostgreSQL");
	if (agg->aggkind == AGGKIND_HYPOTHETICAL)
		return ship_refuse(cxt, "hypothetical-set aggregates are computed in PostgreSQL");
	if (agg->aggvariadic)
		return ship_refuse(cxt, "a VARIADIC call is made in PostgreSQL");
	if (!ship_function(cxt, ANNOUNCED_AGGREGATE, agg->aggfnoid, agg->aggfnoid,
					   shippable_aggregate_signature(agg),
					   agg->inputcollid, aggregate_arguments(agg)))
		return false;
	rows.grouped = false;
	rows.keys = NIL;
	ok = ship_ordered_set(&input, agg);
	foreach(lc, agg->args)
	{
		TargetEntry *arg = lfirst_node(TargetEntry, lc);

		ok = ok && (arg->resjunk || ship_expr(&input, (Node *) arg->expr));
	}
	ok = ok && ship_distinct_input(&input, agg) &&
		ship_sort_clauses(&input, agg->aggorder, agg->args) &&
		(agg->aggfilter == NULL ||
		 ship_expr(&input, (Node *) agg->aggfilter));
	return ok || ship_refuse(cxt, input.reason);
}

const char *
shippable_window(const ShipScope *scope, WindowFunc *func)
{
	ShipContext cxt = {scope, false, NULL};

	return ship_function(&cxt, ANNOUNCED_WINDOW, func->winfnoid,
						 func->winfnoid,
						 deparse_function_signature(func->winfnoid),
						 func->inputcollid, func->args) ? NULL : cxt.reason;
}
