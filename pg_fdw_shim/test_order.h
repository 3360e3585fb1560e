/*-------------------------------------------------------------------------
 *
 * test_order.h
 *	  Which of several conditions is tested first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_TEST_ORDER_H
#define DATRANG_TEST_ORDER_H

#include "nodes/pathnodes.h"

/*
 * While this is set, a statement that fails in the sidecar is run in pieces,
 * and test_order_matters says whether it would otherwise have been planned
 * with more care.
 */
extern bool test_order_pieces_follow;
extern bool test_order_matters;

/*
 * The conditions on the relation, such that one that may raise an error is
 * computed for rows only that pass those before it.
 */
extern List *test_order_guard(PlannerInfo *root, RelOptInfo *rel,
							  List *conditions);

/*
 * NULL, or why the relation's rows may not be limited by the sidecar: unless
 * they are sorted, PostgreSQL stops before it meets all that conditions fail
 * for.
 */
extern const char *test_order_refuse_limit(PlannerInfo *root, RelOptInfo *rel);

#endif							/* DATRANG_TEST_ORDER_H */
