/*-------------------------------------------------------------------------
 *
 * shippable.c
 *	  Decides which expressions the sidecar may evaluate.
 *
 * The default is "no": an operator or function is shipped only if it is
 * built in, immutable, and announced by the sidecar under its signature with
 * a condition that holds.  There is no list of functions here.
 *
 * postgres_fdw derives which collation the remote side would choose and has
 * to track where it came from.  We need not: every operator is shipped with
 * the class of the collation PostgreSQL chose for it, and the announcement
 * says for which classes it is exact.
 *
 * A part without columns of the table is never evaluated remotely.  If it is
 * not volatile it is evaluated here once per scan and sent as a value: so
 * now() is the transaction's, and parameters, stable functions and values
 * from outer queries need no support on the other side.
 *
 * Deliberately not shipped: whole rows and system columns; columns that the
 * columnar table keeps as text of another type (numeric without a scale, or
 * by the user's choice), except for IS NULL; anything the protocol has no
 * word for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "deparse.h"
#include "guc.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "option.h"
#include "shippable.h"
#include "utils/lsyscache.h"

typedef struct ShipContext
{
	RelOptInfo *rel;
	Oid			relid;
	const Announcement *announcement;
	const char *reason;			/* of the first refusal */
} ShipContext;

static bool ship_expr(ShipContext *cxt, Node *node);

const char *
shippable_reason(RelOptInfo *rel, Oid relid,
				 const Announcement *announcement, RestrictInfo *info)
{
	ShipContext cxt = {rel, relid, announcement, NULL};

	if (!datrang_enable_pushdown)
		return "datrang.enable_pushdown is off";
	if (!restriction_is_securely_promotable(info, rel))
		return "a security barrier must be passed first";
	return ship_expr(&cxt, (Node *) info->clause) ? NULL : cxt.reason;
}

/* ------------------------------------------------------------------ */
/* Values computed here												  */
/* ------------------------------------------------------------------ */

static bool
is_local_value(Node *node)
{
	return !contain_var_clause(node) &&
		!contain_subplans(node) &&
		!contain_volatile_functions(node);
}

bool
shippable_as_param(Node *node)
{
	return !IsA(node, Const) && is_local_value(node);
}

static bool
needs_params_walker(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Const))
		return false;
	if (shippable_as_param(node))
		return true;
	return expression_tree_walker(node, needs_params_walker, arg);
}

bool
shippable_needs_params(Node *node)
{
	return needs_params_walker(node, NULL);
}

/* ------------------------------------------------------------------ */
/* The walk															  */
/* ------------------------------------------------------------------ */

static bool
refuse(ShipContext *cxt, const char *reason)
{
	if (cxt->reason == NULL)
		cxt->reason = reason;
	return false;
}

static bool
is_builtin(Oid object)
{
	return object < FirstGenbkiObjectId;
}

/* May values of the type be written as text and understood? */
static bool
ship_type(ShipContext *cxt, Oid type)
{
	Oid			element = get_element_type(type);
	char		kind;

	if (OidIsValid(element))
		type = element;
	kind = get_typtype(type);
	if (kind == TYPTYPE_ENUM || (kind == TYPTYPE_BASE && is_builtin(type)))
		return true;
	return refuse(cxt, psprintf("type %s is not built in",
								deparse_type_name(type)));
}

static bool
ship_args(ShipContext *cxt, List *args)
{
	ListCell   *lc;

	foreach(lc, args)
		if (!ship_expr(cxt, lfirst(lc)))
			return false;
	return true;
}

static const char *
name_of_collation(Oid collation)
{
	return collation == DEFAULT_COLLATION_OID ? "the database's" :
		get_collation_name(collation);
}

/* Is the announced signature exact under that collation? */
static bool
ship_signature(ShipContext *cxt, AnnouncedKind kind, const char *signature,
			   Oid collation)
{
	const char *condition;
	const char *class = deparse_collation(collation);

	condition = announcement_condition(cxt->announcement, kind, signature);
	if (condition == NULL)
		return refuse(cxt, psprintf("the sidecar does not compute %s",
									signature));
	if (condition[0] == '\0' || strcmp(class, "-") == 0 ||
		strcmp(class, "\"C\"") == 0)
		return true;
	if (strcmp(condition, "deterministic") == 0)
	{
		if (strcmp(class, "\"deterministic\"") == 0)
			return true;
		return refuse(cxt, psprintf("the sidecar computes %s under deterministic collations only, not under %s",
									signature,
									name_of_collation(collation)));
	}
	return refuse(cxt, psprintf("the sidecar computes %s under collation C only, not under %s",
								signature, name_of_collation(collation)));
}

static bool
ship_function(ShipContext *cxt, AnnouncedKind kind, Oid object, Oid funcid,
			  const char *signature, Oid collation)
{
	if (!is_builtin(object))
		return refuse(cxt, psprintf("%s is not built in", signature));
	switch (func_volatile(funcid))
	{
		case PROVOLATILE_VOLATILE:
			return refuse(cxt, psprintf("%s is volatile", signature));
		case PROVOLATILE_STABLE:
			return refuse(cxt, psprintf("%s depends on the session",
										signature));
	}
	return ship_signature(cxt, kind, signature, collation);
}

static bool
ship_operator(ShipContext *cxt, Oid opno, Oid collation)
{
	return ship_function(cxt, ANNOUNCED_OPERATOR, opno, get_opcode(opno),
						 deparse_operator_signature(opno), collation);
}

/* A column whose value is to be computed with. */
static bool
ship_column(ShipContext *cxt, Var *var, bool value_matters)
{
	int32		typmod = var->vartypmod;
	Oid			type = getBaseTypeAndTypmod(var->vartype, &typmod);

	if ((Index) var->varno != cxt->rel->relid || var->varlevelsup != 0)
		return refuse(cxt, "it refers to another table");
	if (var->varattno == 0)
		return refuse(cxt, "whole rows are put together in PostgreSQL");
	if (var->varattno < 0)
		return refuse(cxt, "system columns exist in PostgreSQL only");
	if (!value_matters)
		return true;
	if (option_column_as_text(cxt->relid, var->varattno))
		return refuse(cxt, psprintf("column %s is kept as text",
									get_attname(cxt->relid, var->varattno,
												false)));
	if (type == NUMERICOID)
	{
		int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
		int			scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;

		if (typmod < (int32) VARHDRSZ || precision > 38 ||
			scale < 0 || scale > precision)
			return refuse(cxt, psprintf("column %s is kept as text: it is no numeric(p,s) of up to 38 digits",
										get_attname(cxt->relid,
													var->varattno, false)));
	}
	return true;
}

/* Text to varchar and back, and what undoes a domain. */
static bool
ship_relabel(ShipContext *cxt, RelabelType *relabel)
{
	Oid			from = getBaseType(exprType((Node *) relabel->arg));
	Oid			to = relabel->resulttype;

	if (from != to && ((from != TEXTOID && from != VARCHAROID) ||
					   (to != TEXTOID && to != VARCHAROID)))
		return refuse(cxt, psprintf("a change of type to %s is made in PostgreSQL",
									deparse_type_name(to)));
	return ship_expr(cxt, (Node *) relabel->arg);
}

static bool
ship_null_test(ShipContext *cxt, NullTest *test)
{
	if (test->argisrow)
		return refuse(cxt, "rows are tested for null in PostgreSQL");
	if (IsA(test->arg, Var))
		return ship_column(cxt, (Var *) test->arg, false);
	return ship_expr(cxt, (Node *) test->arg);
}

static const char *
name_of_construct(Node *node)
{
	switch (nodeTag(node))
	{
		case T_DistinctExpr:
			return "IS DISTINCT FROM";
		case T_NullIfExpr:
			return "NULLIF";
		case T_CaseExpr:
			return "CASE";
		case T_CoalesceExpr:
			return "COALESCE";
		case T_MinMaxExpr:
			return "GREATEST and LEAST";
		case T_ArrayExpr:
		case T_ArrayCoerceExpr:
			return "an array made of columns";
		case T_SubscriptingRef:
			return "a subscript";
		case T_CoerceViaIO:
			return "a cast through text";
		case T_RowExpr:
		case T_RowCompareExpr:
			return "a comparison of rows";
		case T_CoerceToDomain:
			return "a cast to a domain";
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return "a subquery";
		case T_XmlExpr:
			return "XML";
		default:
			return "this kind of expression";
	}
}

static bool
ship_expr(ShipContext *cxt, Node *node)
{
	if (is_local_value(node))
		return ship_type(cxt, exprType(node));
	switch (nodeTag(node))
	{
		case T_Var:
			return ship_column(cxt, (Var *) node, true);
		case T_OpExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				return ship_operator(cxt, op->opno, op->inputcollid) &&
					ship_args(cxt, op->args);
			}
		case T_ScalarArrayOpExpr:
			{
				ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;

				if (!is_local_value(lsecond(op->args)))
					return refuse(cxt, "the array is not the same for all rows");
				return ship_operator(cxt, op->opno, op->inputcollid) &&
					ship_args(cxt, op->args);
			}
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				if (func->funcvariadic)
					return refuse(cxt, "a VARIADIC call is made in PostgreSQL");
				return ship_function(cxt, ANNOUNCED_FUNCTION, func->funcid,
									 func->funcid,
									 deparse_function_signature(func->funcid),
									 func->inputcollid) &&
					ship_args(cxt, func->args);
			}
		case T_RelabelType:
			return ship_relabel(cxt, (RelabelType *) node);
		case T_BoolExpr:
			return ship_args(cxt, ((BoolExpr *) node)->args);
		case T_NullTest:
			return ship_null_test(cxt, (NullTest *) node);
		case T_BooleanTest:
			return ship_expr(cxt, (Node *) ((BooleanTest *) node)->arg);
		default:
			if (contain_volatile_functions(node))
				return refuse(cxt, "it is volatile");
			return refuse(cxt, psprintf("%s is not part of the protocol",
										name_of_construct(node)));
	}
}
