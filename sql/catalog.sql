-- Catalog tables of Datrang. PostgreSQL holds the truth: one storage commit is one transaction over these.

CREATE TABLE datrang.sidecar (
    only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    system_identifier bigint,               -- of the cluster the slot belongs to
    slot_name         name,
    role_name         name,                 -- the role the sidecar connects as
    version           text,
    epoch             bigint NOT NULL DEFAULT 0,  -- fences an older sidecar: every commit checks it
    commit_token      uuid,                 -- of the last commit: tells its outcome when the answer was lost
    durable_lsn       pg_lsn,               -- everything up to here is in files
    message_key       uuid NOT NULL DEFAULT gen_random_uuid(),  -- tells our messages in WAL from anybody else's
    started_at        timestamptz,
    storage_version   int NOT NULL DEFAULT 1, -- of the files' form: a sidecar that does not know it does not start
    commits           bigint NOT NULL DEFAULT 0  -- grows with every commit: tells read-only sidecars what they have read
);
INSERT INTO datrang.sidecar DEFAULT VALUES;
COMMENT ON TABLE datrang.sidecar IS 'the one sidecar that writes: its slot, role, fencing epoch and durable position';

-- Sidecars that only read. Files of the state of the catalog they read stay, while they show that they live.
CREATE TABLE datrang.readers (
    reader_id   uuid PRIMARY KEY,
    name        text NOT NULL,              -- where it answers
    commits     bigint NOT NULL,            -- of the oldest state it may still read
    lsn         pg_lsn,                     -- it answers as of here
    wanted_lsn  pg_lsn,                     -- what somebody waits for there: the one that writes flushes for it
    started_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE datrang.readers IS 'sidecars that serve the same files without writing, and as of where they answer';

CREATE TABLE datrang.tables (
    table_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('mirror', 'native')),
    source         oid UNIQUE,              -- pg_class.oid of the heap table, of a native one itself; null once dropped
    source_schema  name NOT NULL,
    source_name    name NOT NULL,
    schema_name    name NOT NULL,           -- of the columnar (foreign) table
    table_name     name NOT NULL,
    columns        jsonb NOT NULL,          -- [{"field_id","name","type","oid","typmod","kind","precision","scale","not_null","element":{...}}]
    key            int[] NOT NULL,          -- field ids of the replica identity, index order
    state          text NOT NULL DEFAULT 'pending'
                   CHECK (state IN ('pending', 'backfilling', 'streaming', 'error', 'dropped')),
    version        int NOT NULL DEFAULT 1,  -- of names, columns and key: grows whenever one changes
    stored_version int,                     -- the one the files have; null before there are any
    snapshot_lsn   pg_lsn,                  -- consistent point of the backfill
    frozen_lsn     pg_lsn,                  -- the files are of this position and are not followed any further
    cluster_by     int[],                   -- field ids its files are sorted by; null for the key
    file_options   jsonb,                   -- {"level", "rows", "bloom": [field ids]}; null for the defaults
    encodings      jsonb,                   -- {field id: encoding} of columns that have the option; null for none
    text_fields    int[],                   -- field ids whose texts have filters in the index; null for none
    partitions     oid[],                   -- a partitioned source's partitions that hold rows, by oid; else null
    publication_entry oid,                  -- of pg_publication_rel: another one means that changes are missing
    picture        jsonb,                   -- datrang.source_picture() as it was when last followed
    error          text,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ON datrang.tables (schema_name, table_name) WHERE state <> 'dropped';
COMMENT ON TABLE datrang.tables IS 'columnar tables; the sidecar moves state from pending over backfilling to streaming';

-- What a table looked like, from the version its files have on.
CREATE TABLE datrang.table_versions (
    table_id    bigint NOT NULL REFERENCES datrang.tables ON DELETE CASCADE,
    version     int NOT NULL,
    schema_name name NOT NULL,
    table_name  name NOT NULL,
    columns     jsonb NOT NULL,
    key         int[] NOT NULL,
    PRIMARY KEY (table_id, version)
);

CREATE FUNCTION datrang.keep_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datrang.table_versions
        VALUES (NEW.table_id, NEW.version, NEW.schema_name, NEW.table_name, NEW.columns, NEW.key);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_first_version AFTER INSERT ON datrang.tables
    FOR EACH ROW EXECUTE FUNCTION datrang.keep_version();
CREATE TRIGGER keep_version AFTER UPDATE ON datrang.tables
    FOR EACH ROW WHEN (NEW.version <> OLD.version) EXECUTE FUNCTION datrang.keep_version();

-- Which partitions a partitioned source has had. Rows of before what is durable are of no use.
CREATE TABLE datrang.partition_sets (
    set_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_id    bigint NOT NULL REFERENCES datrang.tables ON DELETE CASCADE,
    changed_at  pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),  -- the transaction ends later
    partitions  oid[] NOT NULL
);

CREATE FUNCTION datrang.keep_partitions() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM datrang.partition_sets earlier USING datrang.partition_sets later, datrang.sidecar
        WHERE earlier.table_id = NEW.table_id AND later.table_id = NEW.table_id
          AND later.set_id > earlier.set_id AND later.changed_at < durable_lsn;
    INSERT INTO datrang.partition_sets (table_id, partitions) VALUES (NEW.table_id, NEW.partitions);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_first_partitions AFTER INSERT ON datrang.tables
    FOR EACH ROW WHEN (NEW.partitions IS NOT NULL) EXECUTE FUNCTION datrang.keep_partitions();
CREATE TRIGGER keep_partitions AFTER UPDATE ON datrang.tables
    FOR EACH ROW WHEN (NEW.partitions IS NOT NULL AND NEW.partitions IS DISTINCT FROM OLD.partitions)
    EXECUTE FUNCTION datrang.keep_partitions();

CREATE TABLE datrang.files (
    file_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_id    bigint NOT NULL REFERENCES datrang.tables ON DELETE CASCADE,
    path        text NOT NULL UNIQUE,       -- relative to the sidecar's data directory
    rows        bigint NOT NULL,
    bytes       bigint NOT NULL,
    added_lsn   pg_lsn NOT NULL,
    sorted_by   int[] NOT NULL DEFAULT '{}', -- field ids its rows are sorted by; none when they came as they came
    footer      jsonb                        -- row_groups: number; crc32c: [offset, bytes, checksum] of all parts
);
CREATE INDEX ON datrang.files (table_id);
COMMENT ON TABLE datrang.files IS 'live Parquet files; the file list is truth, not derivable';

CREATE TABLE datrang.row_groups (
    file_id     bigint NOT NULL REFERENCES datrang.files ON DELETE CASCADE,
    row_group   int NOT NULL,
    first_row   bigint NOT NULL,
    rows        bigint NOT NULL,
    file_offset bigint NOT NULL,
    bytes       bigint NOT NULL,
    PRIMARY KEY (file_id, row_group)
);

CREATE TABLE datrang.column_chunks (
    file_id      bigint NOT NULL,
    row_group    int NOT NULL,
    field_id     int NOT NULL,
    lower_bound  bytea,                     -- Iceberg single-value serialisation; text by UTF-8 bytes
    upper_bound  bytea,
    lower_exact  boolean,                   -- false when truncated: a bound, not a value
    upper_exact  boolean,
    null_count   bigint,
    nan_count    bigint,
    bloom_offset bigint,
    bloom_bytes  int,
    text_filter  bytea,                     -- sequences of three bytes in its texts, see TextFilter.java; null for none
    distinct_estimate bigint,               -- about how many different values there are; null when unknown
    PRIMARY KEY (file_id, row_group, field_id),
    FOREIGN KEY (file_id, row_group) REFERENCES datrang.row_groups ON DELETE CASCADE
);
COMMENT ON TABLE datrang.column_chunks IS 'the secondary index: what each row group holds; derived from the files';

CREATE TABLE datrang.deletion_vectors (
    file_id     bigint PRIMARY KEY REFERENCES datrang.files ON DELETE CASCADE,
    path        text NOT NULL,              -- Puffin file, relative to the data directory
    blob_offset bigint NOT NULL,
    blob_bytes  bigint NOT NULL,
    cardinality bigint NOT NULL
);

-- The tables Iceberg's JdbcCatalog (schema V1) expects; open it with currentSchema=datrang.
CREATE TABLE datrang.iceberg_tables (
    catalog_name               varchar(255) NOT NULL,
    table_namespace            varchar(255) NOT NULL,
    table_name                 varchar(255) NOT NULL,
    metadata_location          varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type               varchar(5),
    written_location           varchar(1000),  -- by the sidecar: another metadata_location is another writer's
    incomplete                 bool NOT NULL DEFAULT false, -- the sidecar left out a commit
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE datrang.iceberg_namespace_properties (
    catalog_name   varchar(255) NOT NULL,
    namespace      varchar(255) NOT NULL,
    property_key   varchar(255),
    property_value varchar(1000),
    PRIMARY KEY (catalog_name, namespace, property_key)
);
