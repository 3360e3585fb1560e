-- Names that need quotes, are reserved, long, or not ASCII.
SET client_min_messages = warning;
CREATE SCHEMA "R Schema";
CREATE TABLE "R Schema"."r_Table ""x""" ("select" int PRIMARY KEY, "Two Words" text, "ünï" int, "a.b" int, "per%cent" text, "a""quote" text, "back\slash" text,
  "a123456789012345678901234567890123456789012345678901234567890xy" int);
INSERT INTO "R Schema"."r_Table ""x""" VALUES (1, 'a', 2, 3, 'p', 'q', 'r', 4), (2, 'b', NULL, 4, '100%', '"', '\', 5);
SELECT datrang.mirror('"R Schema"."r_Table ""x"""');
SELECT datrang.wait_ready('columnar."r_Table ""x"""', '2min');
SELECT * FROM columnar."r_Table ""x""" ORDER BY "select";
INSERT INTO "R Schema"."r_Table ""x""" VALUES (3, 'c', 7, 8, '%s', '''', E'\n', 6);
SELECT * FROM columnar."r_Table ""x""" WHERE "a.b" > 3 AND "Two Words" > 'a' AND "a""quote" <> 'z' AND "back\slash" <> 'z' ORDER BY "select";
SELECT "per%cent" FROM columnar."r_Table ""x""" WHERE "a123456789012345678901234567890123456789012345678901234567890xy" = 6 AND "ünï" = 7;
SELECT source, columnar_table, state FROM datrang.status WHERE source LIKE '%r\_Table%';
-- the source is renamed and moved; the copy follows
ALTER TABLE "R Schema"."r_Table ""x""" RENAME TO r_renamed;
ALTER TABLE "R Schema".r_renamed SET SCHEMA public;
INSERT INTO r_renamed VALUES (4);
SELECT count(*) FROM columnar."r_Table ""x""";
SELECT source, columnar_table, state FROM datrang.status WHERE source LIKE '%r\_renamed%';
-- search_path does not matter
SET search_path = "R Schema";
SELECT datrang.unmirror('public.r_renamed');
RESET search_path;
DROP TABLE r_renamed;
DROP SCHEMA "R Schema";
