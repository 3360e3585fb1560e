-- What a read waits for, and for how long.
SET client_min_messages = warning;
LOAD 'datrang';
SHOW datrang.freshness;
SET datrang.freshness = 'sometimes';
SET datrang.freshness_timeout = '-1s';
CREATE TABLE r_fresh (id int PRIMARY KEY);
SELECT datrang.mirror('r_fresh');
SELECT datrang.wait_ready('r_fresh', '2min');
DO $$
BEGIN
    FOR i IN 1..100 LOOP
        -- every other commit does not wait for WAL
        PERFORM set_config('synchronous_commit',
                           CASE WHEN i % 2 = 0 THEN 'off' ELSE 'on' END, false);
        INSERT INTO r_fresh VALUES (i);
        COMMIT;
        IF (SELECT count(*) FROM columnar.r_fresh) <> i THEN
            RAISE 'row % was not seen', i;
        END IF;
    END LOOP;
END
$$;
RESET synchronous_commit;
SELECT count(*) FROM columnar.r_fresh;

-- eventual: no waiting for the position, but after wait_for it is there
SET datrang.freshness = 'eventual';
INSERT INTO r_fresh VALUES (101);
SELECT pg_current_wal_flush_lsn() AS inserted \gset
SELECT datrang.wait_for() >= :'inserted'::pg_lsn AS reached;
SELECT count(*) FROM columnar.r_fresh;
RESET datrang.freshness;
SELECT datrang.wait_for(pg_current_wal_flush_lsn(), '2min') IS NOT NULL AS reached;

-- a position that does not exist yet
SELECT regexp_replace(regress.attempt($$SELECT datrang.wait_for('7FFFFFFF/0', '100ms')$$), 'at [0-9A-F]+/[0-9A-F]+, [0-9]+ bytes', 'at X/X, N bytes');

-- one's own uncommitted rows are not in the mirror, as for any other reader
BEGIN;
INSERT INTO r_fresh VALUES (102);
SELECT count(*) FROM columnar.r_fresh;
COMMIT;
SELECT count(*) FROM columnar.r_fresh;
SELECT datrang.unmirror('r_fresh');
DROP TABLE r_fresh;
