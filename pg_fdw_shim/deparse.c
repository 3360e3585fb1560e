/*-------------------------------------------------------------------------
 *
 * deparse.c
 *	  Expression trees to the text of requests.
 *
 * What comes in was found shippable by shippable.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "batch.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "deparse.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "option.h"
#include "parser/parsetree.h"
#include "shippable.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "whole.h"

/* Of a table, or of the subselect that holds it. */
static void
deparse_column(DeparseContext *cxt, Var *var)
{
	ListCell   *lc;

	if (cxt->level != NULL)
	{
		whole_deparse_column(cxt, var);
		return;
	}
	foreach(lc, cxt->subselects)
	{
		Subselect  *sub = lfirst(lc);
		int			number = 1;
		ListCell   *column;

		if (!bms_is_member(var->varno, sub->relids))
			continue;
		foreach(column, sub->columns)
		{
			if (equal(lfirst(column), var))
				break;
			number++;
		}
		if (column == NULL)
			elog(ERROR, "column %d of relation %d is not in its subselect",
				 (int) var->varattno, (int) var->varno);
		appendStringInfo(cxt->out, "(col %d \"%d\")", sub->alias, number);
		return;
	}
	appendStringInfo(cxt->out, "(col %d ", (int) var->varno);
	deparse_string(cxt->out,
				   var->varattno == SelfItemPointerAttributeNumber ?
				   ROW_ID_COLUMN :
				   option_column_name(planner_rt_fetch(var->varno,
													   cxt->root)->relid,
									  var->varattno));
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_param(DeparseContext *cxt, Node *node)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, *cxt->params)
	{
		number++;
		if (equal(lfirst(lc), node))
			break;
	}
	if (lc == NULL)
	{
		*cxt->params = lappend(*cxt->params, node);
		number++;
	}
	if (IsA(node, Param) && shippable_varies((Param *) node))
	{
		appendStringInfo(cxt->out, "(col %d \"%d\")",
						 batch_alias(cxt->root), number + 1);
		return;
	}
	appendStringInfo(cxt->out, "(param %d ", number);
	deparse_string(cxt->out, deparse_type_name(exprType(node)));
	appendStringInfoChar(cxt->out, ')');
}

/* And the parenthesis that closes the form. */
static void
deparse_args(DeparseContext *cxt, List *args)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		appendStringInfoChar(cxt->out, ' ');
		deparse_expr(cxt, lfirst(lc));
	}
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_call(DeparseContext *cxt, const char *kind, const char *signature,
			 Oid collation, List *args)
{
	appendStringInfo(cxt->out, "(%s ", kind);
	deparse_string(cxt->out, signature);
	appendStringInfo(cxt->out, " %s", deparse_collation(collation));
	deparse_args(cxt, args);
}

/* What depends on the session depends on its time zone: the last argument. */
static List *
with_session_zone(List *args, Oid funcid)
{
	Const	   *name;

	if (!shippable_gets_zone(funcid))
		return args;
	name = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
					 CStringGetTextDatum("TimeZone"), false, false);
	return lappend(list_copy(args),
				   makeFuncExpr(F_CURRENT_SETTING_TEXT, TEXTOID,
								list_make1(name), DEFAULT_COLLATION_OID,
								DEFAULT_COLLATION_OID,
								COERCE_EXPLICIT_CALL));
}

static void
deparse_bool(DeparseContext *cxt, BoolExpr *expr)
{
	appendStringInfo(cxt->out, "(%s", expr->boolop == AND_EXPR ? "and" :
					 expr->boolop == OR_EXPR ? "or" : "not");
	deparse_args(cxt, expr->args);
}

static void
deparse_boolean_test(DeparseContext *cxt, BooleanTest *test)
{
	static const char *const names[] = {
		[IS_TRUE] = "true",
		[IS_NOT_TRUE] = "nottrue",
		[IS_FALSE] = "false",
		[IS_NOT_FALSE] = "notfalse",
		[IS_UNKNOWN] = "unknown",
		[IS_NOT_UNKNOWN] = "notunknown"
	};

	appendStringInfo(cxt->out, "(booltest %s", names[test->booltesttype]);
	deparse_args(cxt, list_make1(test->arg));
}

/* The operand is written into the conditions, where it was found. */
static void
deparse_case(DeparseContext *cxt, CaseExpr *expr)
{
	Expr	   *outer_operand = cxt->case_operand;
	ListCell   *lc;

	appendStringInfoString(cxt->out, "(case");
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);

		appendStringInfoString(cxt->out, " (when ");
		if (expr->arg != NULL)
			cxt->case_operand = expr->arg;
		deparse_expr(cxt, (Node *) when->expr);
		cxt->case_operand = outer_operand;
		deparse_args(cxt, list_make1(when->result));
	}
	if (expr->defresult != NULL)
	{
		appendStringInfoString(cxt->out, " (else");
		deparse_args(cxt, list_make1(expr->defresult));
	}
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_relabel(DeparseContext *cxt, RelabelType *relabel)
{
	Oid			from = exprType((Node *) relabel->arg);

	/* The columnar table knows no domains. */
	if (getBaseType(from) == relabel->resulttype)
	{
		deparse_expr(cxt, (Node *) relabel->arg);
		return;
	}
	appendStringInfoString(cxt->out, "(relabel ");
	deparse_string(cxt->out, deparse_type_name(relabel->resulttype));
	deparse_args(cxt, list_make1(relabel->arg));
}

/* With an array made of columns: one comparison for each of its elements. */
static void
deparse_quantified(DeparseContext *cxt, ScalarArrayOpExpr *op)
{
	char	   *signature = deparse_operator_signature(op->opno);
	ListCell   *lc;

	if (shippable_is_value(lsecond(op->args)))
	{
		deparse_call(cxt, op->useOr ? "any" : "all", signature,
					 op->inputcollid, op->args);
		return;
	}
	if (IsA(lsecond(op->args), Var))
	{
		deparse_call(cxt, "func", shippable_membership(op), op->inputcollid,
					 op->args);
		return;
	}
	appendStringInfoString(cxt->out, op->useOr ? "(or" : "(and");
	foreach(lc, castNode(ArrayExpr, lsecond(op->args))->elements)
	{
		appendStringInfoChar(cxt->out, ' ');
		deparse_call(cxt, "op", signature, op->inputcollid,
					 list_make2(linitial(op->args), lfirst(lc)));
	}
	appendStringInfoChar(cxt->out, ')');
}

void
deparse_sort_key(DeparseContext *cxt, Node *expr, Oid sortop,
				 bool nulls_first, Oid collation)
{
	bool		descending = strcmp(get_opname(sortop), ">") == 0;

	appendStringInfoString(cxt->out, descending ? "(desc " : "(asc ");
	deparse_expr(cxt, expr);
	appendStringInfo(cxt->out, " %s %s)", nulls_first ? "first" : "last",
					 deparse_collation(collation));
}

static void
deparse_aggregate_order(DeparseContext *cxt, Aggref *agg)
{
	List	   *order = shippable_orders_distinct(agg) ? agg->aggdistinct :
		agg->aggorder;
	const char *before = " (order ";
	ListCell   *lc;

	foreach(lc, order)
	{
		SortGroupClause *clause = lfirst(lc);
		Node	   *expr = get_sortgroupclause_expr(clause, agg->args);

		if (shippable_is_value(expr))
			continue;
		appendStringInfoString(cxt->out, before);
		deparse_sort_key(cxt, expr, clause->sortop, clause->nulls_first,
						 exprCollation(expr));
		before = " ";
	}
	if (before[1] == '\0')
		appendStringInfoChar(cxt->out, ')');
}

static void
deparse_aggregate(DeparseContext *cxt, Aggref *agg)
{
	ListCell   *lc;

	appendStringInfoString(cxt->out, "(agg ");
	deparse_string(cxt->out, shippable_aggregate_signature(agg));
	appendStringInfo(cxt->out, " %s (args",
					 deparse_collation(agg->inputcollid));
	foreach(lc, agg->aggdirectargs)
	{
		appendStringInfoChar(cxt->out, ' ');
		deparse_expr(cxt, lfirst(lc));
	}
	foreach(lc, agg->args)
	{
		TargetEntry *arg = lfirst_node(TargetEntry, lc);

		if (arg->resjunk || agg->aggkind != AGGKIND_NORMAL)
			continue;
		appendStringInfoChar(cxt->out, ' ');
		deparse_expr(cxt, (Node *) arg->expr);
	}
	appendStringInfoChar(cxt->out, ')');
	if (agg->aggdistinct != NIL)
		appendStringInfoString(cxt->out, " (distinct)");
	deparse_aggregate_order(cxt, agg);
	if (agg->aggfilter != NULL)
	{
		appendStringInfoString(cxt->out, " (filter");
		deparse_args(cxt, list_make1(agg->aggfilter));
	}
	appendStringInfoChar(cxt->out, ')');
}

/* Forms of a kind, a type and arguments, perhaps with a collation. */
static void
deparse_typed(DeparseContext *cxt, const char *kind, Oid type,
			  const char *collation, List *args)
{
	appendStringInfo(cxt->out, "(%s ", kind);
	deparse_string(cxt->out, deparse_type_name(type));
	if (collation != NULL)
		appendStringInfo(cxt->out, " %s", collation);
	deparse_args(cxt, args);
}

static void
deparse_text_cast(DeparseContext *cxt, CoerceViaIO *cast)
{
	appendStringInfoString(cxt->out, "(iocast ");
	deparse_string(cxt->out,
				   deparse_type_name(getBaseType(exprType((Node *) cast->arg))));
	appendStringInfoChar(cxt->out, ' ');
	deparse_string(cxt->out, deparse_type_name(cast->resulttype));
	deparse_args(cxt, list_make1(cast->arg));
}

void
deparse_expr(DeparseContext *cxt, Node *node)
{
	if (IsA(node, Const))
	{
		Const	   *c = (Const *) node;

		deparse_value(cxt->out, c->consttype, c->constvalue, c->constisnull);
		return;
	}
	if (shippable_as_param(node))
	{
		deparse_param(cxt, node);
		return;
	}
	switch (nodeTag(node))
	{
		case T_Var:
			deparse_column(cxt, (Var *) node);
			break;
		case T_Param:
			deparse_param(cxt, node);
			break;
		case T_Aggref:
			deparse_aggregate(cxt, (Aggref *) node);
			break;
		case T_SubLink:
		case T_WindowFunc:
		case T_GroupingFunc:
			whole_deparse_construct(cxt, node);
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				deparse_call(cxt, IsA(node, OpExpr) ? "op" :
							 IsA(node, DistinctExpr) ? "distinctfrom" :
							 "nullif",
							 deparse_operator_signature(op->opno),
							 op->inputcollid,
							 with_session_zone(op->args, get_opcode(op->opno)));
				break;
			}
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				deparse_call(cxt, "func",
							 deparse_function_signature(func->funcid),
							 func->inputcollid,
							 with_session_zone(func->args, func->funcid));
				break;
			}
		case T_ScalarArrayOpExpr:
			deparse_quantified(cxt, (ScalarArrayOpExpr *) node);
			break;
		case T_SubscriptingRef:
			{
				SubscriptingRef *ref = (SubscriptingRef *) node;

				deparse_call(cxt, "func", SUBSCRIPT_SIGNATURE, InvalidOid,
							 list_make2(ref->refexpr,
										linitial(ref->refupperindexpr)));
				break;
			}
		case T_RelabelType:
			deparse_relabel(cxt, (RelabelType *) node);
			break;
		case T_CoerceViaIO:
			deparse_text_cast(cxt, (CoerceViaIO *) node);
			break;
		case T_BoolExpr:
			deparse_bool(cxt, (BoolExpr *) node);
			break;
		case T_NullTest:
			appendStringInfoString(cxt->out,
								   ((NullTest *) node)->nulltesttype == IS_NULL ?
								   "(isnull" : "(notnull");
			deparse_args(cxt, list_make1(((NullTest *) node)->arg));
			break;
		case T_BooleanTest:
			deparse_boolean_test(cxt, (BooleanTest *) node);
			break;
		case T_CaseTestExpr:
			deparse_expr(cxt, (Node *) cxt->case_operand);
			break;
		case T_CaseExpr:
			deparse_case(cxt, (CaseExpr *) node);
			break;
		case T_CoalesceExpr:
			appendStringInfoString(cxt->out, "(coalesce");
			deparse_args(cxt, ((CoalesceExpr *) node)->args);
			break;
		case T_MinMaxExpr:
			{
				MinMaxExpr *expr = (MinMaxExpr *) node;

				deparse_typed(cxt, expr->op == IS_GREATEST ? "greatest" :
							  "least", expr->minmaxtype,
							  deparse_collation(expr->inputcollid),
							  expr->args);
				break;
			}
		case T_ArrayExpr:
			deparse_typed(cxt, "array", ((ArrayExpr *) node)->element_typeid,
						  NULL, ((ArrayExpr *) node)->elements);
			break;
		default:
			elog(ERROR, "expression of node type %d is not shippable",
				 (int) nodeTag(node));
	}
}
