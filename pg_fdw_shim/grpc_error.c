/*-------------------------------------------------------------------------
 *
 * grpc_error.c
 *	  From gRPC status and trailers to ereport().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "grpc_error.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

static char **
slot_of(GrpcStatus *status, const char *name, size_t name_len)
{
	struct
	{
		const char *name;
		char	  **slot;
	}			known[] = {
		{":status", &status->http_status},
		{"grpc-status", &status->status},
		{"grpc-message", &status->message},
		{"datrang-sqlstate", &status->sqlstate},
		{"datrang-detail", &status->detail},
		{"datrang-hint", &status->hint}
	};
	size_t		i;

	for (i = 0; i < lengthof(known); i++)
		if (strlen(known[i].name) == name_len &&
			memcmp(known[i].name, name, name_len) == 0)
			return known[i].slot;
	return NULL;
}

void
grpc_status_header(GrpcStatus *status, MemoryContext cxt,
				   const char *name, size_t name_len,
				   const char *value, size_t value_len)
{
	char	  **slot = slot_of(status, name, name_len);
	char	   *copy;

	if (slot == NULL || value_len > MaxAllocSize - 1)
		return;
	copy = MemoryContextAllocExtended(cxt, value_len + 1, MCXT_ALLOC_NO_OOM);
	if (copy == NULL)
		return;
	memcpy(copy, value, value_len);
	copy[value_len] = '\0';
	*slot = copy;
}

bool
grpc_status_known(const GrpcStatus *status)
{
	return status->status != NULL ||
		(status->http_status != NULL &&
		 strcmp(status->http_status, "200") != 0);
}

bool
grpc_status_ok(const GrpcStatus *status)
{
	return status->status != NULL && strcmp(status->status, "0") == 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
grpc_decode(const char *value)
{
	char	   *plain;
	char	   *out;
	char	   *converted;

	if (value == NULL)
		return NULL;
	plain = out = palloc(strlen(value) + 1);
	for (; *value != '\0'; value++)
	{
		int			high = *value == '%' ? hex_digit(value[1]) : -1;
		int			low = high >= 0 ? hex_digit(value[2]) : -1;

		if (low >= 0 && (high | low) != 0)
		{
			*out++ = (char) (high << 4 | low);
			value += 2;
		}
		else
			*out++ = *value;
	}
	*out = '\0';
	if (!pg_verify_mbstr(PG_UTF8, plain, out - plain, true))
		return pstrdup("(text that is not UTF-8)");
	converted = pg_any_to_server(plain, out - plain, PG_UTF8);
	return converted;
}

/* For a sidecar, or a proxy in front of it, that sends no SQLSTATE. */
static int
sqlstate_of_status(int status)
{
	switch (status)
	{
		case 1:					/* CANCELLED */
		case 4:					/* DEADLINE_EXCEEDED */
			return ERRCODE_QUERY_CANCELED;
		case 3:					/* INVALID_ARGUMENT */
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case 5:					/* NOT_FOUND */
			return ERRCODE_FDW_TABLE_NOT_FOUND;
		case 7:					/* PERMISSION_DENIED */
			return ERRCODE_INSUFFICIENT_PRIVILEGE;
		case 8:					/* RESOURCE_EXHAUSTED */
			return ERRCODE_INSUFFICIENT_RESOURCES;
		case 10:				/* ABORTED */
			return ERRCODE_T_R_SERIALIZATION_FAILURE;
		case 12:				/* UNIMPLEMENTED */
			return ERRCODE_FEATURE_NOT_SUPPORTED;
		case 14:				/* UNAVAILABLE */
			return ERRCODE_CONNECTION_FAILURE;
		case 16:				/* UNAUTHENTICATED */
			return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
		default:
			return ERRCODE_FDW_ERROR;
	}
}

static bool
valid_sqlstate(const char *s)
{
	return s != NULL && strlen(s) == 5 &&
		strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
		strncmp(s, "00", 2) != 0;
}

static int
sqlstate_of(const GrpcStatus *status)
{
	const char *s = status->sqlstate;

	if (valid_sqlstate(s))
		return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
	return sqlstate_of_status(atoi(status->status));
}

static bool
has_sqlstate(const GrpcStatus *status)
{
	return grpc_status_known(status) && !grpc_status_ok(status) &&
		status->status != NULL && valid_sqlstate(status->sqlstate);
}

bool
grpc_status_is_refusal(const GrpcStatus *status)
{
	int			sqlstate;

	if (!has_sqlstate(status))
		return false;
	sqlstate = sqlstate_of(status);
	return sqlstate == ERRCODE_FDW_ERROR || sqlstate == ERRCODE_SYNTAX_ERROR ||
		sqlstate == ERRCODE_UNDEFINED_TABLE;
}

bool
grpc_status_of_data(const GrpcStatus *status)
{
	int			sqlstate;
	int			category;

	if (!has_sqlstate(status))
		return false;
	sqlstate = sqlstate_of(status);
	category = ERRCODE_TO_CATEGORY(sqlstate);
	/* extract() and chr() have errors of the last two. */
	return category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		grpc_status_is_refusal(status) ||
		sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED ||
		sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_CARDINALITY_VIOLATION);
}

bool
grpc_status_of_request(const GrpcStatus *status)
{
	int			category;

	if (!has_sqlstate(status))
		return false;
	category = ERRCODE_TO_CATEGORY(sqlstate_of(status));
	return grpc_status_of_data(status) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_FDW_ERROR);
}

void
grpc_status_log(const GrpcStatus *status)
{
	ereport(LOG,
			(errcode(sqlstate_of(status)),
			 errmsg("the Datrang sidecar cannot answer a request, PostgreSQL does"),
			 errdetail_internal("%s", grpc_decode(status->message)),
			 errhint("Check that the extension and the sidecar are of the same version.")));
}

void
grpc_status_report(const GrpcStatus *status, const char *uri)
{
	char	   *message = grpc_decode(status->message);
	char	   *detail = grpc_decode(status->detail);
	char	   *hint = grpc_decode(status->hint);
	int			sqlstate;

	if (status->status == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the server at \"%s\" answered with HTTP status %s",
						uri, status->http_status),
				 errhint("Does another kind of server listen there?")));

	sqlstate = sqlstate_of(status);
	if (message == NULL || message[0] == '\0')
		message = psprintf("the Datrang sidecar failed with gRPC status %s",
						   status->status);
	if (hint == NULL && sqlstate == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION)
		hint = "Set option \"secret\" of the user mapping to the sidecar's secret.";
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg_internal("%s", message),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 hint != NULL ? errhint("%s", hint) : 0,
			 errcontext("Datrang sidecar at \"%s\"", uri)));
}
