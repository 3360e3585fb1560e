-- ORDER BY, LIMIT and OFFSET: what is sent, and the heap's answers.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
-- the context of remote errors names the sidecar's address
\set SHOW_CONTEXT never
SET search_path = columnar, public;
SELECT regress.plan($$SELECT id FROM j_a ORDER BY k DESC, t COLLATE "C" NULLS FIRST LIMIT 5 OFFSET 2$$);
SELECT regress.plan($$SELECT g, count(*) FROM j_a GROUP BY g ORDER BY count(*) DESC, g LIMIT 2$$);
SELECT regress.plan($$SELECT a.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k ORDER BY b.v, a.id$$);
SELECT regress.plan($$SELECT DISTINCT k FROM j_a ORDER BY k LIMIT (SELECT 4)$$);
-- what stays, and why
SELECT regress.plan($$SELECT id FROM j_a ORDER BY t LIMIT 3$$);
SELECT regress.plan($$SELECT id FROM j_a WHERE id > random() * 0 ORDER BY k LIMIT 3$$);
SELECT regress.plan($$SELECT id FROM j_a ORDER BY id FETCH FIRST 3 ROWS WITH TIES$$);
SET datrang.enable_sort_pushdown = off;
SELECT regress.plan($$SELECT id FROM j_a ORDER BY id LIMIT 3$$);
RESET datrang.enable_sort_pushdown;
SET datrang.enable_limit_pushdown = off;
SELECT regress.plan($$SELECT id FROM j_a ORDER BY id LIMIT 3$$);
RESET datrang.enable_limit_pushdown;
-- seven executions, the last ones of a generic plan
PREPARE page (int, int, int) AS SELECT g, count(*) FROM j_a WHERE k > $1 GROUP BY g HAVING count(*) > $1 ORDER BY g LIMIT $2 OFFSET $3;
EXECUTE page (1, 2, 0);
EXECUTE page (1, 2, 1);
EXECUTE page (1, NULL, 3);
EXECUTE page (5, 3, 0);
EXECUTE page (5, 3, 4);
EXECUTE page (5, 0, 4);
EXECUTE page (7, 1, 1);
EXECUTE page (1, -2, 0);
EXECUTE page (1, 2, -1);
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT g, count(*) FROM j_a GROUP BY g ORDER BY g;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH ALL FROM c;
COMMIT;
RESET search_path;
-- the same answers in the same order
SELECT regress.compare(q, ordered => true) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT id, k FROM j_a ORDER BY k, id$$),
  ($$SELECT id, k FROM j_a ORDER BY k DESC, id$$),
  ($$SELECT id, k FROM j_a ORDER BY k NULLS FIRST, id DESC$$),
  ($$SELECT id, k FROM j_a ORDER BY k DESC NULLS LAST, id LIMIT 10 OFFSET 5$$),
  ($$SELECT id, t FROM j_a ORDER BY t, id$$),
  ($$SELECT id, t FROM j_a ORDER BY t COLLATE "C", id LIMIT 7$$),
  ($$SELECT id, s FROM j_b ORDER BY s DESC, id LIMIT 7$$),
  ($$SELECT id FROM j_a ORDER BY k + g, id$$),
  ($$SELECT id FROM j_a ORDER BY n, f DESC, id LIMIT 20$$),
  ($$SELECT id, w FROM j_b ORDER BY w DESC LIMIT 5$$),
  ($$SELECT g, count(*) FROM j_a GROUP BY g ORDER BY count(*) DESC, g$$),
  ($$SELECT g, count(*), sum(n) FROM j_a GROUP BY g ORDER BY sum(n) / 2 DESC, g LIMIT 2$$),
  ($$SELECT g, sum(n) AS x FROM j_a GROUP BY g ORDER BY x LIMIT 3 OFFSET 1$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k ORDER BY b.id, a.id LIMIT 12$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k ORDER BY b.id NULLS FIRST, a.id LIMIT 12$$),
  ($$SELECT a.id FROM j_a a WHERE EXISTS (SELECT FROM j_b b WHERE b.k = a.k) ORDER BY a.k, a.id LIMIT 9$$),
  ($$SELECT DISTINCT k FROM j_a ORDER BY k DESC LIMIT 4$$),
  ($$SELECT DISTINCT g, b FROM j_a ORDER BY g, b$$),
  ($$SELECT id FROM j_a ORDER BY id FETCH FIRST 3 ROWS WITH TIES$$),
  ($$SELECT g FROM j_a ORDER BY g FETCH FIRST 3 ROWS WITH TIES$$),
  ($$SELECT d, b, count(*) FROM j_a GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 10$$),
  ($$SELECT id, c FROM j_a ORDER BY c, id LIMIT 4$$),
  ($$SELECT id, row_number() OVER (ORDER BY n, id) FROM j_a ORDER BY n, id$$),
  ($$SELECT id, 1 + 1 FROM j_a ORDER BY id LIMIT (SELECT 3)$$),
  ($$SELECT id FROM j_a ORDER BY b, d DESC, id$$),
  ($$SELECT CASE WHEN g = 1 THEN 'a' ELSE 'b' END COLLATE "C" AS x, count(*) FROM j_a GROUP BY 1 ORDER BY 1$$),
  ($$SELECT generate_series(1, 2), id FROM j_a ORDER BY id LIMIT 3$$),
  -- sorted by what fails for rows that are left out here
  ($$SELECT max(n / (k - 3)) FROM j_a a WHERE k > (SELECT 3 + 0 * count(*) FROM public.j_b b WHERE b.k = a.g)$$),
  ($$SELECT id FROM j_a WHERE k <> 3 + random() * 0 ORDER BY n / (k - 3), id LIMIT 3$$)) v (q);
-- as many rows
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT count(*) FROM (SELECT id FROM j_a LIMIT 7) x$$),
  ($$SELECT count(*) FROM (SELECT id FROM j_a OFFSET 295) x$$),
  ($$SELECT count(*) FROM (SELECT id FROM j_a LIMIT 0) x$$),
  ($$SELECT count(*) FROM (SELECT id FROM j_a LIMIT NULL OFFSET NULL) x$$),
  ($$SELECT count(*) FROM (SELECT id FROM j_a WHERE random() >= 0 LIMIT 5) x$$)) v (q);
SELECT datrang.unmirror(t) FROM unnest(ARRAY['j_a', 'j_b', 'j_c', 'j_e']::regclass[]) t;
DROP TABLE j_a, j_b, j_c, j_e;
