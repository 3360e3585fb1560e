/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN shows of a scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "batch.h"
#include "commands/explain.h"
#include "compat.h"
#include "datrang_fdw.h"
#include "guc.h"
#include "nodes/plannodes.h"
#include "utils/ruleutils.h"

static void
explain_lines(const char *label, List *lines, ExplainState *es)
{
	ListCell   *line;

	if (es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyList(label, lines, es);
	else
		foreach(line, lines)
			ExplainPropertyText(label, lfirst(line), es);
}

/* Each condition that stayed here, with the reason. */
static void
explain_local_filters(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	List	   *reasons = list_nth(plan->fdw_private, FDW_PRIVATE_REASONS);
	List	   *context;
	List	   *lines = NIL;
	ListCell   *qual;
	ListCell   *reason;

	if (reasons == NIL || list_length(reasons) != list_length(plan->scan.plan.qual))
		return;
	context = set_deparse_context_plan(es->deparse_cxt, &plan->scan.plan, NIL);
	forboth(qual, plan->scan.plan.qual, reason, reasons)
	{
		char	   *text = deparse_expression(lfirst(qual), context,
											  list_length(es->rtable) > 1,
											  false);

		lines = lappend(lines, psprintf("%s -- because %s", text,
										strVal(lfirst(reason))));
	}
	explain_lines("Local Filter", lines, es);
}

static void
explain_reductions(ForeignScan *plan, ExplainState *es)
{
	List	   *lines = NIL;
	ListCell   *lc;

	foreach(lc, list_nth(plan->fdw_private, FDW_PRIVATE_REDUCED))
		lines = lappend(lines, strVal(lfirst(lc)));
	explain_lines("Reduced", lines, es);
}

static void
explain_part(const char *label, uint64 part, uint64 total, ExplainState *es)
{
	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyText(label,
							psprintf(UINT64_FORMAT " of " UINT64_FORMAT,
									 part, total), es);
		return;
	}
	ExplainPropertyUInteger(label, NULL, part, es);
	ExplainPropertyUInteger(psprintf("%s Total", label), NULL, total, es);
}

static void
explain_statistics(const ScanStatistics *s, bool batched, ExplainState *es)
{
	if (batched || s->requests > 1)
		ExplainPropertyUInteger("Requests", NULL, s->requests, es);
	if (s->engine[0] != '\0')
		ExplainPropertyText("Engine", s->engine, es);
	explain_part("Files Read", s->files, s->files_total, es);
	explain_part("Row Groups Read", s->row_groups, s->row_groups_total, es);
	ExplainPropertyUInteger("Delta Rows", NULL, s->delta_rows, es);
	if (s->lsn[0] != '\0')
		ExplainPropertyText("Snapshot LSN", s->lsn, es);
	if (es->format == EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText(s->divided ? "Received by Leader" : "Received",
							psprintf(UINT64_FORMAT " batches, " UINT64_FORMAT " kB",
									 s->batches, (s->bytes + 1023) / 1024),
							es);
	else
	{
		ExplainPropertyUInteger("Batches Received", NULL, s->batches, es);
		ExplainPropertyUInteger("Bytes Received", NULL, s->bytes, es);
	}
}

static void
explain_text(const char *label, ForeignScan *plan, int which,
			 ExplainState *es)
{
	const char *text = strVal(list_nth(plan->fdw_private, which));

	if (text[0] != '\0')
		ExplainPropertyText(label, text, es);
}

/* What is computed above the scan and why: a line each. */
static void
explain_stopped(ForeignScan *plan, ExplainState *es)
{
	char	   *text = pstrdup(strVal(list_nth(plan->fdw_private,
											   FDW_PRIVATE_STOPPED)));
	List	   *lines = NIL;
	char	   *line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0')
			lines = lappend(lines, line);
	explain_lines("Stays Local", lines, es);
}

/* Heap tables whose mirrors are read; the statement comes first. */
static void
explain_accelerated(List *accelerated, ExplainState *es)
{
	List	   *names = NIL;
	ListCell   *lc;

	for_each_from(lc, accelerated, 1)
		names = lappend(names, strVal(lfirst(lc)));
	ExplainPropertyList("Accelerated", names, es);
}

void
explain_scan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = castNode(ForeignScan, node->ss.ps.plan);
	List	   *batch = list_nth(plan->fdw_private, FDW_PRIVATE_BATCH);

	if (list_length(plan->fdw_private) > FDW_PRIVATE_ACCELERATED)
		explain_accelerated(list_nth(plan->fdw_private,
									 FDW_PRIVATE_ACCELERATED), es);
	if (guc_is_past())
		ExplainPropertyText("As Of", datrang_as_of, es);
	if (es->verbose)
	{
		explain_text("Relations", plan, FDW_PRIVATE_RELATIONS, es);
		ExplainPropertyText("Remote Query",
							strVal(list_nth(plan->fdw_private,
											FDW_PRIVATE_SELECT)), es);
		explain_reductions(plan, es);
		explain_local_filters(node, es);
		explain_stopped(plan, es);
	}
	if (es->analyze && node->fdw_state != NULL)
		explain_statistics(scan_statistics(node), batch != NIL &&
						   intVal(list_nth(batch, BATCH_LOOKAHEAD)) > 0, es);
}
