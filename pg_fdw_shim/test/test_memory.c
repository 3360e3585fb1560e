/* See test_memory.h. */
#include "postgres.h"

#include <stdlib.h>

#include "test_memory.h"

/* More than any valid message of the tests: what PostgreSQL may not have. */
#define OUT_OF_MEMORY (64 << 20)

static void **allocated;
static size_t nallocated;
static size_t capacity;

void *
palloc(size_t size)
{
	if (nallocated == capacity)
	{
		capacity = Max(capacity * 2, 64);
		allocated = realloc(allocated, capacity * sizeof(void *));
	}
	return allocated[nallocated++] = malloc(size);
}

void *
palloc0(size_t size)
{
	return memset(palloc(size), 0, size);
}

void *
MemoryContextAllocExtended(MemoryContext cxt, size_t size, int flags)
{
	if (size > OUT_OF_MEMORY)
		return NULL;
	return flags & MCXT_ALLOC_ZERO ? palloc0(size) : palloc(size);
}

void
pfree(void *pointer)
{
	size_t		i = nallocated;

	while (allocated[--i] != pointer)
		;
	allocated[i] = allocated[--nallocated];
	free(pointer);
}

void
free_all(void)
{
	while (nallocated > 0)
		free(allocated[--nallocated]);
	free(allocated);
	allocated = NULL;
	capacity = 0;
}
