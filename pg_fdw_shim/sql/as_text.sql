-- Columns that are kept as their text, because their type or their values fit nothing else.
SET client_min_messages = warning;
CREATE TABLE r_text (id int PRIMARY KEY, ip inet, r int4range, b bit(3), pt point, n numeric(5,2), a int[], tz timestamptz, x xml, tt timetz);
INSERT INTO r_text VALUES (1, '10.0.0.1/8', '[1,5)', '101', '(1,2)', 'NaN', '{{1,2},{3,4}}', '294276-12-31 23:59:59.999999+00', '<a/>', '23:59:59+15:59'),
  (2, '::1', 'empty', '000', '(0.1,-0)', 1.5, '[5:6]={1,NULL}', '2024-01-01 00:00:00+00', 'text', '00:00:00-03');
INSERT INTO r_text VALUES (3);
-- n, a and tz have values that stop them; the others are kept so by themselves
SELECT datrang.mirror('r_text', as_text => '{n,a,tz}');
SELECT datrang.wait_ready('r_text', '2min');
SELECT regress.same('r_text', 'SELECT * FROM T');
INSERT INTO r_text SELECT 10 + id, ip, r, b, pt, n, a, tz, x, tt FROM r_text;
SELECT regress.same('r_text', 'SELECT * FROM T');
SELECT f AS filter, regress.same('r_text', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'ip = ''::1''', 'ip << ''10.0.0.0/7''', 'r @> 3', 'n = ''NaN''', 'n > 1', 'n = 1.50', 'a[5] = 1', 'a IS NULL', 'tz > ''290000-01-01''', 'tt < ''01:00:00''']) f;
SELECT attname, attfdwoptions, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'columnar.r_text'::regclass AND attnum > 0 ORDER BY attnum;
SELECT datrang.unmirror('r_text');
DROP TABLE r_text;
-- no setting of the session changes what the text means
CREATE TYPE r_pair AS (m money, i interval, d date, by bytea, f float8);
CREATE TABLE r_settings (id int PRIMARY KEY, m money, iv interval[], x xml, p r_pair, ps r_pair[], r tsrange);
INSERT INTO r_settings VALUES (1, -1234.56, '{{-1 days +02:03:04},{1 mon -1 day}}', 'not a <b>document</b>', (-0.01, '-1 days +02:03:04', '0044-03-15 BC', '\x00ff', 0.30000000000000004), '{"(1,,,,)",NULL}', '[2024-02-03,infinity)');
SELECT datrang.mirror('r_settings', as_text => '{iv}');
SELECT datrang.wait_ready('r_settings', '2min');
SET intervalstyle = sql_standard;
SET datestyle = 'SQL, DMY';
SET bytea_output = escape;
SET extra_float_digits = -15;
SET timezone = 'Asia/Kathmandu';
SET xmloption = document;
SELECT * FROM columnar.r_settings;
SELECT regress.same('r_settings', 'SELECT * FROM T');
SHOW intervalstyle;
SHOW xmloption;
RESET ALL;
SELECT datrang.unmirror('r_settings');
DROP TABLE r_settings;
DROP TYPE r_pair;
