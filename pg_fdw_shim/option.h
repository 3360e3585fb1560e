/*-------------------------------------------------------------------------
 *
 * option.h
 *	  Options of the server, the user mapping, tables and columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_OPTION_H
#define DATRANG_OPTION_H

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "transport.h"

/* All in the current memory context. */
extern Endpoint *option_endpoint(ForeignServer *server);
extern void option_append_engine(StringInfo out, Oid serverid);
extern char *option_secret(UserMapping *mapping);

/* The table's id in datrang.tables; raises an error if it is not set. */
/* Which definition of the table the foreign table has. */
extern const char *option_version(Oid relid);

extern char *option_table_id(Oid relid);
extern void option_append_table(StringInfo out, Oid relid, int alias);

/* Is it written through PostgreSQL, and not a copy of a table? */
extern bool option_native(Oid relid);

/* The name of the column that holds a native table's row ids. */
#define ROW_ID_COLUMN "_datrang_row"

/* The column's name in the columnar table. */
extern char *option_column_name(Oid relid, AttrNumber attnum);

/* Does the columnar table keep the column as text of another type? */
extern bool option_column_as_text(Oid relid, AttrNumber attnum);

#endif							/* DATRANG_OPTION_H */
