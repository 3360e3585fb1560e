/*-------------------------------------------------------------------------
 *
 * socket.c
 *	  Connecting to the sidecar: Unix socket, TCP, TLS.
 *
 * Every wait ends on cancel, termination and the connect timeout.  The one
 * exception is the resolver: getaddrinfo() cannot be interrupted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "compat.h"
#include "pgstat.h"
#include "socket.h"
#include "storage/fd.h"
#include "utils/timestamp.h"

static void connect_unix(Socket *s, const Endpoint *endpoint,
						 TimestampTz deadline);
static void connect_tcp(Socket *s, const Endpoint *endpoint,
						TimestampTz deadline);
static void start_tls(Socket *s, const Endpoint *endpoint,
					  TimestampTz deadline);

static void
fail(const Endpoint *endpoint, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION),
			 errmsg("could not connect to the Datrang sidecar at \"%s\"",
					endpoint->uri),
			 errdetail_internal("%s", detail),
			 errhint("Is it running, and does option \"uri\" of the foreign server name the address it listens on?")));
}

static void
fail_errno(const Endpoint *endpoint)
{
	fail(endpoint, strerror(errno));
}

void
socket_open(Socket *s, const Endpoint *endpoint)
{
	TimestampTz deadline;

	deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										   endpoint->connect_timeout_ms);
	if (endpoint->socket_path != NULL)
		connect_unix(s, endpoint, deadline);
	else
		connect_tcp(s, endpoint, deadline);
	if (endpoint->tls)
		start_tls(s, endpoint, deadline);
}

void
socket_close(Socket *s)
{
	if (s->ssl != NULL)
		SSL_free(s->ssl);
	if (s->ssl_ctx != NULL)
		SSL_CTX_free(s->ssl_ctx);
	s->ssl = NULL;
	s->ssl_ctx = NULL;
	if (s->fd != PGINVALID_SOCKET)
	{
		close(s->fd);
		ReleaseExternalFD();
	}
	s->fd = PGINVALID_SOCKET;
}

/* ------------------------------------------------------------------ */
/* Connecting														  */
/* ------------------------------------------------------------------ */

static void
new_socket(Socket *s, const Endpoint *endpoint, int family)
{
	if (!AcquireExternalFD())
		fail(endpoint, "The backend has no file descriptor left.");
	s->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
	{
		int			save_errno = errno;

		s->fd = PGINVALID_SOCKET;
		ReleaseExternalFD();
		errno = save_errno;
		fail_errno(endpoint);
	}
}

/* Wait for the socket, or just for time to pass if events is 0. */
static void
wait_socket(Socket *s, const Endpoint *endpoint, int events,
			long pause_ms, TimestampTz deadline)
{
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
													   deadline);
	int			happened;

	if (left <= 0)
		fail(endpoint, psprintf("No connection within %d ms.",
								endpoint->connect_timeout_ms));
	if (pause_ms > 0)
		left = Min(left, pause_ms);
	happened = WaitLatchOrSocket(MyLatch,
								 WL_LATCH_SET | WL_TIMEOUT |
								 WL_EXIT_ON_PM_DEATH | events,
								 events ? s->fd : PGINVALID_SOCKET,
								 left, PG_WAIT_EXTENSION);
	if (happened & WL_LATCH_SET)
		ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static void
connect_unix(Socket *s, const Endpoint *endpoint, TimestampTz deadline)
{
	struct sockaddr_un address;

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlcpy(address.sun_path, endpoint->socket_path,
				sizeof(address.sun_path)) >= sizeof(address.sun_path))
		fail(endpoint, "The path of the Unix socket is too long.");
	new_socket(s, endpoint, AF_UNIX);

	/* A full backlog is EAGAIN here, and nothing would wake us up. */
	while (connect(s->fd, (struct sockaddr *) &address, sizeof(address)) < 0)
	{
		if (errno == EISCONN)
			break;
		if (errno != EAGAIN && errno != EINTR)
			fail_errno(endpoint);
		wait_socket(s, endpoint, 0, 10, deadline);
	}
}

/* True when connected, false with errno when this address is no good. */
static bool
connect_address(Socket *s, const Endpoint *endpoint,
				const struct addrinfo *address, TimestampTz deadline)
{
	int			one = 1;
	int			error;
	socklen_t	len = sizeof(error);

	new_socket(s, endpoint, address->ai_family);
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(s->fd, address->ai_addr, address->ai_addrlen) == 0)
		return true;
	if (errno != EINPROGRESS && errno != EINTR)
		return false;
	for (;;)
	{
		struct sockaddr_storage peer;
		socklen_t	peer_len = sizeof(peer);

		wait_socket(s, endpoint, WL_SOCKET_WRITEABLE, 0, deadline);
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			return false;
		if (error != 0)
		{
			errno = error;
			return false;
		}
		if (getpeername(s->fd, (struct sockaddr *) &peer, &peer_len) == 0)
			return true;
		if (errno != ENOTCONN)
			return false;
	}
}

static void
connect_tcp(Socket *s, const Endpoint *endpoint, TimestampTz deadline)
{
	struct addrinfo hints;
	struct addrinfo *addresses;
	struct addrinfo *address;
	bool		connected = false;
	int			error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(endpoint->host, endpoint->port, &hints, &addresses);
	if (error != 0)
		fail(endpoint, gai_strerror(error));
	PG_TRY();
	{
		for (address = addresses; address != NULL && !connected;
			 address = address->ai_next)
		{
			connected = connect_address(s, endpoint, address, deadline);
			if (!connected)
			{
				int			save_errno = errno;

				socket_close(s);
				errno = save_errno;
			}
		}
		if (!connected)
			fail_errno(endpoint);
	}
	PG_FINALLY();
	{
		freeaddrinfo(addresses);
	}
	PG_END_TRY();
}

/* ------------------------------------------------------------------ */
/* TLS																  */
/* ------------------------------------------------------------------ */

static const char *
tls_error(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

#ifdef ERR_SYSTEM_ERROR
	/* OpenSSL 3 has no text for the system's errors */
	if (ERR_SYSTEM_ERROR(code))
		reason = strerror(ERR_GET_REASON(code));
#endif

	return reason != NULL ? reason : "unknown TLS error";
}

static void
fail_tls(Socket *s, const Endpoint *endpoint, const char *what)
{
	long		verified = s->ssl == NULL ? X509_V_OK :
		SSL_get_verify_result(s->ssl);

	if (verified != X509_V_OK)
		fail(endpoint, psprintf("%s: %s", what,
								X509_verify_cert_error_string(verified)));
	fail(endpoint, psprintf("%s: %s", what, tls_error()));
}

static void
load_certificates(Socket *s, const Endpoint *endpoint)
{
	SSL_CTX    *ctx = s->ssl_ctx;

	if (endpoint->tls_root_cert != NULL ?
		SSL_CTX_load_verify_locations(ctx, endpoint->tls_root_cert, NULL) != 1 :
		SSL_CTX_set_default_verify_paths(ctx) != 1)
		fail_tls(s, endpoint, "could not load tls_root_cert");
	if (endpoint->tls_cert != NULL &&
		SSL_CTX_use_certificate_chain_file(ctx, endpoint->tls_cert) != 1)
		fail_tls(s, endpoint, "could not load tls_cert");
	if (endpoint->tls_key != NULL &&
		SSL_CTX_use_PrivateKey_file(ctx, endpoint->tls_key,
									SSL_FILETYPE_PEM) != 1)
		fail_tls(s, endpoint, "could not load tls_key");
}

/* Certificates name hosts or addresses, and OpenSSL checks them apart. */
static bool
expect_host(SSL *ssl, const char *host)
{
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
		return true;
	return SSL_set1_host(ssl, host) == 1 &&
		SSL_set_tlsext_host_name(ssl, host) == 1;
}

static void
start_tls(Socket *s, const Endpoint *endpoint, TimestampTz deadline)
{
	static const unsigned char protocols[] = {2, 'h', '2'};
	const unsigned char *chosen;
	unsigned int chosen_len;

	ERR_clear_error();
	s->ssl_ctx = SSL_CTX_new(TLS_client_method());
	if (s->ssl_ctx == NULL)
		fail_tls(s, endpoint, "could not start TLS");
	SSL_CTX_set_min_proto_version(s->ssl_ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(s->ssl_ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(s->ssl_ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_ENABLE_PARTIAL_WRITE);
	SSL_CTX_set_read_ahead(s->ssl_ctx, 1);
	SSL_CTX_set_alpn_protos(s->ssl_ctx, protocols, sizeof(protocols));
	load_certificates(s, endpoint);

	s->ssl = SSL_new(s->ssl_ctx);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, s->fd) != 1 ||
		!expect_host(s->ssl, endpoint->host))
		fail_tls(s, endpoint, "could not start TLS");
	for (;;)
	{
		int			result;
		int			error;

		ERR_clear_error();
		result = SSL_connect(s->ssl);
		if (result == 1)
			break;
		error = SSL_get_error(s->ssl, result);
		if (error == SSL_ERROR_WANT_READ)
			wait_socket(s, endpoint, WL_SOCKET_READABLE, 0, deadline);
		else if (error == SSL_ERROR_WANT_WRITE)
			wait_socket(s, endpoint, WL_SOCKET_WRITEABLE, 0, deadline);
		else
			fail_tls(s, endpoint, "TLS handshake failed");
	}
	SSL_get0_alpn_selected(s->ssl, &chosen, &chosen_len);
	if (chosen_len != 2 || memcmp(chosen, "h2", 2) != 0)
		fail(endpoint, "The server does not speak HTTP/2.");
}

/* ------------------------------------------------------------------ */
/* Reading and writing												  */
/* ------------------------------------------------------------------ */

static ssize_t
tls_outcome(Socket *s, int result)
{
	int			error = SSL_get_error(s->ssl, result);

	switch (error)
	{
		case SSL_ERROR_WANT_READ:
			return SOCKET_WOULD_BLOCK;
		case SSL_ERROR_WANT_WRITE:
			s->want_write = true;
			return SOCKET_WOULD_BLOCK;
		case SSL_ERROR_ZERO_RETURN:
			return SOCKET_EOF;
		case SSL_ERROR_SYSCALL:
			if (errno == 0)
				return SOCKET_EOF;
			strlcpy(s->error, strerror(errno), sizeof(s->error));
			return SOCKET_ERROR;
		default:
			strlcpy(s->error, tls_error(), sizeof(s->error));
			return SOCKET_ERROR;
	}
}

static ssize_t
plain_outcome(Socket *s)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return SOCKET_WOULD_BLOCK;
	strlcpy(s->error, strerror(errno), sizeof(s->error));
	return SOCKET_ERROR;
}

ssize_t
socket_read(Socket *s, uint8 *buffer, size_t len)
{
	ssize_t		n;

	if (s->ssl != NULL)
	{
		int			result;

		s->want_write = false;
		errno = 0;
		ERR_clear_error();
		result = SSL_read(s->ssl, buffer, (int) len);
		return result > 0 ? result : tls_outcome(s, result);
	}
	n = recv(s->fd, buffer, len, 0);
	if (n == 0)
		return SOCKET_EOF;
	return n > 0 ? n : plain_outcome(s);
}

ssize_t
socket_write(Socket *s, const uint8 *bytes, size_t len)
{
	ssize_t		n;

	s->want_write = false;
	if (s->ssl != NULL)
	{
		int			result;

		errno = 0;
		ERR_clear_error();
		result = SSL_write(s->ssl, bytes, (int) len);
		return result > 0 ? result : tls_outcome(s, result);
	}
	n = send(s->fd, bytes, len, MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	n = plain_outcome(s);
	s->want_write = n == SOCKET_WOULD_BLOCK;
	return n;
}
