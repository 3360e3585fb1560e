/*
 * Feeds arrow.c with damaged messages under sanitizers and reads every value
 * of what it accepts.  Arguments: seconds (default 5), seed (default: time).
 *
 * The body is put into memory of exactly its size, so that a read beyond it
 * is seen.
 */
#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "arrow.h"
#include "arrow_message.h"
#include "test_memory.h"

#define ROWS 50

static int	failures;

/* One line a test, as TAP has it. */
static void
require(bool condition, const char *what)
{
	printf("%s %s\n", condition ? "ok" : "not ok", what);
	failures += !condition;
}

/* Sum of everything that can be read, so that it is read. */
static uint64
read_column(const ArrowField *field, const ArrowArray *array, int64 from,
			int64 to)
{
	uint64		sum = 0;
	int64		row;
	int			i;

	for (row = from; row < to; row++)
	{
		int32		start;
		int32		len;

		if (arrow_is_null(array, row))
			continue;
		if (field->width == 1)
			sum += array->values[row >> 3] >> (row & 7) & 1;
		else if (field->width > 0)
			for (i = 0; i < field->width / 8; i++)
				sum += array->values[row * (field->width / 8) + i];
		else if (field->type == ARROW_STRUCT)
			for (i = 0; i < field->nchildren; i++)
				sum += read_column(&field->children[i], &array->children[i],
								   row, row + 1);
		else if (arrow_slice(array, row, &start, &len))
		{
			if (field->type == ARROW_LIST)
				sum += read_column(&field->children[0], &array->children[0],
								   start, start + len);
			else
				for (i = 0; i < len; i++)
					sum += array->data[start + i];
		}
	}
	return sum;
}

static uint64
read_batch(const ArrowSchema *schema, const ArrowBatch *batch)
{
	uint64		sum = 0;
	int			i;

	for (i = 0; i < schema->nfields; i++)
		sum += read_column(&schema->fields[i], &batch->columns[i], 0,
						   batch->length);
	return sum;
}

static void
damage(uint8 *bytes, uint32 len)
{
	int			n = rand() % 5;

	while (n-- > 0 && len >= 8)
	{
		uint32		at = rand() % (len - 7);
		uint64		value = 0;

		switch (rand() % 4)
		{
			case 0:
				bytes[at] = rand();
				break;
			case 1:
				bytes[at] ^= 1 << rand() % 8;
				break;
			case 2:
				value = rand() % 2 ? 0 - (uint64) (rand() % 64) :
					(uint64) (rand() % 64);
				memcpy(bytes + at, &value, 4);
				break;
			case 3:
				value = rand() % 2 ? 0 - (uint64) (rand() % 64) :
					(uint64) 1 << rand() % 64;
				memcpy(bytes + (at & ~7u), &value, 8);
				break;
		}
	}
}

static uint8 *
copy_of(const uint8 *bytes, uint32 len)
{
	return memcpy(malloc(Max(len, 1)), bytes, len);
}

static uint64
try_batch(const ArrowSchema *schema, const TestMessage *message,
		  uint32 len, uint8 *bytes, long *accepted)
{
	uint8	   *body = copy_of(message->body, message->body_len);
	ArrowBatch *batch = arrow_make_batch(schema);
	uint64		sum = 0;

	/* Damaged offsets inside of the body as well. */
	damage(body, message->body_len);
	if (arrow_read_batch(schema, bytes, len, body, message->body_len,
						 batch) == NULL)
	{
		*accepted += 1;
		sum = read_batch(schema, batch);
	}
	free(body);
	return sum;
}

static void
undamaged_is_accepted(void)
{
	static TestMessage m;
	ArrowSchema *schema;
	ArrowBatch *batch;

	make_schema(&m);
	require(arrow_read_schema(m.bytes, m.len, &schema) == NULL,
			"a valid schema is accepted");
	require(schema->nfields == 14, "all columns are read");
	require(strcmp(schema->fields[6].name, "col") == 0, "names are read");
	require(schema->fields[6].precision == 15 && schema->fields[6].scale == 2,
			"decimals are read");
	require(schema->fields[12].nchildren == 3, "structs are read");
	make_batch(&m, ROWS);
	batch = arrow_make_batch(schema);
	require(arrow_read_batch(schema, m.bytes, m.len, m.body, m.body_len,
							 batch) == NULL, "a valid batch is accepted");
	require(batch->length == ROWS, "rows are counted");
	require(read_batch(schema, batch) > 0, "values are read");
	require(arrow_read_batch(schema, m.bytes, m.len, m.body, m.body_len - 1,
							 batch) != NULL, "a short body is refused");
	free_all();
}

int
main(int argc, char **argv)
{
	static TestMessage schema_message;
	static TestMessage batch_message;
	int			seconds = argc > 1 ? atoi(argv[1]) : 5;
	unsigned	seed = argc > 2 ? strtoul(argv[2], NULL, 10) :
		(unsigned) time(NULL);
	time_t		end = time(NULL) + seconds;
	long		tries = 0;
	long		schemas = 0;
	long		batches = 0;
	volatile uint64 sum = 0;

	undamaged_is_accepted();
	printf("# seed %u\n", seed);
	srand(seed);
	make_schema(&schema_message);
	make_batch(&batch_message, ROWS);
	while (tries % 1000 != 0 || time(NULL) < end)
	{
		uint32		len = schema_message.len;
		uint8	   *bytes = copy_of(schema_message.bytes, len);
		ArrowSchema *schema = NULL;
		const char *error;

		tries++;
		if (rand() % 3 == 0)
			damage(bytes, len);
		error = arrow_read_schema(bytes, rand() % 8 ? len : rand() % len,
								  &schema);
		free(bytes);
		if (error == NULL)
		{
			schemas++;
			len = rand() % 8 ? batch_message.len :
				(uint32) rand() % batch_message.len;
			bytes = copy_of(batch_message.bytes, len);
			damage(bytes, len);
			sum += try_batch(schema, &batch_message, len, bytes, &batches);
			free(bytes);
		}
		free_all();
	}
	printf("# %ld messages: %ld schemas and %ld batches were accepted\n",
		   tries, schemas, batches);
	require(schemas > tries / 20 && batches > schemas / 20,
			"damaged messages get past the first checks");
	require(batches < schemas, "and most damage is noticed");
	return failures > 0;
}
