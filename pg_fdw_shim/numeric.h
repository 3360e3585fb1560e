/*-------------------------------------------------------------------------
 *
 * numeric.h
 *	  Between PostgreSQL's numeric and scaled integers, without text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef DATRANG_NUMERIC_H
#define DATRANG_NUMERIC_H

/* Room for 4 bytes of length, 2 of header, 38 digits in groups of 4. */
#define NUMERIC_BYTES_MAX 64

/* Builds the numeric in "out", which must be aligned to 4 bytes. */
extern Datum numeric_from_decimal128(const uint8 *decimal, int scale,
									 uint8 *out);

/*
 * The value times 10^scale; false if that is no whole number of 64 bits.
 * "at" is behind the length word.
 */
extern bool numeric_to_int64(const char *at, int size, int scale, int64 *out);

#endif							/* DATRANG_NUMERIC_H */
