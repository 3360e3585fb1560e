/*-------------------------------------------------------------------------
 *
 * heap_keys.h
 *	  Keys of the heap tables behind mirrors, for the planner.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_HEAP_KEYS_H
#define DATRANG_HEAP_KEYS_H

/* Do mirrors have the keys of their heap tables in what is planned now? */
extern bool heap_keys_count;

extern void heap_keys_install(void);

#endif							/* DATRANG_HEAP_KEYS_H */
