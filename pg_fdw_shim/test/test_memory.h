/*
 * palloc for programs outside of PostgreSQL: one context, freed at once.
 * Each allocation is one of malloc's, so that the sanitizer sees its end.
 */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

extern void free_all(void);

#endif
