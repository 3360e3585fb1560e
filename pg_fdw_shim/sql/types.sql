-- Every type, with its extremes: what goes in comes out, printed the same.
SET client_min_messages = warning;
CREATE TYPE r_mood AS ENUM ('sad', 'ok', 'Very "happy", really');
CREATE DOMAIN r_price AS numeric(12,2) CHECK (value >= 0);
CREATE TABLE r_types (
    id int PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,
    n_plain numeric, n_exact numeric(38,10), n_wide numeric(60,20), n_int numeric(9), n_neg numeric(5,-2),
    t text, t_c text COLLATE "C", v varchar(20), c char(8), by bytea, d date, tm time, ts timestamp, tz timestamptz, iv interval,
    u uuid, j json, jb jsonb, m r_mood, p r_price);
INSERT INTO r_types (id) VALUES (1);
INSERT INTO r_types VALUES
 (2, true, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308,
  'NaN', 9999999999999999999999999999.9999999999, 1234567890123456789012345678901234567890.12345678901234567890, 999999999, 12345,
  E'tab\tnewline\nquote"backslash\\', 'ä', 'twenty characters ok', 'ab', '\x00ff10', 'infinity', '24:00:00', 'infinity', 'infinity',
  '178000000 years -3 mons 5 days 00:00:00.000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"b": 1,  "a": [1, null], "b": 2}', '{"b": 1, "a": 1.10}', 'sad', 0),
 (3, false, -32768, -2147483648, -9223372036854775808, -3.4028235e38, -1.7976931348623157e308,
  'Infinity', -9999999999999999999999999999.9999999999, -0.00000000000000000001, -999999999, -99900,
  '', '', '', '', '', '-infinity', '00:00:00', '-infinity', '-infinity', '-178000000 years', '00000000-0000-0000-0000-000000000000',
  'null', 'null', 'Very "happy", really', 9999999999.99),
 (4, NULL, 0, 0, 0, 'NaN', 'NaN', 1e-300, 0.0000000001, 'NaN', 0, 0, 'ZZZ', 'aaa', 'ﬀ 🚀', '  x', '\xdeadbeef',
  '0001-01-01 BC', '23:59:59.999999', '4713-01-01 00:00:00 BC', '294246-12-31 23:59:59.999999+00', '1 day', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '1', '1', 'ok', 1.10),
 (5, true, 1, 1, 1, '-0', '-0', 1.000, 1, 1, 1, 100, 'trailing blank ', 'trailing ', 'a  ', 'ab      ', '\x', '2000-02-29', '12:00:00',
  '2024-02-29 23:59:59.999999', '1969-12-31 23:59:59.999999+00', '-24:00:00', '01234567-89ab-cdef-0123-456789abcdef', '"x"', '"x"', 'ok', 1),
 (6, true, 1, 1, 1, 'infinity', '-infinity', 100, 1, 1, 1, 100, repeat('long ', 20000), 'x', 'x', 'x', decode(repeat('00ff', 50000), 'hex'),
  '5874897-12-31', '00:00:00.000001', '0001-01-01', '2024-03-31 01:30:00+00', '1 mon 1 day 1 us', '01234567-89ab-cdef-0123-456789abcdef', '[]', '{}', 'ok', 1),
 (7, true, 1, 1, 1, 1e-45, 5e-324, '-Infinity', 1, 1, 1, 100, 'x', 'x', 'x', 'x', 'x', '4713-01-01 BC', '00:00:00', '0001-01-01 BC', '4713-01-01 00:00:00+00 BC',
  '-1 mon +1 day -00:00:01', '01234567-89ab-cdef-0123-456789abcdef', '[]', '{}', 'ok', 1);
INSERT INTO r_types SELECT 100 + i, i % 2 = 0, i, i * 1000, i * 10000000000, i / 3.0::float4, i / 7.0, i / 8.0, i / 16.0, i / 32.0, i, i * 100,
  'text ' || i, 'c ' || i % 10, 'v' || i, 'c' || i % 5, decode(md5(i::text), 'hex'), date '2024-01-01' + i, time '00:00' + i * interval '1 min',
  timestamp '2024-01-01' + i * interval '1 hour', timestamptz '2024-01-01 00:00:00+00' + i * interval '1 hour', i * interval '1 day 1 sec',
  md5(i::text)::uuid, json_build_object('i', i), jsonb_build_object('i', i), (enum_range(NULL::r_mood))[1 + i % 3], i
FROM generate_series(1, 500) i;

SELECT datrang.mirror('r_types');
SELECT datrang.wait_ready('r_types', '2min');
SELECT regress.same('r_types', 'SELECT * FROM T');
-- the same rows by way of the change stream
INSERT INTO r_types (id, b, i2, i4, i8, f4, f8, n_plain, n_exact, n_wide, n_int, n_neg, t, t_c, v, c, by, d, tm, ts, tz, iv, u, j, jb, m, p)
  SELECT -id, b, i2, i4, i8, f4, f8, n_plain, n_exact, n_wide, n_int, n_neg, t, t_c, v, c, by, d, tm, ts, tz, iv, u, j, jb, m, p FROM r_types;
SELECT regress.same('r_types', 'SELECT * FROM T');
SELECT count(*) FROM columnar.r_types a JOIN columnar.r_types b ON b.id = -a.id
  WHERE (a.b, a.i2, a.i4, a.i8, a.f4, a.f8, a.n_plain, a.n_exact, a.n_wide, a.t, a.v, a.c, a.by, a.d, a.tm, a.ts, a.tz, a.iv, a.u, a.j::text, a.jb, a.m, a.p)
        IS NOT DISTINCT FROM (b.b, b.i2, b.i4, b.i8, b.f4, b.f8, b.n_plain, b.n_exact, b.n_wide, b.t, b.v, b.c, b.by, b.d, b.tm, b.ts, b.tz, b.iv, b.u, b.j::text, b.jb, b.m, b.p);

-- each type in a filter
SELECT f AS filter, regress.same('r_types', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'b', 'NOT b', 'b IS NULL', 'i2 > 400', 'i4 BETWEEN 1000 AND 5000', 'i8 = 9223372036854775807', 'i8 < 0',
  'f4 = ''NaN''', 'f8 = ''NaN''', 'f8 > 70', 'f8 < 0', 'f8 = 0', 'f4 >= ''infinity''', 'n_plain > 60', 'n_plain = 1', 'n_plain = ''NaN''', 'n_plain < -5',
  'n_exact >= 31', 'n_exact = 1', 'n_exact < 0', 'n_wide > 15', 'n_int IN (1, 2, 3, 999999999)', 'n_neg = 100', 'n_neg > 40000',
  't = ''text 7''', 't > ''text 9''', 't = ''''', 't = ''trailing blank''', 't LIKE ''text 1%''', 't_c < ''b''', 't_c >= ''c 5''', 'v = ''v77''', 'v = ''a''', 'v = ''a  ''',
  'c = ''c3''', 'c = ''ab''', 'c = ''ab      ''', 'c < ''b''', 'c IN (''c1'', ''x'')', 'length(c) = 2', 'by = ''\x''', 'by > ''\xf0''', 'by = ''\x00ff10''',
  'd = ''infinity''', 'd > ''2024-12-01''', 'd < ''0001-01-01''', 'd = ''2000-02-29''', 'd IN (''2024-01-02'', ''2024-01-03'')', 'tm = ''24:00''', 'tm > ''08:00''', 'tm < ''00:05''',
  'ts = ''infinity''', 'ts >= ''2024-01-10''', 'ts < ''0001-01-02''', 'ts = ''-infinity''', 'tz > ''2024-01-20 00:00:00+00''', 'tz < ''1970-01-01 00:00:00+00''', 'tz = ''infinity''',
  'iv > ''300 days''', 'iv = ''24 hours''', 'iv < ''0''', 'u = ''01234567-89ab-cdef-0123-456789abcdef''', 'u > ''f0000000-0000-0000-0000-000000000000''',
  'jb = ''{"i": 7}''', 'jb @> ''{"i": 8}''', 'j->>''i'' = ''9''', 'm = ''ok''', 'm > ''sad''', 'm IN (''sad'', ''ok'')', 'p > 490', 'p = 1.1', 'i2 = i4', 'i4 = i8', 'f4 = f8', 'd = ts', 't = v']) f;

-- arrays of each
CREATE TABLE r_arrays (id int PRIMARY KEY, b bool[], i2 int2[], i4 int4[], i8 int8[], f4 float4[], f8 float8[], n_plain numeric[], n_exact numeric(10,2)[],
    t text[], v varchar(5)[], c char(3)[], by bytea[], d date[], tm time[], ts timestamp[], tz timestamptz[], iv interval[], u uuid[], j json[], jb jsonb[], m r_mood[]);
INSERT INTO r_arrays (id) VALUES (1);
INSERT INTO r_arrays VALUES (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}');
INSERT INTO r_arrays SELECT i, ARRAY[true, NULL, false], ARRAY[i, NULL], ARRAY[i, NULL], ARRAY[i, NULL], ARRAY[i / 3.0, 'NaN', NULL], ARRAY[i / 3.0, 'Infinity', NULL],
    ARRAY[i / 3.0, NULL, 'NaN'], ARRAY[i / 3.0, NULL], ARRAY['a"b', 'NULL', NULL, '', '\', '{x}', 'y,z'], ARRAY['v', NULL], ARRAY['c', NULL, ''], ARRAY['\x00'::bytea, NULL, ''],
    ARRAY[date '2024-01-01' + i, NULL, 'infinity'], ARRAY[time '24:00', NULL], ARRAY[timestamp '2024-01-01', NULL, '-infinity'], ARRAY[timestamptz '2024-01-01 00:00+00', NULL],
    ARRAY[interval '1 mon -1 day', NULL], ARRAY[md5(i::text)::uuid, NULL], ARRAY['{"a":  1}'::json, NULL, 'null'], ARRAY['{"a":  1}'::jsonb, NULL, 'null'], ARRAY['ok', NULL, 'Very "happy", really']::r_mood[]
FROM generate_series(3, 50) i;
SELECT datrang.mirror('r_arrays');
SELECT datrang.wait_ready('r_arrays', '2min');
SELECT regress.same('r_arrays', 'SELECT * FROM T');
INSERT INTO r_arrays SELECT -id, b, i2, i4, i8, f4, f8, n_plain, n_exact, t, v, c, by, d, tm, ts, tz, iv, u, j, jb, m FROM r_arrays;
SELECT regress.same('r_arrays', 'SELECT * FROM T');
SELECT f AS filter, regress.same('r_arrays', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'i4[1] > 40', 'i4 = ''{7,NULL}''', '7 = ANY (i8)', 't @> ''{y}''', 'cardinality(d) = 0', 'i4 IS NULL', 'm[1] = ''ok''']) f;

-- a value no column of its kind can hold stops that table alone, with a message that says what to do
CREATE TABLE r_stop (id int PRIMARY KEY, a int[]);
SELECT datrang.mirror('r_stop');
SELECT datrang.wait_ready('r_stop', '2min');
INSERT INTO r_stop VALUES (1, '{{1,2},{3,4}}');
SELECT regexp_replace(split_part(regress.attempt('SELECT count(*) FROM columnar.r_stop'), E'\n', 1), 'at [0-9A-F]+/[0-9A-F]+', 'at X/X');
SELECT last_error FROM datrang.status WHERE source = 'r_stop';
SELECT regress.same('r_types', 'SELECT id FROM T');
SELECT datrang.unmirror('r_stop');
SELECT datrang.unmirror('r_types');
SELECT datrang.unmirror('r_arrays');
DROP TABLE r_types, r_arrays, r_stop;
DROP DOMAIN r_price;
DROP TYPE r_mood;
-- elements that cannot be compared
CREATE TABLE r_jsons (id int PRIMARY KEY, j json[]);
INSERT INTO r_jsons VALUES (1, ARRAY['{"a": 1}'::json]);
SELECT datrang.mirror('r_jsons');
SELECT datrang.wait_ready('columnar.r_jsons', '2min');
SELECT j FROM columnar.r_jsons;
SELECT j @> j FROM columnar.r_jsons;
SELECT count(*) FROM columnar.r_jsons WHERE j && j;
SELECT datrang.unmirror('columnar.r_jsons');
DROP TABLE r_jsons;
