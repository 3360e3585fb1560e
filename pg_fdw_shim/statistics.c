/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  What the planner knows of the values of columnar tables.
 *
 * A mirror holds what its source holds, and autovacuum keeps the statistics
 * of the source fresh.  So a columnar table that was never analyzed lends
 * them: for conditions, joins and groups the planner then estimates as it
 * would on the heap.  ANALYZE of the columnar table itself goes first.
 *
 * A column's statistics are only lent under the same type and collation: the
 * order of a histogram depends on both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "compat.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "option.h"
#include "statistics.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#define ROWS_AGE_MAX 60000		/* ms */

typedef struct SourceEntry
{
	Oid			relid;			/* of any foreign table: hash key */
	Oid			source;			/* InvalidOid: there is none */
	double		rows;
	TimestampTz rows_at;		/* when the sidecar said so; 0: it has not */
} SourceEntry;

static HTAB *sources;
static get_relation_stats_hook_type next_stats_hook;

/* ------------------------------------------------------------------ */
/* The source of a mirror											  */
/* ------------------------------------------------------------------ */

static void
forget_sources(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	SourceEntry *entry;

	hash_seq_init(&scan, sources);
	while ((entry = hash_seq_search(&scan)) != NULL)
		(void) hash_search(sources, &entry->relid, HASH_REMOVE, NULL);
}

/* datrang.tables.source of the row with that id. */
static Oid
read_source(int64 table_id)
{
	Oid			schema = get_namespace_oid("datrang", true);
	Oid			catalog = get_relname_relid("tables", schema);
	AttrNumber	id_attnum = get_attnum(catalog, "table_id");
	AttrNumber	source_attnum = get_attnum(catalog, "source");
	Relation	tables;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			source = InvalidOid;

	if (id_attnum == InvalidAttrNumber || source_attnum == InvalidAttrNumber)
		return InvalidOid;
	tables = table_open(catalog, AccessShareLock);
	ScanKeyInit(&key, id_attnum, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(table_id));
	/* As many rows as mirrors, and only asked when something has changed. */
	scan = systable_beginscan(tables, InvalidOid, false, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, source_attnum,
										 RelationGetDescr(tables), &isnull);

		if (!isnull)
			source = DatumGetObjectId(value);
	}
	systable_endscan(scan);
	table_close(tables, AccessShareLock);
	return source;
}

/* Is the foreign table one of ours? */
static bool
is_columnar(Oid relid)
{
	ForeignServer *server = GetForeignServer(GetForeignServerIdByRelId(relid));

	return strcmp(GetForeignDataWrapper(server->fdwid)->fdwname,
				  "datrang") == 0;
}

static Oid
source_of(Oid relid)
{
	SourceEntry *entry;
	Oid			source = InvalidOid;

	if (sources == NULL)
	{
		HASHCTL		ctl;

		memset(&ctl, 0, sizeof(ctl));
		ctl.keysize = sizeof(Oid);
		ctl.entrysize = sizeof(SourceEntry);
		sources = hash_create("datrang sources", 64, &ctl,
							  HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(forget_sources, (Datum) 0);
	}
	entry = hash_search(sources, &relid, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->source;
	/* What is read here may empty the table: the entry comes after. */
	if (is_columnar(relid))
		source = read_source(strtoll(option_table_id(relid), NULL, 10));
	entry = hash_search(sources, &relid, HASH_ENTER, NULL);
	entry->source = source;
	entry->rows_at = 0;
	return source;
}

bool
statistics_rows(Oid relid, double *rows)
{
	SourceEntry *entry = sources == NULL ? NULL :
		hash_search(sources, &relid, HASH_FIND, NULL);

	if (entry == NULL || entry->rows_at == 0 ||
		TimestampDifferenceExceeds(entry->rows_at, GetCurrentTimestamp(),
								   ROWS_AGE_MAX))
		return false;
	*rows = entry->rows;
	return true;
}

void
statistics_keep_rows(Oid relid, double rows)
{
	SourceEntry *entry;

	(void) source_of(relid);
	entry = hash_search(sources, &relid, HASH_FIND, NULL);
	if (entry == NULL)
		return;
	entry->rows = rows;
	entry->rows_at = GetCurrentTimestamp();
}

/* ------------------------------------------------------------------ */
/* Statistics														  */
/* ------------------------------------------------------------------ */

static bool
same_values(Oid relid, AttrNumber attnum, Oid source, AttrNumber source_attnum)
{
	Oid			type;
	Oid			source_type;
	int32		typmod;
	Oid			collation;
	Oid			source_collation;

	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	get_atttypetypmodcoll(source, source_attnum, &source_type, &typmod,
						  &source_collation);
	return getBaseType(type) == getBaseType(source_type) &&
		collation == source_collation;
}

/* The column's row of pg_statistic, its own or its source's, or NULL. */
static HeapTuple
column_statistics(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH,
										ObjectIdGetDatum(relid),
										Int16GetDatum(attnum),
										BoolGetDatum(false));
	Oid			source;
	AttrNumber	source_attnum;

	if (HeapTupleIsValid(tuple))
		return tuple;
	source = source_of(relid);
	if (!OidIsValid(source))
		return NULL;
	source_attnum = get_attnum(source, option_column_name(relid, attnum));
	if (source_attnum == InvalidAttrNumber ||
		!same_values(relid, attnum, source, source_attnum))
		return NULL;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(source),
							Int16GetDatum(source_attnum), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(source),
								Int16GetDatum(source_attnum),
								BoolGetDatum(true));
	return tuple;
}

/* May the user see every value of the column? */
static bool
may_read(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum)
{
	Oid			userid = compat_check_as_user(root, rte);

	return rte->securityQuals == NIL &&
		(pg_class_aclcheck(rte->relid, userid, ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(rte->relid, attnum, userid,
							   ACL_SELECT) == ACLCHECK_OK);
}

static bool
lend_statistics(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum,
				VariableStatData *vardata)
{
	if (next_stats_hook != NULL &&
		next_stats_hook(root, rte, attnum, vardata))
		return true;
	if (rte->rtekind != RTE_RELATION ||
		rte->relkind != RELKIND_FOREIGN_TABLE || attnum <= 0 ||
		!OidIsValid(source_of(rte->relid)))
		return false;
	vardata->statsTuple = column_statistics(rte->relid, attnum);
	if (!HeapTupleIsValid(vardata->statsTuple))
		return false;
	vardata->freefunc = ReleaseSysCache;
	vardata->acl_ok = may_read(root, rte, attnum);
	return true;
}

void
statistics_install(void)
{
	next_stats_hook = get_relation_stats_hook;
	get_relation_stats_hook = lend_statistics;
}

bool
statistics_cover(PlannerInfo *root, RelOptInfo *rel, List *exprs)
{
	Oid			relid = planner_rt_fetch(rel->relid, root)->relid;
	List	   *vars = pull_var_clause((Node *) exprs,
									   PVC_RECURSE_AGGREGATES |
									   PVC_RECURSE_WINDOWFUNCS |
									   PVC_RECURSE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, vars)
	{
		HeapTuple	tuple = column_statistics(relid,
											  lfirst_node(Var, lc)->varattno);

		if (!HeapTupleIsValid(tuple))
			return false;
		ReleaseSysCache(tuple);
	}
	return true;
}
