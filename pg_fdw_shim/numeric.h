/*-------------------------------------------------------------------------
 *
 * numeric.h
 *	  From Arrow's Decimal128 to PostgreSQL's numeric, without text.
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

#endif							/* DATRANG_NUMERIC_H */
