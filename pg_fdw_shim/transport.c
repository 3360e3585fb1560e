/*-------------------------------------------------------------------------
 *
 * transport.c
 *	  HTTP/2 by nghttp2 on our own non-blocking socket.
 *
 * The library is fed and drained by us; it never touches the socket.  The
 * connection's window is as large as HTTP/2 allows and the stream's is
 * 4 MiB: a sidecar that is ahead of us fills the socket's buffers and then
 * waits, because we read only when rows are asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <nghttp2/nghttp2.h>

#include "compat.h"
#include "pgstat.h"
#include "socket.h"
#include "transport.h"
#include "utils/memutils.h"

#define STREAM_WINDOW (4 << 20)
#define FRAME_SIZE_MAX (256 << 10)
#define READ_BUFFER_SIZE (256 << 10)
#define HEADERS_MAX 16

struct Transport
{
	Socket		socket;
	char	   *uri;
	bool		tls;
	nghttp2_session *session;
	WaitEventSet *wait_set;
	int			wait_position;	/* of the socket in wait_set */
	uint32		wait_events;

	TransportState state;
	char		error[300];

	/* the stream */
	int32		stream_id;
	const TransportSink *sink;
	const uint8 *body;
	size_t		body_len;
	size_t		body_sent;
	bool		answered;
};

/* Shared by all connections: steps do not nest. */
static uint8 *read_buffer;

static void start_session(Transport *t);

/* ------------------------------------------------------------------ */
/* nghttp2's callbacks: nothing here may throw						  */
/* ------------------------------------------------------------------ */

static void
connection_failed(Transport *t, const char *what)
{
	if (t->state == TRANSPORT_FAILED)
		return;
	t->state = TRANSPORT_FAILED;
	strlcpy(t->error, what, sizeof(t->error));
}

static ssize_t
on_send(nghttp2_session *session, const uint8_t *bytes, size_t len,
		int flags, void *arg)
{
	Transport  *t = arg;
	ssize_t		n = socket_write(&t->socket, bytes, len);

	if (n >= 0)
		return n;
	if (n == SOCKET_WOULD_BLOCK)
		return NGHTTP2_ERR_WOULDBLOCK;
	connection_failed(t, n == SOCKET_EOF ? "the sidecar closed the connection" :
					  t->socket.error);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static ssize_t
on_body(nghttp2_session *session, int32_t stream_id, uint8_t *buffer,
		size_t len, uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	Transport  *t = arg;
	size_t		n = 0;

	if (t->body != NULL && stream_id == t->stream_id)
	{
		n = Min(len, t->body_len - t->body_sent);
		memcpy(buffer, t->body + t->body_sent, n);
		t->body_sent += n;
	}
	if (t->body == NULL || t->body_sent == t->body_len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return n;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id,
		const uint8_t *bytes, size_t len, void *arg)
{
	Transport  *t = arg;

	if (t->sink == NULL || stream_id != t->stream_id)
		return 0;
	t->answered = true;
	if (t->sink->data(t->sink->arg, bytes, len))
		return 0;
	connection_failed(t, "invalid data");
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
		  const uint8_t *name, size_t name_len,
		  const uint8_t *value, size_t value_len,
		  uint8_t flags, void *arg)
{
	Transport  *t = arg;

	if (t->sink == NULL || frame->hd.stream_id != t->stream_id)
		return 0;
	t->answered = true;
	t->sink->header(t->sink->arg, (const char *) name, name_len,
					(const char *) value, value_len);
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t stream_id,
				uint32_t error_code, void *arg)
{
	Transport  *t = arg;

	if (stream_id != t->stream_id || t->state != TRANSPORT_STREAMING)
		return 0;
	if (error_code == NGHTTP2_NO_ERROR)
		t->state = TRANSPORT_ENDED;
	else
	{
		t->state = TRANSPORT_RESET;
		snprintf(t->error, sizeof(t->error), "the sidecar reset the stream: %s",
				 nghttp2_http2_strerror(error_code));
	}
	return 0;
}

/* ------------------------------------------------------------------ */
/* Opening and closing												  */
/* ------------------------------------------------------------------ */

Transport *
transport_open(const Endpoint *endpoint)
{
	Transport  *t = MemoryContextAllocZero(TopMemoryContext,
										   sizeof(Transport));

	t->socket.fd = PGINVALID_SOCKET;
	PG_TRY();
	{
		if (read_buffer == NULL)
			read_buffer = MemoryContextAlloc(TopMemoryContext,
											 READ_BUFFER_SIZE);
		t->uri = MemoryContextStrdup(TopMemoryContext, endpoint->uri);
		t->tls = endpoint->tls;
		socket_open(&t->socket, endpoint);
		start_session(t);

		t->wait_set = compat_create_wait_event_set(3);
		AddWaitEventToSet(t->wait_set, WL_LATCH_SET, PGINVALID_SOCKET,
						  MyLatch, NULL);
		AddWaitEventToSet(t->wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET,
						  NULL, NULL);
		t->wait_events = WL_SOCKET_READABLE;
		t->wait_position = AddWaitEventToSet(t->wait_set, t->wait_events,
											 t->socket.fd, NULL, NULL);
	}
	PG_CATCH();
	{
		transport_close(t);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return t;
}

static void
start_session(Transport *t)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, FRAME_SIZE_MAX}
	};
	bool		ok;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
															  on_data);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
														   on_stream_close);
	ok = nghttp2_session_client_new(&t->session, callbacks, t) == 0;
	nghttp2_session_callbacks_del(callbacks);
	if (!ok ||
		nghttp2_submit_settings(t->session, NGHTTP2_FLAG_NONE, settings,
								lengthof(settings)) != 0 ||
		nghttp2_session_set_local_window_size(t->session, NGHTTP2_FLAG_NONE,
											  0, PG_INT32_MAX) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
}

void
transport_close(Transport *t)
{
	if (t->session != NULL)
		nghttp2_session_del(t->session);
	if (t->wait_set != NULL)
		FreeWaitEventSet(t->wait_set);
	socket_close(&t->socket);
	if (t->uri != NULL)
		pfree(t->uri);
	pfree(t);
}

/* ------------------------------------------------------------------ */
/* Streams															  */
/* ------------------------------------------------------------------ */

/* Send what is queued.  Failures end up in t->state. */
static void
flush(Transport *t)
{
	int			error;

	if (t->state == TRANSPORT_FAILED)
		return;
	error = nghttp2_session_send(t->session);
	if (error != 0)
		connection_failed(t, nghttp2_strerror(error));
	else if (!nghttp2_session_want_read(t->session) &&
			 !nghttp2_session_want_write(t->session) &&
			 t->state == TRANSPORT_STREAMING)
		connection_failed(t, "HTTP/2 protocol error");
}

static void
set_header(nghttp2_nv *nv, const char *name, const char *value)
{
	nv->name = (uint8_t *) unconstify(char *, name);
	nv->namelen = strlen(name);
	nv->value = (uint8_t *) unconstify(char *, value);
	nv->valuelen = strlen(value);
	nv->flags = NGHTTP2_NV_FLAG_NONE;
}

void
transport_request(Transport *t, const char *path,
				  const TransportHeader *headers, int nheaders,
				  const uint8 *body, size_t body_len,
				  const TransportSink *sink)
{
	nghttp2_nv	nv[HEADERS_MAX];
	nghttp2_data_provider provider;
	int			n = 0;
	int			i;

	Assert(t->state == TRANSPORT_IDLE && nheaders + 4 <= HEADERS_MAX);
	set_header(&nv[n++], ":method", "POST");
	set_header(&nv[n++], ":scheme", t->tls ? "https" : "http");
	set_header(&nv[n++], ":path", path);
	set_header(&nv[n++], ":authority", "datrang");
	for (i = 0; i < nheaders; i++)
		set_header(&nv[n++], headers[i].name, headers[i].value);

	t->sink = sink;
	t->body = body;
	t->body_len = body_len;
	t->body_sent = 0;
	t->answered = false;
	t->state = TRANSPORT_STREAMING;
	memset(&provider, 0, sizeof(provider));
	provider.read_callback = on_body;
	t->stream_id = nghttp2_submit_request(t->session, NULL, nv, n, &provider,
										  NULL);
	if (t->stream_id < 0)
		connection_failed(t, nghttp2_strerror(t->stream_id));
	flush(t);
}

/* Read once and hand it to nghttp2; false if there was nothing to read. */
static bool
receive(Transport *t)
{
	ssize_t		n = socket_read(&t->socket, read_buffer, READ_BUFFER_SIZE);

	if (n == SOCKET_WOULD_BLOCK)
		return false;
	if (n == SOCKET_EOF)
		connection_failed(t, "the sidecar closed the connection");
	else if (n == SOCKET_ERROR)
		connection_failed(t, t->socket.error);
	else
	{
		n = nghttp2_session_mem_recv(t->session, read_buffer, n);
		if (n < 0)
			connection_failed(t, nghttp2_strerror((int) n));
	}
	return true;
}

bool
transport_step(Transport *t)
{
	bool		received;

	if (t->state == TRANSPORT_FAILED)
		return true;
	received = receive(t);
	flush(t);
	return received || t->state == TRANSPORT_FAILED;
}

pgsocket
transport_socket(const Transport *t, uint32 *events)
{
	*events = WL_SOCKET_READABLE;
	if (t->socket.want_write)
		*events |= WL_SOCKET_WRITEABLE;
	return t->socket.fd;
}

bool
transport_wait(Transport *t, long timeout_ms)
{
	WaitEvent	event;
	uint32		events;

	(void) transport_socket(t, &events);
	if (events != t->wait_events)
	{
		ModifyWaitEvent(t->wait_set, t->wait_position, events, NULL);
		t->wait_events = events;
	}
	if (WaitEventSetWait(t->wait_set, timeout_ms, &event, 1,
						 PG_WAIT_EXTENSION) == 0)
		return false;
	if (event.events & WL_LATCH_SET)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

bool
transport_finish(Transport *t)
{
	if (t->state == TRANSPORT_STREAMING)
	{
		/* Closed on our side from here on, whatever the peer still sends. */
		t->sink = NULL;
		if (nghttp2_submit_rst_stream(t->session, NGHTTP2_FLAG_NONE,
									  t->stream_id, NGHTTP2_CANCEL) != 0)
			connection_failed(t, "out of memory");
		flush(t);
	}
	t->sink = NULL;
	t->body = NULL;
	if (t->state == TRANSPORT_FAILED ||
		nghttp2_session_want_write(t->session))
		return false;
	t->state = TRANSPORT_IDLE;
	return true;
}

bool
transport_usable(Transport *t)
{
	if (t->state != TRANSPORT_IDLE)
		return false;
	while (t->state != TRANSPORT_FAILED && receive(t))
		;
	flush(t);
	return t->state == TRANSPORT_IDLE &&
		nghttp2_session_check_request_allowed(t->session);
}

TransportState
transport_state(const Transport *t)
{
	return t->state;
}

bool
transport_answered(const Transport *t)
{
	return t->answered;
}

const char *
transport_error(const Transport *t)
{
	return t->error;
}

const char *
transport_uri(const Transport *t)
{
	return t->uri;
}
