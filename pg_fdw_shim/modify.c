/*-------------------------------------------------------------------------
 *
 * modify.c
 *	  The wrapper's callbacks that modify native tables.
 *
 * Rows are told apart by a hidden row id, which travels as ctid.  An UPDATE
 * deletes a row and inserts another.  Statements that delete rows of a table
 * wait for one another, by a lock on the table that ends with the
 * transaction and that neither readers nor inserts meet; the sidecar refuses
 * (40001) to delete where rows were deleted since they were read.
 *
 * Constraints of foreign tables are not core's affair: they are checked here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "guc.h"
#include "modify.h"
#include "nodes/makefuncs.h"
#include "optimizer/appendinfo.h"
#include "option.h"
#include "parser/parsetree.h"
#include "statement.h"
#include "storage/lmgr.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "writer.h"

typedef struct ModifyState
{
	Writer	   *writer;
	AttrNumber	row_attno;		/* junk attributes of the plan's rows */
	AttrNumber	wholerow_attno;
	HTAB	   *modified;		/* row ids, if a row may come twice */
} ModifyState;

/* ------------------------------------------------------------------ */
/* Planning															  */
/* ------------------------------------------------------------------ */

static int
is_updatable(Relation rel)
{
	if (!option_native(RelationGetRelid(rel)))
		return 0;
	return (1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE);
}

static void
add_update_targets(PlannerInfo *root, Index rtindex, RangeTblEntry *target_rte,
				   Relation target_relation)
{
	Var		   *var;

	if (!option_native(target_rte->relid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 root->parse->commandType == CMD_UPDATE ?
				 errmsg("foreign table \"%s\" does not allow updates",
						RelationGetRelationName(target_relation)) :
				 errmsg("foreign table \"%s\" does not allow deletes",
						RelationGetRelationName(target_relation))));
	var = makeVar(rtindex, SelfItemPointerAttributeNumber, TIDOID, -1,
				  InvalidOid, 0);
	add_row_identity_var(root, var, rtindex, "ctid");
	/* core adds the whole row to an UPDATE */
	if (root->parse->commandType == CMD_DELETE &&
		root->parse->returningList != NIL)
	{
		/* A record, as in core: partitions have row types of their own. */
		var = makeVar(rtindex, InvalidAttrNumber, RECORDOID, -1, InvalidOid,
					  0);
		add_row_identity_var(root, var, rtindex, "wholerow");
	}
}

static List *
plan_modify(PlannerInfo *root, ModifyTable *plan, Index relation,
			int subplan_index)
{
	if (plan->onConflictAction != ONCONFLICT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("columnar tables do not support INSERT with an ON CONFLICT clause")));
	return NIL;
}

/* ------------------------------------------------------------------ */
/* Locks															  */
/* ------------------------------------------------------------------ */

/* Who held the locks before the last statement that took some is before this. */
static XLogRecPtr locked_at;

XLogRecPtr
modify_locked_at(void)
{
	return locked_at;
}

/* Everything whose locks are gone is before this. */
static XLogRecPtr
flush_all(void)
{
	XLogRecPtr	end = GetXLogInsertRecPtr();

	/* At the begin of a page the position is behind a header not yet written. */
	if (end % XLOG_BLCKSZ <= SizeOfXLogLongPHD)
		end -= end % XLOG_BLCKSZ;
	XLogFlush(end);
	return end;
}

XLogRecPtr
modify_lock_targets(EState *estate)
{
	PlannedStmt *planned = estate->es_plannedstmt;
	bool		locked = false;
	ListCell   *lc;

	if (planned == NULL ||
		(planned->commandType != CMD_UPDATE &&
		 planned->commandType != CMD_DELETE && !planned->hasModifyingCTE))
		return InvalidXLogRecPtr;
	foreach(lc, planned->resultRelations)
	{
		RangeTblEntry *rte = rt_fetch(lfirst_int(lc), planned->rtable);

		if (rte->relkind != RELKIND_FOREIGN_TABLE ||
			!option_native(rte->relid))
			continue;
		LockRelationOid(rte->relid, ShareUpdateExclusiveLock);
		locked = true;
	}
	if (!locked)
		return InvalidXLogRecPtr;
	locked_at = flush_all();
	return locked_at;
}

/* ------------------------------------------------------------------ */
/* Execution														  */
/* ------------------------------------------------------------------ */

static ModifyState *
make_state(ResultRelInfo *target, CommandId cid)
{
	ModifyState *state = palloc0(sizeof(ModifyState));

	state->writer = writer_begin(target->ri_RelationDesc, cid);
	target->ri_FdwState = state;
	return state;
}

static void
begin_modify(ModifyTableState *node, ResultRelInfo *target, List *fdw_private,
			 int subplan_index, int eflags)
{
	Plan	   *subplan = outerPlanState(node)->plan;
	ModifyState *state;
	HASHCTL		ctl;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state = make_state(target, node->ps.state->es_output_cid);
	if (node->operation == CMD_INSERT)
		return;
	if (guc_is_past())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rows of a past state of foreign table \"%s\" cannot be changed",
						RelationGetRelationName(target->ri_RelationDesc)),
				 errhint("RESET datrang.as_of first.")));
	state->row_attno = ExecFindJunkAttributeInTlist(subplan->targetlist,
													"ctid");
	state->wholerow_attno = ExecFindJunkAttributeInTlist(subplan->targetlist,
														 "wholerow");
	if (IsA(subplan, ForeignScan))
		return;
	/* A join may find a row several times; the first one counts. */
	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(ItemPointerData);
	ctl.entrysize = sizeof(ItemPointerData);
	ctl.hcxt = CurrentMemoryContext;
	state->modified = hash_create("datrang modified rows", 1024, &ctl,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static void
begin_insert(ModifyTableState *node, ResultRelInfo *target)
{
	EState	   *estate = node->ps.state;

	/* Rows that an UPDATE of a partitioned table moves here. */
	if (target->ri_FdwState != NULL)
		return;
	(void) make_state(target, estate->es_output_cid != 0 ?
					  estate->es_output_cid : GetCurrentCommandId(true));
}

static void
end_modify(EState *estate, ResultRelInfo *target)
{
	ModifyState *state = target->ri_FdwState;

	if (state != NULL)
		writer_end(state->writer);
	target->ri_FdwState = NULL;
}

static void
check_constraints(EState *estate, ResultRelInfo *target, TupleTableSlot *slot)
{
	Relation	rel = target->ri_RelationDesc;

	slot->tts_tableOid = RelationGetRelid(rel);
	if (rel->rd_att->constr != NULL)
		ExecConstraints(target, slot, estate);
	if (rel->rd_rel->relispartition)
		ExecPartitionCheck(target, slot, estate, true);
}

static TupleTableSlot *
exec_insert(EState *estate, ResultRelInfo *target, TupleTableSlot *slot,
			TupleTableSlot *plan_slot)
{
	ModifyState *state = target->ri_FdwState;

	check_constraints(estate, target, slot);
	writer_insert(state->writer, slot);
	return slot;
}

/* False if the command has modified the row before. */
static bool
delete_row(EState *estate, ModifyState *state, TupleTableSlot *plan_slot)
{
	bool		isnull;
	bool		found = false;
	Datum		row = ExecGetJunkAttribute(plan_slot, state->row_attno,
										   &isnull);

	if (isnull)
		elog(ERROR, "ctid is NULL");
	if (state->modified != NULL)
		(void) hash_search(state->modified, DatumGetPointer(row), HASH_ENTER,
						   &found);
	if (!found)
		writer_delete(state->writer, (ItemPointer) DatumGetPointer(row),
					  statement_lsn(estate));
	return !found;
}

static TupleTableSlot *
exec_update(EState *estate, ResultRelInfo *target, TupleTableSlot *slot,
			TupleTableSlot *plan_slot)
{
	ModifyState *state = target->ri_FdwState;

	check_constraints(estate, target, slot);
	if (!delete_row(estate, state, plan_slot))
		return NULL;
	writer_insert(state->writer, slot);
	return slot;
}

static TupleTableSlot *
exec_delete(EState *estate, ResultRelInfo *target, TupleTableSlot *slot,
			TupleTableSlot *plan_slot)
{
	ModifyState *state = target->ri_FdwState;
	HeapTupleData tuple;
	bool		isnull;
	Datum		row;

	if (!delete_row(estate, state, plan_slot))
		return NULL;
	if (!AttributeNumberIsValid(state->wholerow_attno))
	{
		/* Nobody reads it. */
		ExecStoreAllNullTuple(slot);
		return slot;
	}
	row = ExecGetJunkAttribute(plan_slot, state->wholerow_attno, &isnull);
	if (isnull)
		elog(ERROR, "wholerow is NULL");
	tuple.t_data = DatumGetHeapTupleHeader(row);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = RelationGetRelid(target->ri_RelationDesc);
	ExecForceStoreHeapTuple(&tuple, slot, false);
	ExecMaterializeSlot(slot);
	return slot;
}

static void
exec_truncate(List *rels, DropBehavior behavior, bool restart_seqs)
{
	ListCell   *lc;

	foreach(lc, rels)
	{
		Relation	rel = lfirst(lc);
		Writer	   *writer;

		if (!option_native(RelationGetRelid(rel)))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("foreign table \"%s\" does not allow truncates",
							RelationGetRelationName(rel))));
		if (restart_seqs)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("columnar tables do not support TRUNCATE with RESTART IDENTITY")));
		writer = writer_begin(rel, GetCurrentCommandId(true));
		writer_truncate(writer);
		writer_end(writer);
	}
}

void
modify_install(FdwRoutine *routine)
{
	routine->IsForeignRelUpdatable = is_updatable;
	routine->AddForeignUpdateTargets = add_update_targets;
	routine->PlanForeignModify = plan_modify;
	routine->BeginForeignModify = begin_modify;
	routine->BeginForeignInsert = begin_insert;
	routine->ExecForeignInsert = exec_insert;
	routine->ExecForeignUpdate = exec_update;
	routine->ExecForeignDelete = exec_delete;
	routine->EndForeignModify = end_modify;
	routine->EndForeignInsert = end_modify;
	routine->ExecForeignTruncate = exec_truncate;
}
