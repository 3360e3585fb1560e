/*
 * Builds Arrow IPC messages for tests: flatbuffers written front to back,
 * vtables before their tables.
 */
#ifndef TEST_ARROW_MESSAGE_H
#define TEST_ARROW_MESSAGE_H

#include "postgres.h"

typedef struct TestMessage
{
	uint8		bytes[8192];
	uint32		len;
	uint8		body[8192];
	uint32		body_len;
} TestMessage;

/* A schema with one column of each kind the contract allows. */
extern void make_schema(TestMessage *message);

/* A valid batch for that schema. */
extern void make_batch(TestMessage *message, int64 rows);

#endif
