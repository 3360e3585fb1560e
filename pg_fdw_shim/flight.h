/*-------------------------------------------------------------------------
 *
 * flight.h
 *	  One DoGet of Arrow Flight over a transport.
 *
 * gRPC framing, the few Flight messages and the translation of a remote
 * error into ereport() live here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_FLIGHT_H
#define DATRANG_FLIGHT_H

#include "arrow.h"
#include "lib/stringinfo.h"
#include "transport.h"

typedef struct FlightStream FlightStream;

typedef struct FlightStatistics
{
	uint64		batches;
	uint64		bytes;			/* of gRPC messages */
} FlightStatistics;

/*
 * Sends the request.  Everything the stream needs is allocated in the
 * current memory context, which must outlive it.
 */
extern FlightStream *flight_start(Transport *transport,
								  const StringInfo ticket,
								  const char *secret);

/*
 * Did the connection break before the sidecar said anything?  Then the
 * request may be sent again on another one.
 */
extern bool flight_unanswered(FlightStream *stream);

/* Waits for a message or the end. */
extern void flight_await(FlightStream *stream);

/* Is there a message, or the end?  Receives what is there, without waiting. */
extern bool flight_ready(FlightStream *stream);

/* Waits for the schema. */
extern const ArrowSchema *flight_schema(FlightStream *stream);

/*
 * Waits for the next batch; NULL at the end of the stream, and only if the
 * sidecar said that all is well.  The batch is valid until the next call.
 */
extern const ArrowBatch *flight_next(FlightStream *stream);

/* Receives ahead what has already arrived, within bounds. */
extern void flight_prefetch(FlightStream *stream);

/*
 * Waits for a message or the end: is it an error that the sidecar met in the
 * data?
 */
extern bool flight_failed_on_data(FlightStream *stream);

/* Has the server's log say so if it is that the sidecar cannot do it. */
extern void flight_log_refusal(FlightStream *stream);

/* The same: is it one that another request might not meet? */
extern bool flight_refused(FlightStream *stream);

/* app_metadata of the first batch, "" if there was none. */
extern const char *flight_metadata(const FlightStream *stream);

/* Of a stream without batches: what has arrived of it, without waiting. */
extern void flight_receive_metadata(FlightStream *stream);

extern const FlightStatistics *flight_statistics(FlightStream *stream);

#endif							/* DATRANG_FLIGHT_H */
