/*-------------------------------------------------------------------------
 *
 * announcement.c
 *	  What the sidecar answers to "hello".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "announcement.h"
#include "commands/dbcommands.h"
#include "common/hashfn.h"
#include "deparse.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define SIGNATURE_MAX 200

/* The kind is part of the key: its first letter, before the signature. */
typedef struct Announced
{
	char		key[SIGNATURE_MAX];
	char	   *condition;
} Announced;

struct Announcement
{
	HTAB	   *entries;
	uint64		fingerprint;	/* independent of the order of rows */
};

char *
announcement_request(void)
{
	StringInfoData request;

	initStringInfo(&request);
	appendStringInfo(&request, "(hello (shim \"%s\") (server %d) (database ",
					 DATRANG_SHIM_VERSION, PG_VERSION_NUM);
	deparse_string(&request, get_database_name(MyDatabaseId));
	appendStringInfoString(&request, "))");
	return request.data;
}

static char *
cell(const ArrowBatch *batch, int column, int64 row)
{
	const ArrowArray *array = &batch->columns[column];
	int32		start;
	int32		len;

	if (arrow_is_null(array, row))
		return pstrdup("");
	if (!arrow_slice(array, row, &start, &len))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("invalid data from the Datrang sidecar"),
				 errdetail("The announcement holds a broken string.")));
	return pnstrdup((char *) array->data + start, len);
}

/* Also where the protocol is the same: catalog and sidecar go together. */
static void
other_version(const char *uri, const char *sidecar)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the Datrang sidecar at \"%s\" has version %s, the extension has version %s",
					uri, sidecar, DATRANG_SHIM_VERSION),
			 errhint("Install the same version of both. After an upgrade, sessions that began before it must connect anew.")));
}

static void
wrong_version(const char *uri, const char *sidecar, const char *protocol)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the Datrang sidecar at \"%s\" speaks version %s of the protocol, the extension speaks version %s",
					uri, protocol, DATRANG_PROTOCOL_VERSION),
			 errdetail("The sidecar's version is %s, the extension's is %s.",
					   sidecar, DATRANG_SHIM_VERSION),
			 errhint("Install the same version of the extension and of the sidecar.")));
}

static void
add(Announcement *a, const char *kind, const char *name,
	const char *condition)
{
	char		key[SIGNATURE_MAX];
	Announced  *entry;
	bool		found;

	/* Kinds this version does not know are for later ones. */
	if (strcmp(kind, "op") != 0 && strcmp(kind, "func") != 0 &&
		strcmp(kind, "agg") != 0 && strcmp(kind, "cast") != 0 &&
		strcmp(kind, "win") != 0)
		return;
	if (snprintf(key, sizeof(key), "%c%s", kind[0], name) >= SIGNATURE_MAX)
		return;
	entry = hash_search(a->entries, key, HASH_ENTER, &found);
	entry->condition = pstrdup(condition);
	a->fingerprint += hash_bytes_extended((unsigned char *) key, strlen(key),
										  hash_bytes((unsigned char *) condition,
													 strlen(condition)));
}

Announcement *
announcement_read(FlightStream *stream, const char *uri)
{
	Announcement *a = palloc0(sizeof(Announcement));
	HASHCTL		ctl;
	const ArrowSchema *schema = flight_schema(stream);
	const ArrowBatch *batch;
	bool		greeted = false;
	int			i;

	if (schema->nfields < 3)
		wrong_version(uri, "unknown", "unknown");
	for (i = 0; i < 3; i++)
		if (schema->fields[i].type != ARROW_UTF8)
			wrong_version(uri, "unknown", "unknown");

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = SIGNATURE_MAX;
	ctl.entrysize = sizeof(Announced);
	ctl.hcxt = CurrentMemoryContext;
	a->entries = hash_create("datrang announcement", 256, &ctl,
							 HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	while ((batch = flight_next(stream)) != NULL)
	{
		int64		row;

		for (row = 0; row < batch->length; row++)
		{
			char	   *kind = cell(batch, 0, row);
			char	   *name = cell(batch, 1, row);
			char	   *condition = cell(batch, 2, row);

			if (!greeted)
			{
				if (strcmp(kind, "version") != 0 ||
					strcmp(condition, DATRANG_PROTOCOL_VERSION) != 0)
					wrong_version(uri, name, condition);
				if (strcmp(name, DATRANG_SHIM_VERSION) != 0)
					other_version(uri, name);
				greeted = true;
			}
			else
				add(a, kind, name, condition);
			pfree(kind);
			pfree(name);
			pfree(condition);
		}
	}
	if (!greeted)
		wrong_version(uri, "unknown", "unknown");
	return a;
}

const char *
announcement_condition(const Announcement *a, AnnouncedKind kind,
					   const char *signature)
{
	char		key[SIGNATURE_MAX];
	Announced  *entry;

	if (snprintf(key, sizeof(key), "%c%s", (char) kind, signature) >=
		SIGNATURE_MAX)
		return NULL;
	entry = hash_search(a->entries, key, HASH_FIND, NULL);
	return entry == NULL ? NULL : entry->condition;
}

bool
announcement_equal(const Announcement *a, const Announcement *b)
{
	return a->fingerprint == b->fingerprint;
}
