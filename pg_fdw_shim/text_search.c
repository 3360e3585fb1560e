/*-------------------------------------------------------------------------
 *
 * text_search.c
 *	  What a text search asks of the text itself.
 *
 * to_tsvector(config, column) @@ query is evaluated here, but the sidecar need
 * not send rows that cannot match, and may skip row groups by their text
 * filters.  That takes lexemes that are parts of the text.  They are if the
 * configuration has the default parser, whose tokens are stretches of the
 * text, and none but dictionaries of the template "simple", which give a token
 * in lower case, character by character, or nothing.  Only configurations that
 * came with PostgreSQL are looked at: a plan that is kept is not made anew when
 * somebody alters one.
 *
 * ILIKE under collation C takes letters of ASCII in either case, and so it
 * finds a token by its lexeme where both have an ASCII letter or a digit.  Any
 * other character of the lexeme may have had another form, and is "_" in the
 * pattern: one character.  So are "i" and "k", which are the lower case of
 * characters outside ASCII as well, unless the database's letters are C's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "text_search.h"
#include "tsearch/ts_cache.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* Shorter stretches are in no text filter. */
#define STRETCH_MIN 3

static bool
is_constant(Node *node, Oid type)
{
	return IsA(node, Const) && ((Const *) node)->consttype == type &&
		!((Const *) node)->constisnull;
}

/* Are its lexemes tokens in lower case, and these parts of the text? */
static bool
keeps_tokens(Oid configid)
{
	TSConfigCacheEntry *config = lookup_ts_config_cache(configid);
	int			type;
	int			i;

	if (configid >= FirstNormalObjectId ||
		lookup_ts_parser_cache(config->prsId)->startOid != F_PRSD_START)
		return false;
	for (type = 0; type < config->lenmap; type++)
		for (i = 0; i < config->map[type].len; i++)
		{
			Oid			dictionary = config->map[type].dictIds[i];

			if (lookup_ts_dictionary_cache(dictionary)->lexizeOid !=
				F_DSIMPLE_LEXIZE)
				return false;
		}
	return true;
}

/* Lexemes, or their beginnings, without which there is no match. */
static List *
needed_lexemes(QueryItem *item, char *operands, List *lexemes)
{
	check_stack_depth();
	if (item->type == QI_VAL)
		return lappend(lexemes, pnstrdup(operands + item->qoperand.distance,
										 item->qoperand.length));
	if (item->qoperator.oper != OP_AND && item->qoperator.oper != OP_PHRASE)
		return lexemes;
	lexemes = needed_lexemes(item + 1, operands, lexemes);
	return needed_lexemes(item + item->qoperator.left, operands, lexemes);
}

/* The pattern of texts with that lexeme; NULL if it would be of no use. */
static char *
pattern_of(const char *lexeme)
{
	bool		ascii_only = compat_ctype_is_c(DEFAULT_COLLATION_OID);
	StringInfoData pattern;
	int			stretch = 0;
	int			longest = 0;

	initStringInfo(&pattern);
	appendStringInfoChar(&pattern, '%');
	while (*lexeme != '\0')
	{
		char		c = *lexeme;
		bool		same = (c >= '0' && c <= '9') ||
			(c >= 'a' && c <= 'z' && (ascii_only || (c != 'i' && c != 'k')));

		appendStringInfoChar(&pattern, same ? c : '_');
		stretch = same ? stretch + 1 : 0;
		longest = Max(longest, stretch);
		lexeme += pg_mblen(lexeme);
	}
	appendStringInfoChar(&pattern, '%');
	return longest < STRETCH_MIN ? NULL : pattern.data;
}

List *
text_search_implied(Expr *clause)
{
	OpExpr	   *match = (OpExpr *) clause;
	FuncExpr   *vector;
	Node	   *query;
	Node	   *config;
	TSQuery		wanted;
	List	   *implied = NIL;
	ListCell   *lc;

	if (!IsA(clause, OpExpr))
		return NIL;
	set_opfuncid(match);
	if (match->opfuncid != F_TS_MATCH_VQ && match->opfuncid != F_TS_MATCH_QV)
		return NIL;
	vector = linitial(match->args);
	query = lsecond(match->args);
	if (match->opfuncid == F_TS_MATCH_QV)
	{
		vector = lsecond(match->args);
		query = linitial(match->args);
	}
	if (!IsA(vector, FuncExpr) ||
		vector->funcid != F_TO_TSVECTOR_REGCONFIG_TEXT)
		return NIL;
	config = linitial(vector->args);
	if (!is_constant(config, REGCONFIGOID) ||
		!is_constant(query, TSQUERYOID) ||
		!keeps_tokens(DatumGetObjectId(((Const *) config)->constvalue)))
		return NIL;
	wanted = DatumGetTSQuery(((Const *) query)->constvalue);
	if (wanted->size == 0)
		return NIL;
	foreach(lc, needed_lexemes(GETQUERY(wanted), GETOPERAND(wanted), NIL))
	{
		char	   *pattern = pattern_of(lfirst(lc));
		Const	   *constant;

		if (pattern == NULL)
			continue;
		constant = makeConst(TEXTOID, -1, C_COLLATION_OID, -1,
							 CStringGetTextDatum(pattern), false, false);
		implied = lappend(implied,
						  make_opclause(OID_TEXT_ICLIKE_OP, BOOLOID, false,
										copyObject(lsecond(vector->args)),
										(Expr *) constant, InvalidOid,
										C_COLLATION_OID));
		set_opfuncid(llast(implied));
	}
	return implied;
}
