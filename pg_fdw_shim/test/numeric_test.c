/*
 * Compares numeric.c with arithmetic on strings: random decimals of every
 * length and scale are converted, printed from the numeric's own format, and
 * must print as they should.  Argument: seed (default: time).
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "numeric.h"

#define VALUES 2000000

/* The number as "[-]digits.digits", from its 128-bit integer. */
static void
print_decimal(__int128 value, int scale, char *out)
{
	char		digits[64];
	int			n = 0;
	unsigned __int128 rest = value < 0 ? -(unsigned __int128) value :
		(unsigned __int128) value;

	while (rest != 0 || n <= scale)
	{
		digits[n++] = '0' + (int) (rest % 10);
		rest /= 10;
	}
	if (value < 0)
		*out++ = '-';
	while (n > 0)
	{
		*out++ = digits[--n];
		if (n == scale && scale > 0)
			*out++ = '.';
	}
	*out = '\0';
}

/* The same from the numeric; false if it is not in canonical form. */
static bool
print_numeric(const uint8 *numeric, char *out)
{
	uint32		len;
	uint16		header;
	int			scale;
	int			weight;
	int			ndigits;
	int16		digits[16];
	int			group;
	int			printed = 0;

	memcpy(&len, numeric, 4);
	len >>= 2;
	memcpy(&header, numeric + 4, 2);
	ndigits = (len - 6) / 2;
	memcpy(digits, numeric + 6, 2 * ndigits);
	scale = header >> 7 & 0x3f;
	weight = (header & 0x3f) - (header & 0x40 ? 64 : 0);
	if ((header & 0xc000) != 0x8000 ||
		(ndigits == 0 && (weight != 0 || header & 0x2000)) ||
		(ndigits > 0 && (digits[0] == 0 || digits[ndigits - 1] == 0)))
		return false;
	if (header & 0x2000)
		*out++ = '-';
	for (group = Max(weight, 0); group * 4 > -scale - 4; group--)
	{
		int			i = weight - group;
		int			digit = i >= 0 && i < ndigits ? digits[i] : 0;
		char		text[8];
		int			k;

		if (digit < 0 || digit > 9999)
			return false;
		snprintf(text, sizeof(text), "%04d", digit);
		for (k = 0; k < 4; k++)
		{
			int			power = group * 4 + 3 - k;

			if (power == -1)
				*out++ = '.';
			if (power < -scale)
				continue;
			if (power > 0 && printed == 0 && text[k] == '0')
				continue;
			*out++ = text[k];
			printed++;
		}
	}
	*out = '\0';
	return true;
}

static __int128
random_decimal(void)
{
	unsigned __int128 value = 0;
	int			digits = rand() % 39;
	bool		round = rand() % 4 == 0;
	int			i;

	for (i = 0; i < digits; i++)
		value = value * 10 + (round && i > digits / 2 ? 0 : rand() % 10);
	return rand() % 2 ? -(__int128) value : (__int128) value;
}

/* And back, where 64 bits hold it with up to three zeros more. */
static void
check_number(__int128 value, int scale, const uint8 *numeric)
{
	uint32		len;
	int64		number = 0;
	bool		fits;

	memcpy(&len, numeric, 4);
	fits = numeric_to_int64((const char *) numeric + 4, (int) (len >> 2) - 4,
							scale, &number);
	if (fits ? number == value :
		value > INT64_MAX / 1000 || value < -(INT64_MAX / 1000))
		return;
	printf("not ok %lld as a number with scale %d became %lld\n",
		   (long long) value, scale, (long long) number);
	exit(1);
}

static void
check(__int128 value, int scale)
{
	uint8		numeric[NUMERIC_BYTES_MAX] __attribute__((aligned(8)));
	char		expected[64];
	char		actual[96];

	numeric_from_decimal128((uint8 *) &value, scale, numeric);
	print_decimal(value, scale, expected);
	if (print_numeric(numeric, actual) && strcmp(expected, actual) == 0)
	{
		check_number(value, scale, numeric);
		return;
	}
	printf("not ok %s with scale %d became %s\n", expected, scale,
			actual);
	exit(1);
}

int
main(int argc, char **argv)
{
	unsigned	seed = argc > 1 ? strtoul(argv[1], NULL, 10) :
		(unsigned) time(NULL);
	int			scale;
	int			i;

	printf("# seed %u\n", seed);
	srand(seed);
	for (scale = 0; scale <= 38; scale++)
	{
		check(0, scale);
		check(INT64_MAX, scale);
		check(INT64_MIN, scale);
		check((__int128) UINT64_MAX, scale);
		check(-(__int128) UINT64_MAX, scale);
		check((__int128) (UINT64_MAX / 1000) + 1, scale);
	}
	for (i = 0; i < VALUES; i++)
		check(random_decimal(), rand() % 39);
	printf("ok %d decimals become equal numerics\n", VALUES);
	return 0;
}
