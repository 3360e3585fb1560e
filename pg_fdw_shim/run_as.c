/*-------------------------------------------------------------------------
 *
 * run_as.c
 *	  Runs a statement with another role's rights and nothing more.
 *
 * For maintenance of tables that belong to others: what an owner has put into
 * the definition of his table (a CHECK that calls his function) runs as he,
 * and cannot go back to the role that called, as it could after SET ROLE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(datrang_run_as);

static void
check_member(Oid role)
{
	const char *caller = quote_identifier(GetUserNameFromId(GetUserId(), false));
	const char *other = quote_identifier(GetUserNameFromId(role, false));

	if (!is_member_of_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("role %s may not act for role %s: GRANT %s TO %s",
						caller, other, other, caller)));
}

static text *
first_value(const char *command)
{
	text	   *value = NULL;
	int			status;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	status = SPI_execute(command, false, 0);
	if (status < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(status));
	if (status == SPI_OK_SELECT && SPI_processed > 0)
	{
		char	   *found = SPI_getvalue(SPI_tuptable->vals[0],
										 SPI_tuptable->tupdesc, 1);

		if (found != NULL)
		{
			Size		size = strlen(found) + VARHDRSZ;

			value = (text *) SPI_palloc(size);
			SET_VARSIZE(value, size);
			memcpy(VARDATA(value), found, size - VARHDRSZ);
		}
	}
	SPI_finish();
	return value;
}

/*
 * run_as(role, command) gives the first value of the first row.  An error
 * takes user and settings back where its subtransaction ends.
 */
Datum
datrang_run_as(PG_FUNCTION_ARGS)
{
	Oid			role = PG_GETARG_OID(0);
	char	   *command = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			level = NewGUCNestLevel();
	Oid			user;
	int			context;
	text	   *value;

	check_member(role);
	GetUserIdAndSecContext(&user, &context);
	if (context != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("run_as cannot be called by a security-definer function")));
	/* The setting, too: "caller" in our SQL functions looks at it. */
	(void) set_config_option("role", GetUserNameFromId(role, false),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	SetUserIdAndSecContext(role, context | SECURITY_LOCAL_USERID_CHANGE);
	value = first_value(command);
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(true, level);
	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(value);
}
