/*-------------------------------------------------------------------------
 *
 * condition.h
 *	  The conditions under which announced signatures are exact.
 *
 * Words with blanks between them:
 *
 *		c				under collations that order by bytes
 *		ctype			under those whose letters are ASCII's
 *		deterministic	under deterministic collations
 *		fails			raises errors for some arguments
 *		zone			depends on the session by TimeZone only, which is
 *						sent as one more argument
 *		value:N			argument N is the same for all rows
 *		scaled:N		argument N is no numeric, or one of a declared scale
 *		const:N:REGEX	argument N is a constant, not NULL, whose text
 *						matches the pattern
 *		types:N:LIST	argument N (0: every one) is of a type listed; then
 *						nothing of the session matters but the time zone
 *		nodistinct		without DISTINCT
 *		whole			in whole statements, as it may leave data to PostgreSQL
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_CONDITION_H
#define DATRANG_CONDITION_H

#include "nodes/pg_list.h"

/* Does it hold?  NULL, or the reason why not. */
extern const char *condition_refusal(const char *condition,
									 const char *signature, Oid collation,
									 List *args);

/* May it raise an error? */
extern bool condition_fails(const char *condition);

/* Is it shipped in whole statements only? */
extern bool condition_wants_statement(const char *condition);

/* Is it not computed of distinct values? */
extern bool condition_refuses_distinct(const char *condition);

/* Are the types of arguments named? */
extern bool condition_names_types(const char *condition);

/* Is the session's time zone all it depends on? */
extern bool condition_is_zoned(const char *condition);

#endif							/* DATRANG_CONDITION_H */
