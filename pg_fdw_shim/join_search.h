/*-------------------------------------------------------------------------
 *
 * join_search.h
 *	  The order of joins that the sidecar computes together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_JOIN_SEARCH_H
#define DATRANG_JOIN_SEARCH_H

extern void join_search_install(void);

#endif							/* DATRANG_JOIN_SEARCH_H */
