/*-------------------------------------------------------------------------
 *
 * deparse.c
 *	  Expression trees to the text of requests.
 *
 * Everything is fully typed and nothing depends on the session: operators
 * and functions go by their signature, constants by their type's output
 * under pinned settings, collations by their class.
 *
 * What comes in was found shippable by shippable.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "deparse.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "option.h"
#include "pgtime.h"
#include "shippable.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

typedef struct DeparseContext
{
	StringInfo	out;
	Oid			relid;
	List	  **params;
} DeparseContext;

static void deparse_expr(DeparseContext *cxt, Node *node);

/* ------------------------------------------------------------------ */
/* Names															  */
/* ------------------------------------------------------------------ */

void
deparse_string(StringInfo out, const char *s)
{
	appendStringInfoChar(out, '"');
	for (; *s != '\0'; s++)
	{
		if (*s == '"' || *s == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *s);
	}
	appendStringInfoChar(out, '"');
}

char *
deparse_type_name(Oid type)
{
	Oid			element = get_element_type(type);
	HeapTuple	tuple;
	Form_pg_type form;
	char	   *name;

	if (OidIsValid(element))
		return psprintf("%s[]", deparse_type_name(element));
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (form->typnamespace == PG_CATALOG_NAMESPACE)
		name = pstrdup(NameStr(form->typname));
	else
		name = psprintf("%s.%s", get_namespace_name(form->typnamespace),
						NameStr(form->typname));
	ReleaseSysCache(tuple);
	return name;
}

char *
deparse_operator_signature(Oid opno)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator form;
	char	   *signature;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", opno);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (OidIsValid(form->oprleft))
		signature = psprintf("%s(%s,%s)", NameStr(form->oprname),
							 deparse_type_name(form->oprleft),
							 deparse_type_name(form->oprright));
	else
		signature = psprintf("%s(%s)", NameStr(form->oprname),
							 deparse_type_name(form->oprright));
	ReleaseSysCache(tuple);
	return signature;
}

char *
deparse_function_signature(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc form;
	StringInfoData signature;
	int			i;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	initStringInfo(&signature);
	appendStringInfo(&signature, "%s(", NameStr(form->proname));
	for (i = 0; i < form->pronargs; i++)
		appendStringInfo(&signature, "%s%s", i > 0 ? "," : "",
						 deparse_type_name(form->proargtypes.values[i]));
	appendStringInfoChar(&signature, ')');
	ReleaseSysCache(tuple);
	return signature.data;
}

const char *
deparse_collation(Oid collation)
{
	if (!OidIsValid(collation))
		return "-";
	/* The sidecar orders UTF-8; another encoding may order differently. */
	if (GetDatabaseEncoding() == PG_UTF8 && compat_collation_is_c(collation))
		return "\"C\"";
	if (get_collation_isdeterministic(collation))
		return "\"deterministic\"";
	return "\"nondeterministic\"";
}

/* ------------------------------------------------------------------ */
/* Values															  */
/* ------------------------------------------------------------------ */

static void
pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

int
deparse_pin_settings(void)
{
	int			nest_level = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES)
		pin("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		pin("intervalstyle", "postgres");
	if (extra_float_digits < 3)
		pin("extra_float_digits", "3");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		pin("bytea_output", "hex");
	if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
		pin("timezone", "UTC");
	return nest_level;
}

void
deparse_unpin_settings(int nest_level)
{
	AtEOXact_GUC(true, nest_level);
}

void
deparse_value(StringInfo out, Oid type, Datum value, bool isnull)
{
	appendStringInfoString(out, isnull ? "(null " : "(const ");
	deparse_string(out, deparse_type_name(type));
	if (!isnull)
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(type, &function, &varlena);
		appendStringInfoChar(out, ' ');
		deparse_string(out, OidOutputFunctionCall(function, value));
	}
	appendStringInfoChar(out, ')');
}

/* ------------------------------------------------------------------ */
/* Expressions														  */
/* ------------------------------------------------------------------ */

static void
deparse_column(DeparseContext *cxt, AttrNumber attnum)
{
	appendStringInfoString(cxt->out, "(col 1 ");
	deparse_string(cxt->out, option_column_name(cxt->relid, attnum));
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
	appendStringInfo(cxt->out, "(param %d ", number);
	deparse_string(cxt->out, deparse_type_name(exprType(node)));
	appendStringInfoChar(cxt->out, ')');
}

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

static void
deparse_bool(DeparseContext *cxt, BoolExpr *expr)
{
	appendStringInfo(cxt->out, "(%s", expr->boolop == AND_EXPR ? "and" :
					 expr->boolop == OR_EXPR ? "or" : "not");
	deparse_args(cxt, expr->args);
}

/* IS [NOT] TRUE/FALSE/UNKNOWN in terms of what the protocol has. */
static void
deparse_boolean_test(DeparseContext *cxt, BooleanTest *test)
{
	static const char *const forms[] = {
		[IS_TRUE] = "(and (notnull @) @)",
		[IS_NOT_TRUE] = "(not (and (notnull @) @))",
		[IS_FALSE] = "(and (notnull @) (not @))",
		[IS_NOT_FALSE] = "(not (and (notnull @) (not @)))",
		[IS_UNKNOWN] = "(isnull @)",
		[IS_NOT_UNKNOWN] = "(notnull @)"
	};
	const char *c;

	for (c = forms[test->booltesttype]; *c != '\0'; c++)
	{
		if (*c == '@')
			deparse_expr(cxt, (Node *) test->arg);
		else
			appendStringInfoChar(cxt->out, *c);
	}
}

static void
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
			deparse_column(cxt, ((Var *) node)->varattno);
			break;
		case T_OpExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				deparse_call(cxt, "op", deparse_operator_signature(op->opno),
							 op->inputcollid, op->args);
				break;
			}
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				deparse_call(cxt, "func",
							 deparse_function_signature(func->funcid),
							 func->inputcollid, func->args);
				break;
			}
		case T_ScalarArrayOpExpr:
			{
				ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;

				deparse_call(cxt, op->useOr ? "any" : "all",
							 deparse_operator_signature(op->opno),
							 op->inputcollid, op->args);
				break;
			}
		case T_RelabelType:
			{
				RelabelType *relabel = (RelabelType *) node;
				Oid			from = exprType((Node *) relabel->arg);

				/* The columnar table knows no domains. */
				if (getBaseType(from) == relabel->resulttype)
				{
					deparse_expr(cxt, (Node *) relabel->arg);
					break;
				}
				appendStringInfoString(cxt->out, "(relabel ");
				deparse_string(cxt->out,
							   deparse_type_name(relabel->resulttype));
				deparse_args(cxt, list_make1(relabel->arg));
				break;
			}
		case T_BoolExpr:
			deparse_bool(cxt, (BoolExpr *) node);
			break;
		case T_NullTest:
			{
				NullTest   *test = (NullTest *) node;

				appendStringInfoString(cxt->out,
									   test->nulltesttype == IS_NULL ?
									   "(isnull" : "(notnull");
				deparse_args(cxt, list_make1(test->arg));
				break;
			}
		case T_BooleanTest:
			deparse_boolean_test(cxt, (BooleanTest *) node);
			break;
		default:
			elog(ERROR, "expression of node type %d is not shippable",
				 (int) nodeTag(node));
	}
}

/* ------------------------------------------------------------------ */
/* Selects															  */
/* ------------------------------------------------------------------ */

static void
deparse_where(DeparseContext *cxt, List *conditions)
{
	if (conditions == NIL)
		return;
	appendStringInfoString(cxt->out, " (where ");
	if (list_length(conditions) == 1)
		deparse_expr(cxt, linitial(conditions));
	else
	{
		appendStringInfoString(cxt->out, "(and");
		deparse_args(cxt, conditions);
	}
	appendStringInfoChar(cxt->out, ')');
}

static void
deparse_head(DeparseContext *cxt, List *attnums)
{
	ListCell   *lc;

	appendStringInfoString(cxt->out, "(select (output");
	foreach(lc, attnums)
	{
		appendStringInfoChar(cxt->out, ' ');
		deparse_column(cxt, lfirst_int(lc));
	}
	appendStringInfo(cxt->out, ") (from (table %s 1))",
					 option_table_id(cxt->relid));
}

char *
deparse_select(RelOptInfo *rel, Oid relid, List *attnums,
			   List *conditions, List **params)
{
	StringInfoData out;
	DeparseContext cxt = {&out, relid, params};
	int			nest_level = deparse_pin_settings();

	initStringInfo(&out);
	deparse_head(&cxt, attnums);
	deparse_where(&cxt, conditions);
	appendStringInfoChar(&out, ')');
	deparse_unpin_settings(nest_level);
	return out.data;
}

char *
deparse_estimate(RelOptInfo *rel, Oid relid, List *attnums,
				 List *conditions, List **left_out)
{
	List	   *constant = NIL;
	List	   *params = NIL;
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Node	   *condition = lfirst(lc);

		if (shippable_needs_params(condition))
			*left_out = lappend(*left_out, condition);
		else
			constant = lappend(constant, condition);
	}
	return deparse_select(rel, relid, attnums, constant, &params);
}
