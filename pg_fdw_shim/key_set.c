/*-------------------------------------------------------------------------
 *
 * key_set.c
 *	  Semi-join reduction: the keys of a heap table travel to the sidecar.
 *
 * Where a columnar table is joined with a heap table by an equality, only
 * rows with one of the heap's keys can matter.  An InitPlan collects these
 * keys, under the heap's own conditions, and the scan sends them as one list:
 * "column = ANY (keys)".  The join itself stays an ordinary one, and sees the
 * same rows of the heap again; so sending the keys changes how many rows come
 * back and nothing else, and a scan may leave them out when they turn out to
 * be too many.
 *
 * An equality binds all rows of the result if it is of an equivalence class
 * above outer joins.  It also decides which rows of the right side of a left
 * or anti join are looked at, if it is a condition of that join.
 *
 * Deliberately absent: keys of joins and subqueries (the keys of one of their
 * tables are a larger set and do as well), of tables with columnar
 * partitions, and of those whose rows may be others the second time: samples,
 * volatile conditions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "guc.h"
#include "key_set.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paramassign.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/subselect.h"
#include "parser/parse_oper.h"
#include "rel_plan.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/selfuncs.h"

/* Writing, reading and looking for one key, in units of seq_page_cost. */
#define KEY_COST 0.05

/* ------------------------------------------------------------------ */
/* The query for the keys											  */
/* ------------------------------------------------------------------ */

static bool
depends_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) ||
		IsA(node, SubLink) || IsA(node, PlaceHolderVar) ||
		(IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN))
		return true;
	return expression_tree_walker(node, depends_walker, arg);
}

/* Does it need more than a row, or may it be another the second time? */
static bool
depends(Node *node)
{
	return depends_walker(node, NULL) || contain_volatile_functions(node);
}

static bool
has_same_rows_again(RangeTblEntry *rte)
{
	/* With a name, they stand for a statement of the sidecar (whole.c). */
	if (rte->rtekind == RTE_VALUES)
		return rte->enrname == NULL && !depends((Node *) rte->values_lists);
	return rte->rtekind == RTE_RELATION && rte->tablesample == NULL &&
		rte->securityQuals == NIL &&
		(rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_MATVIEW ||
		 rte->relkind == RELKIND_PARTITIONED_TABLE);
}

/*
 * Is some partition of it columnar?  Its keys would have to be asked for
 * first; and of a partition, the parent has the same keys.
 */
static bool
has_columnar_part(PlannerInfo *root, RelOptInfo *heap)
{
	ListCell   *lc;

	foreach(lc, root->append_rel_list)
	{
		AppendRelInfo *part = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *rel = root->simple_rel_array[part->child_relid];

		if (part->parent_relid == heap->relid && rel != NULL &&
			(rel_plan(rel) != NULL || has_columnar_part(root, rel)))
			return true;
	}
	return false;
}

/* May the keys be taken from the relation? */
static bool
is_source(PlannerInfo *root, RelOptInfo *heap)
{
	ListCell   *lc;

	if (heap == NULL || heap->reloptkind != RELOPT_BASEREL ||
		rel_plan(heap) != NULL || heap->lateral_relids != NULL ||
		!has_same_rows_again(planner_rt_fetch(heap->relid, root)) ||
		has_columnar_part(root, heap))
		return false;
	foreach(lc, heap->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (info->security_level > 0 || depends((Node *) info->clause))
			return false;
	}
	return true;
}

/* SELECT DISTINCT key FROM heap WHERE ... AND key IS NOT NULL LIMIT ... */
static Query *
distinct_keys(PlannerInfo *root, RelOptInfo *heap, Expr *key)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *rte = copyObject(planner_rt_fetch(heap->relid, root));
	RangeTblRef *ref = makeNode(RangeTblRef);
	SortGroupClause *distinct = makeNode(SortGroupClause);
	NullTest   *test = makeNode(NullTest);
	TargetEntry *output;
	List	   *quals = extract_actual_clauses(heap->baserestrictinfo, false);

	key = copyObject(key);
	quals = copyObject(quals);
	ChangeVarNodes((Node *) key, heap->relid, 1, 0);
	ChangeVarNodes((Node *) quals, heap->relid, 1, 0);
	test->arg = copyObject(key);
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	rte->inFromCl = true;
	ref->rtindex = 1;
	output = makeTargetEntry(key, 1, pstrdup("key"), false);
	output->ressortgroupref = distinct->tleSortGroupRef = 1;
	get_sort_group_operators(exprType((Node *) key), false, true, false,
							 &distinct->sortop, &distinct->eqop, NULL,
							 &distinct->hashable);
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = list_make1(rte);
	compat_copy_permissions(root->parse, query, rte);
	query->jointree = makeFromExpr(list_make1(ref),
								   (Node *) make_ands_explicit(lappend(quals, test)));
	query->targetList = list_make1(output);
	query->distinctClause = list_make1(distinct);
	query->limitCount = (Node *) makeConst(INT8OID, -1, InvalidOid,
										   sizeof(int64),
										   Int64GetDatum(KEY_SET_MAX + 1),
										   false, FLOAT8PASSBYVAL);
	return query;
}

/* SELECT array_agg(key) FROM (...) */
static Query *
keys_as_array(Query *keys, Expr *key)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	Oid			type = exprType((Node *) key);
	Oid			collation = exprCollation((Node *) key);
	Aggref	   *agg = makeNode(Aggref);
	Var		   *var = makeVar(1, 1, type, exprTypmod((Node *) key),
							  collation, 0);

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = keys;
	rte->alias = makeAlias("keys", NIL);
	rte->eref = makeAlias("keys", list_make1(makeString(pstrdup("key"))));
	rte->inFromCl = true;
	ref->rtindex = 1;
	agg->aggfnoid = F_ARRAY_AGG_ANYNONARRAY;
	agg->aggtype = get_array_type(type);
	agg->aggcollid = collation;
	agg->inputcollid = collation;
	agg->aggtranstype = InvalidOid;
	agg->aggargtypes = list_make1_oid(type);
	agg->args = list_make1(makeTargetEntry((Expr *) var, 1, NULL, false));
	agg->aggkind = AGGKIND_NORMAL;
	agg->aggsplit = AGGSPLIT_SIMPLE;
	agg->aggno = -1;
	agg->aggtransno = -1;
	agg->location = -1;
	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = list_make1(rte);
	query->jointree = makeFromExpr(list_make1(ref), NULL);
	query->targetList = list_make1(makeTargetEntry((Expr *) agg, 1,
												   pstrdup("keys"), false));
	query->hasAggs = true;
	return query;
}

/* ------------------------------------------------------------------ */
/* Finding key sets													  */
/* ------------------------------------------------------------------ */

/* PostgreSQL computes a key of rows only that are left of other joins. */
static bool
may_fail(PlannerInfo *root, const ShipScope *scope, RelOptInfo *heap,
		 Expr *key)
{
	ShipScope	rows = *scope;

	rows.relids = heap->relids;
	return shippable_can_fail((Node *) key) &&
		(planner_rt_fetch(heap->relid, root)->rtekind != RTE_RELATION ||
		 !shippable_certain(&rows, (Node *) key));
}

/* The set that reduces "column" by "key", or NULL if it cannot be made. */
static KeySet *
make_set(PlannerInfo *root, RelOptInfo *rel, Expr *column, RelOptInfo *heap,
		 Expr *key, Oid opno, Oid collation)
{
	KeySet	   *set = palloc0(sizeof(KeySet));
	ScalarArrayOpExpr *condition = makeNode(ScalarArrayOpExpr);
	Param	   *array = makeNode(Param);
	Oid			type = exprType((Node *) key);
	ShipScope	scope;
	double		values;

	if (!OidIsValid(opno) || !OidIsValid(get_array_type(type)) ||
		OidIsValid(get_element_type(type)) || get_typtype(type) == TYPTYPE_DOMAIN ||
		depends((Node *) key))
		return NULL;
	array->paramkind = PARAM_EXEC;
	array->paramid = -1;
	array->paramtype = get_array_type(type);
	array->paramtypmod = -1;
	array->paramcollid = exprCollation((Node *) key);
	array->location = -1;
	condition->opno = opno;
	condition->opfuncid = get_opcode(opno);
	condition->useOr = true;
	condition->inputcollid = collation;
	condition->args = list_make2(column, array);
	condition->location = -1;
	rel_plan_scope(root, rel, &scope);
	if (may_fail(root, &scope, heap, key) ||
		shippable_expr(&scope, (Node *) condition) != NULL)
		return NULL;

	set->rel = rel;
	set->source = heap->relid;
	set->condition = condition;
	set->keys = estimate_num_groups(root, list_make1(key), heap->rows, NULL,
									NULL);
	values = estimate_num_groups(root, list_make1(column), rel->tuples, NULL,
								 NULL);
	set->selectivity = Min(1.0, set->keys / Max(values, 1));
	if (set->keys > KEY_SET_MAX || set->selectivity > 0.5)
		return NULL;
	return set;
}

/* The better of two sets; planning its query is left for the winner. */
static KeySet *
better(KeySet *a, KeySet *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	return a->selectivity <= b->selectivity ? a : b;
}

static KeySet *
with_query(PlannerInfo *root, KeySet *set, Expr *key)
{
	RelOptInfo *heap = root->simple_rel_array[set->source];
	Query	   *query = keys_as_array(distinct_keys(root, heap, key), key);
	RelOptInfo *final;

	set->subroot = subquery_planner(root->glob, query, root, false, 0);
	final = fetch_upper_rel(set->subroot, UPPERREL_FINAL, NULL);
	set->path = final->cheapest_total_path;
	return set;
}

/* The class's expression of the columnar table. */
static EquivalenceMember *
member_of(EquivalenceClass *ec, RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);

		if (!member->em_is_const && bms_equal(member->em_relids, rel->relids) &&
			member->em_is_child == IS_OTHER_REL(rel))
			return member;
	}
	return NULL;
}

static KeySet *
set_of_class(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec)
{
	EquivalenceMember *column;
	KeySet	   *best = NULL;
	Expr	   *best_key = NULL;
	ListCell   *lc;

	if (ec->ec_has_const || ec->ec_has_volatile || ec->ec_below_outer_join ||
		list_length(ec->ec_members) < 2 ||
		(column = member_of(ec, rel)) == NULL)
		return NULL;
	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);
		RelOptInfo *heap;
		KeySet	   *set;
		int			relid;

		if (member->em_is_const || member->em_is_child ||
			!bms_get_singleton_member(member->em_relids, &relid))
			continue;
		heap = root->simple_rel_array[relid];
		if (!is_source(root, heap))
			continue;
		set = make_set(root, rel, column->em_expr, heap, member->em_expr,
					   get_opfamily_member(linitial_oid(ec->ec_opfamilies),
										   column->em_datatype,
										   member->em_datatype,
										   BTEqualStrategyNumber),
					   ec->ec_collation);
		best = better(best, set);
		if (best == set && set != NULL)
			best_key = member->em_expr;
	}
	return best == NULL ? NULL : with_query(root, best, best_key);
}

/* Is the relation on the right of a left or anti join with this condition? */
static bool
is_looked_up(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *info)
{
	ListCell   *lc;

	if (info->is_pushed_down || info->security_level > 0 ||
		bms_overlap(rel->relids, info->outer_relids))
		return false;
	foreach(lc, root->join_info_list)
	{
		SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, lc);

		if ((join->jointype == JOIN_LEFT || join->jointype == JOIN_ANTI) &&
			bms_is_subset(rel->relids, join->syn_righthand) &&
			bms_is_subset(info->outer_relids, join->syn_lefthand))
			return true;
	}
	return false;
}

static KeySet *
set_of_clause(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *info)
{
	OpExpr	   *clause = (OpExpr *) info->clause;
	RelOptInfo *heap;
	Expr	   *column;
	Expr	   *key;
	Oid			opno;
	KeySet	   *set;
	int			relid;
	bool		column_first;

	if (!IsA(clause, OpExpr) || list_length(clause->args) != 2 ||
		info->mergeopfamilies == NIL || !is_looked_up(root, rel, info))
		return NULL;
	column_first = bms_equal(info->left_relids, rel->relids);
	if (!column_first && !bms_equal(info->right_relids, rel->relids))
		return NULL;
	if (!bms_get_singleton_member(column_first ? info->right_relids :
								  info->left_relids, &relid))
		return NULL;
	heap = root->simple_rel_array[relid];
	if (!is_source(root, heap))
		return NULL;
	column = column_first ? linitial(clause->args) : lsecond(clause->args);
	key = column_first ? lsecond(clause->args) : linitial(clause->args);
	opno = column_first ? clause->opno : get_commutator(clause->opno);
	set = make_set(root, rel, column, heap, key, opno, clause->inputcollid);
	return set == NULL ? NULL : with_query(root, set, key);
}

List *
key_set_find(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *sets = NIL;
	ListCell   *lc;
	KeySet	   *set;

	if (!datrang_enable_pushdown || !datrang_enable_key_sets)
		return NIL;
	foreach(lc, root->eq_classes)
		if ((set = set_of_class(root, rel, lfirst(lc))) != NULL)
			sets = lappend(sets, set);
	foreach(lc, rel->joininfo)
		if ((set = set_of_clause(root, rel, lfirst(lc))) != NULL)
			sets = lappend(sets, set);
	return sets;
}

/* ------------------------------------------------------------------ */
/* Paths and plans													  */
/* ------------------------------------------------------------------ */

static List *
sets_below(RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);

	if (plan->kind == REL_TABLE)
		return plan->key_sets;
	return list_concat_copy(sets_below(plan->outer), sets_below(plan->inner));
}

void
key_set_paths(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	List	   *sets = sets_below(rel);
	Selectivity part = 1;
	Cost		startup = plan->startup_cost;
	double		rows;
	Cost		total;
	ListCell   *lc;

	if (sets == NIL)
		return;
	foreach(lc, sets)
	{
		KeySet	   *set = lfirst(lc);

		part *= set->selectivity;
		/* The request is written, read and answered before the first row. */
		startup += set->path->total_cost +
			set->keys * (cpu_tuple_cost + KEY_COST);
	}
	rows = clamp_row_est(rel->rows * part);
	total = startup + (plan->total_cost - plan->startup_cost - plan->work) *
		part + plan->work;
	if (plan->kind == REL_JOIN)
		add_path(rel, (Path *)
				 compat_foreign_join_path(root, rel, rows, startup, total,
										  NIL, sets));
	else
		add_path(rel, (Path *)
				 compat_foreignscan_path(root, rel, rows, startup, total, NIL,
										 rel->lateral_relids, sets));
}

/* Other paths have a list of ints. */
List *
key_set_of_path(ForeignPath *path)
{
	return path->fdw_private != NIL && IsA(path->fdw_private, List) ?
		path->fdw_private : NIL;
}

Expr *
key_set_plan(PlannerInfo *root, KeySet *set)
{
	ScalarArrayOpExpr *condition = copyObject(set->condition);
	Param	   *unknown = lsecond_node(Param, condition->args);
	Plan	   *plan = create_plan(set->subroot, set->path);
	Param	   *keys = SS_make_initplan_output_param(root, unknown->paramtype,
													 -1, unknown->paramcollid);

	SS_make_initplan_from_plan(root, set->subroot, plan, keys);
	lsecond(condition->args) = keys;
	return (Expr *) condition;
}

char *
key_set_describe(PlannerInfo *root, KeySet *set)
{
	RangeTblEntry *table = planner_rt_fetch(set->rel->relid, root);
	RangeTblEntry *heap = planner_rt_fetch(set->source, root);
	Node	   *column = copyObject(linitial(set->condition->args));

	ChangeVarNodes(column, set->rel->relid, 1, 0);
	return psprintf("%s by keys of %s",
					deparse_expression(column,
									   deparse_context_for(table->eref->aliasname,
														   table->relid),
									   true, false),
					quote_identifier(heap->eref->aliasname));
}
