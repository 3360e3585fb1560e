/*-------------------------------------------------------------------------
 *
 * numeric.c
 *	  Decimal128 to numeric, numeric to a scaled integer.
 *
 * The struct is private to utils/adt/numeric.c, but it is the on-disk
 * format: a length word, the "short" header of 16 bits
 *
 *		1 0 sign(1) scale(6) weight sign(1) weight(6)
 *
 * or the "long" one of twice 16, sign(2) scale(14) and weight(16), of which
 * sign 11 says that it is no number,
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
#define DIGITS_MAX 11			/* 39 decimal digits, not aligned */
#define SHORT_HEADER 0x8000
#define SHORT_NEGATIVE 0x2000
#define SHORT_SCALE_SHIFT 7
#define SHORT_WEIGHT_NEGATIVE 0x0040
#define SHORT_WEIGHT_MASK 0x003F
#define KIND_MASK 0xC000
#define LONG_NEGATIVE 0x4000
#define NOT_A_NUMBER 0xC000

static const uint64 power10[] = {1, 10, 100, 1000, 10000};

/* Number of base-10000 digits. */
static inline int
count_digits(uint64 value)
{
	return (value >= UINT64CONST(1)) + (value >= UINT64CONST(10000)) +
		(value >= UINT64CONST(100000000)) +
		(value >= UINT64CONST(1000000000000)) +
		(value >= UINT64CONST(10000000000000000));
}

/*
 * Both write the value's digits, highest first, and return their number.
 * "pad" zeros are appended to the value first, so that groups of four align
 * with the decimal point.
 */
static inline int
split_narrow(uint64 value, int pad, int16 *digits)
{
	int			ndigits;
	int			i;

	value *= power10[pad];
	ndigits = count_digits(value);
	for (i = ndigits - 1; i >= 0; i--)
	{
		digits[i] = (int16) (value % BASE);
		value /= BASE;
	}
	return ndigits;
}

static int
split_wide(uint128 value, int pad, int16 *digits)
{
	int16		backwards[DIGITS_MAX];
	int			ndigits = 0;
	uint64		low = power10[4 - pad];
	int			i;

	/* The last group by itself: value * 10^pad may overflow. */
	backwards[ndigits++] = (int16) ((uint64) (value % low) * power10[pad]);
	value /= low;
	while (value != 0)
	{
		backwards[ndigits++] = (int16) (value % BASE);
		value /= BASE;
	}
	for (i = 0; i < ndigits; i++)
		digits[i] = backwards[ndigits - 1 - i];
	return ndigits;
}

Datum
numeric_from_decimal128(const uint8 *decimal, int scale, uint8 *out)
{
	uint64		low;
	int64		high;
	bool		negative;
	int16	   *digits = (int16 *) (out + VARHDRSZ + sizeof(uint16));
	int			groups_after_point = (scale + 3) / 4;
	int			pad = groups_after_point * 4 - scale;
	int			ndigits;
	int			weight;
	uint16		header;

	memcpy(&low, decimal, sizeof(low));
	memcpy(&high, decimal + sizeof(low), sizeof(high));
	negative = high < 0;
	if (likely(high == ((int64) low >> 63) &&
			   (negative ? -low : low) <= PG_UINT64_MAX / 1000))
		ndigits = split_narrow(negative ? -low : low, pad, digits);
	else
	{
		uint128		value = ((uint128) (uint64) high << 64) | low;

		ndigits = split_wide(negative ? -value : value, pad, digits);
	}

	weight = ndigits - groups_after_point - 1;
	while (ndigits > 0 && digits[ndigits - 1] == 0)
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
	return PointerGetDatum(out);
}

bool
numeric_to_int64(const char *at, int size, int scale, int64 *out)
{
	int			groups_after_point = (scale + 3) / 4;
	int64		rest = (int64) power10[groups_after_point * 4 - scale];
	uint16		header;
	int16		weight;
	bool		negative;
	int			ndigits;
	int			ngroups;
	int64		sum = 0;
	int			i;

	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	size -= sizeof(header);
	if ((header & KIND_MASK) == NOT_A_NUMBER)
		return false;
	if ((header & SHORT_HEADER) != 0)
	{
		weight = header & SHORT_WEIGHT_MASK;
		if ((header & SHORT_WEIGHT_NEGATIVE) != 0)
			weight |= ~SHORT_WEIGHT_MASK;
		negative = (header & SHORT_NEGATIVE) != 0;
	}
	else
	{
		memcpy(&weight, at, sizeof(weight));
		at += sizeof(weight);
		size -= sizeof(weight);
		negative = (header & KIND_MASK) == LONG_NEGATIVE;
	}
	ndigits = size / (int) sizeof(int16);
	ngroups = ndigits == 0 ? 0 : weight + 1 + groups_after_point;
	if (ngroups < ndigits)
		return false;
	for (i = 0; i < ngroups; i++)
	{
		int16		digit = 0;

		if (i < ndigits)
			memcpy(&digit, at + i * sizeof(digit), sizeof(digit));
		if (__builtin_mul_overflow(sum, (int64) BASE, &sum) ||
			__builtin_add_overflow(sum, (int64) digit, &sum))
			return false;
	}
	if (sum % rest != 0)
		return false;
	sum /= rest;
	*out = negative ? -sum : sum;
	return true;
}
