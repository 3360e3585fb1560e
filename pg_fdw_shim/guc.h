/*-------------------------------------------------------------------------
 *
 * guc.h
 *	  Settings of the extension.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_GUC_H
#define DATRANG_GUC_H

typedef enum Freshness
{
	FRESHNESS_LATEST,			/* all that is flushed at statement start */
	FRESHNESS_EVENTUAL			/* the newest snapshot at once */
} Freshness;

typedef enum Accelerate
{
	ACCELERATE_OFF,
	ACCELERATE_AUTO,			/* where it is estimated to be cheaper */
	ACCELERATE_ON
} Accelerate;

extern int	datrang_freshness;
extern int	datrang_freshness_timeout;	/* ms */
extern bool datrang_enable_pushdown;	/* off: none of the next either */
extern bool datrang_enable_join_pushdown;
extern bool datrang_enable_aggregate_pushdown;
extern bool datrang_enable_sort_pushdown;
extern bool datrang_enable_limit_pushdown;
extern bool datrang_enable_statement_pushdown;
extern int	datrang_accelerate;
extern bool datrang_enable_key_sets;
extern bool datrang_enable_batches;
extern char *datrang_traceparent;	/* empty for none */
extern char *datrang_as_of;		/* snapshot id or time; "" for none */

extern bool guc_is_past(void);

extern void guc_define(void);

#endif							/* DATRANG_GUC_H */
