/*-------------------------------------------------------------------------
 *
 * datrang_fdw.c
 *	  Handler of the foreign-data wrapper.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "accelerate.h"
#include "analyze.h"
#include "datrang_fdw.h"
#include "fmgr.h"
#include "guc.h"
#include "import.h"
#include "join_search.h"
#include "lookahead.h"
#include "modify.h"
#include "rel_plan.h"
#include "statistics.h"
#include "whole.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(datrang_fdw_handler);

void		_PG_init(void);

void
_PG_init(void)
{
	guc_define();
	statistics_install();
	join_search_install();
	whole_install();
	lookahead_install();
	accelerate_install();
}

/* Every scan has a connection of its own. */
static bool
is_async_capable(ForeignPath *path)
{
	return true;
}

Datum
datrang_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = table_rel_size;
	routine->GetForeignPaths = table_paths;
	routine->GetForeignJoinPaths = join_paths;
	routine->GetForeignUpperPaths = upper_paths;
	routine->GetForeignPlan = scan_plan;
	routine->BeginForeignScan = scan_begin;
	routine->IterateForeignScan = scan_iterate;
	routine->ReScanForeignScan = scan_rescan;
	routine->EndForeignScan = scan_end;
	routine->IsForeignScanParallelSafe = partial_paths_allowed;
	routine->EstimateDSMForeignScan = scan_estimate_shared;
	routine->InitializeDSMForeignScan = scan_share;
	routine->ReInitializeDSMForeignScan = scan_share;
	routine->InitializeWorkerForeignScan = scan_join;
	routine->IsForeignPathAsyncCapable = is_async_capable;
	routine->ForeignAsyncRequest = scan_async_request;
	routine->ForeignAsyncConfigureWait = scan_async_wait;
	routine->ForeignAsyncNotify = scan_async_request;
	routine->ExplainForeignScan = explain_scan;
	routine->AnalyzeForeignTable = analyze_table;
	import_install(routine);
	modify_install(routine);
	PG_RETURN_POINTER(routine);
}
