/*-------------------------------------------------------------------------
 *
 * shippable_parts.h
 *	  What the files called shippable share: true, or false and a reason.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_SHIPPABLE_PARTS_H
#define DATRANG_SHIPPABLE_PARTS_H

#include "shippable.h"

typedef struct ShipContext
{
	const ShipScope *scope;
	bool		in_aggregate;
	const char *reason;			/* of the first refusal */
} ShipContext;

/* shippable.c */
extern bool ship_refuse(ShipContext *cxt, const char *reason);
extern bool ship_expr(ShipContext *cxt, Node *node);
extern bool ship_args(ShipContext *cxt, List *args);
extern bool ship_sort(ShipContext *cxt, Node *node, Oid sortop,
					  Oid collation);

/* May values of the type be written as text and understood? */
extern bool ship_type(ShipContext *cxt, Oid type);

/* Does the sidecar find equal values of the type equal? */
extern bool ship_has_equality(Oid type);

/* Is the announced signature exact under that collation, on those arguments? */
extern bool ship_signature(ShipContext *cxt, AnnouncedKind kind,
						   const char *signature, Oid collation, List *args);

/* The same of a function, operator or aggregate, which must be built in. */
extern bool ship_function(ShipContext *cxt, AnnouncedKind kind, Oid object,
						  Oid funcid, const char *signature, Oid collation,
						  List *args);

/* An operator that compares, as a key or over an array. */
extern bool ship_operator(ShipContext *cxt, Oid opno, Oid collation);

/* shippable_aggregate.c */
extern bool ship_aggregate(ShipContext *cxt, Aggref *agg);

/* shippable_array.c */
extern bool ship_array(ShipContext *cxt, ArrayExpr *expr);
extern bool ship_array_value(ShipContext *cxt, Node *node);
extern bool ship_arguments(ShipContext *cxt, FuncExpr *func);
extern bool ship_operands(ShipContext *cxt, OpExpr *op);
extern bool ship_subscript(ShipContext *cxt, SubscriptingRef *ref);
extern bool ship_quantified(ShipContext *cxt, ScalarArrayOpExpr *op);

#endif							/* DATRANG_SHIPPABLE_PARTS_H */
