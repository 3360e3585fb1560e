/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The differences between PostgreSQL 14 and 18, and the only place that
 *	  asks for the version.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_COMPAT_H
#define DATRANG_COMPAT_H

#include "access/htup_details.h"
#include "access/xlog.h"
#if PG_VERSION_NUM >= 150000
#include "access/xlogrecovery.h"
#endif
#include "replication/message.h"
#include "catalog/pg_collation.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#endif
#include "parser/parsetree.h"
#include "storage/latch.h"
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/pg_locale.h"
#include "utils/syscache.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* To the end. */
static inline void
compat_executor_run(QueryDesc *desc)
{
#if PG_VERSION_NUM >= 180000
	ExecutorRun(desc, ForwardScanDirection, 0);
#else
	ExecutorRun(desc, ForwardScanDirection, 0, true);
#endif
}

/* The last argument of those that run a statement. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_RUN_ONCE
#define COMPAT_ONCE
#else
#define COMPAT_RUN_ONCE , bool once
#define COMPAT_ONCE , once
#endif

/* A set that lives as long as its connection. */
static inline WaitEventSet *
compat_create_wait_event_set(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, nevents);
#else
	return CreateWaitEventSet(TopMemoryContext, nevents);
#endif
}

static inline XLogRecPtr
compat_flush_lsn(void)
{
	if (RecoveryInProgress())
		return GetXLogReplayRecPtr(NULL);
#if PG_VERSION_NUM >= 150000
	return GetFlushRecPtr(NULL);
#else
	return GetFlushRecPtr();
#endif
}

/* A worker has neither the statement's snapshot nor what was written. */
static inline ForeignPath *
compat_of_leader(ForeignPath *path)
{
	path->path.parallel_safe = false;
	return path;
}

static inline ForeignPath *
compat_foreignscan_path(PlannerInfo *root, RelOptInfo *rel, double rows,
						Cost startup_cost, Cost total_cost, List *pathkeys,
						Relids required_outer, List *fdw_private)
{
	return compat_of_leader(create_foreignscan_path(root, rel, NULL, rows,
#if PG_VERSION_NUM >= 180000
													0,
#endif
													startup_cost, total_cost,
													pathkeys, required_outer,
													NULL,
#if PG_VERSION_NUM >= 170000
													NIL,
#endif
													fdw_private));
}

static inline ForeignPath *
compat_foreign_join_path(PlannerInfo *root, RelOptInfo *rel, double rows,
						 Cost startup_cost, Cost total_cost, List *pathkeys,
						 List *fdw_private)
{
	return compat_of_leader(create_foreign_join_path(root, rel, NULL, rows,
#if PG_VERSION_NUM >= 180000
													 0,
#endif
													 startup_cost, total_cost,
													 pathkeys,
													 rel->lateral_relids, NULL,
#if PG_VERSION_NUM >= 170000
													 NIL,
#endif
													 fdw_private));
}

static inline ForeignPath *
compat_foreign_upper_path(PlannerInfo *root, RelOptInfo *rel,
						  PathTarget *target, double rows, Cost startup_cost,
						  Cost total_cost, List *pathkeys, List *fdw_private)
{
	return compat_of_leader(create_foreign_upper_path(root, rel, target, rows,
#if PG_VERSION_NUM >= 180000
													  0,
#endif
													  startup_cost, total_cost,
													  pathkeys, NULL,
#if PG_VERSION_NUM >= 170000
													  NIL,
#endif
													  fdw_private));
}

/*
 * May a query be made of what the planner has made of one?  Columns name the
 * outer joins that make them null from 16 on.
 */
#if PG_VERSION_NUM >= 160000
#define COMPAT_QUERY_OF_PATHS false
#else
#define COMPAT_QUERY_OF_PATHS true
#endif

static inline List *
compat_group_clause(PlannerInfo *root)
{
#if PG_VERSION_NUM >= 160000
	return root->processed_groupClause;
#else
	return root->parse->groupClause;
#endif
}

/* Whose user mapping counts: the view's owner or the session's user. */
static inline Oid
compat_scan_user(ForeignScan *plan, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	return OidIsValid(plan->checkAsUser) ? plan->checkAsUser : GetUserId();
#else
	/* All relations of a join are accessed as the same user. */
	int			rti = plan->scan.scanrelid > 0 ? (int) plan->scan.scanrelid :
		bms_next_member(plan->fs_relids, -1);
	RangeTblEntry *rte = exec_rt_fetch(rti, estate);

	return OidIsValid(rte->checkAsUser) ? rte->checkAsUser : GetUserId();
#endif
}

static inline Node *
compat_flatten_join_alias_vars(PlannerInfo *root, Query *query, Node *node)
{
#if PG_VERSION_NUM >= 160000
	return flatten_join_alias_vars(root, query, node);
#else
	return flatten_join_alias_vars(query, node);
#endif
}

/* As whom the query reads the relation. */
static inline Oid
compat_check_as_user_of(Query *query, RangeTblEntry *rte)
{
	Oid			userid;

#if PG_VERSION_NUM >= 160000
	userid = rte->perminfoindex == 0 ? InvalidOid :
		getRTEPermissionInfo(query->rteperminfos, rte)->checkAsUser;
#else
	userid = rte->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

static inline Oid
compat_check_as_user(PlannerInfo *root, RangeTblEntry *rte)
{
	return compat_check_as_user_of(root->parse, rte);
}

/* "to" is to check the permissions "from" checks for the entry, if any. */
static inline void
compat_adopt_permissions(Query *from, Query *to, RangeTblEntry *rte)
{
	RangeTblEntry *copy;

#if PG_VERSION_NUM >= 160000
	if (rte->rtekind != RTE_RELATION && rte->perminfoindex == 0)
		return;
	copy = copyObject(rte);
	copy->subquery = NULL;
	if (rte->perminfoindex != 0)
	{
		to->rteperminfos = lappend(to->rteperminfos,
								   copyObject(getRTEPermissionInfo(from->rteperminfos,
																   rte)));
		copy->perminfoindex = list_length(to->rteperminfos);
	}
#else
	if (rte->rtekind != RTE_RELATION)
		return;
	copy = copyObject(rte);
#endif
	copy->securityQuals = NIL;
	copy->inFromCl = false;
	to->rtable = lappend(to->rtable, copy);
}

/* "rte" is a copy of one of "from"; "to" shall read it with the same rights. */
static inline void
compat_copy_permissions(Query *from, Query *to, RangeTblEntry *rte)
{
#if PG_VERSION_NUM >= 160000
	if (rte->perminfoindex != 0)
	{
		to->rteperminfos = list_make1(copyObject(getRTEPermissionInfo(from->rteperminfos,
																	  rte)));
		rte->perminfoindex = 1;
	}
#endif
}

static inline MinimalTuple
compat_form_minimal_tuple(TupleDesc desc, Datum *values, bool *nulls)
{
#if PG_VERSION_NUM >= 180000
	return heap_form_minimal_tuple(desc, values, nulls, 0);
#else
	return heap_form_minimal_tuple(desc, values, nulls);
#endif
}

/* A logical message that counts if the transaction commits. */
static inline void
compat_log_message(const char *prefix, const char *content, size_t len)
{
#if PG_VERSION_NUM >= 170000
	(void) LogLogicalMessage(prefix, content, len, true, false);
#else
	(void) LogLogicalMessage(prefix, content, len, true);
#endif
}

static inline bool
compat_collation_is_c(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->collate_is_c;
#else
	return lc_collate_is_c(collation);
#endif
}

/* Are upper and lower case of letters those of ASCII? */
static inline bool
compat_ctype_is_c(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->ctype_is_c;
#else
	return lc_ctype_is_c(collation);
#endif
}

/* The C library's name for the order of a collation, NULL when it has none. */
static inline const char *
compat_libc_collate(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return NULL;
#else
	HeapTuple	tuple;
	const char *name = NULL;
	bool		isnull;
	Datum		collate;

	if (collation == DEFAULT_COLLATION_OID)
		return pg_newlocale_from_collation(collation) == NULL ?
			setlocale(LC_COLLATE, NULL) : NULL;
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	collate = SysCacheGetAttr(COLLOID, tuple,
							  Anum_pg_collation_collcollate, &isnull);
	if (((Form_pg_collation) GETSTRUCT(tuple))->collprovider ==
		COLLPROVIDER_LIBC && !isnull)
#if PG_VERSION_NUM >= 150000
		name = TextDatumGetCString(collate);
#else
		name = pstrdup(NameStr(*DatumGetName(collate)));
#endif
	ReleaseSysCache(tuple);
	return name;
#endif
}

static inline void
compat_reserve_guc_prefix(const char *prefix)
{
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved(prefix);
#else
	EmitWarningsOnPlaceholders(prefix);
#endif
}

#endif							/* DATRANG_COMPAT_H */
