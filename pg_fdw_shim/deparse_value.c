/*-------------------------------------------------------------------------
 *
 * deparse_value.c
 *	  Names and values in the text of requests.
 *
 * Nothing depends on the session: operators and functions go by their
 * signature, values by their type's output under pinned settings, collations
 * by their class.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "deparse.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------------ */
/* Names															  */
/* ------------------------------------------------------------------ */

void
deparse_string(StringInfo out, const char *s)
{
	appendStringInfoChar(out, '"');
	for (; *s != '\0'; s++)
	{
		if (*s == '"' || *s == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *s);
	}
	appendStringInfoChar(out, '"');
}

char *
deparse_type_name(Oid type)
{
	Oid			element = get_element_type(type);
	HeapTuple	tuple;
	Form_pg_type form;
	char	   *name;

	if (OidIsValid(element))
		return psprintf("%s[]", deparse_type_name(element));
	/* A literal that nothing gives a type, in concat() for example. */
	if (type == UNKNOWNOID)
		return pstrdup("text");
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (form->typnamespace == PG_CATALOG_NAMESPACE)
		name = pstrdup(NameStr(form->typname));
	else
		name = psprintf("%s.%s", get_namespace_name(form->typnamespace),
						NameStr(form->typname));
	ReleaseSysCache(tuple);
	return name;
}

char *
deparse_operator_signature(Oid opno)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator form;
	char	   *signature;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", opno);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (OidIsValid(form->oprleft))
		signature = psprintf("%s(%s,%s)", NameStr(form->oprname),
							 deparse_type_name(form->oprleft),
							 deparse_type_name(form->oprright));
	else
		signature = psprintf("%s(%s)", NameStr(form->oprname),
							 deparse_type_name(form->oprright));
	ReleaseSysCache(tuple);
	return signature;
}

char *
deparse_function_signature(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc form;
	StringInfoData signature;
	int			i;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	initStringInfo(&signature);
	appendStringInfo(&signature, "%s(", NameStr(form->proname));
	for (i = 0; i < form->pronargs; i++)
		appendStringInfo(&signature, "%s%s", i > 0 ? "," : "",
						 deparse_type_name(form->proargtypes.values[i]));
	appendStringInfoChar(&signature, ')');
	ReleaseSysCache(tuple);
	return signature.data;
}

/*
 * Is text ordered by its bytes?  The GNU C library compares as strcmp under
 * C.UTF-8, by definition from version 2.35 on.
 */
static bool
orders_by_bytes(Oid collation)
{
	const char *name;

	/* The sidecar orders UTF-8; another encoding may order differently. */
	if (GetDatabaseEncoding() != PG_UTF8)
		return false;
	if (compat_collation_is_c(collation))
		return true;
#ifdef __GLIBC__
	name = compat_libc_collate(collation);
	return name != NULL &&
		(strcmp(name, "C.UTF-8") == 0 || strcmp(name, "C.utf8") == 0) &&
		strverscmp(gnu_get_libc_version(), "2.35") >= 0;
#else
	return false;
#endif
}

const char *
deparse_collation(Oid collation)
{
	if (!OidIsValid(collation))
		return "-";
	if (orders_by_bytes(collation))
		return "\"C\"";
	if (get_collation_isdeterministic(collation))
		return "\"deterministic\"";
	return "\"nondeterministic\"";
}

/* ------------------------------------------------------------------ */
/* Values															  */
/* ------------------------------------------------------------------ */

static void
pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

int
deparse_pin_settings(void)
{
	int			nest_level = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES)
		pin("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		pin("intervalstyle", "postgres");
	if (extra_float_digits < 3)
		pin("extra_float_digits", "3");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		pin("bytea_output", "hex");
	if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
		pin("timezone", "UTC");
	return nest_level;
}

void
deparse_unpin_settings(int nest_level)
{
	AtEOXact_GUC(true, nest_level);
}

void
deparse_value(StringInfo out, Oid type, Datum value, bool isnull)
{
	appendStringInfoString(out, isnull ? "(null " : "(const ");
	deparse_string(out, deparse_type_name(type));
	if (!isnull)
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(type, &function, &varlena);
		appendStringInfoChar(out, ' ');
		deparse_string(out, OidOutputFunctionCall(function, value));
	}
	appendStringInfoChar(out, ')');
}
