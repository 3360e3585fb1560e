/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  Settings of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "compat.h"
#include "guc.h"
#include "utils/guc.h"

int			datrang_freshness = FRESHNESS_LATEST;
int			datrang_freshness_timeout = 10000;
bool		datrang_enable_pushdown = true;
bool		datrang_enable_join_pushdown = true;
bool		datrang_enable_aggregate_pushdown = true;
bool		datrang_enable_sort_pushdown = true;
bool		datrang_enable_limit_pushdown = true;
bool		datrang_enable_statement_pushdown = true;
int			datrang_accelerate = ACCELERATE_OFF;
bool		datrang_enable_key_sets = true;
bool		datrang_enable_batches = true;
char	   *datrang_traceparent = NULL;
char	   *datrang_as_of = "";

static const struct config_enum_entry freshness_values[] = {
	{"latest", FRESHNESS_LATEST, false},
	{"eventual", FRESHNESS_EVENTUAL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry accelerate_values[] = {
	{"off", ACCELERATE_OFF, false},
	{"auto", ACCELERATE_AUTO, false},
	{"on", ACCELERATE_ON, false},
	{NULL, 0, false}
};

static void
define_pushdown(const char *name, const char *description, bool *value)
{
	DefineCustomBoolVariable(name, description,
							 "Meant for tests: the answer is the same either way.",
							 value, true, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
}

/* A header of W3C Trace Context, version 00, or nothing. */
static bool
check_traceparent(char **value, void **extra, GucSource source)
{
	const char *form = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";

	if (**value == '\0')
		return true;
	for (const char *c = *value;; c++, form++)
	{
		if (*form == 'h' ? *c == '\0' || strchr("0123456789abcdef", *c) == NULL
			: *c != *form)
		{
			GUC_check_errdetail("A traceparent looks like \"00-<32 hexadecimal digits>-<16 digits>-<2 digits>\".");
			return false;
		}
		if (*form == '\0')
			return true;
	}
}

/* Are columnar tables read as they were? */
bool
guc_is_past(void)
{
	return datrang_as_of != NULL && datrang_as_of[0] != '\0';
}

void
guc_define(void)
{
	DefineCustomEnumVariable("datrang.freshness",
							 "How fresh the answer of a columnar table is.",
							 "\"latest\" waits until everything that was flushed to WAL when the statement began is visible; \"eventual\" answers from the newest snapshot at once.",
							 &datrang_freshness, FRESHNESS_LATEST,
							 freshness_values, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("datrang.freshness_timeout",
							"How long a read waits for fresh data before it fails.",
							NULL, &datrang_freshness_timeout,
							10000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomStringVariable("datrang.as_of",
							   "The past state that columnar tables are read in.",
							   "A time, or the id of a snapshot as datrang.snapshots() shows it; empty for the present.",
							   &datrang_as_of, "", PGC_USERSET, 0,
							   NULL, NULL, NULL);
	DefineCustomEnumVariable("datrang.accelerate",
							 "Whether statements that read mirrored heap tables are answered from their mirrors.",
							 "\"auto\" where that is estimated to be cheaper, \"on\" wherever the answer is the same.",
							 &datrang_accelerate, ACCELERATE_OFF,
							 accelerate_values, PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomStringVariable("datrang.traceparent",
							   "Trace that the session's requests to the sidecar belong to.",
							   "A traceparent of W3C Trace Context; the sidecar logs it with what it does.",
							   &datrang_traceparent, "", PGC_USERSET, 0,
							   check_traceparent, NULL, NULL);
	define_pushdown("datrang.enable_pushdown",
					"Lets the sidecar evaluate filters and all that follows.",
					&datrang_enable_pushdown);
	define_pushdown("datrang.enable_join_pushdown",
					"Lets the sidecar join tables.",
					&datrang_enable_join_pushdown);
	define_pushdown("datrang.enable_aggregate_pushdown",
					"Lets the sidecar group, aggregate and find distinct rows.",
					&datrang_enable_aggregate_pushdown);
	define_pushdown("datrang.enable_sort_pushdown",
					"Lets the sidecar sort.",
					&datrang_enable_sort_pushdown);
	define_pushdown("datrang.enable_limit_pushdown",
					"Lets the sidecar apply LIMIT and OFFSET.",
					&datrang_enable_limit_pushdown);
	define_pushdown("datrang.enable_key_sets",
					"Lets the keys of heap tables travel to the sidecar.",
					&datrang_enable_key_sets);
	define_pushdown("datrang.enable_batches",
					"Lets scans that run once a row of heap tables ask for many rows at a time.",
					&datrang_enable_batches);
	define_pushdown("datrang.enable_statement_pushdown",
					"Lets the sidecar compute statements as a whole.",
					&datrang_enable_statement_pushdown);
	compat_reserve_guc_prefix("datrang");
}
