/*-------------------------------------------------------------------------
 *
 * whole_query.c
 *	  Queries that may be sent as a whole: before, and what is planned in
 *	  their place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "whole.h"

static void prepare_query(PlannerInfo *root, Query *query);

/* ------------------------------------------------------------------ */
/* Tables															  */
/* ------------------------------------------------------------------ */

bool
whole_is_ours(RangeTblEntry *rte, Oid *serverid)
{
	if (rte->rtekind != RTE_RELATION ||
		rte->relkind != RELKIND_FOREIGN_TABLE)
		return false;
	*serverid = GetForeignServerIdByRelId(rte->relid);
	return GetFdwRoutineByServerId(*serverid)->BeginForeignScan == scan_begin;
}

static WholeMirror *
find_mirror(WholeQuery *whole, RangeTblEntry *rte)
{
	WholeMirror *found;
	ListCell   *lc;

	foreach(lc, whole->mirrors)
	{
		found = lfirst(lc);
		if (found->heap == rte->relid)
			return found;
	}
	found = palloc0(sizeof(WholeMirror));
	found->heap = rte->relid;
	found->mirror = accelerate_mirror(rte);
	found->name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(rte->relid)),
											 get_rel_name(rte->relid));
	whole->mirrors = lappend(whole->mirrors, found);
	return found;
}

Oid
whole_columnar(WholeQuery *whole, RangeTblEntry *rte)
{
	Oid			serverid;

	if (whole_is_ours(rte, &serverid))
		return rte->relid;
	return whole->accelerate ? find_mirror(whole, rte)->mirror : InvalidOid;
}

typedef struct FirstTable
{
	bool		accelerate;
	RangeTblEntry *rte;
	Query	   *query;
} FirstTable;

static bool
first_table_walker(Node *node, FirstTable *first)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
			Oid			serverid;

			if (!whole_is_ours(rte, &serverid) &&
				!(first->accelerate && OidIsValid(accelerate_mirror(rte))))
				continue;
			first->rte = rte;
			first->query = (Query *) node;
			return true;
		}
		return query_tree_walker((Query *) node, first_table_walker, first, 0);
	}
	return expression_tree_walker(node, first_table_walker, first);
}

RangeTblEntry *
whole_first_table(Query *query, bool accelerate, Query **where)
{
	FirstTable	first = {accelerate, NULL, NULL};

	first_table_walker((Node *) query, &first);
	*where = first.query;
	return first.rte;
}

/* ------------------------------------------------------------------ */
/* Before															  */
/* ------------------------------------------------------------------ */

static bool
prepare_sublinks(Node *node, PlannerInfo *root)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return false;
	if (IsA(node, SubLink))
		prepare_query(root, (Query *) ((SubLink *) node)->subselect);
	return expression_tree_walker(node, prepare_sublinks, root);
}

static Node *
prepare_expr(PlannerInfo *root, Query *query, Node *node)
{
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	node = compat_flatten_join_alias_vars(root, query, node);
	if (!IsA(node, List))
		return eval_const_expressions(root, node);
	foreach(lc, (List *) node)
		lfirst(lc) = eval_const_expressions(root, lfirst(lc));
	return node;
}

static Node *
prepare_quals(PlannerInfo *root, Query *query, Node *quals)
{
	Node	   *node = prepare_expr(root, query, quals);

	if (node == NULL)
		return NULL;
	node = (Node *) canonicalize_qual((Expr *) node, false);
	prepare_sublinks(node, root);
	return node;
}

static void
prepare_jointree(PlannerInfo *root, Query *query, Node *node)
{
	ListCell   *lc;

	if (node == NULL || IsA(node, RangeTblRef))
		return;
	if (IsA(node, FromExpr))
	{
		FromExpr   *from = (FromExpr *) node;

		foreach(lc, from->fromlist)
			prepare_jointree(root, query, lfirst(lc));
		from->quals = prepare_quals(root, query, from->quals);
		return;
	}
	prepare_jointree(root, query, castNode(JoinExpr, node)->larg);
	prepare_jointree(root, query, ((JoinExpr *) node)->rarg);
	((JoinExpr *) node)->quals = prepare_quals(root, query,
											   ((JoinExpr *) node)->quals);
}

/* In place. */
static void
prepare_query(PlannerInfo *root, Query *query)
{
	ListCell   *lc;

	prepare_jointree(root, query, (Node *) query->jointree);
	query->targetList = (List *)
		compat_flatten_join_alias_vars(root, query,
									   (Node *) query->targetList);
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		tle->expr = (Expr *) eval_const_expressions(root, (Node *) tle->expr);
		prepare_sublinks((Node *) tle->expr, root);
	}
	query->havingQual = prepare_expr(root, query, query->havingQual);
	prepare_sublinks(query->havingQual, root);
	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst_node(WindowClause, lc);

		window->startOffset = prepare_expr(root, query, window->startOffset);
		window->endOffset = prepare_expr(root, query, window->endOffset);
	}
	query->limitCount = prepare_expr(root, query, query->limitCount);
	query->limitOffset = prepare_expr(root, query, query->limitOffset);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		ListCell   *row;

		if (rte->rtekind == RTE_SUBQUERY && rte->subquery != NULL)
		{
			if (rte->lateral)
				rte->subquery = (Query *)
					compat_flatten_join_alias_vars(root, query,
												   (Node *) rte->subquery);
			prepare_query(root, rte->subquery);
		}
		else if (rte->rtekind == RTE_VALUES)
			foreach(row, rte->values_lists)
				lfirst(row) = prepare_expr(root, query, lfirst(row));
	}
	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		prepare_query(root, castNode(Query, cte->ctequery));
	}
}

Query *
whole_prepare(Query *query, ParamListInfo params, List **inval_items)
{
	PlannerInfo *root = makeNode(PlannerInfo);
	Query	   *copy = copyObject(query);

	root->parse = copy;
	root->glob = makeNode(PlannerGlobal);
	root->glob->boundParams = params;
	root->query_level = 1;
	prepare_query(root, copy);
	*inval_items = root->glob->invalItems;
	return copy;
}

/* ------------------------------------------------------------------ */
/* After															  */
/* ------------------------------------------------------------------ */

/* Is it needed by what is above the statement? */
static bool
is_target(TargetEntry *tle, List *sort_above)
{
	return !tle->resjunk ||
		(tle->ressortgroupref != 0 &&
		 get_sortgroupref_clause_noerr(tle->ressortgroupref, sort_above) != NULL);
}

List *
whole_outputs(Query *query, List *sort_above)
{
	List	   *outputs = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (is_target(tle, sort_above) &&
			!shippable_is_value((Node *) tle->expr))
			outputs = lappend(outputs, tle);
	}
	return outputs;
}

Const *
whole_null(TargetEntry *tle)
{
	Node	   *expr = (Node *) tle->expr;

	return makeNullConst(exprType(expr), exprTypmod(expr), exprCollation(expr));
}

static RangeTblEntry *
make_relation(List *outputs, const char *mark, Oid userid, double rows)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;
	List	   *nulls = NIL;
	ListCell   *lc;
	int			i;

	rte->rtekind = RTE_VALUES;
	foreach(lc, outputs)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		Const	   *null = whole_null(tle);

		rte->coltypes = lappend_oid(rte->coltypes, null->consttype);
		rte->coltypmods = lappend_int(rte->coltypmods, null->consttypmod);
		rte->colcollations = lappend_oid(rte->colcollations,
										 null->constcollid);
		nulls = lappend(nulls, null);
		names = lappend(names, makeString(pstrdup(tle->resname == NULL ?
												  "?column?" :
												  tle->resname)));
	}
	/* Two rows at least, or it would be replaced by its expressions. */
	for (i = 0; i < Max(2, Min(rows, 1000)); i++)
		rte->values_lists = lappend(rte->values_lists, nulls);
	rte->eref = makeAlias("statement", names);
	rte->inFromCl = true;
	rte->enrname = pstrdup(mark);
#if PG_VERSION_NUM < 160000
	rte->checkAsUser = userid;
#endif
	return rte;
}

static bool
adopt_walker(Node *node, Query *to)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
			compat_adopt_permissions((Query *) node, to, lfirst(lc));
		return query_tree_walker((Query *) node, adopt_walker, to, 0);
	}
	return expression_tree_walker(node, adopt_walker, to);
}

Query *
whole_outer_query(Query *query, List *sort_above, const char *mark,
				  Oid userid, double rows, List **columns)
{
	Query	   *outer = makeNode(Query);
	List	   *outputs = whole_outputs(query, sort_above);
	RangeTblRef *ref = makeNode(RangeTblRef);
	int			column = 0;
	ListCell   *lc;

	outer->commandType = CMD_SELECT;
	outer->querySource = query->querySource;
	outer->queryId = query->queryId;
	outer->canSetTag = query->canSetTag;
	outer->stmt_location = query->stmt_location;
	outer->stmt_len = query->stmt_len;
	outer->rtable = list_make1(make_relation(outputs, mark, userid, rows));
	adopt_walker((Node *) query, outer);
	ref->rtindex = 1;
	outer->jointree = makeFromExpr(list_make1(ref), NULL);
	*columns = NIL;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = copyObject(lfirst_node(TargetEntry, lc));

		if (!is_target(tle, sort_above))
			continue;
		if (list_member_ptr(outputs, lfirst(lc)))
		{
			Node	   *expr = (Node *) tle->expr;

			tle->expr = (Expr *) makeVar(1, ++column, exprType(expr),
										 exprTypmod(expr),
										 exprCollation(expr), 0);
			*columns = lappend(*columns, copyObject(tle->expr));
		}
		outer->targetList = lappend(outer->targetList, tle);
	}
	return outer;
}

/* What is no output is computed by the query that stands for the statement. */
Query *
whole_pieces(Query *query, List *sort_above, List **columns)
{
	List	   *outputs = whole_outputs(query, sort_above);
	Query	   *pieces = copyObject(query);
	int			column = 0;
	ListCell   *from;
	ListCell   *to;

	*columns = NIL;
	forboth(from, query->targetList, to, pieces->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, to);
		bool		is_output = list_member_ptr(outputs, lfirst(from));

		if (tle->resjunk && !is_output)
			continue;
		tle->resjunk = false;
		column++;
		if (is_output)
			*columns = lappend_int(*columns, column);
		else if (tle->ressortgroupref == 0)
			tle->expr = (Expr *) whole_null(tle);
	}
	return pieces;
}

typedef struct PiecesColumns
{
	int			varno;			/* of what stands for the statement */
	List	   *numbers;		/* which of the pieces' columns its columns are */
	List	   *resnos;			/* of the pieces' columns */
} PiecesColumns;

static Node *
name_pieces(Node *node, PiecesColumns *columns)
{
	if (node == NULL)
		return NULL;
	/* Where it is made it is what is in it. */
	if (IsA(node, PlaceHolderVar))
		return name_pieces((Node *) ((PlaceHolderVar *) node)->phexpr, columns);
	if (IsA(node, Var) && ((Var *) node)->varno == columns->varno)
	{
		Var		   *var = copyObject((Var *) node);
		int			number = list_nth_int(columns->numbers, var->varattno - 1);

		var->varno = var->varnosyn = 1;
		var->varattno = var->varattnosyn =
			list_nth_int(columns->resnos, number - 1);
		return (Node *) var;
	}
	return expression_tree_mutator(node, name_pieces, columns);
}

Query *
whole_conditioned_pieces(Query *pieces, List *numbers, int varno,
						 List *conditions)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	PiecesColumns columns = {varno, numbers, NIL};
	ListCell   *lc;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = pieces;
	rte->eref = makeAlias("pieces", NIL);
	rte->inFromCl = true;
	query->commandType = CMD_SELECT;
	query->rtable = list_make1(rte);
	foreach(lc, pieces->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		Var		   *var = makeVarFromTargetEntry(1, tle);

		rte->eref->colnames = lappend(rte->eref->colnames,
									  makeString(psprintf("o%d", tle->resno)));
		if (tle->resjunk)
			continue;
		columns.resnos = lappend_int(columns.resnos, tle->resno);
		query->targetList = lappend(query->targetList,
									makeTargetEntry((Expr *) var,
													list_length(columns.resnos),
													NULL, false));
	}
	ref->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(ref),
								   name_pieces((Node *) make_ands_explicit(conditions),
											   &columns));
	return query;
}

/* As is_simple_subquery() of PostgreSQL's prepjointree.c, or nearly. */
bool
whole_is_simple(Query *query)
{
	return query->setOperations == NULL && !query->hasAggs &&
		!query->hasWindowFuncs && !query->hasTargetSRFs &&
		query->groupClause == NIL && query->groupingSets == NIL &&
		query->havingQual == NULL && query->sortClause == NIL &&
		query->distinctClause == NIL && query->limitCount == NULL &&
		query->limitOffset == NULL && query->cteList == NIL;
}
