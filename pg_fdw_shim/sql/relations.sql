-- Tables for the parts about joins, aggregates and order: keys that repeat, nulls, an empty table.
SET client_min_messages = warning;
CREATE TABLE j_a (id int PRIMARY KEY, k int, g int, t text, c char(4), n numeric(12,2), d date, b bool, f float8);
CREATE TABLE j_b (id int PRIMARY KEY, k int, v int8, s text COLLATE "C", w numeric);
CREATE TABLE j_c (id int PRIMARY KEY, k int, z text);
CREATE TABLE j_e (id int PRIMARY KEY, k int, t text);
INSERT INTO j_a SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i % 20 END, i % 5, CASE WHEN i % 11 = 0 THEN NULL ELSE 't' || i % 13 END, chr(65 + i % 4), CASE WHEN i % 9 = 0 THEN NULL ELSE i / 4.0 END, date '2024-01-01' + i % 50, i % 3 = 0, i / 8.0 FROM generate_series(1, 300) i;
INSERT INTO j_b SELECT i, CASE WHEN i % 6 = 0 THEN NULL ELSE i % 25 END, i * 10, 's' || i % 4, i / 3.0 FROM generate_series(1, 60) i;
INSERT INTO j_c SELECT i, i % 9, 'z' || i FROM generate_series(1, 12) i;
SELECT datrang.mirror(t) FROM unnest(ARRAY['j_a', 'j_b', 'j_c', 'j_e']::regclass[]) t;
SELECT datrang.wait_ready(t, '2min') FROM unnest(ARRAY['j_a', 'j_b', 'j_c', 'j_e']::regclass[]) t;
