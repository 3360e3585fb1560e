/*-------------------------------------------------------------------------
 *
 * grpc_error.h
 *	  How a gRPC call ended, and what PostgreSQL's user hears of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_GRPC_ERROR_H
#define DATRANG_GRPC_ERROR_H

/* Values as received: percent-encoded UTF-8.  NULL: not received. */
typedef struct GrpcStatus
{
	char	   *http_status;
	char	   *status;
	char	   *message;
	char	   *sqlstate;
	char	   *detail;
	char	   *hint;
} GrpcStatus;

/* Keeps the header if it says something about the call's end; no throw. */
extern void grpc_status_header(GrpcStatus *status, MemoryContext cxt,
							   const char *name, size_t name_len,
							   const char *value, size_t value_len);

extern bool grpc_status_known(const GrpcStatus *status);
extern bool grpc_status_ok(const GrpcStatus *status);

/* Is it that the sidecar, or its engine, cannot do what is asked for? */
extern bool grpc_status_is_refusal(const GrpcStatus *status);

/* Writes it to the server's log. */
extern void grpc_status_log(const GrpcStatus *status);

/*
 * Is the remote error one of the data, of a division by zero for example, or a
 * refusal?  PostgreSQL may answer without one.
 */
extern bool grpc_status_of_data(const GrpcStatus *status);

/*
 * Is it about this very request, data included?  Not if it was cancelled, and
 * not if another one would fare no better.
 */
extern bool grpc_status_of_request(const GrpcStatus *status);

/* Percent-decoded, in the server's encoding; NULL stays NULL. */
extern char *grpc_decode(const char *value);

/* Raises the remote error. */
extern void grpc_status_report(const GrpcStatus *status, const char *uri)
			pg_attribute_noreturn();

#endif							/* DATRANG_GRPC_ERROR_H */
