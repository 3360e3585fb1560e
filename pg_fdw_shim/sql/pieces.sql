-- Joins and groups within statements of heap tables: what fails in the sidecar, and not in PostgreSQL, is run in pieces.
CREATE TABLE p_a (id int PRIMARY KEY, k int, a int, b int, f float8);
CREATE TABLE p_b (id int PRIMARY KEY, k int, z int, d date, s text COLLATE "C", u text COLLATE "POSIX");
CREATE TABLE p_heap (id int PRIMARY KEY, k int);
INSERT INTO p_a SELECT i, i % 10, i, CASE WHEN i > 300 THEN 0 ELSE i % 3 + 1 END, i FROM generate_series(1, 400) i;
INSERT INTO p_a VALUES (0, 1, 1, 1, 0), (-1, 1, 1, 1, '-0');
INSERT INTO p_b SELECT i, i % 10, i % 7, '2024-01-01'::date + i, i, i FROM generate_series(1, 50) i;
INSERT INTO p_heap SELECT i, i % 10 FROM generate_series(1, 20) i;
SELECT datrang.mirror(t) FROM unnest(ARRAY['p_a', 'p_b']) t;
SELECT datrang.wait_ready(t, '2min') FROM unnest(ARRAY['columnar.p_a', 'columnar.p_b']) t;
ANALYZE p_a, p_b, p_heap;
CREATE FUNCTION regress.unknown(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
SET search_path = columnar, public;
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  -- PostgreSQL comes to none of the rows that fail: the other side is empty
  ($$SELECT h.id, a.id AS a FROM public.p_heap h JOIN (p_a a JOIN p_b b ON a.k = b.k AND b.id + 0 < 0 AND a.a / a.b >= 0) ON h.id = b.id$$),
  ($$SELECT h.id, a.id AS a, b.id AS b FROM public.p_heap h JOIN (p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= 0) ON h.id = b.id AND b.id + 0 < 0$$),
  ($$SELECT h.id, l.n FROM public.p_heap h LEFT JOIN LATERAL (SELECT count(*) AS n, sum(a.a) FROM p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= 0 WHERE b.z + 0 = h.k - 100) l ON true$$),
  ($$SELECT h.id, l.* FROM public.p_heap h, LATERAL (SELECT a.k, max(b.z - h.k), count(*) FROM p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= 0 WHERE b.z + 0 = h.k - 100 GROUP BY a.k HAVING count(*) < 1000) l$$),
  ($$SELECT h.id, l.* FROM public.p_heap h, LATERAL (SELECT DISTINCT a.k, b.z FROM p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= 0 WHERE b.z + 0 = h.k - 100) l$$),
  ($$SELECT h.id, l.* FROM public.p_heap h, LATERAL (SELECT b.id AS b, a.id AS a FROM p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= 0 WHERE b.z + 0 = h.k - 100 ORDER BY b.id, a.id DESC LIMIT 2) l$$),
  ($$SELECT h.id, (SELECT count(*) FROM p_a a WHERE a.id < h.id - 100 AND EXISTS (SELECT FROM p_b b WHERE b.k = a.k AND a.a / a.b >= b.z)) FROM public.p_heap h$$),
  -- rows of some runs fail, or are wanted
  ($$SELECT h.id, l.* FROM public.p_heap h, LATERAL (SELECT count(*), min(a.id) FROM p_a a JOIN p_b b ON a.k = b.k WHERE a.id <= h.id * 10 AND a.a / a.b >= b.z) l$$),
  -- a value of a subquery that no row needs
  ($$SELECT h.id, a.id AS a FROM public.p_heap h JOIN (p_b b LEFT JOIN p_a a ON a.k = b.k AND a.a / a.b >= (SELECT min(k) FROM public.p_heap)) ON h.id = b.id AND b.id + 0 < 0$$),
  -- computed by PostgreSQL for rows that are left above
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT x.id, x.a / x.b AS v FROM p_a x FULL JOIN (SELECT * FROM p_b ORDER BY id LIMIT 3) y ON x.id = y.id) s ON h.id = s.id$$),
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT x.id, (SELECT max(x.a / x.b + z.z) FROM p_b z) AS v FROM p_a x JOIN (SELECT * FROM p_b ORDER BY id LIMIT 9) y ON x.k = y.k) s ON h.id = s.id$$),
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT y.id, y.v FROM (SELECT id, a / b AS v FROM p_a WHERE k IN (SELECT z FROM p_b)) y) s ON h.id = s.id$$),
  -- conditions that PostgreSQL checks within it
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT id, a / b AS v FROM p_a UNION ALL SELECT id, z FROM p_b) s ON h.id = s.id WHERE regress.unknown(s.id) < 5$$),
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT DISTINCT ON (x.id) x.id, x.a / x.b AS v FROM p_a x ORDER BY x.id) s ON h.id = s.id WHERE s.id < 10$$),
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT x.b, rank() OVER (PARTITION BY x.b ORDER BY x.id) AS r, x.a / x.b AS v FROM p_a x) s ON h.id = s.b WHERE regress.unknown(s.b) = 1 AND s.r < 5$$),
  ($$SELECT h.id, x.c FROM public.p_heap h LEFT JOIN (SELECT s.id, coalesce(s.v, 1) AS c FROM (SELECT DISTINCT ON (x.id) x.id, x.a / x.b AS v FROM p_a x ORDER BY x.id) s WHERE s.id < 10) x ON h.id = x.id AND x.c > 1$$),
  -- not below, where it is the part's own
  ($$SELECT h.id, s.v FROM public.p_heap h JOIN (SELECT x.id, x.a / x.b AS v FROM p_a x WHERE x.id < 50 ORDER BY x.id LIMIT 9) s ON h.id = s.id$$),
  -- a condition on a value made below an outer join
  ($$SELECT r2.k, r1.k FROM p_a r1 FULL JOIN (SELECT id, k + 1 AS k, coalesce(z, 7) AS z FROM p_b) r2 ON r1.k = r2.z WHERE r2.id <> r1.a AND r2.k = r2.z$$),
  ($$SELECT r1.k, h.id FROM public.p_heap h JOIN p_a r1 ON h.id = r1.id LEFT JOIN (SELECT id, k, coalesce(z, 7) AS z FROM p_b) r2 ON r1.k = r2.id AND r2.k = r2.z WHERE r1.id = r2.z$$),
  -- 0 and -0 are equal, and two rows
  ($$SELECT o.id, l.x::text FROM p_a o LEFT JOIN LATERAL (SELECT o.f AS x, i.id FROM p_b i WHERE i.k = o.k ORDER BY i.id LIMIT 1) l ON true WHERE o.k = 1$$),
  ($$SELECT o.id, (SELECT o.f FROM p_b i WHERE i.k = o.k ORDER BY i.id LIMIT 1)::text FROM p_a o WHERE o.k = 1$$),
  ($$SELECT o.id, l.x::text FROM (SELECT id, k, -f AS f FROM p_a WHERE k = 1 OFFSET 0) o, LATERAL (SELECT sum(i.z) * o.f AS x FROM p_b i WHERE i.k = o.k) l$$),
  ($$SELECT o.id, l.x::text FROM (VALUES (1, 1, 0::float8), (2, 1, '-0')) o (id, k, f), LATERAL (SELECT sum(i.z) * o.f AS x FROM p_b i WHERE i.k = o.k) l$$),
  ($$SELECT o.id, l.x::text FROM (SELECT id, k, f FROM p_a WHERE id < 3 UNION ALL SELECT id, k, z FROM p_b) o, LATERAL (SELECT o.f AS x FROM p_b i WHERE i.k = o.k AND i.z > 2) l$$),
  ($$SELECT g.k, g.f::text, (SELECT max(i.z) * g.f FROM p_b i WHERE i.k = g.k)::text AS s FROM (SELECT k, id, f FROM p_a GROUP BY k, id, f) g WHERE g.k = 1$$)) v (q);
-- an error that is PostgreSQL's, too
SELECT regress.attempt($$SELECT h.id, a.id AS a FROM public.p_heap h JOIN (p_a a JOIN p_b b ON a.k = b.k AND a.a / a.b >= 0) ON h.id = a.id$$);
SELECT regress.attempt($$SELECT h.id, l.n FROM public.p_heap h LEFT JOIN LATERAL (SELECT count(*) AS n FROM p_a a JOIN p_b b ON a.k = b.k AND b.z >= h.k AND a.a / a.b >= 0) l ON true$$);
SELECT regress.attempt($$SELECT count(*) FROM p_b b WHERE b.s < b.u AND b.s < b.s$$);
-- what is compared with rows of a subquery around the row is the engine's work
SELECT count(*) > 0 FROM datrang.explain_remote('SELECT b.id, b.z IN (SELECT a.a FROM p_a a WHERE a.b < b.k) FROM p_b b');
SELECT count(*) > 0 FROM datrang.explain_remote('SELECT b.id, b.z > ALL (SELECT a.a FROM p_a a WHERE a.b < b.k) FROM p_b b');
-- a timestamp that the sidecar has not
WITH h AS MATERIALIZED (SELECT '294276-12-31'::timestamptz AS late)
SELECT count(*), (SELECT count(*) FROM p_b b WHERE b.d < h.late), (SELECT count(*) FROM p_b b WHERE b.d > h.late AND b.k = 1) FROM h, p_heap GROUP BY h.late;
PREPARE later(timestamp, timestamptz[]) AS SELECT count(*) FROM p_b b LEFT JOIN public.p_heap h ON h.id = b.id AND h.k > 0 WHERE b.d < $1 AND b.d <> ALL ($2);
SET plan_cache_mode = force_generic_plan;
EXECUTE later('294276-12-31', '{294276-12-31, 2024-01-01}');
EXECUTE later('2024-02-01', '{2024-01-02}');
RESET plan_cache_mode;
RESET search_path;
SELECT datrang.unmirror(t) FROM unnest(ARRAY['columnar.p_a', 'columnar.p_b']) t;
DROP TABLE p_a, p_b, p_heap;
DROP FUNCTION regress.unknown;
