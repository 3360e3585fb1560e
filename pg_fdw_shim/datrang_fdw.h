/*-------------------------------------------------------------------------
 *
 * datrang_fdw.h
 *	  What planning hands to execution, and the callbacks of either.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_FDW_H
#define DATRANG_FDW_H

#include "access/parallel.h"
#include "foreign/fdwapi.h"
#include "nodes/execnodes.h"

/* fdw_private of a ForeignScan; fdw_exprs are the parameters. */
enum FdwScanPrivate
{
	FDW_PRIVATE_SELECT,			/* String: (select ...) */
	FDW_PRIVATE_ATTNUMS,		/* int list: attributes of its columns */
	FDW_PRIVATE_REASONS,		/* Strings: why each local qual is local */
	FDW_PRIVATE_RELATIONS,		/* String: what is joined or grouped, or "" */
	FDW_PRIVATE_STOPPED,		/* String: what is not pushed down, or "" */
	FDW_PRIVATE_UNREDUCED,		/* String: (select ...) without key sets */
	FDW_PRIVATE_REDUCED,		/* Strings: columns reduced by key sets; the
								 * first parameters are the keys */
	FDW_PRIVATE_PIECES,			/* Query that gives the same; NULL for a table's
								 * scan, and where there is none: pieces.c */
	FDW_PRIVATE_PIECES_COLUMNS, /* int list: for each of the scan's columns,
								 * the one of that query, or 0 */
	FDW_PRIVATE_CAREFUL,		/* String: (select ...) without the conditions
								 * of a table that may fail, or "" */
	FDW_PRIVATE_CAREFUL_ATTNUMS,	/* int list: attributes of its columns */
	FDW_PRIVATE_BATCH,			/* list: see batch.h; NIL for most */
	FDW_PRIVATE_ACCELERATED		/* Strings: the statement, and heap tables
								 * that are read from their mirrors */
};

/* Summed over all runs of a scan. */
typedef struct ScanStatistics
{
	uint64		requests;
	uint64		files;
	uint64		files_total;
	uint64		row_groups;
	uint64		row_groups_total;
	uint64		delta_rows;
	uint64		batches;
	uint64		bytes;
	bool		divided;		/* workers have received batches, too */
	char		lsn[32];		/* of the last run */
	char		engine[192];	/* the same; empty where none was chosen */
} ScanStatistics;

/* scan.c */
extern void scan_begin(ForeignScanState *node, int eflags);
extern TupleTableSlot *scan_iterate(ForeignScanState *node);
extern void scan_async_request(AsyncRequest *request);
extern void scan_async_wait(AsyncRequest *request);
extern Size scan_estimate_shared(ForeignScanState *node, ParallelContext *cxt);
extern void scan_share(ForeignScanState *node, ParallelContext *cxt,
					   void *shared);
extern void scan_join(ForeignScanState *node, shm_toc *toc, void *shared);
extern void scan_rescan(ForeignScanState *node);
extern void scan_end(ForeignScanState *node);
extern const ScanStatistics *scan_statistics(ForeignScanState *node);

/* explain.c */
extern void explain_scan(ForeignScanState *node, struct ExplainState *es);

#endif							/* DATRANG_FDW_H */
