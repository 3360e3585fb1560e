/*-------------------------------------------------------------------------
 *
 * shippable_array.c
 *	  Decides which expressions over arrays the sidecar may evaluate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "deparse.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "shippable_parts.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "whole.h"

bool
ship_array(ShipContext *cxt, ArrayExpr *expr)
{
	if (expr->multidims || !ship_has_equality(expr->element_typeid) ||
		getBaseType(expr->element_typeid) == NUMERICOID)
		return ship_refuse(cxt, psprintf("an array of %s is made in PostgreSQL",
										 deparse_type_name(expr->element_typeid)));
	return ship_args(cxt, expr->elements);
}

/* The sidecar knows neither further dimensions nor where an array begins. */
bool
ship_array_value(ShipContext *cxt, Node *node)
{
	if (IsA(node, ArrayExpr) && !((ArrayExpr *) node)->multidims)
		return true;
	if (IsA(node, Const))
	{
		Const	   *value = (Const *) node;
		ArrayType  *array;

		if (value->constisnull)
			return true;
		array = DatumGetArrayTypeP(value->constvalue);
		if (ARR_NDIM(array) == 0 ||
			(ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] == 1))
			return true;
	}
	return ship_refuse(cxt, "PostgreSQL looks into arrays that may not have one dimension from 1");
}

/* As the operands of @>, <@ and &&, which look at elements only. */
static bool
ship_array_elements(ShipContext *cxt, Node *node)
{
	return shippable_is_value(node) ? ship_type(cxt, exprType(node)) :
		ship_expr(cxt, node);
}

/* The sidecar looks at elements within lambdas, which have no subqueries. */
bool
ship_arguments(ShipContext *cxt, FuncExpr *func)
{
	ListCell   *lc;

	foreach(lc, func->args)
	{
		if (OidIsValid(get_base_element_type(exprType(lfirst(lc)))) &&
			checkExprHasSubLink((Node *) func->args))
			return ship_refuse(cxt, "PostgreSQL looks into arrays with what a subquery finds");
	}
	return ship_args(cxt, func->args);
}

bool
ship_operands(ShipContext *cxt, OpExpr *op)
{
	Oid			element;

	switch (get_opcode(op->opno))
	{
		case F_ARRAYCONTAINS:
		case F_ARRAYCONTAINED:
		case F_ARRAYOVERLAP:
			element = get_base_element_type(exprType(linitial(op->args)));
			if (!ship_has_equality(element) ||
				get_typtype(element) == TYPTYPE_ENUM)
				return ship_refuse(cxt, psprintf("elements of type %s are compared in PostgreSQL",
												 deparse_type_name(element)));
			return ship_array_elements(cxt, linitial(op->args)) &&
				ship_array_elements(cxt, lsecond(op->args));
		default:
			return ship_args(cxt, op->args);
	}
}

/* A table's column: those have one dimension, from 1. */
static bool
ship_array_column(ShipContext *cxt, Node *node)
{
	Oid			element = get_element_type(exprType(node));

	if (!IsA(node, Var) || !ship_has_equality(element) ||
		element == BPCHAROID ||
		(cxt->scope->level != NULL &&
		 !whole_is_table_column(cxt->scope->level, (Var *) node)))
		return ship_refuse(cxt, "PostgreSQL looks into arrays that are no plain columns");
	return ship_expr(cxt, node);
}

bool
ship_subscript(ShipContext *cxt, SubscriptingRef *ref)
{
	if (ref->refassgnexpr != NULL || ref->reflowerindexpr != NIL ||
		list_length(ref->refupperindexpr) != 1 ||
		getBaseType(ref->refrestype) == NUMERICOID ||
		!OidIsValid(get_element_type(ref->refcontainertype)))
		return ship_refuse(cxt, "this subscript is applied in PostgreSQL");
	return ship_signature(cxt, ANNOUNCED_FUNCTION, SUBSCRIPT_SIGNATURE,
						  InvalidOid, NIL) &&
		ship_array_column(cxt, (Node *) ref->refexpr) &&
		ship_args(cxt, ref->refupperindexpr);
}

/* The element type's own equality, of values of that type. */
const char *
shippable_membership(ScalarArrayOpExpr *op)
{
	Oid			element = get_element_type(exprType(lsecond(op->args)));
	Oid			value = getBaseType(exprType(linitial(op->args)));
	Oid			equal;

	if (!OidIsValid(element) || (value != element &&
								 (value != TEXTOID || element != VARCHAROID)))
		return NULL;
	equal = lookup_type_cache(element, TYPECACHE_EQ_OPR)->eq_opr;
	if (op->useOr && op->opno == equal)
		return "=any(anyelement,anyarray)";
	if (!op->useOr && OidIsValid(equal) && op->opno == get_negator(equal))
		return "<>all(anyelement,anyarray)";
	return NULL;
}

/* The elements of an array made of columns are compared one by one. */
bool
ship_quantified(ShipContext *cxt, ScalarArrayOpExpr *op)
{
	Node	   *array = lsecond(op->args);

	if (!ship_operator(cxt, op->opno, op->inputcollid) ||
		!ship_expr(cxt, linitial(op->args)))
		return false;
	if (shippable_is_value(array))
		return ship_type(cxt, exprType(array));
	if (IsA(array, Var) && shippable_membership(op) != NULL)
		return ship_signature(cxt, ANNOUNCED_FUNCTION,
							  shippable_membership(op), op->inputcollid,
							  op->args) &&
			ship_array_column(cxt, array);
	if (!IsA(array, ArrayExpr) || ((ArrayExpr *) array)->multidims ||
		((ArrayExpr *) array)->elements == NIL)
		return ship_refuse(cxt, "the array is not the same for all rows");
	return ship_args(cxt, ((ArrayExpr *) array)->elements);
}
