/*-------------------------------------------------------------------------
 *
 * socket.h
 *	  A connected, non-blocking socket, with or without TLS on it.
 *
 * Used by transport.c only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_SOCKET_H
#define DATRANG_SOCKET_H

#include "transport.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

typedef struct Socket
{
	pgsocket	fd;
	SSL		   *ssl;			/* NULL: plain */
	SSL_CTX    *ssl_ctx;
	bool		want_write;		/* the last call waits for writability */
	char		error[256];		/* after SOCKET_ERROR */
} Socket;

#define SOCKET_WOULD_BLOCK (-1)
#define SOCKET_ERROR (-2)
#define SOCKET_EOF (-3)

/* Fills "s" step by step, so that socket_close() is right at any time. */
extern void socket_open(Socket *s, const Endpoint *endpoint);
extern void socket_close(Socket *s);

/* Bytes moved, or one of the codes above.  Never throw. */
extern ssize_t socket_read(Socket *s, uint8 *buffer, size_t len);
extern ssize_t socket_write(Socket *s, const uint8 *bytes, size_t len);

#endif							/* DATRANG_SOCKET_H */
