/*-------------------------------------------------------------------------
 *
 * input_settings.c
 *	  Settings that decide what a text means to an input function.
 *
 * A value that is kept as its text was written with these settings.  Dates
 * and times in ISO form are read alike whatever DateStyle is; amounts of
 * money, intervals and XML are not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "input_settings.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/xml.h"

bool
input_depends_on_settings(Oid typid)
{
	Oid			element;

	typid = getBaseType(typid);
	switch (typid)
	{
		case MONEYOID:
		case INTERVALOID:
		case XMLOID:
			return true;
		default:
			break;
	}
	element = get_base_element_type(typid);
	if (OidIsValid(element))
		return input_depends_on_settings(element);
	/* Anything may be inside of these. */
	return type_is_rowtype(typid) || type_is_range(typid) ||
		type_is_multirange(typid);
}

static void
set(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

int
input_settings_begin(void)
{
	int			level;

	if (IntervalStyle == INTSTYLE_POSTGRES && xmloption == XMLOPTION_CONTENT &&
		strcmp(locale_monetary, "C") == 0)
		return 0;
	level = NewGUCNestLevel();
	set("IntervalStyle", "postgres");
	set("xmloption", "content");
	set("lc_monetary", "C");
	return level;
}

void
input_settings_end(int level)
{
	if (level != 0)
		AtEOXact_GUC(true, level);
}
