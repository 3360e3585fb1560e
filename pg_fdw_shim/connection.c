/*-------------------------------------------------------------------------
 *
 * connection.c
 *	  Pool of connections, by foreign server and user mapping.
 *
 * A connection carries one request at a time; a backend that runs several
 * scans at once has several.  A connection is greeted before its first use:
 * that checks the protocol's version and brings the announcement.
 *
 * Requests only read, so a request on a kept connection that broke before
 * the sidecar said anything is sent once more on a new one: that is how a
 * restarted sidecar goes unnoticed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_user_mapping.h"
#include "connection.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "option.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/syscache.h"

typedef struct PoolKey
{
	Oid			serverid;
	Oid			mappingid;		/* InvalidOid: the user has none */
} PoolKey;

typedef struct Connection
{
	struct Connection *next;
	Transport  *transport;
	bool		busy;
	bool		greeted;
	bool		stale;			/* options changed: close after use */
} Connection;

typedef struct Pool
{
	PoolKey		key;			/* hash key: must be first */
	bool		valid;
	uint32		server_hash;
	uint32		mapping_hash;
	MemoryContext cxt;			/* of what follows but the connections */
	Endpoint   *endpoint;
	char	   *secret;
	MemoryContext announcement_cxt;
	Announcement *announcement;
	Connection *connections;
} Pool;

struct RemoteQuery
{
	MemoryContext cxt;
	MemoryContextCallback on_reset;
	Pool	   *pool;
	Connection *connection;
	FlightStream *stream;
	StringInfoData ticket;
	bool		may_repeat;		/* the connection was a kept one */
};

static HTAB *pools;

static void greet(Pool *pool, Connection *connection);

/* ------------------------------------------------------------------ */
/* Pools															  */
/* ------------------------------------------------------------------ */

/* syscache invalidation: the catalogs may be read no earlier than later */
static void
on_catalog_change(Datum arg, int cacheid, uint32 hash)
{
	HASH_SEQ_STATUS scan;
	Pool	   *pool;

	hash_seq_init(&scan, pools);
	while ((pool = hash_seq_search(&scan)) != NULL)
	{
		if (hash == 0 ||
			(cacheid == FOREIGNSERVEROID && pool->server_hash == hash) ||
			(cacheid == USERMAPPINGOID && pool->mapping_hash == hash))
			pool->valid = false;
	}
}

/* The mapping of the user or of PUBLIC, or InvalidOid: none is needed. */
static Oid
find_mapping(Oid serverid, Oid userid)
{
	Oid			mappingid;

	mappingid = GetSysCacheOid2(USERMAPPINGUSERSERVER,
								Anum_pg_user_mapping_oid,
								ObjectIdGetDatum(userid),
								ObjectIdGetDatum(serverid));
	if (!OidIsValid(mappingid))
		mappingid = GetSysCacheOid2(USERMAPPINGUSERSERVER,
									Anum_pg_user_mapping_oid,
									ObjectIdGetDatum(InvalidOid),
									ObjectIdGetDatum(serverid));
	return mappingid;
}

static void
load_pool(Pool *pool, Oid userid)
{
	Connection *c;
	MemoryContext old;

	for (c = pool->connections; c != NULL; c = c->next)
		c->stale = true;
	if (pool->cxt != NULL)
		MemoryContextReset(pool->cxt);
	else
		pool->cxt = AllocSetContextCreate(TopMemoryContext, "datrang pool",
										  ALLOCSET_SMALL_SIZES);
	pool->announcement_cxt = NULL;
	pool->announcement = NULL;
	pool->secret = NULL;
	pool->server_hash =
		GetSysCacheHashValue1(FOREIGNSERVEROID,
							  ObjectIdGetDatum(pool->key.serverid));
	pool->mapping_hash =
		GetSysCacheHashValue1(USERMAPPINGOID,
							  ObjectIdGetDatum(pool->key.mappingid));
	old = MemoryContextSwitchTo(pool->cxt);
	pool->endpoint = option_endpoint(GetForeignServer(pool->key.serverid));
	if (OidIsValid(pool->key.mappingid))
		pool->secret = option_secret(GetUserMapping(userid,
													pool->key.serverid));
	MemoryContextSwitchTo(old);
	pool->valid = true;
}

static Pool *
find_pool(Oid serverid, Oid userid)
{
	PoolKey		key;
	Pool	   *pool;
	bool		found;

	if (pools == NULL)
	{
		HASHCTL		ctl;

		memset(&ctl, 0, sizeof(ctl));
		ctl.keysize = sizeof(PoolKey);
		ctl.entrysize = sizeof(Pool);
		pools = hash_create("datrang pools", 8, &ctl, HASH_ELEM | HASH_BLOBS);
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, 0);
	}
	key.serverid = serverid;
	key.mappingid = find_mapping(serverid, userid);
	pool = hash_search(pools, &key, HASH_ENTER, &found);
	if (!found)
		memset((char *) pool + sizeof(PoolKey), 0,
			   sizeof(Pool) - sizeof(PoolKey));
	if (!pool->valid)
		load_pool(pool, userid);
	return pool;
}

/* ------------------------------------------------------------------ */
/* Connections														  */
/* ------------------------------------------------------------------ */

/* Never throws. */
static void
drop_connection(Pool *pool, Connection *connection)
{
	Connection **link = &pool->connections;

	while (*link != connection)
		link = &(*link)->next;
	*link = connection->next;
	transport_close(connection->transport);
	pfree(connection);
}

/* Never throws: runs when memory is reset, also after an error. */
static void
release_connection(Pool *pool, Connection *connection)
{
	bool		reusable = transport_finish(connection->transport);

	connection->busy = false;
	if (!reusable || connection->stale || !connection->greeted)
		drop_connection(pool, connection);
}

static Connection *
find_idle(Pool *pool)
{
	Connection *c;
	Connection *next;

	for (c = pool->connections; c != NULL; c = next)
	{
		next = c->next;
		if (c->busy)
			continue;
		if (!c->stale && c->greeted && transport_usable(c->transport))
			return c;
		drop_connection(pool, c);
	}
	return NULL;
}

static Connection *
new_connection(Pool *pool)
{
	Connection *c = MemoryContextAllocZero(TopMemoryContext,
										   sizeof(Connection));

	PG_TRY();
	{
		c->transport = transport_open(pool->endpoint);
	}
	PG_CATCH();
	{
		pfree(c);
		PG_RE_THROW();
	}
	PG_END_TRY();
	c->next = pool->connections;
	pool->connections = c;
	greet(pool, c);
	return c;
}

/* ------------------------------------------------------------------ */
/* Queries															  */
/* ------------------------------------------------------------------ */

static void
on_query_reset(void *arg)
{
	RemoteQuery *query = arg;

	if (query->connection != NULL)
		release_connection(query->pool, query->connection);
	query->connection = NULL;
}

/* Start the request in the query's memory on that connection. */
static void
start(RemoteQuery *query, Connection *connection)
{
	MemoryContext old = MemoryContextSwitchTo(query->cxt);

	query->connection = connection;
	connection->busy = true;
	query->stream = flight_start(connection->transport, &query->ticket,
								 query->pool->secret);
	MemoryContextSwitchTo(old);
}

static RemoteQuery *
make_query(Pool *pool, const char *request, const StringInfo payload)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "datrang query",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	RemoteQuery *query = palloc0(sizeof(RemoteQuery));
	char	   *text;

	query->cxt = cxt;
	query->pool = pool;
	text = psprintf("(datrang %s %s)", DATRANG_PROTOCOL_VERSION, request);
	text = pg_server_to_any(text, strlen(text), PG_UTF8);
	initStringInfo(&query->ticket);
	appendStringInfoString(&query->ticket, text);
	if (payload != NULL)
	{
		appendStringInfoChar(&query->ticket, '\0');
		appendBinaryStringInfo(&query->ticket, payload->data, payload->len);
	}
	query->on_reset.func = on_query_reset;
	query->on_reset.arg = query;
	MemoryContextRegisterResetCallback(cxt, &query->on_reset);
	MemoryContextSwitchTo(old);
	return query;
}

RemoteQuery *
remote_query_open(Oid serverid, Oid userid, const char *request)
{
	return remote_query_send(serverid, userid, request, NULL);
}

RemoteQuery *
remote_query_send(Oid serverid, Oid userid, const char *request,
				  const StringInfo payload)
{
	Pool	   *pool = find_pool(serverid, userid);
	RemoteQuery *query = make_query(pool, request, payload);
	Connection *connection = find_idle(pool);

	query->may_repeat = connection != NULL;
	start(query, connection != NULL ? connection : new_connection(pool));
	return query;
}

/* Once more on a new connection, if the kept one turned out to be dead. */
static void
repeat_if_unanswered(RemoteQuery *query)
{
	Connection *dead = query->connection;

	if (!query->may_repeat || !flight_unanswered(query->stream))
		return;
	query->may_repeat = false;
	query->connection = NULL;
	dead->stale = true;
	release_connection(query->pool, dead);
	start(query, new_connection(query->pool));
}

bool
remote_query_ready(RemoteQuery *query)
{
	if (!flight_ready(query->stream))
		return false;
	repeat_if_unanswered(query);
	return flight_ready(query->stream);
}

FlightStream *
remote_query_stream(RemoteQuery *query)
{
	flight_await(query->stream);
	repeat_if_unanswered(query);
	return query->stream;
}

pgsocket
remote_query_socket(RemoteQuery *query, uint32 *events)
{
	return transport_socket(query->connection->transport, events);
}

void
remote_query_close(RemoteQuery *query)
{
	MemoryContextDelete(query->cxt);
}

/* ------------------------------------------------------------------ */
/* Greeting															  */
/* ------------------------------------------------------------------ */

static void
keep_announcement(Pool *pool, MemoryContext cxt, Announcement *announcement)
{
	if (pool->announcement != NULL)
	{
		/* Plans may hold what this sidecar does not know. */
		if (!announcement_equal(pool->announcement, announcement))
			ResetPlanCache();
		MemoryContextDelete(pool->announcement_cxt);
	}
	MemoryContextSetParent(cxt, pool->cxt);
	pool->announcement_cxt = cxt;
	pool->announcement = announcement;
}

/* If this throws, the query's memory takes the connection with it. */
static void
greet(Pool *pool, Connection *connection)
{
	RemoteQuery *query = make_query(pool, announcement_request(), NULL);
	MemoryContext cxt;
	MemoryContext old;
	Announcement *announcement;

	start(query, connection);
	cxt = AllocSetContextCreate(query->cxt, "datrang announcement",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	announcement = announcement_read(query->stream,
									 transport_uri(connection->transport));
	MemoryContextSwitchTo(old);
	keep_announcement(pool, cxt, announcement);
	connection->greeted = true;
	remote_query_close(query);
}

const Announcement *
connection_announcement(Oid serverid, Oid userid)
{
	Pool	   *pool = find_pool(serverid, userid);

	/* A sidecar that was replaced meanwhile may announce something else. */
	if (pool->announcement == NULL ||
		(find_idle(pool) == NULL && pool->connections == NULL))
		(void) new_connection(pool);
	return pool->announcement;
}
