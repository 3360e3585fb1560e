/*-------------------------------------------------------------------------
 *
 * connection.h
 *	  Connections to sidecars, kept for the life of the backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_CONNECTION_H
#define DATRANG_CONNECTION_H

#include "announcement.h"
#include "flight.h"
#include "lib/stringinfo.h"

/* A running request.  Ends with its memory, at the latest. */
typedef struct RemoteQuery RemoteQuery;

/*
 * Sends a request that only reads, on an idle connection if there is one.
 * "request" is in the server's encoding, without the (datrang 1 ...) around
 * it.  The query lives in a child of the current memory context.
 */
extern RemoteQuery *remote_query_open(Oid serverid, Oid userid,
									  const char *request);

/* The same with bytes after the request; they are copied. */
extern RemoteQuery *remote_query_send(Oid serverid, Oid userid,
									  const char *request,
									  const StringInfo payload);

/* Is there something to read, be it the end?  Receives, but never waits. */
extern bool remote_query_ready(RemoteQuery *query);

/* Waits until it is ready for the first time. */
extern FlightStream *remote_query_stream(RemoteQuery *query);

/* What to wait for while it is not ready, by whoever has more to wait for. */
extern pgsocket remote_query_socket(RemoteQuery *query, uint32 *events);

/* Cancels the request if it is still running. */
extern void remote_query_close(RemoteQuery *query);

/*
 * What the sidecar announced; connects if no sidecar has been asked yet.
 * Valid until the next call of this module.
 */
extern const Announcement *connection_announcement(Oid serverid, Oid userid);

#endif							/* DATRANG_CONNECTION_H */
