/*-------------------------------------------------------------------------
 *
 * whole.c
 *	  Planning of statements that the sidecar computes as a whole.
 *
 * The planner asks a foreign-data wrapper about tables, joins, groups and
 * the like, and never about window functions, set operations, subqueries or
 * a statement.  So where what it made of these pieces is more than one scan,
 * the statement as the user wrote it (views expanded) is looked at: if all of
 * it is shippable, it is written as one request, and what is planned instead
 * is SELECT v.* FROM v.  That v is a list of VALUES to the planner; its path
 * is replaced by a foreign scan.  All else stays PostgreSQL's own: permission
 * checks, invalidation, parameters, cursors, EXPLAIN.
 *
 * ORDER BY and LIMIT of the statement stay above v if they cannot be shipped.
 * Of a statement that cannot be sent, subqueries in FROM and WITH may be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "compat.h"
#include "connection.h"
#include "datrang_fdw.h"
#include "foreign/foreign.h"
#include "guard.h"
#include "guc.h"
#include "lookahead.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/planner.h"
#include "optimizer/restrictinfo.h"
#include "rewrite/rewriteManip.h"
#include "test_order.h"
#include "utils/lsyscache.h"
#include "whole.h"

/* A written statement, between the query that stands for it and its scan. */
typedef struct WholeScan
{
	char	   *mark;
	Oid			serverid;
	Oid			userid;
	char	   *select;
	List	   *params;
	List	   *columns;		/* Vars of the query that stands for it */
	Bitmapset  *as_text;		/* those that are kept as text */
	List	   *tables;
	List	   *inval_items;
	List	   *mirrors;		/* WholeMirrors of its heap tables */
	const char *stopped;		/* why it is not all of the statement */
	List	   *remote;			/* RestrictInfos on it that are sent too */
	Query	   *pieces;			/* what is run if it fails on its data */
	List	   *pieces_columns; /* which of its columns are ours */
	int			last_alias;
	double		rows;
	Cost		cost;
} WholeScan;

static planner_hook_type next_planner;
static set_rel_pathlist_hook_type next_pathlist;
static List *scans;				/* of the queries that are being planned */
static uint64 last_mark;
static const ShipScope no_rows;

/* ------------------------------------------------------------------ */
/* Writing															  */
/* ------------------------------------------------------------------ */

static WholeScan *
make_scan(WholeQuery *whole, char *select, Plan *plan)
{
	WholeScan  *scan = palloc0(sizeof(WholeScan));

	scan->mark = psprintf("datrang statement " UINT64_FORMAT, ++last_mark);
	scan->serverid = whole->serverid;
	scan->userid = whole->userid;
	scan->select = select;
	scan->params = whole->params;
	scan->tables = whole->tables;
	scan->as_text = whole->as_text;
	scan->last_alias = whole->last_alias;
	scan->rows = plan == NULL ? 1000 : plan->plan_rows;
	/* Fewer rows come back than in pieces, whatever the estimates say. */
	scan->cost = plan == NULL ? STARTUP_COST : plan->total_cost * 0.9;
	scans = lappend(scans, scan);
	return scan;
}

/* The text, or NULL and a reason. */
static char *
write_statement(WholeQuery *whole, Query *prepared, List *outputs)
{
	StringInfoData text;
	int			nest_level = deparse_pin_settings();
	bool		ok;

	initStringInfo(&text);
	ok = whole_select(whole, prepared, NULL, true, outputs, &text);
	deparse_unpin_settings(nest_level);
	return ok ? text.data : NULL;
}

/*
 * The query to be planned in place of one, or NULL and the reason.  "plan" is
 * what it is if planned in pieces; "only_sort_left" says that this is one
 * scan below a sort, of which no more would come.
 */
static Query *
replace_query(Query *query, ParamListInfo params, Plan *plan,
			  bool only_sort_left, bool is_pulled_up, bool accelerate,
			  const char **reason)
{
	WholeQuery	whole;
	Query	   *where;
	RangeTblEntry *table = whole_first_table(query, accelerate, &where);
	List	   *inval_items;
	List	   *sort_above = NIL;
	Query	   *prepared;
	Query	   *outer;
	WholeScan  *scan;
	char	   *select;
	const char *refusal;

	memset(&whole, 0, sizeof(whole));
	*reason = NULL;
	if (table == NULL)
		return NULL;
	whole.is_pulled_up = is_pulled_up;
	whole.accelerate = accelerate;
	whole.serverid = GetForeignServerIdByRelId(whole_columnar(&whole, table));
	whole.userid = compat_check_as_user_of(where, table);
	whole.announcement = connection_announcement(whole.serverid, whole.userid);
	prepared = whole_prepare(query, params, &inval_items);
	select = write_statement(&whole, prepared, whole_outputs(prepared, NIL));
	refusal = whole.reason;
	*reason = whole.is_mixed ? NULL : whole.reason;
	if (select == NULL && !only_sort_left && prepared->sortClause != NIL &&
		!prepared->hasDistinctOn &&
		!checkExprHasSubLink(prepared->limitCount) &&
		!checkExprHasSubLink(prepared->limitOffset))
	{
		sort_above = prepared->sortClause;
		prepared->sortClause = NIL;
		prepared->limitCount = prepared->limitOffset = NULL;
		whole.reason = NULL;
		whole.params = whole.tables = NIL;
		whole.as_text = NULL;
		select = write_statement(&whole, prepared,
								 whole_outputs(prepared, sort_above));
	}
	if (select == NULL)
		return NULL;
	scan = make_scan(&whole, select, plan);
	scan->inval_items = inval_items;
	scan->mirrors = whole.mirrors;
	scan->pieces = whole_pieces(prepared, sort_above, &scan->pieces_columns);
	outer = whole_outer_query(prepared, sort_above, scan->mark, whole.userid,
							  scan->rows, &scan->columns);
	if (sort_above != NIL)
	{
		scan->stopped = rel_plan_reason("Sort", refusal);
		outer->sortClause = sort_above;
		outer->limitCount = copyObject(query->limitCount);
		outer->limitOffset = copyObject(query->limitOffset);
		outer->limitOption = query->limitOption;
	}
	return outer;
}

typedef struct Replacement
{
	Query	   *query;
	ParamListInfo params;
	Plan	   *plan;
	bool		only_sort_left;
	bool		is_pulled_up;
	bool		accelerate;
	const char **reason;
	Query	   *outer;
} Replacement;

static void
replace(void *arg)
{
	Replacement *it = arg;

	it->outer = replace_query(it->query, it->params, it->plan,
							  it->only_sort_left, it->is_pulled_up,
							  it->accelerate, it->reason);
}

/* The tables can be read, whatever else is wrong. */
static bool
can_go_on(int sqlstate)
{
	return ERRCODE_TO_CATEGORY(sqlstate) != ERRCODE_OPERATOR_INTERVENTION ||
		sqlstate == ERRCODE_CANNOT_CONNECT_NOW;
}

/*
 * The same, and NULL if a constant cannot be computed: PostgreSQL may leave it
 * out.  What is to be accelerated can be planned otherwise, whatever is wrong.
 */
static Query *
replace_safely(Query *query, ParamListInfo params, Plan *plan,
			   bool only_sort_left, bool is_pulled_up, bool accelerate,
			   const char **reason)
{
	Replacement it = {query, params, plan, only_sort_left, is_pulled_up,
	accelerate, reason, NULL};

	/* There are no subtransactions then. */
	if (IsInParallelMode())
		return NULL;
	if (guard_run(replace, &it, accelerate ? can_go_on : guard_is_of_value))
		return it.outer;
	*reason = NULL;
	return NULL;
}

/* Is there something in it the planner does not ask a wrapper about? */
static bool
is_more_than_pieces(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
		if (lfirst_node(RangeTblEntry, lc)->rtekind != RTE_RELATION &&
			lfirst_node(RangeTblEntry, lc)->rtekind != RTE_JOIN)
			return true;
	return query->hasWindowFuncs || query->setOperations != NULL ||
		query->groupingSets != NIL || query->hasDistinctOn ||
		query->hasSubLinks || query->cteList != NIL;
}

/* Does no condition of the query around it leave out rows of its tables? */
static bool
is_apart(Query *query)
{
	return query->limitCount != NULL || query->limitOffset != NULL;
}

/*
 * "may_fail": in a row that PostgreSQL would not come to.  As a statement a
 * part is run in pieces then, and what is inserted is nothing but that part.
 */
static bool
is_wanted_part(Query *part, Query *around, bool may_fail)
{
	return is_more_than_pieces(part) ||
		(may_fail && (is_apart(part) || around->commandType == CMD_INSERT));
}

static bool replace_within(Query *query, ParamListInfo params, bool may_fail);

static Query *
replace_part(Query *part, Query *around, ParamListInfo params, bool may_fail,
			 bool *replaced)
{
	const char *reason;
	Query	   *outer = NULL;

	if (part == NULL || part->commandType != CMD_SELECT)
		return part;
	if (is_wanted_part(part, around, may_fail))
		outer = replace_safely(part, params, NULL, false,
							   around->commandType == CMD_SELECT &&
							   around->setOperations == NULL &&
							   whole_is_simple(part), false, &reason);
	if (outer != NULL)
		*replaced = true;
	else if (replace_within(part, params, may_fail))
		*replaced = true;
	return outer != NULL ? outer : part;
}

/* In place; true if something was replaced. */
static bool
replace_within(Query *query, ParamListInfo params, bool may_fail)
{
	bool		replaced = false;
	ListCell   *lc;

	if (query->rowMarks != NIL || query->hasForUpdate)
		return false;
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY && !rte->lateral &&
			!rte->security_barrier)
			rte->subquery = replace_part(rte->subquery, query, params,
										 may_fail, &replaced);
	}
	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (!cte->cterecursive)
			cte->ctequery = (Node *)
				replace_part(castNode(Query, cte->ctequery), query, params,
							 may_fail, &replaced);
	}
	return replaced;
}

/* ------------------------------------------------------------------ */
/* Planning															  */
/* ------------------------------------------------------------------ */

static bool
can_accelerate(Query *query)
{
	return query->commandType == CMD_SELECT && query->rowMarks == NIL &&
		!query->hasForUpdate && !query->hasModifyingCTE &&
		accelerate_is_on();
}

static bool
is_wanted(Query *query)
{
	Query	   *where;

	return (query->commandType == CMD_SELECT ||
			query->commandType == CMD_INSERT) &&
		datrang_enable_pushdown && datrang_enable_join_pushdown &&
		datrang_enable_aggregate_pushdown && datrang_enable_sort_pushdown &&
		datrang_enable_limit_pushdown && datrang_enable_statement_pushdown &&
		whole_first_table(query, can_accelerate(query), &where) != NULL;
}

static PlannedStmt *
plan_next(Query *query, const char *text, int options, ParamListInfo params)
{
	return next_planner != NULL ?
		next_planner(query, text, options, params) :
		standard_planner(query, text, options, params);
}

/* The plan if a statement that fails is run in pieces; would another do? */
static PlannedStmt *
plan_boldly(Query *query, const char *text, int options, ParamListInfo params,
			bool *relies)
{
	PlannedStmt *plan;

	test_order_pieces_follow = true;
	test_order_matters = false;
	plan = plan_next(query, text, options, params);
	*relies = test_order_matters;
	test_order_pieces_follow = false;
	return plan;
}

/* The mirrors are in the range table to be locked, and watched for changes. */
static List *
adopt_mirrors(Query *outer, List *mirrors)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, mirrors)
	{
		WholeMirror *mirror = lfirst(lc);
		RangeTblEntry *rte;

		if (!OidIsValid(mirror->mirror))
			continue;
		rte = makeNode(RangeTblEntry);
		rte->rtekind = RTE_RELATION;
		rte->relid = mirror->mirror;
		rte->relkind = RELKIND_FOREIGN_TABLE;
		rte->rellockmode = AccessShareLock;
		rte->eref = makeAlias(get_rel_name(mirror->mirror), NIL);
		outer->rtable = lappend(outer->rtable, rte);
		names = lappend(names, makeString(pstrdup(mirror->name)));
	}
	return names;
}

static PlannedStmt *
plan_outer(Query *outer, Query *original, const char *text, int options,
		   ParamListInfo params)
{
	List	   *names = adopt_mirrors(outer,
									  ((WholeScan *) llast(scans))->mirrors);
	PlannedStmt *plan = plan_next(outer, text, options, params);

	if (names != NIL)
		accelerate_note(plan, original, names);
	return plan;
}

static PlannedStmt *
plan_statement(Query *query, const char *text, int options,
			   ParamListInfo params)
{
	Query	   *original = copyObject(query);
	bool		relies;
	PlannedStmt *plan = plan_boldly(query, text, options, params, &relies);
	bool		accelerate = can_accelerate(original) &&
		accelerate_pays(original, plan->planTree);
	Query	   *where;
	const char *reason = NULL;
	bool		bare;
	bool		one_scan = whole_is_one_scan(plan, &bare);
	Query	   *outer = NULL;

	if (bare && (whole_keep_pieces(plan, original) || !relies))
		return plan;
	/* Without a scan there is nothing to gain, and a sidecar to miss. */
	if (whole_first_scan(plan) == NULL &&
		(!accelerate || whole_first_table(original, false, &where) != NULL))
		return plan;
	if (original->commandType == CMD_SELECT)
		outer = replace_safely(original, params, plan->planTree, one_scan,
							   false, accelerate, &reason);
	if (outer != NULL)
		return plan_outer(outer, original, text, options, params);
	if (replace_within(original, params, relies))
		return plan_next(original, text, options, params);
	if (relies)
		plan = plan_next(original, text, options, params);
	if (reason != NULL && !one_scan)
		whole_explain_refusal(plan, reason);
	return plan;
}

static PlannedStmt *
plan_query(Query *query, const char *text, int options, ParamListInfo params)
{
	List	   *outer_scans = scans;
	bool		pieces_follow = test_order_pieces_follow;
	bool		matters = test_order_matters;
	PlannedStmt *plan;

	/* A function's statement, while the one that calls it is planned. */
	scans = NIL;
	test_order_pieces_follow = false;
	PG_TRY();
	{
		bool		wanted = is_wanted(query);

		plan = wanted ? plan_statement(query, text, options, params) :
			plan_next(query, text, options, params);
		/* Cursors are read backwards, left early and updated at. */
		if (wanted &&
			(options & (CURSOR_OPT_SCROLL | CURSOR_OPT_FAST_PLAN)) == 0)
			lookahead_add(plan);
	}
	PG_FINALLY();
	{
		scans = outer_scans;
		test_order_pieces_follow = pieces_follow;
		test_order_matters = matters;
	}
	PG_END_TRY();
	return plan;
}

/* ------------------------------------------------------------------ */
/* Path and plan													  */
/* ------------------------------------------------------------------ */

static WholeScan *
find_scan(const char *mark)
{
	ListCell   *lc;

	foreach(lc, scans)
		if (strcmp(((WholeScan *) lfirst(lc))->mark, mark) == 0)
			return lfirst(lc);
	return NULL;
}

/* For conditions of its own. */
static WholeScan *
copy_scan(const WholeScan *scan)
{
	WholeScan  *copy = palloc(sizeof(WholeScan));

	memcpy(copy, scan, sizeof(WholeScan));
	copy->params = list_copy(scan->params);
	return copy;
}

/* Which of its columns, from 1, PostgreSQL computes something with. */
static Bitmapset *
used_columns(RelOptInfo *rel)
{
	Bitmapset  *attnums = NULL;
	Bitmapset  *used = NULL;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &attnums);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause,
					   rel->relid, &attnums);
	for (int column = rel->min_attr; column <= rel->max_attr; column++)
	{
		if (!bms_is_member(column - FirstLowInvalidHeapAttributeNumber,
						   attnums))
			continue;
		if (column == 0)		/* the whole row */
			return bms_add_range(NULL, 1, rel->max_attr);
		if (column > 0)
			used = bms_add_member(used, column);
	}
	return used;
}

/*
 * All outputs, in order; those that are not used become NULL.  Not what is
 * kept as text: a column only, and its type may be one that is not sent.
 */
static List *
null_unused(WholeScan *scan, Query *pieces, Bitmapset *used, bool *found)
{
	List	   *outputs = NIL;
	ListCell   *lc;
	int			number = 0;

	*found = false;
	foreach(lc, pieces->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		int			column;

		if (tle->resjunk || !list_member_int(scan->pieces_columns, ++number))
			continue;
		outputs = lappend(outputs, tle);
		column = list_length(outputs);
		if (bms_is_member(column, used) || tle->ressortgroupref != 0 ||
			bms_is_member(column, scan->as_text) ||
			shippable_output(&no_rows, (Node *) whole_null(tle)) != NULL)
			continue;
		tle->expr = (Expr *) whole_null(tle);
		*found = true;
	}
	return outputs;
}

/*
 * What PostgreSQL would leave out of a subquery's outputs is not to be
 * computed, as it may fail.
 */
static void
leave_out_unused(RelOptInfo *rel, WholeScan *scan)
{
	Bitmapset  *used = used_columns(rel);
	WholeQuery	whole;
	Query	   *pieces;
	List	   *outputs;
	bool		found;
	char	   *select;

	if (scan->mirrors != NIL || scan->pieces->setOperations != NULL ||
		(scan->pieces->distinctClause != NIL && !scan->pieces->hasDistinctOn) ||
		bms_num_members(used) == list_length(scan->pieces_columns))
		return;
	pieces = copyObject(scan->pieces);
	outputs = null_unused(scan, pieces, used, &found);
	if (!found)
		return;
	memset(&whole, 0, sizeof(whole));
	whole.serverid = scan->serverid;
	whole.userid = scan->userid;
	whole.announcement = connection_announcement(scan->serverid, scan->userid);
	select = write_statement(&whole, pieces, outputs);
	if (select == NULL)
		return;
	scan->select = select;
	scan->params = whole.params;
	scan->tables = whole.tables;
	scan->as_text = whole.as_text;
	scan->last_alias = whole.last_alias;
	scan->pieces = pieces;
}

/*
 * Conditions on the statement's columns, as PostgreSQL moved them down to it,
 * go along where they can.
 */
static void
push_conditions(PlannerInfo *root, RelOptInfo *rel, WholeScan *scan)
{
	WholeQuery	whole;
	QueryLevel	level;
	StringInfoData text;
	StringInfoData where;
	DeparseContext cxt = {&where, root, &scan->params, NIL, NULL, &level};
	int			nest_level = deparse_pin_settings();
	int			i;
	ListCell   *lc;

	memset(&whole, 0, sizeof(whole));
	memset(&level, 0, sizeof(level));
	level.whole = &whole;
	level.query = root->parse;
	level.as_text = scan->as_text;
	level.rows.level = &level;
	level.rows.announcement = connection_announcement(scan->serverid,
													  scan->userid);
	for (i = 0; i < list_length(root->parse->rtable); i++)
		level.aliases = lappend_int(level.aliases, scan->last_alias + 1);
	initStringInfo(&where);
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (info->pseudoconstant || contain_subplans((Node *) info->clause) ||
			shippable_expr(&level.rows, (Node *) info->clause) != NULL)
			continue;
		appendStringInfoChar(&where, ' ');
		deparse_expr(&cxt, (Node *) info->clause);
		scan->remote = lappend(scan->remote, info);
	}
	deparse_unpin_settings(nest_level);
	if (scan->remote == NIL)
		return;
	initStringInfo(&text);
	appendStringInfoString(&text, "(select (output");
	for (i = 1; i <= list_length(scan->columns); i++)
		appendStringInfo(&text, " (col %d \"%d\")", scan->last_alias + 1, i);
	appendStringInfo(&text, ") (from (subselect %s %d)) (where (and%s)))",
					 scan->select, scan->last_alias + 1, where.data);
	scan->select = text.data;
}

/*
 * What is run in pieces has all conditions on it, as PostgreSQL would see them:
 * it may check them before it computes what fails.
 */
static void
condition_pieces(RelOptInfo *rel, WholeScan *scan)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, lc);

		if (!info->pseudoconstant && !contain_subplans((Node *) info->clause) &&
			!contain_volatile_functions((Node *) info->clause))
			conditions = lappend(conditions, info->clause);
	}
	if (conditions != NIL)
		scan->pieces = whole_conditioned_pieces(scan->pieces,
												scan->pieces_columns,
												rel->relid, conditions);
}

/* The relation that stands for a statement gets its scan as the only path. */
static void
pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	WholeScan  *scan;
	RelOptInfo *carrier;
	RelPlan    *plan;

	if (next_pathlist != NULL)
		next_pathlist(root, rel, rti, rte);
	if (rte->rtekind != RTE_VALUES || rte->enrname == NULL ||
		(scan = find_scan(rte->enrname)) == NULL)
		return;
	/* What is in WITH may be planned in several places. */
	scan = copy_scan(scan);
	/* Workers know neither the statement's snapshot nor its own writes. */
	rel->consider_parallel = false;
	leave_out_unused(rel, scan);
	push_conditions(root, rel, scan);
	condition_pieces(rel, scan);
	plan = palloc0(sizeof(RelPlan));
	plan->kind = REL_STATEMENT;
	plan->statement = scan;
	/* To the planner a scan of several tables, as of a join. */
	carrier = palloc(sizeof(RelOptInfo));
	memcpy(carrier, rel, sizeof(RelOptInfo));
	carrier->reloptkind = RELOPT_JOINREL;
	carrier->relid = 0;
	carrier->serverid = scan->serverid;
	carrier->userid = scan->userid == GetUserId() ? InvalidOid : scan->userid;
	carrier->fdwroutine = GetFdwRoutineByServerId(scan->serverid);
	carrier->fdw_private = plan;
	rel->rows = clamp_row_est(scan->rows);
	rel->partial_pathlist = NIL;
	rel->pathlist = list_make1(compat_foreign_join_path(root, carrier,
														rel->rows,
														Min(scan->cost,
															STARTUP_COST),
														scan->cost, NIL, NIL));
	root->glob->invalItems = list_concat(root->glob->invalItems,
										 copyObject(scan->inval_items));
	/* Who reads is decided when it is planned. */
	root->glob->dependsOnRole = true;
}

static char *
list_tables(WholeScan *scan)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfoString(&text, "Statement on (");
	foreach(lc, scan->tables)
		appendStringInfo(&text, "%s%s", foreach_current_index(lc) > 0 ?
						 ", " : "", (char *) lfirst(lc));
	appendStringInfoChar(&text, ')');
	return text.data;
}

ForeignScan *
whole_plan(PlannerInfo *root, RelOptInfo *rel, List *tlist, List *clauses)
{
	WholeScan  *scan = rel_plan(rel)->statement;
	List	   *answer = NIL;
	List	   *attnums = NIL;
	List	   *private;
	ListCell   *lc;
	int			column = 0;
	int			rti = bms_singleton_member(rel->relids);

	foreach(lc, scan->columns)
	{
		Var		   *var = copyObject(lfirst_node(Var, lc));

		var->varno = rti;
		var->varnosyn = rti;
		answer = lappend(answer, makeTargetEntry((Expr *) var, ++column, NULL,
												 false));
		attnums = lappend_int(attnums, column);
	}
	private = list_make5(makeString(scan->select), attnums, NIL,
						 makeString(list_tables(scan)),
						 makeString(pstrdup(scan->stopped == NULL ? "" :
											scan->stopped)));
	private = list_concat(private, list_make4(makeString(pstrdup("")), NIL,
											  scan->pieces,
											  scan->pieces_columns));
	private = list_concat(private, list_make3(makeString(pstrdup("")), NIL,
											  NIL));
	return make_foreignscan(tlist,
							extract_actual_clauses(list_difference_ptr(clauses,
																	   scan->remote),
												   false), 0, scan->params, private, answer,
							extract_actual_clauses(scan->remote, false), NULL);
}

void
whole_install(void)
{
	next_planner = planner_hook;
	planner_hook = plan_query;
	next_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = pathlist;
}
