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
-- outputs of a part of a statement that was sent: conditions on those kept as text stay here, others go along
CREATE TABLE r_kept (id int PRIMARY KEY, g int, b bytea, t text, n numeric(5,2), d date);
INSERT INTO r_kept SELECT i, i % 7, decode(lpad(to_hex(i % 11), 2, '0'), 'hex'), 'v' || i % 5, i % 9, date '2024-01-01' + i % 4 FROM generate_series(1, 60) i;
INSERT INTO r_kept VALUES (61, 3, NULL, NULL, 'NaN', 'infinity');
SELECT datrang.mirror('r_kept', as_text => '{b,t,n,d}');
SELECT datrang.wait_ready('r_kept', '2min');
SELECT q AS query, regress.attempt(format('SELECT regress.same(''r_kept'', %L)', q)) FROM unnest(ARRAY[
  'SELECT id FROM (SELECT DISTINCT ON (g, id) * FROM T ORDER BY g, id LIMIT 40) h WHERE b >= ALL (''{"\\x03","\\x03"}''::bytea[])',
  'SELECT id FROM (SELECT DISTINCT ON (id) * FROM T ORDER BY id LIMIT 40) h WHERE b = ''\x03'' AND g > 1',
  'SELECT id FROM (SELECT DISTINCT ON (id) * FROM T ORDER BY id) h WHERE b IS NOT NULL AND id > 30',
  'SELECT id, b FROM (SELECT DISTINCT ON (id) * FROM T ORDER BY id) h WHERE t > ''v2'' OR t IS NULL',
  'SELECT * FROM (SELECT id, n, d, row_number() OVER (PARTITION BY g ORDER BY id) AS r FROM T) h WHERE n > 4 AND d < ''2024-01-03'' AND r < 6',
  'SELECT * FROM (SELECT id, d, row_number() OVER (PARTITION BY d ORDER BY id) AS r FROM T) h WHERE d = ''infinity''',
  'WITH w AS (SELECT *, sum(g) OVER (ORDER BY id) AS s FROM T) SELECT id, s FROM w WHERE b < ''\x05''',
  'WITH w AS MATERIALIZED (SELECT *, sum(g) OVER (ORDER BY id) AS s FROM T) SELECT id, s FROM w WHERE b < ''\x05''',
  'SELECT id FROM (SELECT id, b FROM T WHERE g > 2 UNION ALL SELECT id, b FROM T WHERE g < 2) h WHERE b BETWEEN ''\x02'' AND ''\x06''',
  'SELECT id FROM (SELECT id, b FROM (SELECT DISTINCT ON (id) * FROM T ORDER BY id LIMIT 50) i WHERE g > 1 OFFSET 2) h WHERE b BETWEEN ''\x02'' AND ''\x06''',
  'SELECT h.id, v.x FROM (SELECT DISTINCT ON (id) * FROM T ORDER BY id LIMIT 40) h JOIN (VALUES (''\x02''::bytea), (''\x05'')) v (x) ON h.b = v.x',
  'SELECT id FROM (SELECT DISTINCT ON (id) T.*, length(v.x) AS l FROM T, (VALUES (''\x02''::bytea), (''\x05'')) v (x) ORDER BY id) h WHERE b > ''\x03'' AND l = 1']) q;
SELECT regress.plan('SELECT id FROM (SELECT DISTINCT ON (id) * FROM columnar.r_kept ORDER BY id LIMIT 40) h WHERE b IS NOT NULL AND b > ''\x03'' AND g > 1');
-- some of their types have no NULL to be sent; nobody reads the column
ALTER TABLE r_kept ADD ips inet[] DEFAULT '{::1}', ADD x xml DEFAULT '<a/>';
SELECT datrang.wait_ready('r_kept', '2min');
SELECT regress.same('r_kept', 'SELECT count(*), sum(x.r) FROM (SELECT *, row_number() OVER (ORDER BY id) AS r FROM T) x JOIN generate_series(1, 5) i ON x.r = i');
SELECT regress.plan('SELECT count(*) FROM (SELECT *, row_number() OVER (ORDER BY id) AS r FROM columnar.r_kept) x JOIN generate_series(1, 5) i ON x.r = i');
SELECT datrang.unmirror('r_kept');
DROP TABLE r_kept;
