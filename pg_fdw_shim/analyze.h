/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  ANALYZE of columnar tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ANALYZE_H
#define DATRANG_ANALYZE_H

#include "foreign/fdwapi.h"

extern bool analyze_table(Relation relation, AcquireSampleRowsFunc *acquire,
						  BlockNumber *pages);

#endif							/* DATRANG_ANALYZE_H */
