/*-------------------------------------------------------------------------
 *
 * numeric.c
 *	  Decimal128 to numeric.
 *
 * The struct is private to utils/adt/numeric.c, but it is the on-disk
 * format: a length word, the "short" header of 16 bits
 *
 *		1 0 sign(1) scale(6) weight sign(1) weight(6)
 *
 * and base-10000 digits, most significant first, without zero digits at
 * either end.  The header is short because 0 <= scale <= 38 and the weight
 * lies within -10 .. 9.  The length word is the 4-byte one: numeric's
 * functions would copy a value with a 1-byte length first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "numeric.h"

#define BASE 10000
#define DIGITS_MAX 11			/* 38 decimal digits, unaligned */
#define SHORT_HEADER 0x8000
#define SHORT_NEGATIVE 0x2000
#define SHORT_SCALE_SHIFT 7
#define SHORT_WEIGHT_NEGATIVE 0x0040
#define SHORT_WEIGHT_MASK 0x003F

static const uint64 power10[] = {1, 10, 100, 1000, 10000};

/*
 * Splits the value into base-10000 digits, lowest last in digits[]; returns
 * the index of the first.  "pad" zeros are to be appended so that groups of
 * four align with the decimal point.
 */
static int
split_narrow(uint64 value, int pad, int16 *digits)
{
	int			first = DIGITS_MAX;

	value *= power10[pad];
	while (value != 0)
	{
		digits[--first] = (int16) (value % BASE);
		value /= BASE;
	}
	return first;
}

static int
split_wide(uint128 value, int pad, int16 *digits)
{
	int			first = DIGITS_MAX;
	uint64		low = power10[4 - pad];

	/* The last group by itself: value * 10^pad may overflow. */
	digits[--first] = (int16) ((uint64) (value % low) * power10[pad]);
	value /= low;
	while (value > PG_UINT64_MAX)
	{
		digits[--first] = (int16) (value % BASE);
		value /= BASE;
	}
	while (value != 0)
	{
		digits[--first] = (int16) ((uint64) value % BASE);
		value = (uint64) value / BASE;
	}
	while (first < DIGITS_MAX && digits[first] == 0)
		first++;
	return first;
}

Datum
numeric_from_decimal128(const uint8 *decimal, int scale, uint8 *out)
{
	uint64		low;
	int64		high;
	bool		negative;
	int16		digits[DIGITS_MAX];
	int			groups_after_point = (scale + 3) / 4;
	int			pad = groups_after_point * 4 - scale;
	int			first;
	int			ndigits;
	int			weight;
	uint16		header;

	memcpy(&low, decimal, sizeof(low));
	memcpy(&high, decimal + sizeof(low), sizeof(high));
	negative = high < 0;
	if (likely(high == ((int64) low >> 63) &&
			   (negative ? -low : low) <= PG_UINT64_MAX / 1000))
		first = split_narrow(negative ? -low : low, pad, digits);
	else
	{
		uint128		value = ((uint128) (uint64) high << 64) | low;

		first = split_wide(negative ? -value : value, pad, digits);
	}

	ndigits = DIGITS_MAX - first;
	weight = ndigits - groups_after_point - 1;
	while (ndigits > 0 && digits[first + ndigits - 1] == 0)
		ndigits--;
	if (ndigits == 0)
	{
		weight = 0;
		negative = false;
	}
	header = (uint16) (SHORT_HEADER | (negative ? SHORT_NEGATIVE : 0) |
					   scale << SHORT_SCALE_SHIFT |
					   (weight < 0 ? SHORT_WEIGHT_NEGATIVE : 0) |
					   (weight & SHORT_WEIGHT_MASK));
	SET_VARSIZE(out, VARHDRSZ + sizeof(header) + ndigits * sizeof(int16));
	memcpy(out + VARHDRSZ, &header, sizeof(header));
	memcpy(out + VARHDRSZ + sizeof(header), digits + first,
		   ndigits * sizeof(int16));
	return PointerGetDatum(out);
}
