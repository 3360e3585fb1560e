/*-------------------------------------------------------------------------
 *
 * shippable.h
 *	  Which expressions the sidecar may evaluate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_SHIPPABLE_H
#define DATRANG_SHIPPABLE_H

#include "announcement.h"
#include "nodes/pathnodes.h"

/*
 * NULL if the condition on the relation can be evaluated by the
 * sidecar with PostgreSQL's result, else the reason why not, for people.
 */
extern const char *shippable_reason(RelOptInfo *rel, Oid relid,
									const Announcement *announcement,
									RestrictInfo *info);

/* Is it evaluated here once and sent as a parameter? */
extern bool shippable_as_param(Node *node);

/* Does some part of it have to be sent as a parameter? */
extern bool shippable_needs_params(Node *node);

#endif							/* DATRANG_SHIPPABLE_H */
