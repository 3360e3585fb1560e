/*-------------------------------------------------------------------------
 *
 * modify.h
 *	  The wrapper's callbacks that modify native tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_MODIFY_H
#define DATRANG_MODIFY_H

#include "access/xlogdefs.h"
#include "foreign/fdwapi.h"

extern void modify_install(FdwRoutine *routine);

/*
 * Locks the native tables whose rows the statement updates or deletes
 * against others that do.  Returns the WAL position it has to read at to see
 * what those before it did, or an invalid one if it locks nothing.
 */
extern XLogRecPtr modify_lock_targets(EState *estate);

/*
 * Behind everything that whoever held the locks of the last such statement
 * before has committed.
 */
extern XLogRecPtr modify_locked_at(void);

#endif							/* DATRANG_MODIFY_H */
