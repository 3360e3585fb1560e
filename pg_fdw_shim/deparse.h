/*-------------------------------------------------------------------------
 *
 * deparse.h
 *	  The text of requests: see PROTOCOL.md.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_DEPARSE_H
#define DATRANG_DEPARSE_H

#include "lib/stringinfo.h"
#include "nodes/pathnodes.h"

/* A string atom, quoted. */
extern void deparse_string(StringInfo out, const char *s);

/* Names as the protocol writes them, e.g. int4[], <=(date,date). */
extern char *deparse_type_name(Oid type);
extern char *deparse_operator_signature(Oid opno);
extern char *deparse_function_signature(Oid funcid);

/* The protocol's class of a collation: "-", "C", ... */
extern const char *deparse_collation(Oid collation);

/*
 * (select ...) that returns those attributes of the rows for which all
 * conditions (shippable expressions) hold.  The expressions to be computed
 * at execution are appended to *params; (param n ..) is the n-th of them.
 */
extern char *deparse_select(RelOptInfo *rel, Oid relid, List *attnums,
							List *conditions, List **params);

/*
 * The same for an estimate: conditions that need parameters are left out
 * and appended to *left_out.
 */
extern char *deparse_estimate(RelOptInfo *rel, Oid relid, List *attnums,
							  List *conditions, List **left_out);

/* Text output under settings that do not depend on the session. */
extern int	deparse_pin_settings(void);
extern void deparse_unpin_settings(int nest_level);

/* (const ...) or (null ...); settings must be pinned. */
extern void deparse_value(StringInfo out, Oid type, Datum value, bool isnull);

#endif							/* DATRANG_DEPARSE_H */
