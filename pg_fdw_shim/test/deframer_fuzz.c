/*
 * Feeds deframer.c with streams of messages, whole and damaged, cut at
 * random places.  Arguments: seconds (default 5), seed (default: time).
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deframer.h"
#include "test_memory.h"

#define STREAM_SIZE 20000

typedef struct Stream
{
	uint8		bytes[STREAM_SIZE];
	size_t		len;
	int			nmessages;
	uint64		sum;			/* of the fields' bytes, by place */
} Stream;

static int	failures;

/* One line a test, as TAP has it. */
static void
require(bool condition, const char *what)
{
	printf("%s %s\n", condition ? "ok" : "not ok", what);
	failures += !condition;
}

/* ------------------------------------------------------------------ */
/* Streams															  */
/* ------------------------------------------------------------------ */

static void
put_varint(Stream *s, uint64 value)
{
	for (; value > 0x7f; value >>= 7)
		s->bytes[s->len++] = (uint8) (value | 0x80);
	s->bytes[s->len++] = (uint8) value;
}

static uint64
weigh(uint64 sum, const uint8 *bytes, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static void
put_field(Stream *s, uint32 field, size_t len)
{
	size_t		i;

	put_varint(s, (uint64) field << 3 | 2);
	put_varint(s, len);
	for (i = 0; i < len; i++)
		s->bytes[s->len++] = rand();
	if (field != 1)
		s->sum = weigh(s->sum, s->bytes + s->len - len, len);
}

static void
put_message(Stream *s)
{
	size_t		prefix = s->len;
	uint32		len;

	s->len += GRPC_PREFIX_SIZE;
	if (rand() % 3 == 0)
		put_field(s, 1, rand() % 20);	/* flight_descriptor: skipped */
	if (rand() % 3 == 0)
	{
		put_varint(s, 7 << 3);	/* an unknown number: skipped */
		put_varint(s, (uint64) rand() * rand());
	}
	put_field(s, 2, rand() % 300);
	if (rand() % 2)
		put_field(s, 3, rand() % 50);
	if (rand() % 4)
		put_field(s, 1000, rand() % 1000);
	len = s->len - prefix - GRPC_PREFIX_SIZE;
	s->bytes[prefix] = 0;
	s->bytes[prefix + 1] = len >> 24;
	s->bytes[prefix + 2] = len >> 16;
	s->bytes[prefix + 3] = len >> 8;
	s->bytes[prefix + 4] = len;
	s->nmessages++;
}

static void
make_stream(Stream *s)
{
	int			n = rand() % 10;

	s->len = 0;
	s->nmessages = 0;
	s->sum = 0;
	while (n-- > 0)
		put_message(s);
}

/* ------------------------------------------------------------------ */
/* Feeding															  */
/* ------------------------------------------------------------------ */

/* Takes what is complete; returns the number of messages. */
static int
take_all(Deframer *d, uint64 *sum)
{
	Message    *m;
	int			n = 0;

	while ((m = deframer_take(d)) != NULL)
	{
		*sum = weigh(*sum, m->header.data, m->header.len);
		*sum = weigh(*sum, m->metadata.data, m->metadata.len);
		*sum = weigh(*sum, m->body.data, m->body.len);
		deframer_recycle(d, m);
		n++;
	}
	return n;
}

/* False if the deframer gave up.  Each piece is memory of its own. */
static bool
feed(Deframer *d, const Stream *s, int *nmessages, uint64 *sum)
{
	size_t		at = 0;
	bool		ok = true;

	*nmessages = 0;
	*sum = 0;
	while (ok && at < s->len)
	{
		size_t		wanted = 1 + rand() % 1500;
		size_t		len = Min(wanted, s->len - at);
		uint8	   *piece = malloc(len);

		memcpy(piece, s->bytes + at, len);
		ok = deframer_feed(d, piece, len);
		free(piece);
		at += len;
		if (rand() % 2)
			*nmessages += take_all(d, sum);
	}
	*nmessages += take_all(d, sum);
	return ok;
}

static void
damage(Stream *s)
{
	int			n = 1 + rand() % 4;

	while (n-- > 0 && s->len > 0)
		s->bytes[rand() % s->len] = rand() % 2 ? rand() :
			rand() % 2 ? 0xff : 0x80;
	if (rand() % 4 == 0 && s->len > 0)
		s->len = rand() % s->len;
}

int
main(int argc, char **argv)
{
	static Stream s;
	int			seconds = argc > 1 ? atoi(argv[1]) : 5;
	unsigned	seed = argc > 2 ? strtoul(argv[2], NULL, 10) :
		(unsigned) time(NULL);
	time_t		end = time(NULL) + seconds;
	long		streams = 0;
	long		wrong = 0;
	long		refused = 0;

	printf("# seed %u\n", seed);
	srand(seed);
	while (streams % 100 != 0 || time(NULL) < end)
	{
		Deframer	d;
		int			nmessages;
		uint64		sum;

		streams++;
		make_stream(&s);
		deframer_init(&d, NULL);
		if (!feed(&d, &s, &nmessages, &sum) || nmessages != s.nmessages ||
			sum != s.sum || !deframer_at_boundary(&d))
			wrong++;
		free_all();
		damage(&s);
		deframer_init(&d, NULL);
		if (!feed(&d, &s, &nmessages, &sum))
			refused += d.broken != NULL;
		free_all();
	}
	printf("# %ld streams, %ld of the damaged ones were refused\n", streams,
		   refused);
	require(streams > 0 && wrong == 0, "whole streams arrive whole");
	require(refused > streams / 100, "damaged streams are noticed");
	return failures > 0;
}
