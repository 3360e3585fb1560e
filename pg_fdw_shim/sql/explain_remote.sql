-- What the sidecar's engine did for a query.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_told (id int PRIMARY KEY, g int, n numeric(8,2));
INSERT INTO r_told SELECT i, i % 10, i / 4.0 FROM generate_series(1, 5000) i;
SELECT datrang.mirror('r_told');
SELECT datrang.wait_ready('r_told', '2min');
-- without times, places and the engine's own words
CREATE FUNCTION regress.told(query text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(line, ' cached=[0-9]+', ''),
        '[0-9.]+ ms', 'N ms', 'g'), '(lsn|bytes)=[0-9A-F/]+', '\1=N', 'g'), '\(table [0-9]+', '(table N'), '\((latest|snapshot) [^)]*\)', '(\1)'), '(Engine Statement: SELECT).*', '\1 ...')
    FROM datrang.explain_remote(query) line WHERE line !~ '^ *->'
$$;
SELECT regress.told('SELECT g, sum(n) FROM columnar.r_told WHERE id > 100 GROUP BY g');
-- parameters have their values
SELECT regress.told($$SELECT count(*) FROM columnar.r_told WHERE id < current_setting('work_mem')::text::varchar(1)::int$$);
-- the rows operators passed on
SELECT DISTINCT substring(line FROM 'rows=(4900)') AS rows FROM datrang.explain_remote('SELECT id FROM columnar.r_told WHERE id > 100') line WHERE line ~ '^ *->' AND line ~ 'rows=4900';
SELECT regress.told('SELECT 1');
SELECT regress.attempt($$SELECT datrang.explain_remote('DELETE FROM r_told')$$);
SELECT regress.attempt($$SELECT datrang.explain_remote('SELECT FROM nowhere')$$);
SELECT regress.attempt($$SELECT datrang.explain_remote('SELECT 1 / (id - id) FROM columnar.r_told')$$);
-- an error leaves nothing behind
SELECT count(*) FROM columnar.r_told;
SELECT regress.told('SELECT count(*) FROM columnar.r_told');
-- of each scan, each time
SELECT count(*) FROM datrang.explain_remote('SELECT a.x, (SELECT count(*) FROM columnar.r_told t WHERE t.id < a.x AND random() >= 0) FROM generate_series(1, 3) a (x)') line WHERE line ~ '^Request';
-- with the caller's rights
CREATE ROLE r_told_reader;
GRANT SELECT ON columnar.r_told TO r_told_reader;
SET ROLE r_told_reader;
SELECT count(*) > 3 FROM datrang.explain_remote('SELECT id FROM columnar.r_told');
SELECT regress.attempt($$SELECT datrang.explain_remote('SELECT id FROM public.r_told')$$);
RESET ROLE;
SELECT datrang.unmirror('r_told');
DROP TABLE r_told;
DROP ROLE r_told_reader;
