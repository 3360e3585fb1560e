-- Columns that are kept as their text, because their type or their values fit nothing else.
SET client_min_messages = warning;
CREATE TABLE r_text (id int PRIMARY KEY, ip inet, r int4range, b bit(3), pt point, n numeric(5,2), a int[], tz timestamptz, x xml, tt timetz);
INSERT INTO r_text VALUES (1, '10.0.0.1/8', '[1,5)', '101', '(1,2)', 'NaN', '{{1,2},{3,4}}', '294276-12-31 23:59:59.999999+00', '<a/>', '23:59:59+15:59'),
  (2, '::1', 'empty', '000', '(0.1,-0)', 1.5, '[5:6]={1,NULL}', '2024-01-01 00:00:00+00', 'text', '00:00:00-03');
INSERT INTO r_text VALUES (3);
SELECT regress.attempt($$SELECT datrang.mirror('r_text')$$);
SELECT datrang.mirror('r_text', as_text => '{ip,r,b,pt,n,a,tz,x,tt}');
SELECT datrang.wait_ready('r_text', '2min');
SELECT regress.same('r_text', 'SELECT * FROM T');
INSERT INTO r_text SELECT 10 + id, ip, r, b, pt, n, a, tz, x, tt FROM r_text;
SELECT regress.same('r_text', 'SELECT * FROM T');
SELECT f AS filter, regress.same('r_text', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'ip = ''::1''', 'ip << ''10.0.0.0/7''', 'r @> 3', 'n = ''NaN''', 'n > 1', 'n = 1.50', 'a[5] = 1', 'a IS NULL', 'tz > ''290000-01-01''', 'tt < ''01:00:00''']) f;
SELECT attname, attfdwoptions, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'columnar.r_text'::regclass AND attnum > 0 ORDER BY attnum;
SELECT datrang.unmirror('r_text');
DROP TABLE r_text;
