/*-------------------------------------------------------------------------
 *
 * announcement.h
 *	  What a sidecar computes exactly as PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_ANNOUNCEMENT_H
#define DATRANG_ANNOUNCEMENT_H

#include "flight.h"

#define DATRANG_PROTOCOL_VERSION "1"
#define DATRANG_SHIM_VERSION "0.2.0"

typedef struct Announcement Announcement;

typedef enum AnnouncedKind
{
	ANNOUNCED_OPERATOR = 'o',
	ANNOUNCED_FUNCTION = 'f',
	ANNOUNCED_AGGREGATE = 'a',
	ANNOUNCED_WINDOW = 'w',
	ANNOUNCED_CAST = 'c'
} AnnouncedKind;

/* The body of the request that asks for an announcement. */
extern char *announcement_request(void);

/*
 * Reads the answer into the current memory context; raises an error if the
 * sidecar speaks another version of the protocol.
 */
extern Announcement *announcement_read(FlightStream *stream, const char *uri);

/*
 * The condition under which the signature is exact, as condition.h reads it;
 * "" always.  NULL: not announced.
 */
extern const char *announcement_condition(const Announcement *announcement,
										  AnnouncedKind kind,
										  const char *signature);

/* Two sidecars that announce the same may use each other's plans. */
extern bool announcement_equal(const Announcement *a, const Announcement *b);

#endif							/* DATRANG_ANNOUNCEMENT_H */
