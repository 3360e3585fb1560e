/*-------------------------------------------------------------------------
 *
 * condition.c
 *	  The conditions under which announced signatures are exact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "condition.h"
#include "deparse.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "shippable.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

static const char *
name_of_collation(Oid collation)
{
	return collation == DEFAULT_COLLATION_OID ? "the database's" :
		get_collation_name(collation);
}

/* The next word, or NULL at the end. */
static char *
next_word(const char **rest)
{
	size_t		length;
	char	   *word;

	while (**rest == ' ')
		(*rest)++;
	length = strcspn(*rest, " ");
	if (length == 0)
		return NULL;
	word = pnstrdup(*rest, length);
	*rest += length;
	return word;
}

static bool
has_word(const char *condition, const char *wanted)
{
	char	   *word;

	while ((word = next_word(&condition)) != NULL)
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}

bool
condition_is_zoned(const char *condition)
{
	return has_word(condition, "zone");
}

bool
condition_fails(const char *condition)
{
	return has_word(condition, "fails");
}

bool
condition_wants_statement(const char *condition)
{
	return has_word(condition, "whole");
}

bool
condition_refuses_distinct(const char *condition)
{
	return has_word(condition, "nodistinct");
}

/* A function of values of such types has the same result in every session. */
bool
condition_names_types(const char *condition)
{
	char	   *word;

	while ((word = next_word(&condition)) != NULL)
		if (strncmp(word, "types:", 6) == 0)
			return true;
	return false;
}

/* "value:2" and "const:2:..." name an argument; NULL when it is not there. */
static Node *
named_argument(const char *word, List *args, int *number)
{
	*number = atoi(strchr(word, ':') + 1);
	return *number >= 1 && *number <= list_length(args) ?
		list_nth(args, *number - 1) : NULL;
}

static char *
text_of(Const *constant)
{
	Oid			output;
	bool		varlena;
	int			level = deparse_pin_settings();
	char	   *text;

	getTypeOutputInfo(constant->consttype, &output, &varlena);
	text = OidOutputFunctionCall(output, constant->constvalue);
	deparse_unpin_settings(level);
	return text;
}

static bool
matches(const char *text, const char *pattern)
{
	return DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
												CStringGetTextDatum(text),
												CStringGetTextDatum(pattern)));
}

static bool
is_listed(const char *name, const char *list)
{
	size_t		length = strlen(name);

	for (;;)
	{
		size_t		listed = strcspn(list, ",");

		if (listed == length && strncmp(list, name, length) == 0)
			return true;
		if (list[listed] == '\0')
			return false;
		list += listed + 1;
	}
}

/* "types:2:int4,text": the type of the second argument; 0 for those of all. */
static const char *
types_refusal(const char *word, const char *signature, List *args)
{
	const char *list = strchr(strchr(word, ':') + 1, ':');
	int			wanted = atoi(strchr(word, ':') + 1);
	ListCell   *lc;

	if (list == NULL)
		return psprintf("the condition %s of %s is not known here",
						word, signature);
	foreach(lc, args)
	{
		char	   *name = deparse_type_name(getBaseType(exprType(lfirst(lc))));

		if ((wanted == 0 || wanted == foreach_current_index(lc) + 1) &&
			!is_listed(name, list + 1))
			return psprintf("the sidecar does not compute %s of values of type %s",
							signature, name);
	}
	return NULL;
}

static const char *
argument_refusal(const char *word, const char *signature, List *args)
{
	int			number;
	Node	   *arg = named_argument(word, args, &number);
	const char *pattern;
	char	   *text;

	if (strncmp(word, "value:", 6) == 0)
		return arg != NULL && shippable_is_value(arg) ? NULL :
			psprintf("the sidecar computes %s only if argument %d is the same for all rows",
					 signature, number);
	if (strncmp(word, "scaled:", 7) == 0)
		return arg != NULL &&
			(getBaseType(exprType(arg)) != NUMERICOID || exprTypmod(arg) >= 0) ? NULL :
			psprintf("the sidecar computes %s of numerics only if their scale is declared",
					 signature);
	if (arg == NULL || !IsA(arg, Const) || ((Const *) arg)->constisnull)
		return psprintf("the sidecar computes %s only if argument %d is a constant",
						signature, number);
	pattern = strchr(strchr(word, ':') + 1, ':');
	text = text_of((Const *) arg);
	if (pattern != NULL && matches(text, pattern + 1))
		return NULL;
	return psprintf("the sidecar does not compute %s with the constant %s",
					signature, quote_literal_cstr(text));
}

/* Those of columns with different collations have none. */
static bool
lack_collation(List *args, Oid collation)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = IsA(lfirst(lc), TargetEntry) ?
			(Node *) ((TargetEntry *) lfirst(lc))->expr : lfirst(lc);

		if (!OidIsValid(collation) && type_is_collatable(exprType(arg)))
			return true;
	}
	return false;
}

static const char *
collation_refusal(const char *word, const char *signature, Oid collation,
				  List *args)
{
	const char *class = deparse_collation(collation);

	if (lack_collation(args, collation))
		return psprintf("the arguments of %s have different collations",
						signature);
	if (strcmp(word, "ctype") == 0)
		return compat_ctype_is_c(collation) ? NULL :
			psprintf("the sidecar computes %s for the letters of ASCII only, as under collation C, not as under %s",
					 signature, name_of_collation(collation));
	if (strcmp(class, "-") == 0 || strcmp(class, "\"C\"") == 0)
		return NULL;
	if (strcmp(word, "c") == 0)
		return psprintf("the sidecar computes %s under collation C only, not under %s",
						signature, name_of_collation(collation));
	if (strcmp(class, "\"deterministic\"") == 0)
		return NULL;
	return psprintf("the sidecar computes %s under deterministic collations only, not under %s",
					signature, name_of_collation(collation));
}

const char *
condition_refusal(const char *condition, const char *signature,
				  Oid collation, List *args)
{
	const char *reason = NULL;
	char	   *word;

	while (reason == NULL && (word = next_word(&condition)) != NULL)
	{
		if (strcmp(word, "c") == 0 || strcmp(word, "ctype") == 0 ||
			strcmp(word, "deterministic") == 0)
			reason = collation_refusal(word, signature, collation, args);
		else if (strncmp(word, "value:", 6) == 0 ||
				 strncmp(word, "scaled:", 7) == 0 ||
				 strncmp(word, "const:", 6) == 0)
			reason = argument_refusal(word, signature, args);
		else if (strncmp(word, "types:", 6) == 0)
			reason = types_refusal(word, signature, args);
		else if (strcmp(word, "zone") != 0 && strcmp(word, "fails") != 0 &&
				 strcmp(word, "whole") != 0 && strcmp(word, "nodistinct") != 0)
			reason = psprintf("the condition %s of %s is not known here",
							  word, signature);
	}
	return reason;
}
