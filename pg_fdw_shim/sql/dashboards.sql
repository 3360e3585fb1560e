-- Queries as dashboards write them: the heap's answer, and one remote query or the reason why not.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_sale (id int PRIMARY KEY, customer_id int, product_id int, amount numeric(10,2), quantity int, discount float8, status text, channel varchar(10), country char(2), ordered_at timestamptz, created_at timestamp, day date, tags text[], attrs jsonb, returned bool) WITH (autovacuum_enabled = off);
INSERT INTO r_sale SELECT i, i * 7 % 60, i * 11 % 25, CASE WHEN i % 19 > 0 THEN i * 37 % 10000 / 100.0 END, i % 9, i % 4 / 8.0, (ARRAY['new', 'paid', 'shipped', 'Returned', NULL])[1 + i % 5], (ARRAY['web', 'store', 'app'])[1 + i % 3], (ARRAY['NZ', 'DE', 'FR', 'US'])[1 + i % 4], timestamptz '2023-01-15 UTC' + i * interval '11 hours 7 minutes', timestamp '2023-01-15' + i * interval '11 hours 7 minutes', date '2023-01-15' + i % 700, ARRAY['t' || i % 3, 'x'], jsonb_build_object('source', 's' || i % 4, 'score', i % 50, 'geo', jsonb_build_object('city', 'c' || i % 6)), i % 23 = 0 FROM generate_series(1, 1200) i;
CREATE TABLE r_customer (id int PRIMARY KEY, name text, segment text, region text, signed_up date, email text) WITH (autovacuum_enabled = off);
INSERT INTO r_customer SELECT i, 'Name ' || i, (ARRAY['smb', 'enterprise', 'consumer'])[1 + i % 3], (ARRAY['north', 'south'])[1 + i % 2], date '2022-06-01' + i * 9, 'u' || i || '@x' || i % 3 || '.example' FROM generate_series(0, 70) i;
CREATE TABLE r_product (id int PRIMARY KEY, name text, category text, price numeric(8,2)) WITH (autovacuum_enabled = off);
INSERT INTO r_product SELECT i, 'Product ' || i, 'cat ' || i % 5, i * 3.25 FROM generate_series(0, 24) i;
ANALYZE r_sale, r_customer, r_product;
SELECT datrang.mirror('r_sale'), datrang.mirror('r_customer'), datrang.mirror('r_product');
SELECT datrang.wait_ready('r_sale', '2min'), datrang.wait_ready('r_customer', '2min'), datrang.wait_ready('r_product', '2min');
SET TimeZone = 'Europe/Berlin';
-- "one remote query", or what is above the scans and why
CREATE FUNCTION regress.shipped(query text) RETURNS text LANGUAGE plpgsql SET search_path = columnar, public AS $$
DECLARE
    line text;
    scans int := 0;
    remote bool;
    reasons text[] := '{}';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        remote := coalesce(remote, line ~ '^(Async )?Foreign Scan');
        scans := scans + (line ~ 'Foreign Scan')::int;
        IF line ~ ' -- because ' THEN
            reasons := reasons || regexp_replace(line, '^.* -- because ', '');
        END IF;
    END LOOP;
    IF remote AND reasons = '{}' THEN
        RETURN 'one remote query';
    END IF;
    RETURN format('%s scans: %s', scans, coalesce((SELECT string_agg(DISTINCT r, '; ' ORDER BY r) FROM unnest(reasons) r), 'no reason'));
END
$$;
CREATE TEMP TABLE dashboard (id int GENERATED ALWAYS AS IDENTITY, query text);
INSERT INTO dashboard (query) VALUES
  -- Metabase
  ($$SELECT date_trunc('month', s.ordered_at) AS ordered_at, count(*) AS count FROM r_sale s GROUP BY date_trunc('month', s.ordered_at) ORDER BY date_trunc('month', s.ordered_at) ASC$$),
  ($$SELECT date_trunc('week', s.created_at) AS w, sum(s.amount) AS sum FROM r_sale s GROUP BY date_trunc('week', s.created_at) ORDER BY 1$$),
  ($$SELECT CAST(date_trunc('day', s.ordered_at) AS date) AS d, avg(s.amount) FROM r_sale s WHERE s.ordered_at >= timestamptz '2023-03-01' AND s.ordered_at < timestamptz '2023-05-01' GROUP BY CAST(date_trunc('day', s.ordered_at) AS date) ORDER BY 1$$),
  ($$SELECT date_trunc('quarter', s.created_at), s.status, count(*) FROM r_sale s GROUP BY 1, 2 ORDER BY 1, 2$$),
  ($$SELECT date_trunc('year', s.day), sum(s.quantity) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(extract(hour FROM s.created_at) AS integer) AS hour, count(*) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(extract(dow FROM s.ordered_at) AS integer) + 1 AS day_of_week, count(*) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(extract(month FROM s.day) AS integer) AS m, count(DISTINCT s.customer_id) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT floor((s.amount - 0) / 12.5) * 12.5 + 0 AS bin, count(*) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT source.category, sum(source.amount) FROM (SELECT p.category, s.amount FROM r_sale s LEFT JOIN r_product p ON s.product_id = p.id) source WHERE source.category IS NOT NULL GROUP BY source.category ORDER BY 2 DESC, 1 LIMIT 2000$$),
  ($$SELECT count(*) FROM r_sale s WHERE lower(s.status) LIKE '%ret%'$$),
  ($$SELECT s.status, count(*) FROM r_sale s WHERE (s.status <> 'new' OR s.status IS NULL) GROUP BY s.status ORDER BY s.status$$),
  ($$SELECT sum(CASE WHEN s.status = 'paid' THEN 1 ELSE 0.0 END) / CASE WHEN count(*) = 0 THEN NULL ELSE count(*) END AS share FROM r_sale s$$),
  ($$SELECT avg(s.amount), stddev_pop(s.quantity), min(s.amount), max(s.amount) FROM r_sale s$$),
  ($$SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s.discount) FROM r_sale s$$),
  ($$SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY s.quantity) AS p90, s.channel FROM r_sale s GROUP BY s.channel ORDER BY s.channel$$),
  ($$SELECT s.id, s.amount, c.name FROM r_sale s LEFT JOIN r_customer c ON s.customer_id = c.id WHERE c.segment = 'smb' ORDER BY s.id LIMIT 50 OFFSET 100$$),
  ($$SELECT date_trunc('month', s.ordered_at) AS m, sum(count(*)) OVER (ORDER BY date_trunc('month', s.ordered_at) ROWS UNBOUNDED PRECEDING) AS cumulative FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT date_trunc('month', s.ordered_at) AS m, sum(s.quantity), lag(sum(s.quantity), 1) OVER (ORDER BY date_trunc('month', s.ordered_at)) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT substring(s.status, 1, 3) AS s3, count(*) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT concat(c.name, ' (', c.region, ')') AS label, count(*) FROM r_customer c JOIN r_sale s ON s.customer_id = c.id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10$$),
  ($$SELECT coalesce(s.status, 'unknown') AS status, count(*) FROM r_sale s GROUP BY coalesce(s.status, 'unknown') ORDER BY 1$$),
  ($$SELECT substring(c.email FROM '@(.*)$') AS domain, count(*) FROM r_customer c GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(s.ordered_at AS date) AS d, count(*) FROM r_sale s WHERE CAST(s.ordered_at AS date) BETWEEN date '2023-02-01' AND date '2023-02-28' GROUP BY 1 ORDER BY 1$$),
  ($$SELECT s.returned, count(*) FROM r_sale s GROUP BY s.returned ORDER BY s.returned$$),
  ($$SELECT count(*) FROM r_sale s WHERE s.ordered_at >= date_trunc('month', now() + INTERVAL '-12 month') AND s.ordered_at < date_trunc('month', now())$$),
  -- Superset
  ($$SELECT DATE_TRUNC('day', ordered_at) AS __timestamp, country AS country, SUM(amount) AS "SUM(amount)" FROM r_sale WHERE ordered_at >= TO_TIMESTAMP('2023-02-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND ordered_at < TO_TIMESTAMP('2023-03-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') GROUP BY country, DATE_TRUNC('day', ordered_at) ORDER BY "SUM(amount)" DESC NULLS LAST, 1, 2 LIMIT 10000$$),
  ($$SELECT DATE_TRUNC('month', s.ordered_at) AS t, s.channel, COUNT(*) AS n FROM r_sale s JOIN (SELECT channel AS channel__, COUNT(*) AS mme_inner__ FROM r_sale GROUP BY channel ORDER BY mme_inner__ DESC, channel LIMIT 2) series_limit ON s.channel = series_limit.channel__ GROUP BY 1, 2 ORDER BY 1, 2$$),
  ($$SELECT country, COUNT(DISTINCT customer_id) AS "COUNT_DISTINCT(customer_id)" FROM r_sale GROUP BY country ORDER BY 2 DESC, 1 LIMIT 100$$),
  ($$SELECT status AS status, SUM(amount) FILTER (WHERE channel = 'web') AS web, SUM(amount) FILTER (WHERE channel = 'app') AS app FROM r_sale GROUP BY status ORDER BY status$$),
  ($$SELECT * FROM (SELECT s.status, s.amount, s.day FROM r_sale s WHERE s.quantity > 3) AS virtual_table WHERE status IN ('new', 'paid') ORDER BY amount DESC NULLS LAST, day LIMIT 1000$$),
  ($$SELECT COUNT(*) AS count FROM r_sale WHERE status ILIKE '%ship%'$$),
  ($$SELECT product_id, SUM(quantity) AS q FROM r_sale WHERE country IN ('NZ', 'DE') AND (amount IS NOT NULL) AND channel NOT IN ('app') GROUP BY product_id HAVING SUM(quantity) > 20 ORDER BY q DESC, product_id$$),
  ($$SELECT DATE_TRUNC('week', day) AS __timestamp, AVG(discount) AS a FROM r_sale GROUP BY DATE_TRUNC('week', day) ORDER BY 1$$),
  ($$SELECT to_char(ordered_at, 'YYYY-MM') AS month, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT to_char(day, 'Mon YYYY') AS month, sum(amount) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT country, status, SUM(quantity) FROM r_sale GROUP BY ROLLUP (country, status) ORDER BY country NULLS LAST, status NULLS LAST, 3$$),
  ($$SELECT MIN(day), MAX(day) FROM r_sale$$),
  ($$SELECT DISTINCT country FROM r_sale ORDER BY country$$),
  ($$SELECT DISTINCT status FROM r_sale WHERE status IS NOT NULL ORDER BY status LIMIT 1000$$),
  ($$SELECT (EXTRACT(EPOCH FROM DATE_TRUNC('hour', ordered_at)) * 1000)::bigint AS ms, COUNT(*) FROM r_sale WHERE day < '2023-03-01' GROUP BY 1 ORDER BY 1$$),
  -- Tableau
  ($$SELECT "r_sale"."country" AS "country", SUM("r_sale"."amount") AS "sum:amount:ok" FROM "r_sale" "r_sale" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT SUM(1) AS "cnt:number", COUNT(DISTINCT "r_sale"."customer_id") AS "ctd" FROM "r_sale" HAVING (COUNT(1) > 0)$$),
  ($$SELECT DATE_TRUNC('MONTH', CAST("r_sale"."day" AS TIMESTAMP WITHOUT TIME ZONE)) AS "tmn:day:ok", AVG(CAST("r_sale"."quantity" AS DOUBLE PRECISION)) AS "avg" FROM "r_sale" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(TRUNC(EXTRACT(YEAR FROM "r_sale"."day")) AS INTEGER) AS "yr:day:ok", SUM("r_sale"."quantity") FROM "r_sale" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT "c"."segment", SUM("s"."amount") FROM "r_sale" "s" INNER JOIN "r_customer" "c" ON ("s"."customer_id" = "c"."id") INNER JOIN (SELECT "customer_id" AS "cid", SUM("amount") AS "x" FROM "r_sale" GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10) "t0" ON ("s"."customer_id" = "t0"."cid") GROUP BY 1 ORDER BY 1$$),
  ($$SELECT (CASE WHEN ("s"."amount" > 50) THEN 'high' WHEN ("s"."amount" > 20) THEN 'mid' ELSE 'low' END) AS "calc", COUNT("s"."id") FROM "r_sale" "s" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT "s"."product_id", (CASE WHEN SUM("s"."quantity") = 0 THEN NULL ELSE CAST(SUM("s"."amount") AS DOUBLE PRECISION) / SUM("s"."quantity") END) AS "ratio" FROM "r_sale" "s" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT "s"."id" FROM "r_sale" "s" WHERE (("s"."day" >= (DATE '2023-05-01')) AND ("s"."day" <= (DATE '2023-05-10'))) ORDER BY 1$$),
  ($$SELECT "s"."customer_id", MIN("s"."day") AS "first", SUM("s"."amount") FROM "r_sale" "s" GROUP BY 1 HAVING ((MIN("s"."day") >= DATE '2023-01-20') AND (SUM("s"."amount") > 100)) ORDER BY 1$$),
  ($$SELECT "t0"."first", COUNT(DISTINCT "s"."customer_id") FROM "r_sale" "s" INNER JOIN (SELECT "customer_id" AS "cid", MIN(DATE_TRUNC('MONTH', "created_at")) AS "first" FROM "r_sale" GROUP BY 1) "t0" ON ("s"."customer_id" = "t0"."cid") GROUP BY 1 ORDER BY 1$$),
  ($$SELECT FLOOR("s"."discount" / 0.1) AS "bin", COUNT(*) FROM "r_sale" "s" GROUP BY 1 ORDER BY 1$$),
  ($$SELECT STDDEV("s"."discount"), VARIANCE("s"."quantity"), CORR("s"."discount", "s"."quantity"::float8) IS NOT NULL FROM "r_sale" "s" WHERE "s"."discount" > 2$$),
  ($$SELECT LEFT("p"."name", 4) AS "l", RIGHT("p"."name", 2) AS "r", UPPER("p"."category") FROM "r_product" "p" ORDER BY "p"."id"$$),
  ($$SELECT SPLIT_PART("c"."email", '@', 2) AS "domain", COUNT(*) FROM "r_customer" "c" GROUP BY 1 ORDER BY 1$$),
  -- Power BI
  ($$select "_"."country" as "c1", sum("_"."amount") as "a0" from (select "country", "amount" from "r_sale" "$Table") "_" group by "_"."country" order by 1 limit 1000001$$),
  ($$select count(*) as "a0", count("rows"."amount") as "a1" from "r_sale" "rows" where "rows"."channel" = 'web' and "rows"."channel" is not null$$),
  ($$select "t"."segment", "t"."a0" from (select "OTBL"."segment", sum("ITBL"."amount") as "a0" from "r_sale" as "ITBL" left outer join "r_customer" as "OTBL" on ("ITBL"."customer_id" = "OTBL"."id") group by "OTBL"."segment") "t" where not "t"."a0" is null order by 1$$),
  ($$select distinct "rows"."status" as "status", "rows"."channel" from "r_sale" "rows" order by 1, 2 limit 501$$),
  ($$select max("rows"."ordered_at"), min("rows"."created_at") from "r_sale" "rows"$$),
  ($$select "rows"."id" from "r_sale" "rows" where "rows"."created_at" >= timestamp '2023-02-01 00:00:00' and "rows"."created_at" < timestamp '2023-02-08 00:00:00' order by "rows"."id"$$),
  ($$select "rows"."y", count(1) from (select date_part('year', "_"."day") as "y" from "r_sale" "_") "rows" group by "rows"."y" order by 1$$),
  ($$select sum(cast("rows"."quantity" as decimal)) as a from "r_sale" "rows" where "rows"."product_id" in (1, 2, 3, 5, 8)$$),
  -- Grafana
  ($$SELECT floor(extract(epoch FROM ordered_at) / 86400) * 86400 AS "time", sum(quantity) AS q FROM r_sale WHERE ordered_at BETWEEN '2023-02-01T00:00:00Z' AND '2023-03-01T00:00:00Z' GROUP BY 1 ORDER BY 1$$),
  ($$SELECT ordered_at AS "time", amount FROM r_sale WHERE ordered_at BETWEEN '2023-02-01T00:00:00Z' AND '2023-02-05T00:00:00Z' ORDER BY 1$$),
  ($$SELECT extract(epoch FROM date_trunc('day', created_at)) AS "time", status AS metric, count(*) FROM r_sale WHERE created_at < '2023-03-01' GROUP BY 1, 2 ORDER BY 1, 2$$),
  ($$SELECT date_bin('6 hours', created_at, timestamp '2023-01-01') AS t, count(*) FROM r_sale WHERE created_at < '2023-02-15' GROUP BY 1 ORDER BY 1$$),
  ($$SELECT to_timestamp(floor(extract(epoch FROM ordered_at)::float8 / 3600) * 3600) AS t, max(quantity) FROM r_sale WHERE day < '2023-02-15' GROUP BY 1 ORDER BY 1$$),
  ($$SELECT t, avg(n) OVER (ORDER BY t ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM (SELECT day AS t, count(*) AS n FROM r_sale GROUP BY day) d ORDER BY t$$),
  ($$SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY amount) AS p95, percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) AS p50 FROM r_sale WHERE amount IS NOT NULL$$),
  ($$SELECT percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY discount) FROM r_sale$$),
  ($$SELECT $$ || $a$(attrs->>'source') AS metric, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$a$),
  ($$SELECT gs AS day, coalesce(s.n, 0) FROM generate_series(date '2023-02-01', date '2023-02-10', interval '1 day') gs LEFT JOIN (SELECT day, count(*) AS n FROM r_sale GROUP BY day) s ON s.day = gs::date ORDER BY 1$$),
  -- Looker
  ($$SELECT TO_CHAR(DATE_TRUNC('month', s.created_at), 'YYYY-MM') AS "created_month", COUNT(*) AS "count", COALESCE(SUM(s.amount), 0) AS "total" FROM r_sale AS s WHERE ((s.created_at >= TIMESTAMP '2023-02-01') AND (s.created_at < TIMESTAMP '2023-08-01')) GROUP BY (DATE_TRUNC('month', s.created_at)) ORDER BY 1 DESC LIMIT 500$$),
  ($$SELECT DATE(s.ordered_at) AS "d", COUNT(DISTINCT s.customer_id) FROM r_sale s GROUP BY 1 ORDER BY 1 DESC LIMIT 500$$),
  ($$SELECT DATE(s.ordered_at AT TIME ZONE 'America/New_York') AS "d", COUNT(*) FROM r_sale s WHERE s.id < 200 GROUP BY 1 ORDER BY 1$$),
  ($$SELECT c.region, COUNT(DISTINCT CASE WHEN s.returned THEN s.id ELSE NULL END) AS returned, COUNT(DISTINCT s.id) AS n FROM r_sale s LEFT JOIN r_customer c ON s.customer_id = c.id GROUP BY 1 ORDER BY 1$$),
  ($$WITH facts AS (SELECT customer_id, COUNT(*) AS orders, SUM(amount) AS revenue FROM r_sale GROUP BY 1) SELECT CASE WHEN orders < 15 THEN 'Below 15' WHEN orders < 25 THEN '15 to 24' ELSE '25 or Above' END AS tier, COUNT(*), AVG(revenue) FROM facts GROUP BY 1 ORDER BY 1$$),
  ($$SELECT EXTRACT(DAY FROM s.day)::integer AS dom, SUM(s.amount) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT (s.day - c.signed_up) / 30 AS month_number, COUNT(*) FROM r_sale s JOIN r_customer c ON c.id = s.customer_id GROUP BY 1 ORDER BY 1$$),
  ($$SELECT MOD(EXTRACT(DOW FROM s.created_at)::integer - 1 + 7, 7) AS dow, COUNT(*) FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT s.country, 1.0 * SUM(CASE WHEN s.returned THEN 1 ELSE 0 END) / NULLIF(COUNT(*), 0) AS rate FROM r_sale s GROUP BY 1 ORDER BY 1$$),
  ($$SELECT CAST(s.amount AS integer) AS a, COUNT(*) FROM r_sale s WHERE s.id < 100 GROUP BY 1 ORDER BY 1$$),
  -- windows: ranks, top n a group, running sums, sessions
  ($$SELECT * FROM (SELECT category, name, rev, rank() OVER (PARTITION BY category ORDER BY rev DESC, name) AS r FROM (SELECT p.category, p.name, sum(s.amount) AS rev FROM r_sale s JOIN r_product p ON p.id = s.product_id GROUP BY 1, 2) x) y WHERE r <= 2 ORDER BY category, r$$),
  ($$SELECT day, sum(amount) AS a, sum(sum(amount)) OVER (ORDER BY day) AS running FROM r_sale WHERE day < '2023-03-01' GROUP BY day ORDER BY day$$),
  ($$SELECT customer_id, id, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at DESC) FROM r_sale WHERE customer_id < 5 ORDER BY 1, 3$$),
  ($$SELECT customer_id, ordered_at, ordered_at - lag(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS gap FROM r_sale WHERE customer_id < 3 ORDER BY 1, 2$$),
  ($$SELECT status, amount, ntile(4) OVER (ORDER BY amount NULLS FIRST, id) FROM r_sale WHERE id < 100 ORDER BY id$$),
  ($$SELECT country, sum(amount) AS a, round(100.0 * sum(amount) / sum(sum(amount)) OVER (), 2) AS pct FROM r_sale GROUP BY country ORDER BY country$$),
  ($$SELECT id, first_value(amount) OVER w, last_value(amount) OVER w FROM r_sale WHERE id < 60 WINDOW w AS (PARTITION BY channel ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY id$$),
  ($$SELECT id, dense_rank() OVER (ORDER BY quantity DESC), percent_rank() OVER (ORDER BY quantity), cume_dist() OVER (ORDER BY quantity) FROM r_sale WHERE id < 60 ORDER BY id$$),
  ($$SELECT m, n, n - lag(n, 12) OVER (ORDER BY m) AS yoy FROM (SELECT date_trunc('month', created_at) AS m, count(*) AS n FROM r_sale GROUP BY 1) x ORDER BY m$$),
  ($$SELECT DISTINCT ON (customer_id) customer_id, id, amount FROM r_sale ORDER BY customer_id, ordered_at DESC$$),
  ($$SELECT id, sum(flag) OVER (ORDER BY id) AS session FROM (SELECT id, CASE WHEN ordered_at - lag(ordered_at) OVER (ORDER BY id) > interval '11 hours' THEN 1 ELSE 0 END AS flag FROM r_sale) x WHERE id < 50 ORDER BY id$$),
  ($$SELECT id, avg(amount) OVER (ORDER BY day RANGE BETWEEN interval '7 days' PRECEDING AND CURRENT ROW) FROM r_sale WHERE id < 60 ORDER BY id$$),
  -- comparisons of periods, cohorts, funnels
  ($$SELECT a.m, a.n, b.n AS last_year FROM (SELECT extract(month FROM day) AS m, count(*) AS n FROM r_sale WHERE day >= '2024-01-01' GROUP BY 1) a LEFT JOIN (SELECT extract(month FROM day) AS m, count(*) AS n FROM r_sale WHERE day < '2024-01-01' GROUP BY 1) b ON a.m = b.m ORDER BY 1$$),
  ($$WITH m AS (SELECT date_trunc('month', day)::date AS m, sum(amount) AS a FROM r_sale GROUP BY 1) SELECT c.m, c.a, p.a AS before FROM m c LEFT JOIN m p ON p.m = (c.m - interval '1 year')::date ORDER BY c.m$$),
  ($$SELECT coalesce(a.country, b.country) AS country, a.n AS web, b.n AS app FROM (SELECT country, count(*) AS n FROM r_sale WHERE channel = 'web' AND quantity > 7 GROUP BY 1) a FULL JOIN (SELECT country, count(*) AS n FROM r_sale WHERE channel = 'app' AND quantity < 2 GROUP BY 1) b ON a.country = b.country ORDER BY 1$$),
  ($$WITH first AS (SELECT customer_id, min(date_trunc('month', created_at)) AS cohort FROM r_sale GROUP BY 1) SELECT f.cohort, date_trunc('month', s.created_at) AS m, count(DISTINCT s.customer_id) FROM r_sale s JOIN first f USING (customer_id) GROUP BY 1, 2 ORDER BY 1, 2$$),
  ($$SELECT count(DISTINCT customer_id) FILTER (WHERE status = 'new') AS a, count(DISTINCT customer_id) FILTER (WHERE status = 'paid') AS b, count(DISTINCT customer_id) FILTER (WHERE status = 'shipped') AS c FROM r_sale$$),
  ($$SELECT c.id FROM r_customer c WHERE NOT EXISTS (SELECT 1 FROM r_sale s WHERE s.customer_id = c.id AND s.day > '2024-11-01') ORDER BY 1$$),
  ($$SELECT c.segment, count(*) FROM r_customer c WHERE c.id IN (SELECT customer_id FROM r_sale GROUP BY 1 HAVING sum(amount) > 900) GROUP BY 1 ORDER BY 1$$),
  ($$SELECT p.name, (SELECT max(s.amount) FROM r_sale s WHERE s.product_id = p.id) AS best FROM r_product p ORDER BY p.id$$),
  ($$SELECT s.id FROM r_sale s WHERE s.amount > (SELECT 1.9 * avg(x.amount) FROM r_sale x WHERE x.country = s.country) ORDER BY s.id$$),
  ($$SELECT p.category, l.id, l.amount FROM (SELECT DISTINCT category FROM r_product) p CROSS JOIN LATERAL (SELECT s.id, s.amount FROM r_sale s JOIN r_product q ON q.id = s.product_id WHERE q.category = p.category ORDER BY s.amount DESC NULLS LAST, s.id LIMIT 2) l ORDER BY 1, 3 DESC, 2$$),
  ($$SELECT 'sales' AS what, count(*) FROM r_sale UNION ALL SELECT 'customers', count(*) FROM r_customer UNION ALL SELECT 'products', count(*) FROM r_product ORDER BY 1$$),
  ($$SELECT customer_id FROM r_sale WHERE channel = 'web' INTERSECT SELECT customer_id FROM r_sale WHERE channel = 'app' EXCEPT SELECT customer_id FROM r_sale WHERE amount > 99 ORDER BY 1$$),
  ($$SELECT country, channel, status, count(*), grouping(country, channel, status) FROM r_sale GROUP BY GROUPING SETS ((country, channel), (status), ()) ORDER BY 5, 1, 2, 3$$),
  ($$SELECT country, channel, sum(quantity) FROM r_sale GROUP BY CUBE (country, channel) ORDER BY 1 NULLS FIRST, 2 NULLS FIRST$$),
  -- products, whose digits the engine counts as no more than eighteen at first
  ($$SELECT count(*) FROM r_sale WHERE amount * 1.3333333333333333 > 17$$),
  ($$SELECT count(*) FILTER (WHERE amount * -1.3333333333333333 < -17), count(*) FILTER (WHERE amount * 1.3333333333333333 <> 17) FROM r_sale$$),
  ($$SELECT count(*) FROM r_sale WHERE amount * 1.0000000000000000 IN (37.00, 74)$$),
  ($$SELECT count(*) FROM r_sale WHERE 1 + amount * 1.0000000000000000 NOT IN (38.00, 75, 12)$$),
  ($$SELECT count(*) FROM r_sale WHERE amount * 1.3333333333333333 BETWEEN 5 AND 99 AND amount * 1.3333333333333333 < 1e30$$),
  -- functions
  ($$SELECT string_agg(DISTINCT channel, ', ' ORDER BY channel) FROM r_sale$$),
  ($$SELECT customer_id, array_agg(id ORDER BY id DESC) FROM r_sale WHERE customer_id < 4 GROUP BY 1 ORDER BY 1$$),
  ($$SELECT country, mode() WITHIN GROUP (ORDER BY status) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT attrs->'geo'->>'city' AS city, avg((attrs->>'score')::int) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT attrs #>> '{geo,city}' AS city, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT jsonb_extract_path_text(attrs, 'geo', 'city') AS city, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT count(*) FROM r_sale WHERE attrs @> '{"source": "s1"}'$$),
  ($$SELECT count(*) FROM r_sale WHERE attrs ? 'geo' AND (attrs->>'score')::numeric > 20$$),
  ($$SELECT count(*) FROM r_sale WHERE 't1' = ANY (tags)$$),
  ($$SELECT array_length(tags, 1), count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT array_to_string(tags, '/'), count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT format('%s-%s', country, channel) AS label, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT lpad(id::text, 6, '0'), initcap(status), replace(channel, 'e', '3') FROM r_sale WHERE id < 30 ORDER BY id$$),
  ($$SELECT count(*) FROM r_sale WHERE status ~ '^(new|paid)$'$$),
  ($$SELECT count(*) FROM r_sale WHERE status ~* 'RET'$$),
  ($$SELECT regexp_replace(name, '[0-9]+', '#') AS n, count(*) FROM r_customer GROUP BY 1 ORDER BY 1$$),
  ($$SELECT regexp_replace(name, 'NAME', 'N', 'i') AS n FROM r_customer WHERE id < 9 ORDER BY id$$),
  ($$SELECT greatest(amount, 10), least(quantity, 3), abs(discount - 0.2) FROM r_sale WHERE id < 30 ORDER BY id$$),
  ($$SELECT width_bucket(amount, 0, 100, 5) AS b, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT round(amount / nullif(quantity, 0), 2), trunc(amount), ceil(amount) FROM r_sale WHERE id < 40 ORDER BY id$$),
  ($$SELECT gcd(id, 12), lcm(quantity, 4) FROM r_sale WHERE id < 30 ORDER BY id$$),
  ($$SELECT age(created_at, timestamp '2023-01-01') FROM r_sale WHERE id < 20 ORDER BY id$$),
  ($$SELECT date_part('day', created_at - timestamp '2023-01-01') AS days, count(*) FROM r_sale WHERE id < 40 GROUP BY 1 ORDER BY 1$$),
  ($$SELECT (date_trunc('month', day) + interval '1 month - 1 day')::date AS month_end, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT extract(isoyear FROM day) AS y, extract(week FROM day) AS w, count(*) FROM r_sale GROUP BY 1, 2 ORDER BY 1, 2$$),
  ($$SELECT make_date(extract(year FROM day)::int, extract(month FROM day)::int, 1) AS m, count(*) FROM r_sale GROUP BY 1 ORDER BY 1$$),
  ($$SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI') AS t FROM r_sale WHERE id < 20 ORDER BY id$$),
  ($$SELECT to_char(created_at, 'Day'), to_char(created_at, 'IYYY-IW'), to_char(created_at, 'Q') FROM r_sale WHERE id < 20 ORDER BY id$$),
  ($$SELECT to_char(amount, 'FM999,990.00') FROM r_sale WHERE id < 20 ORDER BY id$$),
  ($$SELECT count(*) FROM r_sale WHERE day BETWEEN SYMMETRIC '2023-04-01' AND '2023-03-01'$$),
  ($$SELECT count(*) FROM r_sale WHERE (country, channel) IN (('NZ', 'web'), ('DE', 'app'))$$),
  ($$SELECT bool_or(returned), bool_and(quantity >= 0), every(amount > 0) FROM r_sale$$),
  ($$SELECT json_agg(x ORDER BY x.n DESC, x.country) FROM (SELECT country, count(*) AS n FROM r_sale GROUP BY 1) x$$),
  ($$SELECT jsonb_object_agg(country, n) FROM (SELECT country::text, count(*) AS n FROM r_sale GROUP BY 1) x$$),
  ($$SELECT s.status, v.label, count(*) FROM r_sale s JOIN (VALUES ('new', 'N'), ('paid', 'P')) v (status, label) ON v.status = s.status GROUP BY 1, 2 ORDER BY 1$$),
  ($$SELECT count(*) FROM r_sale WHERE length(trim(both ' ' from status)) > 4 AND position('e' in status) > 1 AND starts_with(status, 'n') IS FALSE$$),
  ($$SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM r_sale$$),
  ($$SELECT tag, count(*) FROM r_sale, unnest(tags) AS tag GROUP BY tag ORDER BY tag$$),
  ($$SELECT regr_slope(amount::float8, quantity::float8) IS NULL, covar_pop(discount, quantity::float8) FROM r_sale WHERE id < 0$$),
  ($$SELECT count(*), count(*) FILTER (WHERE amount > 10) * 100.0 / count(*) AS pct FROM r_sale$$),
  ($$SELECT 100 * (sum(amount) FILTER (WHERE day >= '2024-01-01') / nullif(sum(amount) FILTER (WHERE day < '2024-01-01'), 0) - 1) FROM r_sale$$);
SELECT d.id, regress.compare(d.query) AS answer, regress.shipped(d.query) AS shipped FROM dashboard d ORDER BY d.id;
SELECT regress.shipped(query) = 'one remote query' AS remote, count(*) FROM dashboard GROUP BY 1 ORDER BY 1;
SELECT datrang.unmirror('r_sale'), datrang.unmirror('r_customer'), datrang.unmirror('r_product');
DROP FUNCTION regress.shipped(text);
DROP TABLE dashboard, r_sale, r_customer, r_product;
