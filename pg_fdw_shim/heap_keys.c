/*-------------------------------------------------------------------------
 *
 * heap_keys.c
 *	  Keys of the heap tables behind mirrors, for the planner.
 *
 * PostgreSQL leaves out a join that only finds what nobody reads, if a key
 * shows that there is one row at most; conditions of the join then raise no
 * errors.  So the plan that decides about an error (verdict.c) must know the
 * same keys of a mirror as PostgreSQL knows of the heap table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "guc.h"
#include "heap_keys.h"
#include "optimizer/plancat.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "whole.h"

bool		heap_keys_count = false;

static get_relation_info_hook_type next_info;

/* Of plain columns, and it holds at each row's change. */
static bool
is_key(Relation index)
{
	Form_pg_index form = index->rd_index;

	return index->rd_rel->relkind == RELKIND_INDEX && form->indisvalid &&
		form->indisunique && form->indimmediate && !form->indcheckxmin &&
		RelationGetIndexPredicate(index) == NIL &&
		RelationGetIndexExpressions(index) == NIL;
}

static Oid *
copy_oids(const Oid *oids, int number)
{
	return memcpy(palloc(number * sizeof(Oid)), oids, number * sizeof(Oid));
}

/* As an index of the mirror, which nobody can scan; NULL if a column differs. */
static IndexOptInfo *
make_key(Relation index, Oid mirror, RelOptInfo *rel)
{
	IndexOptInfo *key = makeNode(IndexOptInfo);
	int			columns = index->rd_index->indnkeyatts;

	key->indexoid = RelationGetRelid(index);
	key->rel = rel;
	key->relam = index->rd_rel->relam;
	key->ncolumns = key->nkeycolumns = columns;
	key->indexkeys = palloc(sizeof(int) * columns);
	key->canreturn = palloc0(sizeof(bool) * columns);
	for (int i = 0; i < columns; i++)
	{
		key->indexkeys[i] = accelerate_column(mirror,
											  index->rd_index->indrelid,
											  index->rd_index->indkey.values[i]);
		if (key->indexkeys[i] == 0)
			return NULL;
	}
	key->indexcollations = copy_oids(index->rd_indcollation, columns);
	key->opfamily = copy_oids(index->rd_opfamily, columns);
	key->opcintype = copy_oids(index->rd_opcintype, columns);
	key->unique = key->immediate = key->hypothetical = true;
	key->tuples = rel->tuples;
	return key;
}

static void
add_keys(Oid heap, Oid mirror, RelOptInfo *rel)
{
	Relation	relation = table_open(heap, NoLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(relation))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		IndexOptInfo *key = is_key(index) ? make_key(index, mirror, rel) : NULL;

		if (key != NULL)
			rel->indexlist = lappend(rel->indexlist, key);
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
}

static void
add_info(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	RangeTblEntry *rte = root->simple_rte_array[rel->relid];
	Oid			serverid;
	Oid			heap;

	if (next_info != NULL)
		next_info(root, relid, inhparent, rel);
	/* An older state may be one from before a key was made. */
	if (!heap_keys_count || guc_is_past() ||
		datrang_freshness != FRESHNESS_LATEST || !whole_is_ours(rte, &serverid))
		return;
	heap = accelerate_heap(relid);
	/* Readers of a mirror do not wait for whoever alters the heap table. */
	if (OidIsValid(heap) && heap != relid &&
		get_rel_relkind(heap) == RELKIND_RELATION &&
		ConditionalLockRelationOid(heap, AccessShareLock))
		add_keys(heap, relid, rel);
}

void
heap_keys_install(void)
{
	next_info = get_relation_info_hook;
	get_relation_info_hook = add_info;
}
