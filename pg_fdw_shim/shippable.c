/*-------------------------------------------------------------------------
 *
 * shippable.c
 *	  Decides which expressions the sidecar may evaluate.
 *
 * The default is "no": an operator, function or aggregate is shipped only if
 * it is built in, immutable but for the time zone, and announced by the sidecar
 * under its signature with a condition that holds.  There is no list of functions here.
 *
 * postgres_fdw derives which collation the remote side would choose and has
 * to track where it came from.  We need not: every operator is shipped with
 * the class of the collation PostgreSQL chose for it, and the announcement
 * says for which classes it is exact.
 *
 * A part without columns is never evaluated remotely.  If it is not volatile
 * it is evaluated here once per scan and sent as a value: so now() is the
 * transaction's, and parameters, stable functions and values from outer
 * queries need no support on the other side.
 *
 * Deliberately not shipped: whole rows and system columns; columns that the
 * columnar table keeps as text by the user's choice, except for IS NULL and
 * as they are; char(n) of a length that is not known, as a result; grouping
 * and sorting of types whose equality is not plain; anything the protocol has
 * no word for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "condition.h"
#include "deparse.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "option.h"
#include "parser/parsetree.h"
#include "shippable_parts.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "whole.h"

static bool ship_output(ShipContext *cxt, Node *node);
static bool ship_key(ShipContext *cxt, Node *node, Oid eqop);
static bool ship_value_key(ShipContext *cxt, Node *node);

#define OFF_REASON "datrang.enable_pushdown is off"

const char *
shippable_expr(const ShipScope *scope, Node *expr)
{
	ShipContext cxt = {scope, false, NULL};

	if (!datrang_enable_pushdown)
		return OFF_REASON;
	return ship_expr(&cxt, expr) ? NULL : cxt.reason;
}

const char *
shippable_clauses(const ShipScope *scope, List *exprs)
{
	ListCell   *lc;

	foreach(lc, exprs)
	{
		const char *reason = shippable_expr(scope, lfirst(lc));

		if (reason != NULL)
			return reason;
	}
	return NULL;
}

bool		shippable_subqueries_stay = false;

/* Does it name a value of a subquery that is run at most once? */
static bool
names_subquery_walker(Node *node, PlannerInfo *root)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Param))
		return expression_tree_walker(node, names_subquery_walker, root);
	if (((Param *) node)->paramkind == PARAM_EXEC)
		foreach(lc, root->init_plans)
			if (list_member_int(lfirst_node(SubPlan, lc)->setParam,
								((Param *) node)->paramid))
				return true;
	return false;
}

const char *
shippable_condition(const ShipScope *scope, RelOptInfo *rel,
					RestrictInfo *info, Expr *clause)
{
	if (!datrang_enable_pushdown)
		return OFF_REASON;
	if (shippable_subqueries_stay &&
		names_subquery_walker((Node *) clause, scope->root))
		return "the subquery may raise an error, and no row need it";
	if (!restriction_is_securely_promotable(info, rel))
		return "a security barrier must be passed first";
	return shippable_expr(scope, (Node *) clause);
}

bool
shippable_certain(const ShipScope *scope, Node *expr)
{
	ShipScope	certain = *scope;

	certain.certain = true;
	return shippable_expr(&certain, expr) == NULL;
}

const char *
shippable_output(const ShipScope *scope, Node *expr)
{
	ShipContext cxt = {scope, false, NULL};

	return ship_output(&cxt, expr) ? NULL : cxt.reason;
}

const char *
shippable_key(const ShipScope *scope, Node *expr, Oid eqop)
{
	ShipContext cxt = {scope, false, NULL};

	return (shippable_is_value(expr) ? ship_value_key(&cxt, expr) :
			ship_key(&cxt, expr, eqop)) ? NULL : cxt.reason;
}

const char *
shippable_sort(const ShipScope *scope, Node *expr, Oid sortop, Oid collation)
{
	ShipContext cxt = {scope, false, NULL};

	if (!datrang_enable_pushdown)
		return OFF_REASON;
	return ship_sort(&cxt, expr, sortop, collation) ? NULL : cxt.reason;
}

/* ------------------------------------------------------------------ */
/* Values computed here												  */
/* ------------------------------------------------------------------ */

bool		shippable_rows_vary = false;

bool
shippable_varies(Param *param)
{
	return shippable_rows_vary && param->paramkind == PARAM_EXEC &&
		param->paramid >= 0;
}

/* The operand of a CASE stands in its conditions as a CaseTestExpr. */
static bool
needs_row_walker(Node *node, void *operand_known)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_PlaceHolderVar:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_CurrentOfExpr:
		case T_NextValueExpr:
		case T_SetToDefault:
			return true;
		case T_CaseTestExpr:
			return operand_known == NULL;
		case T_Param:
			return ((Param *) node)->paramkind == PARAM_MULTIEXPR ||
				shippable_varies((Param *) node);
		case T_CaseExpr:
			if (((CaseExpr *) node)->arg != NULL)
				operand_known = node;
			break;
		case T_ArrayCoerceExpr:
			operand_known = node;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, needs_row_walker, operand_known);
}

bool
shippable_is_value(Node *node)
{
	return !needs_row_walker(node, NULL) &&
		!expression_returns_set(node) &&
		!contain_volatile_functions(node);
}

bool
shippable_as_param(Node *node)
{
	return !IsA(node, Const) && shippable_is_value(node);
}

/* The age of timestamps says that it is immutable. */
bool
shippable_gets_zone(Oid funcid)
{
	return func_volatile(funcid) == PROVOLATILE_STABLE ||
		funcid == F_AGE_TIMESTAMPTZ_TIMESTAMPTZ;
}

/* A client's parameter can make a function fail as a column can. */
static Node *
see_params_as_columns(Node *node, void *arg)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param))
		return (Node *) makeVar(1, 1, exprType(node), exprTypmod(node),
								exprCollation(node), 0);
	return expression_tree_mutator(node, see_params_as_columns, arg);
}

bool
shippable_can_fail(Node *expr)
{
	return contain_leaked_vars(see_params_as_columns(expr, NULL));
}

static bool
has_param_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	return IsA(node, Param) || expression_tree_walker(node, has_param_walker,
													  arg);
}

bool
shippable_may_have_no_value(Node *value)
{
	return !IsA(value, Param) && has_param_walker(value, NULL) &&
		shippable_can_fail(value);
}

/* Parts of expressions have no value of their own. */
bool
shippable_whole_param(Node *node)
{
	return !IsA(node, List) && !IsA(node, TargetEntry) &&
		!IsA(node, CaseWhen) && !IsA(node, SortGroupClause) &&
		shippable_as_param(node);
}

/* PostgreSQL's timestamps go on after the sidecar's have ended. */
static bool
may_be_too_late(Node *value)
{
	Oid			type = exprType(value);

	return has_param_walker(value, NULL) &&
		(type == TIMESTAMPOID || type == TIMESTAMPTZOID ||
		 type == TIMESTAMPARRAYOID || type == TIMESTAMPTZARRAYOID);
}

static bool
has_failing_value_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (shippable_whole_param(node))
		return shippable_may_have_no_value(node) || may_be_too_late(node);
	return expression_tree_walker(node, has_failing_value_walker, arg);
}

bool
shippable_has_failing_value(Node *conditions)
{
	return has_failing_value_walker(conditions, NULL);
}

/* What depends on the time zone gets it as a parameter. */
static bool
is_mutable_call(Node *node)
{
	if (IsA(node, FuncExpr))
		return shippable_gets_zone(((FuncExpr *) node)->funcid);
	return IsA(node, OpExpr) &&
		shippable_gets_zone(get_opcode(((OpExpr *) node)->opno));
}

static bool
needs_params_walker(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Const))
		return false;
	if (shippable_as_param(node) || is_mutable_call(node))
		return true;
	return expression_tree_walker(node, needs_params_walker, arg);
}

bool
shippable_needs_params(Node *node)
{
	return needs_params_walker(node, NULL);
}

/* ------------------------------------------------------------------ */
/* Types															  */
/* ------------------------------------------------------------------ */

bool
ship_refuse(ShipContext *cxt, const char *reason)
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
bool
ship_type(ShipContext *cxt, Oid type)
{
	Oid			element = get_element_type(type);
	char		kind;

	if (OidIsValid(element))
		type = element;
	kind = get_typtype(type);
	if (type == UNKNOWNOID || kind == TYPTYPE_ENUM || (kind == TYPTYPE_BASE && is_builtin(type)))
		return true;
	if (type == RECORDOID)
		return ship_refuse(cxt, "rows are put together in PostgreSQL");
	return ship_refuse(cxt, psprintf("type %s is not built in",
									 deparse_type_name(type)));
}

/* A type whose equal values the sidecar finds equal. */
bool
ship_has_equality(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
			return true;
		default:
			return get_typtype(type) == TYPTYPE_ENUM;
	}
}

/* A type out of which one value may be chosen. */
static bool
ship_choice(ShipContext *cxt, Oid type)
{
	if (ship_has_equality(type) || type == INTERVALOID)
		return true;
	return ship_refuse(cxt, psprintf("a choice between values of type %s is made in PostgreSQL",
									 deparse_type_name(type)));
}

/* ------------------------------------------------------------------ */
/* Signatures and columns											  */
/* ------------------------------------------------------------------ */

bool
ship_args(ShipContext *cxt, List *args)
{
	ListCell   *lc;

	foreach(lc, args)
		if (!ship_expr(cxt, lfirst(lc)))
			return false;
	return true;
}

/* Is the announced signature exact under that collation, on those arguments? */
bool
ship_signature(ShipContext *cxt, AnnouncedKind kind, const char *signature,
			   Oid collation, List *args)
{
	const char *condition;
	const char *reason;

	condition = announcement_condition(cxt->scope->announcement, kind, signature);
	if (condition == NULL)
		return ship_refuse(cxt, psprintf("the sidecar does not compute %s",
										 signature));
	if (cxt->scope->certain && condition_fails(condition))
		return ship_refuse(cxt, psprintf("%s may raise an error for rows that %s",
										 signature,
										 bms_membership(cxt->scope->relids) == BMS_MULTIPLE ?
										 "the join drops" : "a condition drops"));
	if (cxt->scope->level == NULL && condition_wants_statement(condition))
		return ship_refuse(cxt, psprintf("the sidecar computes %s in whole statements only",
										 signature));
	reason = condition_refusal(condition, signature, collation, args);
	return reason == NULL || ship_refuse(cxt, reason);
}

/*
 * A function that depends on the session is shipped if TimeZone is all it
 * depends on, which deparse.c adds as an argument, or nothing is for values
 * of types that the sidecar names.
 */
static bool
depends_on_zone_only(ShipContext *cxt, AnnouncedKind kind,
					 const char *signature)
{
	const char *condition =
		announcement_condition(cxt->scope->announcement, kind, signature);

	if (condition == NULL)
		return false;
	if (kind == ANNOUNCED_AGGREGATE)
		return condition_names_types(condition);
	return (kind == ANNOUNCED_FUNCTION || kind == ANNOUNCED_OPERATOR) &&
		condition_is_zoned(condition);
}

bool
ship_function(ShipContext *cxt, AnnouncedKind kind, Oid object, Oid funcid,
			  const char *signature, Oid collation, List *args)
{
	if (!is_builtin(object))
		return ship_refuse(cxt, psprintf("%s is not built in", signature));
	switch (func_volatile(funcid))
	{
		case PROVOLATILE_VOLATILE:
			return ship_refuse(cxt, psprintf("%s is volatile", signature));
		case PROVOLATILE_STABLE:
			if (args == NIL || !depends_on_zone_only(cxt, kind, signature))
				return ship_refuse(cxt, psprintf("%s depends on the session",
												 signature));
	}
	return ship_signature(cxt, kind, signature, collation, args);
}

/* An operator that compares, as a key or over an array. */
bool
ship_operator(ShipContext *cxt, Oid opno, Oid collation)
{
	Oid			left;
	Oid			right;

	op_input_types(opno, &left, &right);
	if (!OidIsValid(collation) && type_is_collatable(left))
		return ship_refuse(cxt, "it is put together of different collations");
	return ship_function(cxt, ANNOUNCED_OPERATOR, opno, get_opcode(opno),
						 deparse_operator_signature(opno), collation, NIL);
}

/* A column whose value is to be computed with. */
static bool
ship_column(ShipContext *cxt, Var *var, bool value_matters)
{
	Oid			relid;

	if (cxt->scope->level != NULL)
	{
		const char *reason = whole_column(cxt->scope->level, var,
										  value_matters);

		return reason == NULL || ship_refuse(cxt, reason);
	}
	if (var->varlevelsup != 0 ||
		!bms_is_member(var->varno, cxt->scope->relids))
		return ship_refuse(cxt, "it refers to another table");
	if (var->varattno == 0)
		return ship_refuse(cxt, "whole rows are put together in PostgreSQL");
	if (var->varattno < 0)
		return ship_refuse(cxt, "system columns exist in PostgreSQL only");
	if (!value_matters)
		return true;
	relid = planner_rt_fetch(var->varno, cxt->scope->root)->relid;
	if (option_column_as_text(relid, var->varattno))
		return ship_refuse(cxt, psprintf("column %s is kept as text",
										 get_attname(relid, var->varattno, false)));
	return true;
}

/* ------------------------------------------------------------------ */
/* Keys and order													  */
/* ------------------------------------------------------------------ */

const char *
shippable_length(Oid type, int32 typmod)
{
	Oid			base = getBaseTypeAndTypmod(type, &typmod);

	return typmod < (int32) VARHDRSZ &&
		(base == BPCHAROID || get_element_type(base) == BPCHAROID) ?
		"the length of a char(n) result is known to PostgreSQL only" : NULL;
}

static bool
ship_output(ShipContext *cxt, Node *node)
{
	Oid			type = getBaseType(exprType(node));
	const char *reason = shippable_length(exprType(node), exprTypmod(node));

	if (IsA(node, Var) && !cxt->scope->grouped)
		return ship_column(cxt, (Var *) node, false);
	if (!datrang_enable_pushdown)
		return ship_refuse(cxt, OFF_REASON);
	if (reason != NULL)
		return ship_refuse(cxt, reason);
	return ship_type(cxt, type) && ship_expr(cxt, node);
}

static bool
ship_grouped_type(ShipContext *cxt, Oid type)
{
	return ship_has_equality(type) ||
		ship_refuse(cxt, psprintf("values of type %s are not grouped by the sidecar",
								  deparse_type_name(type)));
}

static bool
ship_key(ShipContext *cxt, Node *node, Oid eqop)
{
	return ship_grouped_type(cxt, exprType(node)) &&
		ship_operator(cxt, eqop, exprCollation(node)) &&
		ship_expr(cxt, node) && ship_output(cxt, node);
}

/* The same for all rows, so what they are equal by does not matter. */
static bool
ship_value_key(ShipContext *cxt, Node *node)
{
	return ship_grouped_type(cxt, exprType(node)) && ship_expr(cxt, node);
}

bool
ship_sort(ShipContext *cxt, Node *node, Oid sortop, Oid collation)
{
	Oid			type = exprType(node);
	char	   *name = get_opname(sortop);

	if (name == NULL || (strcmp(name, "<") != 0 && strcmp(name, ">") != 0))
		return ship_refuse(cxt, "the order is none of < and >");
	if (!ship_has_equality(type) || get_typtype(type) == TYPTYPE_ENUM)
		return ship_refuse(cxt, psprintf("values of type %s are not sorted by the sidecar",
										 deparse_type_name(type)));
	return ship_operator(cxt, sortop, collation) && ship_expr(cxt, node);
}

const char *
shippable_equality(const ShipScope *scope, Oid type, Oid collation, Oid eqop)
{
	ShipContext cxt = {scope, false, NULL};

	if (!ship_has_equality(type))
		return psprintf("values of type %s are not grouped by the sidecar",
						deparse_type_name(type));
	return ship_operator(&cxt, eqop, collation) ? NULL : cxt.reason;
}

/* ------------------------------------------------------------------ */
/* Expressions														  */
/* ------------------------------------------------------------------ */

/* Text to varchar and back, and what undoes a domain. */
static bool
ship_relabel(ShipContext *cxt, RelabelType *relabel)
{
	Oid			from = getBaseType(exprType((Node *) relabel->arg));
	Oid			to = relabel->resulttype;

	if (from != to && ((from != TEXTOID && from != VARCHAROID) ||
					   (to != TEXTOID && to != VARCHAROID)))
		return ship_refuse(cxt, psprintf("a change of type to %s is made in PostgreSQL",
										 deparse_type_name(to)));
	return ship_expr(cxt, (Node *) relabel->arg);
}

static bool
ship_null_test(ShipContext *cxt, NullTest *test)
{
	if (test->argisrow)
		return ship_refuse(cxt, "rows are tested for null in PostgreSQL");
	if (IsA(test->arg, Var) && !cxt->scope->grouped)
		return ship_column(cxt, (Var *) test->arg, false);
	return ship_expr(cxt, (Node *) test->arg);
}

/* A cast of a value through its text. */
static bool
ship_text_cast(ShipContext *cxt, CoerceViaIO *cast)
{
	char	   *signature = psprintf("%s->%s",
									 deparse_type_name(getBaseType(exprType((Node *) cast->arg))),
									 deparse_type_name(cast->resulttype));

	return ship_signature(cxt, ANNOUNCED_CAST, signature, InvalidOid, NIL) &&
		ship_expr(cxt, (Node *) cast->arg);
}

static bool
ship_case(ShipContext *cxt, CaseExpr *expr)
{
	ListCell   *lc;

	if (!ship_choice(cxt, expr->casetype))
		return false;
	/* Its operand is written into each condition. */
	if (expr->arg != NULL && !ship_expr(cxt, (Node *) expr->arg))
		return false;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		if (!ship_expr(cxt, (Node *) when->expr) ||
			!ship_expr(cxt, (Node *) when->result))
			return false;
	}
	return expr->defresult == NULL ||
		ship_expr(cxt, (Node *) expr->defresult);
}

static bool
ship_min_max(ShipContext *cxt, MinMaxExpr *expr)
{
	TypeCacheEntry *type = lookup_type_cache(expr->minmaxtype,
											 TYPECACHE_LT_OPR);

	if (!OidIsValid(type->lt_opr) || !ship_has_equality(expr->minmaxtype) ||
		get_typtype(expr->minmaxtype) == TYPTYPE_ENUM)
		return ship_refuse(cxt, psprintf("values of type %s are not sorted by the sidecar",
										 deparse_type_name(expr->minmaxtype)));
	return ship_operator(cxt, type->lt_opr, expr->inputcollid) &&
		ship_args(cxt, expr->args);
}

static const char *
name_of_construct(Node *node)
{
	switch (nodeTag(node))
	{
		case T_ArrayCoerceExpr:
			return "a cast of an array";
		case T_RowExpr:
		case T_RowCompareExpr:
			return "a comparison of rows";
		case T_CoerceToDomain:
			return "a cast to a domain";
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return "a subquery";
		case T_GroupingFunc:
			return "GROUPING";
		case T_WindowFunc:
			return "a window function";
		case T_PlaceHolderVar:
			return "a value made below an outer join";
		case T_XmlExpr:
			return "XML";
		default:
			return "this kind of expression";
	}
}

/* What exists in whole statements only. */
static bool
ship_construct(ShipContext *cxt, Node *node)
{
	const char *reason;

	if (cxt->scope->level == NULL)
		return ship_refuse(cxt, psprintf("%s is not part of the protocol",
										 name_of_construct(node)));
	reason = whole_construct(cxt->scope, node);
	return reason == NULL || ship_refuse(cxt, reason);
}

bool
ship_expr(ShipContext *cxt, Node *node)
{
	if (shippable_is_value(node))
		return ship_type(cxt, exprType(node)) &&
			(!OidIsValid(get_base_element_type(exprType(node))) ||
			 ship_array_value(cxt, node));
	/* Keys were found shippable before. */
	if (cxt->scope->grouped && list_member(cxt->scope->keys, node))
		return true;
	switch (nodeTag(node))
	{
		case T_Var:
			if (cxt->scope->grouped && ((Var *) node)->varlevelsup == 0)
				return ship_refuse(cxt, "it refers to a column that is not grouped by");
			return ship_column(cxt, (Var *) node, true);
		case T_SubLink:
		case T_WindowFunc:
		case T_GroupingFunc:
			return ship_construct(cxt, node);
		case T_Aggref:
			return ship_aggregate(cxt, (Aggref *) node);
		case T_OpExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				return ship_function(cxt, ANNOUNCED_OPERATOR, op->opno,
									 get_opcode(op->opno),
									 deparse_operator_signature(op->opno),
									 op->inputcollid, op->args) &&
					ship_operands(cxt, op);
			}
		case T_DistinctExpr:
		case T_NullIfExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				return ship_operator(cxt, op->opno, op->inputcollid) &&
					ship_args(cxt, op->args);
			}
		case T_ScalarArrayOpExpr:
			return ship_quantified(cxt, (ScalarArrayOpExpr *) node);
		case T_SubscriptingRef:
			return ship_subscript(cxt, (SubscriptingRef *) node);
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				if (func->funcvariadic)
					return ship_refuse(cxt, "a VARIADIC call is made in PostgreSQL");
				return ship_function(cxt, ANNOUNCED_FUNCTION, func->funcid,
									 func->funcid,
									 deparse_function_signature(func->funcid),
									 func->inputcollid, func->args) &&
					ship_arguments(cxt, func);
			}
		case T_RelabelType:
			return ship_relabel(cxt, (RelabelType *) node);
		case T_CoerceViaIO:
			return ship_text_cast(cxt, (CoerceViaIO *) node);
		case T_BoolExpr:
			return ship_args(cxt, ((BoolExpr *) node)->args);
		case T_NullTest:
			return ship_null_test(cxt, (NullTest *) node);
		case T_BooleanTest:
			return ship_expr(cxt, (Node *) ((BooleanTest *) node)->arg);
		case T_CaseTestExpr:
			return true;
		case T_Param:
			return ship_type(cxt, exprType(node));
		case T_CaseExpr:
			return ship_case(cxt, (CaseExpr *) node);
		case T_CoalesceExpr:
			return ship_choice(cxt, exprType(node)) &&
				ship_args(cxt, ((CoalesceExpr *) node)->args);
		case T_MinMaxExpr:
			return ship_min_max(cxt, (MinMaxExpr *) node);
		case T_ArrayExpr:
			return ship_array(cxt, (ArrayExpr *) node);
		default:
			if (contain_volatile_functions(node))
				return ship_refuse(cxt, "it is volatile");
			return ship_refuse(cxt, psprintf("%s is not part of the protocol",
											 name_of_construct(node)));
	}
}
