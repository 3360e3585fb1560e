/*-------------------------------------------------------------------------
 *
 * estimate.h
 *	  Row counts from the sidecar's statistics.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ESTIMATE_H
#define DATRANG_ESTIMATE_H

typedef struct Estimate
{
	double		rows;			/* of the answer */
	int			width;			/* bytes per row of it */
	double		total;			/* rows of the table */
	double		bound;			/* the answer has no more, says the index */
} Estimate;

/* Asks about a (select ...). */
extern void estimate_rows(Oid serverid, Oid userid, const char *select,
						  Estimate *estimate);

#endif							/* DATRANG_ESTIMATE_H */
