/*-------------------------------------------------------------------------
 *
 * option.c
 *	  Validator and readers of the wrapper's options.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "option.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#define CONNECT_TIMEOUT_MS 10000

typedef struct Option
{
	const char *name;
	Oid			catalog;
} Option;

static const Option options[] = {
	{"uri", ForeignServerRelationId},
	{"tls_root_cert", ForeignServerRelationId},
	{"tls_cert", ForeignServerRelationId},
	{"tls_key", ForeignServerRelationId},
	{"connect_timeout", ForeignServerRelationId},
	{"engine", ForeignServerRelationId},
	{"engine_rows", ForeignServerRelationId},
	{"iceberg_time", ForeignServerRelationId},
	{"secret", UserMappingRelationId},
	{"table_id", ForeignTableRelationId},
	{"version", ForeignTableRelationId},
	{"native", ForeignTableRelationId},
	{"compression_level", ForeignTableRelationId},
	{"row_group_rows", ForeignTableRelationId},
	{"bloom", ForeignTableRelationId},
	{"cluster_by", ForeignTableRelationId},
	{"encoding", AttributeRelationId},
	{"column_name", AttributeRelationId},
	{"as_text", AttributeRelationId}
};

PG_FUNCTION_INFO_V1(datrang_fdw_validator);

static void check_value(DefElem *def);
static const char *parse_uri(const char *uri, Endpoint *endpoint);

/* ------------------------------------------------------------------ */
/* Validation														  */
/* ------------------------------------------------------------------ */

static bool
is_known(const char *name, Oid catalog)
{
	size_t		i;

	for (i = 0; i < lengthof(options); i++)
		if (options[i].catalog == catalog &&
			strcmp(options[i].name, name) == 0)
			return true;
	return false;
}

static char *
known_names(Oid catalog)
{
	StringInfoData names;
	size_t		i;

	initStringInfo(&names);
	for (i = 0; i < lengthof(options); i++)
		if (options[i].catalog == catalog)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
							 options[i].name);
	return names.data;
}

Datum
datrang_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *given = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	ListCell   *lc;

	foreach(lc, given)
	{
		DefElem    *def = lfirst(lc);

		if (!is_known(def->defname, catalog))
		{
			char	   *names = known_names(catalog);

			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname),
					 names[0] != '\0' ?
					 errhint("Valid options in this context are: %s", names) :
					 errhint("There are no valid options in this context.")));
		}
		check_value(def);
	}
	PG_RETURN_VOID();
}

/*
 * For options that say whose data is read or written: ALTER FOREIGN TABLE
 * and CREATE USER MAPPING ask for ownership or USAGE only.  The extension's
 * functions run as its owner.
 */
static void
require_superuser(DefElem *def, const char *hint)
{
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", def->defname),
				 errhint("%s", hint)));
}

static void
check_range(DefElem *def, int min, int max)
{
	int			value;

	if (!parse_int(defGetString(def), &value, 0, NULL) ||
		value < min || value > max)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, defGetString(def)),
				 errhint("It is a number from %d to %d.", min, max)));
}

static void
check_number(DefElem *def, const char *hint)
{
	const char *value = defGetString(def);

	if (value[0] == '\0' || strlen(value) > 18 ||
		strspn(value, "0123456789") != strlen(value))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, value),
				 errhint("%s", hint)));
}

static void
check_engine(DefElem *def)
{
	const char *value = defGetString(def);

	if (strcmp(value, "embedded") != 0 && strcmp(value, "spark") != 0 &&
		strcmp(value, "trino") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, value),
				 errhint("It is embedded, spark or trino.")));
}

/* What columns of type time are for Iceberg's readers, in tables made from then on. */
static void
check_iceberg_time(DefElem *def)
{
	if (strcmp(defGetString(def), "timestamp") != 0 &&
		strcmp(defGetString(def), "time") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, defGetString(def)),
				 errhint("It is timestamp or time.")));
}

/* Whether the column's type can be encoded so is seen where it is known. */
static void
check_encoding(DefElem *def)
{
	static const char *const encodings[] = {
		"auto", "plain", "dictionary", "delta", "delta_length",
		"byte_stream_split"
	};
	size_t		i;

	for (i = 0; i < lengthof(encodings); i++)
		if (strcmp(defGetString(def), encodings[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"encoding\": \"%s\"",
					defGetString(def)),
			 errhint("It is auto, plain, dictionary, delta, delta_length or byte_stream_split.")));
}

/* That there are such columns is seen where the table is known. */
static void
check_names(DefElem *def)
{
	List	   *names;

	if (!SplitIdentifierString(pstrdup(defGetString(def)), ',', &names))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"",
						def->defname, defGetString(def)),
				 errhint("List names of columns, separated by commas.")));
}

static void
check_value(DefElem *def)
{
	if (strcmp(def->defname, "uri") == 0)
	{
		Endpoint	endpoint;
		const char *error;

		memset(&endpoint, 0, sizeof(endpoint));
		error = parse_uri(defGetString(def), &endpoint);
		if (error != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for option \"uri\": \"%s\"",
							defGetString(def)),
					 errdetail_internal("%s", error),
					 errhint("Use unix:///path, grpc://127.0.0.1:port or grpc+tls://host:port.")));
	}
	else if (strcmp(def->defname, "table_id") == 0 ||
			 strcmp(def->defname, "version") == 0)
	{
		require_superuser(def, "Columnar tables are made by datrang.mirror() and CREATE FOREIGN TABLE.");
		check_number(def, "It is the number of the table in datrang.tables.");
	}
	else if (strcmp(def->defname, "engine") == 0)
		check_engine(def);
	else if (strcmp(def->defname, "iceberg_time") == 0)
		check_iceberg_time(def);
	else if (strcmp(def->defname, "engine_rows") == 0)
		check_number(def, "It is the number of rows from which on the engine is asked.");
	else if (strcmp(def->defname, "connect_timeout") == 0)
	{
		int			timeout_ms;
		const char *hint = NULL;

		if (!parse_int(defGetString(def), &timeout_ms, GUC_UNIT_MS, &hint) ||
			timeout_ms <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
					 errmsg("invalid value for option \"connect_timeout\": \"%s\"",
							defGetString(def)),
					 errhint("Give a time such as 500ms or 10s.")));
	}
	else if (strcmp(def->defname, "secret") == 0)
	{
		const char *c;

		require_superuser(def, "A superuser keeps the secret in the user mapping for PUBLIC.");
		/* It travels as a header. */
		for (c = defGetString(def); *c != '\0'; c++)
			if (*c <= ' ' || *c > '~')
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						 errmsg("option \"secret\" may hold printable ASCII characters only")));
	}
	else if (strcmp(def->defname, "native") == 0)
	{
		require_superuser(def, "Foreign tables made without options are native tables.");
		(void) defGetBoolean(def);
	}
	else if (strcmp(def->defname, "as_text") == 0)
		(void) defGetBoolean(def);
	else if (strcmp(def->defname, "encoding") == 0)
		check_encoding(def);
	else if (strcmp(def->defname, "compression_level") == 0)
		check_range(def, 1, 19);
	else if (strcmp(def->defname, "row_group_rows") == 0)
		check_range(def, 2048, 1000000);
	else if (strcmp(def->defname, "bloom") == 0 ||
			 strcmp(def->defname, "cluster_by") == 0)
		check_names(def);
}

/* ------------------------------------------------------------------ */
/* Addresses														  */
/* ------------------------------------------------------------------ */

static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool
starts_with(const char **s, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (strncmp(*s, prefix, len) != 0)
		return false;
	*s += len;
	return true;
}

/* Fills the address part of the endpoint; NULL or what is wrong. */
static const char *
parse_uri(const char *uri, Endpoint *endpoint)
{
	const char *rest = uri;
	const char *host_end;
	const char *port;
	long		number;
	char	   *end;

	endpoint->uri = pstrdup(uri);
	if (starts_with(&rest, "unix://"))
	{
		if (rest[0] != '/')
			return "The path of the Unix socket must be absolute.";
		if (strlen(rest) > 107)
			return "The path of the Unix socket is longer than 107 bytes.";
		endpoint->socket_path = pstrdup(rest);
		return NULL;
	}
	if (starts_with(&rest, "grpc+tls://"))
		endpoint->tls = true;
	else if (!starts_with(&rest, "grpc://"))
		return "The scheme is none that is known.";

	if (rest[0] == '[')
	{
		rest++;
		host_end = strchr(rest, ']');
		if (host_end == NULL || host_end[1] != ':')
			return "The port is missing.";
		port = host_end + 2;
	}
	else
	{
		host_end = strrchr(rest, ':');
		if (host_end == NULL)
			return "The port is missing.";
		port = host_end + 1;
	}
	if (host_end == rest)
		return "The host is missing.";
	number = strtol(port, &end, 10);
	if (end == port || *end != '\0' || number < 1 || number > 65535)
		return "The port is not a number between 1 and 65535.";
	endpoint->host = pnstrdup(rest, host_end - rest);
	endpoint->port = pstrdup(port);
	if (!endpoint->tls && !is_loopback(endpoint->host))
		return "Without TLS only this machine can be reached.";
	return NULL;
}

/* ------------------------------------------------------------------ */
/* Reading															  */
/* ------------------------------------------------------------------ */

static DefElem *
find_option(List *list, const char *name)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, name) == 0)
			return def;
	}
	return NULL;
}

static char *
string_option(List *list, const char *name)
{
	DefElem    *def = find_option(list, name);

	return def == NULL ? NULL : pstrdup(defGetString(def));
}

Endpoint *
option_endpoint(ForeignServer *server)
{
	Endpoint   *endpoint = palloc0(sizeof(Endpoint));
	char	   *uri = string_option(server->options, "uri");
	char	   *timeout = string_option(server->options, "connect_timeout");
	const char *error;

	if (uri == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign server \"%s\" has no option \"uri\"",
						server->servername),
				 errhint("ALTER SERVER %s OPTIONS (ADD uri 'unix:///path');",
						 quote_identifier(server->servername))));
	error = parse_uri(uri, endpoint);
	if (error != NULL)
		elog(ERROR, "invalid uri \"%s\": %s", uri, error);
	endpoint->tls_root_cert = string_option(server->options, "tls_root_cert");
	endpoint->tls_cert = string_option(server->options, "tls_cert");
	endpoint->tls_key = string_option(server->options, "tls_key");
	if (timeout == NULL ||
		!parse_int(timeout, &endpoint->connect_timeout_ms, GUC_UNIT_MS, NULL))
		endpoint->connect_timeout_ms = CONNECT_TIMEOUT_MS;
	return endpoint;
}

/*
 * Which engine answers requests of the server, and from how many rows of
 * their tables on; nothing for the sidecar's own.
 */
void
option_append_engine(StringInfo out, Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	char	   *engine = string_option(server->options, "engine");
	char	   *rows = string_option(server->options, "engine_rows");

	if (engine != NULL && strcmp(engine, "embedded") != 0)
		appendStringInfo(out, " (engine \"%s\" %s)", engine,
						 rows == NULL ? "0" : rows);
}

char *
option_secret(UserMapping *mapping)
{
	return string_option(mapping->options, "secret");
}

char *
option_table_id(Oid relid)
{
	char	   *id = string_option(GetForeignTable(relid)->options,
								   "table_id");

	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("foreign table \"%s\" has no option \"table_id\"",
						get_rel_name(relid)),
				 errhint("Columnar tables are made by datrang.mirror().")));
	return id;
}

const char *
option_version(Oid relid)
{
	char	   *version = string_option(GetForeignTable(relid)->options,
										"version");

	return version == NULL ? "1" : version;
}

/*
 * Writes a foreign table as a request names it.  The version tells the
 * sidecar which definition the statement was planned with; the first one is
 * not said.
 */
void
option_append_table(StringInfo out, Oid relid, int alias)
{
	const char *version = option_version(relid);

	appendStringInfo(out, "(table %s %d", option_table_id(relid), alias);
	if (strcmp(version, "1") != 0)
		appendStringInfo(out, " %s", version);
	appendStringInfoChar(out, ')');
}

bool
option_native(Oid relid)
{
	DefElem    *def = find_option(GetForeignTable(relid)->options, "native");

	return def != NULL && defGetBoolean(def);
}

char *
option_column_name(Oid relid, AttrNumber attnum)
{
	char	   *name = string_option(GetForeignColumnOptions(relid, attnum),
									 "column_name");

	return name != NULL ? name : get_attname(relid, attnum, false);
}

bool
option_column_as_text(Oid relid, AttrNumber attnum)
{
	DefElem    *def = find_option(GetForeignColumnOptions(relid, attnum),
								  "as_text");

	return def != NULL && defGetBoolean(def);
}
