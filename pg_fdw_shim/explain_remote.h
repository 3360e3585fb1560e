/*-------------------------------------------------------------------------
 *
 * explain_remote.h
 *	  What the sidecar's engine did for a statement.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_EXPLAIN_REMOTE_H
#define DATRANG_EXPLAIN_REMOTE_H

/* A scan is about to send this (query ...). */
extern void explain_remote_note(Oid serverid, Oid userid, const char *request);

#endif							/* DATRANG_EXPLAIN_REMOTE_H */
