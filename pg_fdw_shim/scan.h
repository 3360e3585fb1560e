/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Requests of a running scan besides its own: see batch.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_SCAN_H
#define DATRANG_SCAN_H

#include "connection.h"
#include "nodes/execnodes.h"

/* Asks for another SELECT with other parameters, of the same snapshot. */
extern RemoteQuery *scan_ask(ForeignScanState *node, const char *params,
							 const char *select);

/* The answer to it has been read, as far as it is wanted. */
extern void scan_answered(ForeignScanState *node, FlightStream *stream);

#endif							/* DATRANG_SCAN_H */
