-- What version 0.2.0 changes in a database of 0.1.0, besides what repeatable.awk finds: see upgrade/README.md.

ALTER TABLE datrang.tables ADD COLUMN file_options jsonb;
ALTER TABLE datrang.tables ADD COLUMN encodings jsonb;
ALTER TABLE datrang.tables ADD COLUMN text_fields int[];
ALTER TABLE datrang.column_chunks ADD COLUMN text_filter bytea, ADD COLUMN distinct_estimate bigint;
ALTER TABLE datrang.iceberg_tables ADD COLUMN written_location varchar(1000), ADD COLUMN incomplete bool NOT NULL DEFAULT false;
ALTER TABLE datrang.sidecar ADD COLUMN storage_version int NOT NULL DEFAULT 1;
ALTER TABLE datrang.sidecar ADD COLUMN commits bigint NOT NULL DEFAULT 0;
CREATE TABLE datrang.readers (
    reader_id   uuid PRIMARY KEY,
    name        text NOT NULL,
    commits     bigint NOT NULL,
    lsn         pg_lsn,
    wanted_lsn  pg_lsn,
    started_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE datrang.readers IS 'sidecars that serve the same files without writing, and as of where they answer';

-- policies begin days where the session that updates does
ALTER TABLE datrang.archive_runs DROP CONSTRAINT archive_runs_action_check;
ALTER TABLE datrang.archive_runs ADD CHECK (action IN ('archive', 'restore', 'make', 'partition'));
DROP FUNCTION datrang.lock_for_switch(regclass, regclass);
ALTER TABLE datrang.archive_runs ALTER COLUMN partition_id DROP NOT NULL;
ALTER TABLE datrang.archive_runs ADD COLUMN parent_id oid;
ALTER TABLE datrang.archive_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_runs ON datrang.archive_runs FOR SELECT USING (
    EXISTS (SELECT FROM pg_class c WHERE c.oid = parent_id AND pg_has_role(c.relowner, 'USAGE'))
    OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = run_by AND pg_has_role(r.oid, 'USAGE')));
ALTER TABLE datrang.archive_policies ADD COLUMN zone text;
UPDATE datrang.archive_policies SET zone = current_setting('TimeZone');
ALTER TABLE datrang.archive_policies ALTER COLUMN zone SET NOT NULL;
DROP PROCEDURE datrang.try_archive(regclass, text);
DROP FUNCTION datrang.archive_due(), datrang.partition_range(regclass), datrang.make_partition(regclass, timestamptz, timestamptz);
DROP FUNCTION datrang.redefine(bigint), datrang.with_missing_values(datrang.tables, jsonb);
