/*-------------------------------------------------------------------------
 *
 * transport.h
 *	  One HTTP/2 connection with at most one stream on it.
 *
 * Nobody else knows HTTP/2, TLS or sockets.  The transport never blocks
 * without watching the latch, and never runs code that can throw from
 * inside nghttp2's callbacks: a sink must not throw either.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_TRANSPORT_H
#define DATRANG_TRANSPORT_H

/* Where the sidecar listens, parsed from the server's option "uri". */
typedef struct Endpoint
{
	char	   *uri;			/* as written, for messages */
	char	   *socket_path;	/* unix:///path, else NULL */
	char	   *host;			/* else NULL */
	char	   *port;
	bool		tls;
	char	   *tls_root_cert;	/* PEM file; NULL: the system's */
	char	   *tls_cert;		/* client certificate and key, or NULL */
	char	   *tls_key;
	int			connect_timeout_ms;
} Endpoint;

typedef struct Transport Transport;

typedef struct TransportHeader
{
	const char *name;			/* lower case */
	const char *value;
} TransportHeader;

/* What becomes of the answer.  Called inside transport_step(). */
typedef struct TransportSink
{
	/* False ends the connection: the sink remembers why. */
	bool		(*data) (void *arg, const uint8 *bytes, size_t len);
	/* Headers and trailers. */
	void		(*header) (void *arg, const char *name, size_t name_len,
						   const char *value, size_t value_len);
	void	   *arg;
} TransportSink;

typedef enum TransportState
{
	TRANSPORT_IDLE,				/* no stream */
	TRANSPORT_STREAMING,
	TRANSPORT_ENDED,			/* the peer closed the stream in order */
	TRANSPORT_RESET,			/* the peer reset the stream */
	TRANSPORT_FAILED			/* the connection is dead */
} TransportState;

/* Connects; ereports with 08001 and a hint if that fails. */
extern Transport *transport_open(const Endpoint *endpoint);

/* Never throws. */
extern void transport_close(Transport *t);

/* Is the idle connection good for another request?  Never throws. */
extern bool transport_usable(Transport *t);

/* Starts a POST.  body and sink must live until the stream is over. */
extern void transport_request(Transport *t, const char *path,
							  const TransportHeader *headers, int nheaders,
							  const uint8 *body, size_t body_len,
							  const TransportSink *sink);

/*
 * Moves what can be moved without waiting.  False if nothing arrived and
 * nothing changed: time for transport_wait().
 */
extern bool transport_step(Transport *t);

/*
 * Waits until the socket is ready, serving interrupts.  timeout_ms < 0 means
 * no timeout; false if the timeout passed.
 */
extern bool transport_wait(Transport *t, long timeout_ms);

/* The socket, and which of WL_SOCKET_... the stream waits for. */
extern pgsocket transport_socket(const Transport *t, uint32 *events);

/*
 * Ends the stream, whatever its state, and forgets the sink.  False if the
 * connection cannot be used again.  Never throws.
 */
extern bool transport_finish(Transport *t);

extern TransportState transport_state(const Transport *t);

/* Did the peer send anything for this stream? */
extern bool transport_answered(const Transport *t);

/* Why the state is RESET or FAILED. */
extern const char *transport_error(const Transport *t);

extern const char *transport_uri(const Transport *t);

#endif							/* DATRANG_TRANSPORT_H */
