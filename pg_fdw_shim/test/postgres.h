/*
 * What arrow.c, deframer.c and numeric.c need of PostgreSQL, so that they can be compiled
 * alone with sanitizers.
 */
#ifndef TEST_POSTGRES_H
#define TEST_POSTGRES_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <string.h>

typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef unsigned __int128 uint128;
typedef uintptr_t Datum;

#define PG_INT32_MAX INT32_MAX
#define Max(x, y) ((x) > (y) ? (x) : (y))
#define Min(x, y) ((x) < (y) ? (x) : (y))
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define PG_UINT64_MAX UINT64_MAX
#define UINT64CONST(x) UINT64_C(x)
#define likely(x) __builtin_expect((x) != 0, 1)
#define VARHDRSZ 4
#define SET_VARSIZE(p, len) (*(uint32 *) (p) = (uint32) (len) << 2)
#define PointerGetDatum(p) ((Datum) (p))

typedef void *MemoryContext;

#define MCXT_ALLOC_HUGE 1
#define MCXT_ALLOC_NO_OOM 2
#define MCXT_ALLOC_ZERO 4

extern void *palloc(size_t size);
extern void *palloc0(size_t size);
extern void *MemoryContextAllocExtended(MemoryContext cxt, size_t size,
										int flags);
extern void pfree(void *pointer);

#endif
