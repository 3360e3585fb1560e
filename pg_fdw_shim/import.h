/*-------------------------------------------------------------------------
 *
 * import.h
 *	  IMPORT FOREIGN SCHEMA.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_IMPORT_H
#define DATRANG_IMPORT_H

#include "foreign/fdwapi.h"

extern void import_install(FdwRoutine *routine);

#endif							/* DATRANG_IMPORT_H */
