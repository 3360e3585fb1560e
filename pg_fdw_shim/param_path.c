/*-------------------------------------------------------------------------
 *
 * param_path.c
 *	  Scans that run once for each row of other tables, with its values.
 *
 * Every run is a request, so this pays for few rows on the outside and a
 * condition that leaves few rows on the inside.  Where the keys of the outside
 * can travel in one request, they do: key_set.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "guc.h"
#include "key_set.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paramassign.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "rel_plan.h"

typedef struct OuterContext
{
	PlannerInfo *root;
	int			relid;			/* whose columns stay columns */
	bool		planned;		/* the path has been chosen */
} OuterContext;

typedef struct ClassContext
{
	Expr	   *current;		/* the relation's expression in hand */
	List	   *used;			/* those before */
} ClassContext;

/* ------------------------------------------------------------------ */
/* Conditions														  */
/* ------------------------------------------------------------------ */

static Node *
as_params(Node *node, OuterContext *cxt)
{
	if (node == NULL)
		return NULL;
	/* The outer rows have it, and not what is in it. */
	if (IsA(node, PlaceHolderVar))
		return node;
	if (IsA(node, Var) && ((Var *) node)->varno != cxt->relid)
	{
		Var		   *var = (Var *) node;
		Param	   *param;

		if (cxt->planned)
			return bms_is_member(var->varno, cxt->root->curOuterRels) ?
				(Node *) replace_nestloop_param_var(cxt->root, var) : node;
		param = makeNode(Param);
		param->paramkind = PARAM_EXEC;
		param->paramid = -1;
		param->paramtype = var->vartype;
		param->paramtypmod = var->vartypmod;
		param->paramcollid = var->varcollid;
		param->location = -1;
		return (Node *) param;
	}
	return expression_tree_mutator(node, as_params, cxt);
}

Expr *
param_clause(PlannerInfo *root, RelOptInfo *rel, Expr *clause)
{
	OuterContext cxt = {root, rel->relid, true};

	return (Expr *) as_params((Node *) clause, &cxt);
}

static bool
is_shippable(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *info)
{
	OuterContext cxt = {root, rel->relid, false};
	ShipScope	scope;

	rel_plan_scope(root, rel, &scope);
	return restriction_is_securely_promotable(info, rel) &&
		shippable_expr(&scope, as_params((Node *) info->clause, &cxt)) == NULL;
}

/* ------------------------------------------------------------------ */
/* Paths															  */
/* ------------------------------------------------------------------ */

/* Do all keys of the outer table travel at once?  Then better so. */
static bool
has_key_set(RelOptInfo *rel, Relids outer)
{
	ListCell   *lc;

	foreach(lc, rel_plan(rel)->key_sets)
	{
		KeySet	   *set = lfirst(lc);

		if (bms_membership(outer) == BMS_SINGLETON &&
			bms_is_member(set->source, outer))
			return true;
	}
	return false;
}

/* Adds what a scan with this condition depends on, once. */
static List *
add_outer(PlannerInfo *root, RelOptInfo *rel, List *infos, RestrictInfo *info)
{
	Relids		outer;

	if (!join_clause_is_movable_to(info, rel) ||
		!is_shippable(root, rel, info))
		return infos;
	outer = bms_union(info->clause_relids, rel->lateral_relids);
	outer = bms_del_member(outer, rel->relid);
	if (bms_is_empty(outer) || has_key_set(rel, outer))
		return infos;
	return list_append_unique_ptr(infos,
								  get_baserel_parampathinfo(root, rel, outer));
}

static bool
is_current(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
		   EquivalenceMember *member, void *arg)
{
	ClassContext *cxt = arg;

	if (cxt->current != NULL)
		return equal(member->em_expr, cxt->current);
	if (list_member(cxt->used, member->em_expr))
		return false;
	cxt->current = member->em_expr;
	return true;
}

static List *
outers_of_classes(PlannerInfo *root, RelOptInfo *rel, List *infos)
{
	ClassContext cxt = {NULL, NIL};

	for (;;)
	{
		List	   *clauses;
		ListCell   *lc;

		cxt.current = NULL;
		clauses = generate_implied_equalities_for_column(root, rel, is_current,
														 &cxt,
														 rel->lateral_referencers);
		if (cxt.current == NULL)
			return infos;
		foreach(lc, clauses)
			infos = add_outer(root, rel, infos, lfirst(lc));
		cxt.used = lappend(cxt.used, cxt.current);
	}
}

void
param_paths(PlannerInfo *root, RelOptInfo *rel)
{
	RelPlan    *plan = rel_plan(rel);
	List	   *infos = NIL;
	ListCell   *lc;

	if (!datrang_enable_pushdown)
		return;
	foreach(lc, rel->joininfo)
		infos = add_outer(root, rel, infos, lfirst(lc));
	if (rel->has_eclass_joins)
		infos = outers_of_classes(root, rel, infos);
	foreach(lc, infos)
	{
		ParamPathInfo *info = lfirst(lc);
		double		part = info->ppi_rows / Max(rel->rows, 1);
		Cost		rows_cost = plan->total_cost - plan->startup_cost -
			plan->work;

		add_path(rel, (Path *)
				 compat_foreignscan_path(root, rel, info->ppi_rows,
										 plan->startup_cost,
										 plan->startup_cost + plan->work +
										 rows_cost * part,
										 NIL, info->ppi_req_outer, NIL));
	}
}
