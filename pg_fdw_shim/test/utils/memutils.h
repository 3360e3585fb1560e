/* Nothing: test/postgres.h has what is needed. */
