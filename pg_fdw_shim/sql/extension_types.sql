-- Types of extensions, and of nobody Datrang knows: kept as their text, of their own type in the columnar table.
SET client_min_messages = warning;
CREATE SCHEMA r_ext;
SET search_path = public, r_ext;
CREATE EXTENSION hstore SCHEMA r_ext;
CREATE EXTENSION cube SCHEMA r_ext;
CREATE EXTENSION ltree SCHEMA r_ext;
CREATE EXTENSION citext SCHEMA r_ext;
CREATE EXTENSION isn SCHEMA r_ext;
CREATE EXTENSION seg SCHEMA r_ext;
-- A base type as PostGIS makes geometry: its text is the hexadecimal form of its bytes, kept out of line when long.
CREATE TYPE r_shape;
CREATE FUNCTION r_ext.shape_in(cstring) RETURNS r_shape LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION r_ext.shape_out(r_shape) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE r_shape (INPUT = r_ext.shape_in, OUTPUT = r_ext.shape_out, STORAGE = external);
-- One as pgvector makes vector(n): with a modifier, and text that extra_float_digits would change.
CREATE TYPE r_vector;
CREATE FUNCTION r_ext.vector_in(cstring, oid, int4) RETURNS r_vector LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
CREATE FUNCTION r_ext.vector_out(r_vector) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
CREATE FUNCTION r_ext.vector_typmod_in(cstring[]) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
CREATE FUNCTION r_ext.vector_typmod_out(int4) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE r_vector (INPUT = r_ext.vector_in, OUTPUT = r_ext.vector_out, TYPMOD_IN = r_ext.vector_typmod_in,
  TYPMOD_OUT = r_ext.vector_typmod_out, STORAGE = extended);
CREATE TYPE r_real;
CREATE FUNCTION r_ext.real_in(cstring) RETURNS r_real LANGUAGE internal IMMUTABLE STRICT AS 'float8in';
CREATE FUNCTION r_ext.real_out(r_real) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'float8out';
CREATE TYPE r_real (INPUT = r_ext.real_in, OUTPUT = r_ext.real_out, LIKE = float8);
CREATE TABLE r_extended (
    id int PRIMARY KEY, h hstore, hs hstore[], cu cube, lt ltree, ci citext, isbn isbn13, sg seg,
    shape r_shape, shapes r_shape[], vec r_vector(20), re r_real);
INSERT INTO r_extended VALUES
  (1, 'k=>v, "a b"=>NULL', '{"\"a=>1\"=>2",NULL}', '(1,2),(0.1,3e-300)', 'Top.Science.Astronomy', 'MiXed', '978-0-393-04002-9',
   '1.50 .. 2', '\x0101000000000000000000f03f', '{"\\x00ff",NULL}', '[1,2.50,-3e-7]', '0.30000000000000004'),
  (2, '', '{}', '(1)', '', '', '9780393040029!', '<5', '\x', '{}', '[]', '-0'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, decode(repeat('00ff27', 5000), 'hex')::text::r_shape, NULL, NULL, 'NaN');
INSERT INTO r_extended VALUES (4);
ALTER DATABASE postgres SET bytea_output = escape;
ALTER DATABASE postgres SET extra_float_digits = 0;
SELECT datrang.mirror('r_extended');
SELECT datrang.wait_ready('r_extended', '2min');
SELECT regress.same('r_extended', 'SELECT * FROM T');
-- the same rows by way of the change stream, and changed without their large values
INSERT INTO r_extended SELECT 10 + id, h, hs, cu, lt, ci, isbn, sg, shape, shapes, vec, re FROM r_extended;
UPDATE r_extended SET ci = ci || 'x' WHERE id IN (3, 13);
SELECT regress.same('r_extended', 'SELECT * FROM T');
SELECT count(*), count(DISTINCT (h::text, hs::text, cu::text, lt::text, ci::text, isbn::text, sg::text, shape::text, shapes::text, vec::text, re::text))
FROM columnar.r_extended;
-- conditions on them are PostgreSQL's
SELECT f AS filter, regress.same('r_extended', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'h ? ''k''', 'h -> ''k'' = ''v''', 'cu @> cube(''(1)'')', 'lt ~ ''*.Science.*''', 'ci = ''mixed''', 'isbn = ''9780393040029''',
  'sg @> ''1.6''::seg', 'shape IS NULL', 'shape::text = ''\x''', 'vec::text LIKE ''[1%''', 're IS NOT NULL']) f;
SELECT regress.plan('SELECT id FROM columnar.r_extended WHERE ci = ''MIXED'' AND id > 0');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'columnar.r_extended'::regclass AND attnum > 1 ORDER BY attnum;
SELECT state, last_error FROM datrang.status WHERE source = 'r_extended';
ALTER DATABASE postgres RESET bytea_output;
ALTER DATABASE postgres RESET extra_float_digits;
SELECT datrang.unmirror('r_extended');
DROP TABLE r_extended;
DROP TYPE r_shape, r_vector, r_real CASCADE;
DROP SCHEMA r_ext CASCADE;
RESET search_path;
