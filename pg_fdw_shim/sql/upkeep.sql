-- Files written anew: datrang.vacuum() and datrang.cluster_by().
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE parcels (id int PRIMARY KEY, place text, weight numeric(6,2), span interval, tags int[]);
INSERT INTO parcels SELECT g, 'p' || g % 17, g % 1000 / 100.0, make_interval(hours => g), ARRAY[g]
	FROM generate_series(1, 5000) g;
SELECT datrang.mirror('parcels');
SELECT datrang.wait_ready('parcels', '2min');
DELETE FROM parcels WHERE id % 5 = 0;
UPDATE parcels SET weight = -weight WHERE id % 7 = 0;
SELECT datrang.wait_for() IS NOT NULL AS arrived;

SELECT files_after FROM datrang.vacuum('parcels');
SELECT * FROM parcels EXCEPT SELECT * FROM columnar.parcels;
SELECT count(*), sum(weight), min(place), max(span) FROM columnar.parcels;
SELECT files, rows FROM datrang.status WHERE source = 'parcels';
SELECT rows_removed FROM datrang.vacuum('columnar.parcels');

SELECT datrang.cluster_by('parcels', '{place,weight}');
SELECT datrang.file_options('parcels', compression_level => 9, row_group_rows => 2048);
SELECT files_after FROM datrang.vacuum('parcels');
SELECT sorted_by FROM datrang.files f JOIN datrang.tables t USING (table_id) WHERE t.source_name = 'parcels';
SELECT row_group, g.rows FROM datrang.row_groups g JOIN datrang.files f USING (file_id)
	JOIN datrang.tables t USING (table_id) WHERE t.source_name = 'parcels' ORDER BY 1;
SELECT * FROM columnar.parcels EXCEPT SELECT * FROM parcels;
SELECT datrang.cluster_by('parcels', '{}');

-- what is known of the files
SELECT * FROM datrang.check('parcels');
UPDATE datrang.column_chunks c SET null_count = 3 FROM datrang.files f JOIN datrang.tables t USING (table_id)
	WHERE c.file_id = f.file_id AND t.source_name = 'parcels' AND field_id = 2;
SELECT file_offset > 0 AS placed, problem FROM datrang.check('columnar.parcels');
SELECT datrang.reindex('parcels');
SELECT * FROM datrang.check('parcels');

-- native tables
CREATE FOREIGN TABLE parcel_notes (id int, note text) SERVER datrang;
INSERT INTO parcel_notes SELECT g, 'note ' || g FROM generate_series(1, 3000) g;
DELETE FROM parcel_notes WHERE id % 3 = 0;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT datrang.cluster_by('parcel_notes', '{note}');
SELECT datrang.file_options('parcel_notes', bloom => '{note}');
SELECT files_after FROM datrang.vacuum('parcel_notes');
SELECT count(*), min(note), max(id) FROM parcel_notes;
SELECT bool_and(bloom_bytes > 0) AS bloom FROM datrang.column_chunks JOIN datrang.files USING (file_id)
	JOIN datrang.tables t USING (table_id) JOIN jsonb_array_elements(t.columns) c ON c->>'field_id' = field_id::text
	WHERE t.table_name = 'parcel_notes' AND c->>'name' = 'note';
SELECT count(*), count(*) FILTER (WHERE note = 'note 4') FROM parcel_notes WHERE note IN ('note 4', 'note 3', 'nothing');
SELECT * FROM datrang.check('parcel_notes');
SELECT datrang.cluster_by('parcel_notes', '{_datrang_row}');
DROP FOREIGN TABLE parcel_notes;

-- the same as OPTIONS of the table; columns may be renamed and dropped
CREATE FOREIGN TABLE tuned (id int, "No te" text, at date) SERVER datrang
	OPTIONS (compression_level '9', row_group_rows '2048', bloom 'id, "No te"', cluster_by 'at,id');
CREATE FUNCTION form_of(relation regclass) RETURNS TABLE (fields int[], form jsonb) LANGUAGE sql AS
	'SELECT cluster_by, file_options - ''options'' FROM datrang.tables WHERE source = relation';
SELECT * FROM form_of('tuned');
INSERT INTO tuned SELECT g, 'note ' || g, '2025-01-01'::date - g FROM generate_series(1, 5000) g;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after FROM datrang.vacuum('tuned');
SELECT sorted_by, (SELECT array_agg(g.rows ORDER BY row_group) FROM datrang.row_groups g WHERE g.file_id = f.file_id)
	FROM datrang.files f JOIN datrang.tables t USING (table_id) WHERE t.table_name = 'tuned';
SELECT count(*), min(at), max("No te") FROM tuned;
ALTER FOREIGN TABLE tuned OPTIONS (SET compression_level '1', DROP row_group_rows);
SELECT * FROM form_of('tuned');
ALTER FOREIGN TABLE tuned RENAME COLUMN at TO day;
ALTER FOREIGN TABLE tuned DROP COLUMN "No te";
SELECT * FROM form_of('tuned');
SELECT option_name, option_value FROM pg_foreign_table, pg_options_to_table(ftoptions) WHERE ftrelid = 'tuned'::regclass
	AND option_name IN ('bloom', 'cluster_by') ORDER BY 1;
SELECT datrang.file_options('tuned', compression_level => 5);
SELECT datrang.cluster_by('tuned', '{id}');
ALTER FOREIGN TABLE tuned OPTIONS (SET cluster_by 'id, nothing');
ALTER FOREIGN TABLE tuned OPTIONS (SET cluster_by 'id,,');
ALTER FOREIGN TABLE tuned OPTIONS (SET bloom 'day');
ALTER FOREIGN TABLE tuned OPTIONS (SET compression_level '20');
ALTER FOREIGN TABLE tuned OPTIONS (ADD row_group_rows 'many');
ALTER FOREIGN TABLE tuned OPTIONS (ADD codec 'lz4');
SELECT * FROM form_of('tuned');
ALTER FOREIGN TABLE tuned OPTIONS (DROP compression_level, DROP bloom, DROP cluster_by);
SELECT * FROM form_of('tuned');
CREATE FOREIGN TABLE untuned (id int) SERVER datrang OPTIONS (cluster_by 'place');
SELECT to_regclass('untuned');
ALTER FOREIGN TABLE columnar.parcels OPTIONS (ADD cluster_by 'place');
SELECT * FROM form_of('parcels');
ALTER TABLE parcels RENAME place TO spot;
SELECT option_value FROM pg_foreign_table, pg_options_to_table(ftoptions) WHERE ftrelid = 'columnar.parcels'::regclass
	AND option_name = 'cluster_by';
ALTER TABLE parcels RENAME spot TO place;
ALTER FOREIGN TABLE columnar.parcels OPTIONS (DROP cluster_by);
DROP FOREIGN TABLE tuned;
DROP FUNCTION form_of;

-- encodings, as options of columns
CREATE FUNCTION encodings_of(relation regclass) RETURNS jsonb LANGUAGE sql AS
	'SELECT encodings FROM datrang.tables WHERE source = relation';
CREATE FOREIGN TABLE encoded (id int OPTIONS (encoding 'delta'), at timestamptz,
	level double precision OPTIONS (encoding 'byte_stream_split'), kind text OPTIONS (encoding 'delta_length')) SERVER datrang;
SELECT encodings_of('encoded');
INSERT INTO encoded SELECT g, '2025-01-01'::timestamptz + g * interval '1 s', sin(g), 'kind ' || g % 7
	FROM generate_series(1, 5000) g;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after FROM datrang.vacuum('encoded');
SELECT count(*), sum(id), min(at AT TIME ZONE 'UTC'), round(sum(level)::numeric, 6) AS levels, max(kind) FROM encoded;
SELECT level = sin(4711), kind FROM encoded WHERE id = 4711;
SELECT * FROM datrang.check('encoded');
ALTER FOREIGN TABLE encoded ALTER COLUMN kind OPTIONS (SET encoding 'dictionary'), ALTER COLUMN at OPTIONS (ADD encoding 'auto');
ALTER FOREIGN TABLE encoded RENAME COLUMN level TO height;
SELECT encodings_of('encoded');
ALTER FOREIGN TABLE encoded DROP COLUMN height;
SELECT encodings_of('encoded');
ALTER FOREIGN TABLE encoded ALTER COLUMN kind OPTIONS (SET encoding 'byte_stream_split');
ALTER FOREIGN TABLE encoded ALTER COLUMN kind OPTIONS (SET encoding 'lz4');
ALTER FOREIGN TABLE encoded ALTER COLUMN kind OPTIONS (DROP encoding), ALTER COLUMN id OPTIONS (DROP encoding);
SELECT encodings_of('encoded');
DROP FOREIGN TABLE encoded;
ALTER FOREIGN TABLE columnar.parcels ALTER COLUMN weight OPTIONS (ADD encoding 'plain');
SELECT encodings_of('parcels');
ALTER TABLE parcels RENAME weight TO mass;
SELECT encodings_of('parcels');
ALTER TABLE parcels RENAME mass TO weight;
ALTER FOREIGN TABLE columnar.parcels ALTER COLUMN span OPTIONS (ADD encoding 'plain');
DROP FUNCTION encodings_of;

-- what does not work
SELECT datrang.cluster_by('parcels', '{nothing}');
SELECT datrang.cluster_by('parcels', '{span}');
SELECT datrang.file_options('parcels', bloom => '{weight}');
SELECT datrang.file_options('parcels', bloom => '{nothing}');
SELECT datrang.file_options('parcels', compression_level => 20);
SELECT datrang.file_options('parcels', row_group_rows => 1);
SELECT datrang.vacuum('pg_class');
SELECT datrang.check('pg_class');
CREATE ROLE passer_by;
SET ROLE passer_by;
SELECT datrang.vacuum('columnar.parcels');
SELECT datrang.cluster_by('columnar.parcels', '{}');
SELECT datrang.file_options('columnar.parcels');
SELECT datrang.check('columnar.parcels');
SELECT datrang.reindex('columnar.parcels');
RESET ROLE;
DROP ROLE passer_by;
SELECT datrang.unmirror('parcels');
SELECT datrang.vacuum('parcels');
DROP TABLE parcels;
