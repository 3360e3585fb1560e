/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA: foreign tables, for reading, of the columnar
 *	  tables whose own foreign tables are in a schema of this database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "import.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define COMMANDS "SELECT * FROM datrang.import_commands($1)"

static List *
import_schema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			type = TEXTOID;
	Datum		schema = CStringGetTextDatum(stmt->remote_schema);
	List	   *commands = NIL;
	uint64		i;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(COMMANDS, 1, &type, &schema, NULL, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not list columnar tables");
	for (i = 0; i < SPI_processed; i++)
	{
		char	   *command = SPI_getvalue(SPI_tuptable->vals[i],
										   SPI_tuptable->tupdesc, 1);
		MemoryContext old = MemoryContextSwitchTo(caller);

		commands = lappend(commands, pstrdup(command));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return commands;
}

void
import_install(FdwRoutine *routine)
{
	routine->ImportForeignSchema = import_schema;
}
