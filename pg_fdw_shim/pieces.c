/*-------------------------------------------------------------------------
 *
 * pieces.c
 *	  A query that yields what a scan of joined tables or groups does.
 *
 * When the sidecar's answer fails on its data, PostgreSQL runs this query, in
 * which the sidecar decides about single tables only (see verdict.c).  It is
 * made of what the planner made of the statement: joins that subqueries have
 * become, conditions where they are checked, parameters of its executor.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rel_plan.h"
#include "utils/lsyscache.h"

/* ------------------------------------------------------------------ */
/* Rows																  */
/* ------------------------------------------------------------------ */

static bool
subplan_walker(Node *node, void *arg)
{
	return node != NULL &&
		(IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) ||
		 expression_tree_walker(node, subplan_walker, arg));
}

/*
 * The remote conditions, and those local ones which may spare a row what fails
 * there.  The scan checks the local ones, too.
 */
static Node *
conditions_of(RelPlan *plan)
{
	List	   *all = list_copy(plan->remote);
	ListCell   *lc;

	foreach(lc, plan->local)
		if (!contain_volatile_functions(lfirst(lc)) &&
			!subplan_walker(lfirst(lc), NULL))
			all = lappend(all, lfirst(lc));
	return all == NIL ? NULL : (Node *) make_ands_explicit(all);
}

static Node *rows_of(PlannerInfo *root, Query *query, RelOptInfo *rel);

static Node *
join_of(PlannerInfo *root, Query *query, RelPlan *plan)
{
	JoinExpr   *join = makeNode(JoinExpr);
	bool		is_right = plan->jointype == JOIN_RIGHT;

	/* As the planner has it once it has looked at all joins. */
	join->jointype = is_right ? JOIN_LEFT : plan->jointype;
	join->larg = rows_of(root, query, is_right ? plan->inner : plan->outer);
	join->rarg = rows_of(root, query, is_right ? plan->outer : plan->inner);
	join->quals = plan->join_clauses == NIL ? NULL :
		(Node *) make_ands_explicit(list_copy(plan->join_clauses));
	return (Node *) join;
}

static Node *
rows_of(PlannerInfo *root, Query *query, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	RangeTblRef *ref;
	Node	   *rows;

	if (plan->kind == REL_JOIN)
		rows = join_of(root, query, plan);
	else
	{
		ref = makeNode(RangeTblRef);
		ref->rtindex = rel->relid;
		lfirst(list_nth_cell(query->rtable, rel->relid - 1)) =
			planner_rt_fetch(rel->relid, root);
		rows = (Node *) ref;
	}
	return (Node *) makeFromExpr(list_make1(rows), conditions_of(plan));
}

/* What the query does not read keeps its number. */
static List *
empty_range_table(int length)
{
	List	   *rtable = NIL;

	while (list_length(rtable) < length)
	{
		RangeTblEntry *rte = makeNode(RangeTblEntry);

		rte->rtekind = RTE_RESULT;
		rte->eref = makeAlias("*RESULT*", NIL);
		rtable = lappend(rtable, rte);
	}
	return rtable;
}

/* ------------------------------------------------------------------ */
/* Groups, distinct rows, order and LIMIT							  */
/* ------------------------------------------------------------------ */

/* The output that is the expression; it is added if there is none. */
static TargetEntry *
output_of(Query *query, Node *expr)
{
	TargetEntry *entry = tlist_member((Expr *) expr, query->targetList);

	if (entry == NULL)
	{
		entry = makeTargetEntry((Expr *) expr,
								list_length(query->targetList) + 1, NULL,
								true);
		query->targetList = lappend(query->targetList, entry);
	}
	return entry;
}

static List *
add_clause(Query *query, List *clauses, Node *expr,
		   const SortGroupClause *model)
{
	TargetEntry *entry = output_of(query, expr);
	SortGroupClause *clause = makeNode(SortGroupClause);

	*clause = *model;
	clause->tleSortGroupRef = entry->ressortgroupref != 0 ?
		entry->ressortgroupref : (Index) entry->resno;
	entry->ressortgroupref = clause->tleSortGroupRef;
	return list_member(clauses, clause) ? clauses : lappend(clauses, clause);
}

static void
add_groups(PlannerInfo *root, Query *query, RelPlan *groups)
{
	ListCell   *key;
	ListCell   *clause;

	forboth(key, groups->keys, clause, compat_group_clause(root))
		query->groupClause = add_clause(query, query->groupClause,
										lfirst(key), lfirst(clause));
	query->havingQual = conditions_of(groups);
}

static void
add_distinct(PlannerInfo *root, Query *query, RelPlan *distinct)
{
	int			i = 0;
	ListCell   *lc;

	foreach(lc, distinct->target->exprs)
	{
		Index		ref = get_pathtarget_sortgroupref(distinct->target, i++);

		if (list_member(distinct->keys, lfirst(lc)))
			query->distinctClause =
				add_clause(query, query->distinctClause, lfirst(lc),
						   get_sortgroupref_clause(ref,
												   root->parse->distinctClause));
	}
}

static void
add_order(PlannerInfo *root, Query *query, RelOptInfo *rel, List *pathkeys)
{
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *key = lfirst_node(PathKey, lc);
		SortGroupClause *clause = makeNode(SortGroupClause);
		const char *reason;
		Expr	   *expr = sort_expression(root, rel, key, &clause->sortop,
										   &reason);

		clause->eqop = get_equality_op_for_ordering_op(clause->sortop, NULL);
		clause->nulls_first = key->pk_nulls_first;
		query->sortClause = add_clause(query, query->sortClause,
									   (Node *) expr, clause);
	}
}

/* ------------------------------------------------------------------ */
/* The query														  */
/* ------------------------------------------------------------------ */

/* Parts of groups are states of aggregates, which no query yields. */
static bool
is_of_parts_walker(Node *node, void *arg)
{
	return node != NULL &&
		((IsA(node, Aggref) &&
		  ((Aggref *) node)->aggsplit != AGGSPLIT_SIMPLE) ||
		 expression_tree_walker(node, is_of_parts_walker, arg));
}

static bool
has_system_column_walker(Node *node, void *arg)
{
	return node != NULL &&
		((IsA(node, Var) && ((Var *) node)->varattno <= 0) ||
		 expression_tree_walker(node, has_system_column_walker, arg));
}

/* Of a table the sidecar is asked for columns by their numbers alone. */
static Expr *
with_type(PlannerInfo *root, Node *output)
{
	Var		   *var = (Var *) output;
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (!IsA(output, Var) || OidIsValid(var->vartype))
		return (Expr *) output;
	get_atttypetypmodcoll(planner_rt_fetch(var->varno, root)->relid,
						  var->varattno, &type, &typmod, &collation);
	return (Expr *) makeVar(var->varno, var->varattno, type, typmod, collation,
							0);
}

Query *
pieces_query(PlannerInfo *root, RelOptInfo *rel, List *outputs, int flags,
			 List *pathkeys)
{
	Query	   *query;
	RelOptInfo *rows = rel;
	RelPlan    *groups = NULL;
	RelPlan    *distinct = NULL;
	ListCell   *lc;

	if (!COMPAT_QUERY_OF_PATHS || root->qual_security_level > 0 ||
		is_of_parts_walker((Node *) outputs, NULL) ||
		has_system_column_walker((Node *) outputs, NULL))
		return NULL;
	for (; rel_plan(rows)->input != NULL; rows = rel_plan(rows)->input)
		if (rel_plan(rows)->kind == REL_GROUPS)
			groups = rel_plan(rows);
		else
			distinct = rel_plan(rows);
	query = makeNode(Query);
	query->commandType = CMD_SELECT;
	query->rtable = empty_range_table(root->simple_rel_array_size - 1);
	query->jointree = (FromExpr *) rows_of(root, query, rows);
	foreach(lc, outputs)
		query->targetList = lappend(query->targetList,
									makeTargetEntry(with_type(root, lfirst(lc)),
													foreach_current_index(lc) + 1,
													NULL, false));
	if (groups != NULL)
		add_groups(root, query, groups);
	if (distinct != NULL)
		add_distinct(root, query, distinct);
	if (flags & PATH_SORTED)
		add_order(root, query, rel, pathkeys);
	if (flags & PATH_LIMITED)
	{
		query->limitCount = root->parse->limitCount;
		query->limitOffset = root->parse->limitOffset;
	}
	query->hasAggs = contain_agg_clause((Node *) query->targetList) ||
		contain_agg_clause(query->havingQual);
	return copyObject(query);
}
