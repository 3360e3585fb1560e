\echo Use "CREATE EXTENSION datrang" to load this file. \quit
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
    started_at        timestamptz
);
INSERT INTO datrang.sidecar DEFAULT VALUES;
COMMENT ON TABLE datrang.sidecar IS 'the one sidecar that writes: its slot, role, fencing epoch and durable position';

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
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE datrang.iceberg_namespace_properties (
    catalog_name   varchar(255) NOT NULL,
    namespace      varchar(255) NOT NULL,
    property_key   varchar(255),
    property_value varchar(1000),
    PRIMARY KEY (catalog_name, namespace, property_key)
);
-- How each PostgreSQL type is kept. The one place that decides; Java's StorageKind has the same words.

-- A numeric modifier less 4 holds the precision above the scale, which has 11 bits and a sign since 15.
CREATE FUNCTION datrang.numeric_precision(typmod int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ((typmod - 4) >> 16) & 65535';

CREATE FUNCTION datrang.numeric_scale(typmod int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT (((typmod - 4) & 2047) # 1024) - 1024';

-- Kind of a base type, or null when its values cannot be kept as anything but text.
CREATE FUNCTION datrang.storage_kind(type oid, typmod int) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN type = 'bool'::regtype THEN 'BOOL'
        WHEN type = 'int2'::regtype THEN 'INT2'
        WHEN type = 'int4'::regtype THEN 'INT4'
        WHEN type = 'int8'::regtype THEN 'INT8'
        WHEN type = 'float4'::regtype THEN 'FLOAT4'
        WHEN type = 'float8'::regtype THEN 'FLOAT8'
        WHEN type = 'numeric'::regtype THEN
            CASE WHEN typmod >= 4 AND datrang.numeric_precision(typmod) <= 38
                  AND datrang.numeric_scale(typmod) BETWEEN 0 AND datrang.numeric_precision(typmod)
                 THEN 'DECIMAL' ELSE 'TEXT' END
        WHEN type IN ('text'::regtype, 'varchar'::regtype, 'json'::regtype, 'jsonb'::regtype) THEN 'TEXT'
        WHEN type = 'bpchar'::regtype THEN
            CASE WHEN typmod >= 4 THEN 'BPCHAR' ELSE 'TEXT' END
        WHEN type = 'bytea'::regtype THEN 'BYTEA'
        WHEN type = 'date'::regtype THEN 'DATE'
        WHEN type = 'time'::regtype THEN 'TIME'
        WHEN type = 'timestamp'::regtype THEN 'TIMESTAMP'
        WHEN type = 'timestamptz'::regtype THEN 'TIMESTAMPTZ'
        WHEN type = 'interval'::regtype THEN 'INTERVAL'
        WHEN type = 'uuid'::regtype THEN 'UUID'
        WHEN (SELECT typtype FROM pg_type WHERE oid = type) = 'e' THEN 'TEXT'
    END
$$;

-- The type below all domains, with the modifier that applies.
CREATE FUNCTION datrang.base_type(INOUT type oid, INOUT typmod int)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    domain pg_type;
BEGIN
    LOOP
        SELECT * INTO domain FROM pg_type t WHERE t.oid = type AND t.typtype = 'd';
        EXIT WHEN NOT FOUND;
        type := domain.typbasetype;
        typmod := domain.typtypmod;
    END LOOP;
END
$$;

-- Description of a type as datrang.tables.columns has it, or null when it cannot be kept.
CREATE FUNCTION datrang.type_description(type oid, typmod int) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base record := datrang.base_type(type, typmod);
    element_type oid := (SELECT e.oid FROM pg_type e WHERE e.typarray = base.type AND e.typtype <> 'd');
    kind text := datrang.storage_kind(base.type, base.typmod);
    element jsonb;
    described jsonb := jsonb_build_object('type', format_type(type, typmod), 'oid', type::int8,
                                          'typmod', typmod, 'kind', kind);
BEGIN
    IF element_type IS NOT NULL THEN
        element := datrang.type_description(element_type, base.typmod);  -- an array's modifier is its elements'
        RETURN CASE WHEN element IS NOT NULL
                    THEN described || jsonb_build_object('kind', 'ARRAY', 'element', element) END;
    ELSIF kind = 'DECIMAL' THEN
        described := described || jsonb_build_object(
            'precision', datrang.numeric_precision(base.typmod), 'scale', datrang.numeric_scale(base.typmod));
    END IF;
    RETURN CASE WHEN kind IS NOT NULL THEN described END;
END
$$;

-- A type and all types its values are made of.
CREATE FUNCTION datrang.type_parts(type oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE parts(oid) AS (
        VALUES (type)
        UNION
        SELECT part FROM parts JOIN pg_type t USING (oid) CROSS JOIN LATERAL (
            SELECT unnest(ARRAY[t.typbasetype, t.typelem])
            UNION ALL
            SELECT atttypid FROM pg_attribute
            WHERE t.typtype = 'c' AND attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT unnest(ARRAY[rngsubtype, rngtypid]) FROM pg_range WHERE t.oid IN (rngtypid, rngmultitypid)
        ) p(part) WHERE part <> 0
    )
    SELECT oid FROM parts
$$;

-- Why the type's text output must not be kept, or null when it may be.
CREATE FUNCTION datrang.text_refusal(type oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(CASE
        WHEN t.typname LIKE 'reg%' AND t.typnamespace = 'pg_catalog'::regnamespace OR t.oid = 'aclitem'::regtype
            THEN 'its text changes when the object it names is renamed'
        WHEN t.typtype = 'p' THEN 'it is a pseudo-type'
    END)
    FROM datrang.type_parts(type) part JOIN pg_type t ON t.oid = part
$$;

-- Description of a type whose values are kept as their text.
CREATE FUNCTION datrang.text_description(type oid, typmod int) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('type', format_type(type, typmod), 'oid', type::int8, 'typmod', typmod,
                              'kind', 'TEXT', 'as_text', true)
$$;

-- The columns of a table as datrang.tables.columns has them: those of types the engine does not know are kept as
-- their text. Raises an error that names the first column which cannot be kept exactly.
CREATE FUNCTION datrang.column_description(source regclass, as_text name[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    attribute record;
    type jsonb;
    columns jsonb := '[]';
BEGIN
    PERFORM datrang.check_as_text(source, as_text);
    FOR attribute IN
        SELECT attnum, attname, atttypid, atttypmod, attnotnull, attgenerated, attname = ANY (as_text) AS text
        FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    LOOP
        PERFORM datrang.check_column(source, attribute.attname, attribute.attgenerated);
        type := CASE WHEN NOT attribute.text
                     THEN datrang.type_description(attribute.atttypid, attribute.atttypmod) END;
        IF type IS NULL AND datrang.text_refusal(attribute.atttypid) IS NOT NULL THEN
            RAISE EXCEPTION 'column "%" of table % has type %, which the columnar copy cannot keep: %', attribute.attname,
                    source, format_type(attribute.atttypid, attribute.atttypmod), datrang.text_refusal(attribute.atttypid)
                USING ERRCODE = 'feature_not_supported',
                      HINT = 'Change the column''s type, for example to oid or text.';
        END IF;
        type := coalesce(type, datrang.text_description(attribute.atttypid, attribute.atttypmod));
        columns := columns || jsonb_build_array(type || jsonb_build_object(
            'field_id', attribute.attnum, 'name', attribute.attname, 'not_null', attribute.attnotnull));
    END LOOP;
    RETURN columns || coalesce(datrang.partition_column(source), '[]');
END
$$;

-- Refuses names in as_text that are no columns.
CREATE FUNCTION datrang.check_as_text(source regclass, as_text name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing name := (SELECT n FROM unnest(as_text) n WHERE n NOT IN (
                         SELECT attname FROM pg_attribute
                         WHERE attrelid = source AND attnum > 0 AND NOT attisdropped) LIMIT 1);
BEGIN
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" in as_text does not exist in table %', missing, source
            USING ERRCODE = 'undefined_column', HINT = 'as_text lists columns of the source table.';
    END IF;
END
$$;

-- Refuses a column whatever its kind would be.
CREATE FUNCTION datrang.check_column(source regclass, column_name name, generated "char")
RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF generated <> '' THEN
        RAISE EXCEPTION 'column "%" of table % is generated, and generated columns are not replicated',
                column_name, source
            USING ERRCODE = 'feature_not_supported',
                  HINT = format('Make it an ordinary column with ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION, '
                                'or drop it.', source, column_name);
    END IF;
END
$$;

-- The type a column has in the columnar table: the source's, for a domain its base type.
CREATE FUNCTION datrang.columnar_type(described jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format_type(b.type, b.typmod)
    FROM datrang.base_type((described->>'oid')::oid, (described->>'typmod')::int) b
$$;
-- Partitioned tables. Their partitions are published one by one, and each row of the copy carries its partition's
-- oid in a hidden column: so a partition that is emptied, dropped or detached takes just its rows with it.

-- Partitions of a partitioned table that hold rows, on all levels, by oid; null for other tables. Takes no locks.
CREATE FUNCTION datrang.partitions(source oid) RETURNS oid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE tree(oid, kind) AS (
        SELECT c.oid, c.relkind FROM pg_class c WHERE c.oid = source AND c.relkind = 'p'
        UNION
        SELECT c.oid, c.relkind FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid JOIN pg_class c ON c.oid = i.inhrelid
    )
    SELECT coalesce(array_agg(oid ORDER BY oid) FILTER (WHERE kind <> 'p'), '{}') FROM tree HAVING count(*) > 0
$$;

-- The relations that hold a table's rows: itself, or its partitions.
CREATE FUNCTION datrang.heaps(source oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT unnest(coalesce(datrang.partitions(source), ARRAY[source]))
$$;

-- Names of the columns by which a table's updates and deletes name their row, sorted; null when they name none.
CREATE FUNCTION datrang.identity_columns(source oid) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(a.attname ORDER BY a.attname)
    FROM pg_class c
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
         AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary AND c.relreplident <> 'n' END
    CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(attnum, n)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE c.oid = source AND k.n <= i.indnkeyatts
$$;

-- What of a partitioned table's partitions matters to its mirror.
CREATE FUNCTION datrang.partition_picture(source oid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(jsonb_build_array(c.oid::int8, c.relkind, c.relpersistence, c.relreplident,
                                       datrang.identity_columns(c.oid)) ORDER BY c.oid)
    FROM unnest(datrang.partitions(source)) p JOIN pg_class c ON c.oid = p
$$;

-- Why the first of the partitions that cannot be followed cannot be, null when all can.
CREATE FUNCTION datrang.partition_refusal(source oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('its partition %s %s', c.oid::regclass, reason)
    FROM unnest(datrang.partitions(source)) p JOIN pg_class c ON c.oid = p
    CROSS JOIN LATERAL (SELECT CASE
        WHEN c.relkind = 'f' THEN 'is a foreign table, whose changes are not in this server''s WAL'
        WHEN c.relpersistence = 'u' THEN 'is unlogged, so its changes are not in WAL'
        WHEN c.relreplident <> 'f' AND datrang.identity_columns(c.oid) IS DISTINCT FROM datrang.identity_columns(source)
            THEN format('has another replica identity; run ALTER TABLE %s REPLICA IDENTITY DEFAULT', c.oid::regclass)
        END) r(reason)
    WHERE reason IS NOT NULL ORDER BY c.oid LIMIT 1
$$;

-- The hidden column, as datrang.tables.columns has it; null for tables that are not partitioned.
CREATE FUNCTION datrang.partition_column(source oid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT datrang.type_description('int8'::regtype, -1)
           || jsonb_build_object('field_id', 1000001, 'name', 'tableoid', 'not_null', true)
    WHERE datrang.partitions(source) IS NOT NULL
$$;

-- Takes note of the partitions there are now and tells the sidecar; false when the table has to be copied anew.
CREATE FUNCTION datrang.follow_partitions(before datrang.tables) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now oid[] := datrang.partitions(before.source);
BEGIN
    IF now IS NOT DISTINCT FROM before.partitions THEN
        RETURN true;
    END IF;
    UPDATE datrang.tables t SET partitions = now WHERE t.table_id = before.table_id;
    -- One that has a file of some size may hold rows.
    IF EXISTS (SELECT FROM unnest(now) p WHERE p <> ALL (before.partitions) AND pg_relation_size(p) > 0) THEN
        RETURN false;
    END IF;
    PERFORM datrang.tell_sidecar(before.table_id, 'partitions', NULL,
                                 ARRAY(SELECT p FROM unnest(before.partitions) p WHERE p <> ALL (now)));
    RETURN true;
END
$$;
-- The foreign-data wrapper and the functions written in C (pg_fdw_shim/).

CREATE FUNCTION datrang.fdw_handler() RETURNS fdw_handler
    AS 'MODULE_PATHNAME', 'datrang_fdw_handler' LANGUAGE C STRICT;

CREATE FUNCTION datrang.fdw_validator(options text[], catalog oid) RETURNS void
    AS 'MODULE_PATHNAME', 'datrang_fdw_validator' LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER datrang
    HANDLER datrang.fdw_handler VALIDATOR datrang.fdw_validator;

-- Where columnar tables are made unless another place is named.
CREATE SCHEMA columnar;
COMMENT ON SCHEMA columnar IS 'columnar copies of tables';

-- The one sidecar. Where it listens: ALTER SERVER datrang OPTIONS (SET uri '...').
CREATE SERVER datrang FOREIGN DATA WRAPPER datrang
    OPTIONS (uri 'unix:///run/datrang/flight.sock');

-- Sends "(datrang 1 BODY)" (pg_fdw_shim/PROTOCOL.md) to server "datrang" and returns the answer's rows; the
-- caller declares their columns:
--   SELECT * FROM datrang.call('(wait "0/3A4F2C8" 1000)') AS answer (lsn text);
CREATE FUNCTION datrang.call(body text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'datrang_call' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION datrang.call(text) FROM PUBLIC;
COMMENT ON FUNCTION datrang.call(text) IS 'sends a request to the sidecar; for the functions of this extension';

-- Runs a query and returns, for each request its scans sent, what the sidecar read, how long that took, and the
-- engine's plan. With the caller's rights.
CREATE FUNCTION datrang.explain_remote(query text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'datrang_explain_remote' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datrang.explain_remote(text) IS
    'runs a query and shows what the sidecar and its engine did for it: files and row groups, bytes, times, plan';

-- Security definer: whoever may wait need not be able to send any request.
CREATE FUNCTION datrang.wait_for(lsn pg_lsn DEFAULT NULL, timeout interval DEFAULT '10s') RETURNS pg_lsn
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT answer.reached::pg_lsn
        FROM datrang.call(format('(wait "%s" %s)',
                 coalesce($1, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                              ELSE pg_current_wal_flush_lsn() END),
                 greatest(0, least(2147483647, extract(epoch FROM $2) * 1000))::bigint)) AS answer (reached text)
    $$;
COMMENT ON FUNCTION datrang.wait_for(pg_lsn, interval) IS
    'waits until columnar tables hold everything up to the WAL position (default: all that is flushed) and returns the position reached';

-- What the sidecar knows of its tables; table_id 0 is the sidecar itself.
CREATE FUNCTION datrang.sidecar_status()
RETURNS TABLE (table_id bigint, rows bigint, files bigint, bytes bigint, delta_rows bigint, applied_lsn pg_lsn,
               durable_lsn pg_lsn, acknowledged_lsn pg_lsn, lag_bytes bigint, lag_seconds float8, state text, progress text,
               error text)
    LANGUAGE sql VOLATILE
    AS $$
        SELECT *
        FROM datrang.call('(status)') AS answer (
            table_id bigint, rows bigint, files bigint, bytes bigint, delta_rows bigint, applied_lsn pg_lsn,
            durable_lsn pg_lsn, acknowledged_lsn pg_lsn, lag_bytes bigint, lag_seconds float8, state text,
            progress text, error text)
    $$;
REVOKE EXECUTE ON FUNCTION datrang.sidecar_status() FROM PUBLIC;
COMMENT ON FUNCTION datrang.sidecar_status() IS 'live figures of the sidecar; datrang.status is for people';
-- datrang.mirror and datrang.unmirror: what they check, and what they change in one transaction.

-- The role that called, also from inside a SECURITY DEFINER function, whose current_user is its owner.
CREATE FUNCTION datrang.caller() RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('role'), 'none'), session_user::text)::name
$$;

-- Refuses a server that cannot feed a mirror, before anything is changed.
CREATE FUNCTION datrang.check_server() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    slots_max int := current_setting('max_replication_slots');
    senders_max int := current_setting('max_wal_senders');
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'cannot mirror on a standby' USING ERRCODE = 'read_only_sql_transaction',
            HINT = 'Call datrang.mirror() on the primary.';
    ELSIF current_setting('wal_level') <> 'logical' THEN
        RAISE EXCEPTION 'a mirror needs wal_level = logical, and it is %', current_setting('wal_level')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Run ALTER SYSTEM SET wal_level = logical and restart the server.';
    ELSIF NOT EXISTS (SELECT FROM datrang.sidecar WHERE slot_name IS NOT NULL AND role_name IS NOT NULL) THEN
        RAISE EXCEPTION 'no sidecar has registered with this database yet'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Start the sidecar with this database in its configuration, then repeat the call.';
    END IF;
    PERFORM datrang.sidecar_status();  -- raises its own error when the sidecar cannot be reached
    IF (SELECT count(*) FROM pg_replication_slots) >= slots_max THEN
        RAISE EXCEPTION 'all % replication slots are in use, and the first copy of a mirror needs one', slots_max
            USING ERRCODE = 'configuration_limit_exceeded',
                  HINT = 'Drop an unused slot (see pg_replication_slots) or raise max_replication_slots.';
    ELSIF (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender') >= senders_max THEN
        RAISE EXCEPTION 'all % WAL senders are in use, and the first copy of a mirror needs one', senders_max
            USING ERRCODE = 'configuration_limit_exceeded', HINT = 'Raise max_wal_senders.';
    END IF;
END
$$;

-- Refuses a relation that is not a table of the caller's, or is mirrored already.
CREATE FUNCTION datrang.check_source(source regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = source);
    copy text := (SELECT format('%I.%I', schema_name, table_name) FROM datrang.tables t WHERE t.source = class.oid);
    reason text := datrang.source_refusal(class);
BEGIN
    IF class.oid IS NULL THEN
        RAISE EXCEPTION 'source must name a table' USING ERRCODE = 'undefined_table';
    ELSIF NOT pg_has_role(datrang.caller(), class.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', source
            USING ERRCODE = 'insufficient_privilege', HINT = 'Only the owner of a table may mirror it.';
    ELSIF reason IS NOT NULL THEN
        RAISE EXCEPTION '% cannot be mirrored: %', source, reason
            USING ERRCODE = 'wrong_object_type', HINT = 'Only permanent tables can be mirrored, ordinary or partitioned ones.';
    ELSIF copy IS NOT NULL THEN
        RAISE EXCEPTION 'table % is mirrored already, as %', source, copy
            USING ERRCODE = 'duplicate_object',
                  HINT = format('To copy it anew, run SELECT datrang.resync(%L).', source);
    END IF;
END
$$;

CREATE FUNCTION datrang.source_refusal(class pg_class) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN class.relkind = 'v' THEN 'it is a view, which has no changes of its own'
        WHEN class.relkind = 'm' THEN 'it is a materialized view, whose refreshes are not replicated'
        WHEN class.relkind = 'f' THEN 'it is a foreign table, whose changes are not in this server''s WAL'
        WHEN class.relkind NOT IN ('r', 'p') THEN 'it is not a table'
        WHEN class.relpersistence = 't' THEN 'it is temporary, so its changes are not in WAL'
        WHEN class.relpersistence = 'u' THEN 'it is unlogged, so its changes are not in WAL'
        WHEN class.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema', 'datrang')
            THEN 'it is a system table'
        WHEN class.relkind = 'p' THEN datrang.partition_refusal(class.oid)
        WHEN EXISTS (SELECT FROM pg_inherits WHERE inhparent = class.oid)
            THEN 'it has child tables, and a query on it reads theirs too'
    END
$$;

-- Field ids of the columns that identify a row, in index order.
CREATE FUNCTION datrang.replica_key(source regclass) RETURNS int[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    identity "char" := (SELECT relreplident FROM pg_class WHERE oid = source);
    key pg_index := (SELECT i FROM pg_index i WHERE indrelid = source AND indisvalid
                     AND CASE WHEN identity = 'i' THEN indisreplident ELSE indisprimary END);
BEGIN
    IF identity = 'n' THEN
        RAISE EXCEPTION 'table % has REPLICA IDENTITY NOTHING, so its updates and deletes name no row', source
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('Run ALTER TABLE %s REPLICA IDENTITY DEFAULT.', source);
    ELSIF key.indexrelid IS NULL THEN
        RAISE EXCEPTION 'table % has no primary key', source
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Changes are applied by key; once published, updates and deletes of a table without '
                           'one would fail.',
                  HINT = format('Add one with ALTER TABLE %s ADD PRIMARY KEY (...), or choose a unique index of NOT '
                                'NULL columns with ALTER TABLE %s REPLICA IDENTITY USING INDEX.', source, source);
    ELSIF NOT key.indimmediate THEN
        RAISE EXCEPTION 'the primary key of table % is deferrable, which is no replica identity', source
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Define the primary key as NOT DEFERRABLE.';
    END IF;
    RETURN (SELECT array_agg(k.attnum::int ORDER BY k.n)
            FROM unnest(key.indkey) WITH ORDINALITY k(attnum, n) WHERE k.n <= key.indnkeyatts);
END
$$;

-- Refuses when the sidecar's role could not read every row.
CREATE FUNCTION datrang.check_sidecar_role(source regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reader pg_roles := (SELECT r FROM pg_roles r JOIN datrang.sidecar s ON r.rolname = s.role_name);
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = source);
BEGIN
    IF reader.oid IS NULL THEN
        RAISE EXCEPTION 'the role the sidecar registered with no longer exists'
            USING ERRCODE = 'undefined_object', HINT = 'Restart the sidecar with a role that exists.';
    ELSIF NOT has_schema_privilege(reader.oid, class.relnamespace, 'USAGE') THEN
        RAISE EXCEPTION 'the sidecar''s role % may not use schema %', reader.rolname, class.relnamespace::regnamespace
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Run GRANT USAGE ON SCHEMA %s TO %I.', class.relnamespace::regnamespace,
                                reader.rolname);
    ELSIF NOT has_table_privilege(reader.oid, source, 'SELECT') THEN
        RAISE EXCEPTION 'the sidecar''s role % may not read table %', reader.rolname, source
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Run GRANT SELECT ON TABLE %s TO %I.', source, reader.rolname);
    ELSIF class.relrowsecurity AND NOT reader.rolsuper AND NOT reader.rolbypassrls
          AND (class.relforcerowsecurity OR NOT pg_has_role(reader.oid, class.relowner, 'USAGE')) THEN
        RAISE EXCEPTION 'row-level security of table % hides rows from the sidecar''s role %', source, reader.rolname
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Run ALTER ROLE %I BYPASSRLS.', reader.rolname);
    END IF;
END
$$;

-- Schema and name of the columnar table: target as given, by default schema columnar and the source's name.
CREATE FUNCTION datrang.target_name(source regclass, target text, OUT schema_name name, OUT table_name name)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := coalesce(parse_ident(target), ARRAY[(SELECT relname::text FROM pg_class WHERE oid = source)]);
BEGIN
    IF cardinality(parts) > 2 THEN
        RAISE EXCEPTION 'target "%" has too many parts', target
            USING ERRCODE = 'invalid_name', HINT = 'Write it as name or schema.name.';
    END IF;
    schema_name := CASE WHEN cardinality(parts) = 2 THEN parts[1] ELSE 'columnar' END;
    table_name := parts[cardinality(parts)];
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', schema_name
            USING ERRCODE = 'invalid_schema_name', HINT = format('Run CREATE SCHEMA %I.', schema_name);
    ELSIF schema_name <> 'columnar' AND NOT has_schema_privilege(datrang.caller(), schema_name::text, 'CREATE') THEN
        RAISE EXCEPTION 'permission denied for schema %', schema_name
            USING ERRCODE = 'insufficient_privilege',
                  HINT = format('Run GRANT CREATE ON SCHEMA %I TO %I.', schema_name, datrang.caller());
    ELSIF to_regclass(format('%I.%I', schema_name, table_name)) IS NOT NULL
          OR EXISTS (SELECT FROM datrang.tables t WHERE t.state <> 'dropped' AND t.schema_name = target_name.schema_name
                     AND t.table_name = target_name.table_name) THEN
        RAISE EXCEPTION 'relation %.% already exists', quote_ident(schema_name), quote_ident(table_name)
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Pass another name as target => ''schema.name''.';
    END IF;
END
$$;

-- Creates the foreign table of a new mirror, owned by the source's owner and readable by the source's readers.
CREATE FUNCTION datrang.create_columnar_table(id bigint) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mirror datrang.tables := (SELECT t FROM datrang.tables t WHERE t.table_id = id);
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = mirror.source);
    name text := format('%I.%I', mirror.schema_name, mirror.table_name);
    definition text := (
        SELECT string_agg(datrang.column_definition(mirror.source, described), ', ' ORDER BY n)
        FROM jsonb_array_elements(mirror.columns) WITH ORDINALITY e(described, n)
        WHERE described IS DISTINCT FROM datrang.partition_column(mirror.source));
    grantee text;
BEGIN
    EXECUTE format('CREATE FOREIGN TABLE %s (%s) SERVER datrang OPTIONS (table_id %L, version %L)', name, definition, id,
                   mirror.version);
    EXECUTE format('COMMENT ON FOREIGN TABLE %s IS %L', name, 'columnar copy of ' || mirror.source::regclass);
    EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %s', name, class.relowner::regrole);
    IF class.relrowsecurity THEN
        RAISE NOTICE 'table % has row-level security, so only its owner may read the columnar copy',
            mirror.source::regclass;
        RETURN name::regclass;
    END IF;
    FOR grantee IN
        SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
        FROM aclexplode(class.relacl) a WHERE a.privilege_type = 'SELECT' AND a.grantee <> class.relowner
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO %s', name, grantee);
    END LOOP;
    RETURN name::regclass;
END
$$;

-- " COLLATE x" when the source's column has another collation than its type has by default.
CREATE FUNCTION datrang.collate_clause(source oid, described jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT format(' COLLATE %s', a.attcollation::regcollation)
         FROM pg_attribute a
         JOIN pg_type t ON t.oid = datrang.columnar_type(described)::regtype
         WHERE a.attrelid = source AND a.attnum = (described->>'field_id')::int
           AND a.attcollation <> 0 AND a.attcollation <> t.typcollation AND t.typcollation <> 0), '')
$$;

-- A column of the foreign table as CREATE and ALTER FOREIGN TABLE have it.
CREATE FUNCTION datrang.column_definition(source oid, described jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I %s%s%s%s', described->>'name', datrang.columnar_type(described),
                  CASE WHEN (described->>'as_text')::bool THEN ' OPTIONS (as_text ''true'')' END,
                  datrang.collate_clause(source, described),
                  CASE WHEN (described->>'not_null')::bool THEN ' NOT NULL' END)
$$;

-- Makes a columnar copy of a table that follows it from now on.
CREATE FUNCTION datrang.mirror(source regclass, target text DEFAULT NULL, as_text name[] DEFAULT '{}')
RETURNS regclass LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named record;
    columns jsonb;
    key int[];
    id bigint;
    copy regclass;
BEGIN
    PERFORM datrang.check_source(source);
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', source);  -- the definition stays as checked
    PERFORM datrang.check_source(source);
    named := datrang.target_name(source, target);
    key := datrang.replica_key(source);
    columns := datrang.column_description(source, as_text);
    PERFORM datrang.check_server();
    PERFORM datrang.check_sidecar_role(heap) FROM datrang.heaps(source) heap;

    INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name, table_name, columns, key,
                                partitions, publication_entry, picture)
        SELECT 'mirror', source, relnamespace::regnamespace::text, relname, named.schema_name, named.table_name,
               columns, key, datrang.partitions(source), datrang.publish(source), datrang.source_picture(source)
        FROM pg_class WHERE oid = source
        RETURNING table_id INTO id;
    copy := datrang.create_columnar_table(id);
    NOTIFY datrang;
    RETURN copy;
END
$$;
COMMENT ON FUNCTION datrang.mirror IS 'makes a columnar copy of a table that follows it from now on; see datrang.status';

-- The mirror a table belongs to, be it the source or the columnar table.
CREATE FUNCTION datrang.mirror_of(target regclass) RETURNS datrang.tables
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = target);
    mirror datrang.tables := (
        SELECT t FROM datrang.tables t
        WHERE t.state <> 'dropped' AND t.kind = 'mirror'
          AND (t.source = class.oid OR t.table_id = datrang.table_id(class.oid)));
BEGIN
    IF mirror.table_id IS NULL THEN
        RAISE EXCEPTION 'table % is not mirrored', target
            USING ERRCODE = 'undefined_object', HINT = 'datrang.status lists the mirrors.';
    END IF;
    RETURN mirror;
END
$$;

-- The table_id option of a foreign table of server datrang, null for any other relation.
CREATE FUNCTION datrang.table_id(relation oid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT o.option_value::bigint
    FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver,
         pg_options_to_table(f.ftoptions) o
    WHERE f.ftrelid = relation AND s.srvname = 'datrang' AND o.option_name = 'table_id'
$$;

CREATE FUNCTION datrang.check_owner(target regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(datrang.caller(), (SELECT relowner FROM pg_class WHERE oid = target), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', target
            USING ERRCODE = 'insufficient_privilege', HINT = 'Only the owner of a table may change its mirror.';
    END IF;
END
$$;

-- Ends a mirror: the columnar table goes, the source stays as it is.
CREATE FUNCTION datrang.unmirror(target regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mirror datrang.tables := datrang.mirror_of(target);
    copy regclass := (SELECT ftrelid FROM pg_foreign_table WHERE datrang.table_id(ftrelid) = mirror.table_id);
BEGIN
    PERFORM datrang.check_owner(target);
    UPDATE datrang.tables SET state = 'dropped', source = NULL WHERE table_id = mirror.table_id;
    IF copy IS NOT NULL THEN
        EXECUTE format('DROP FOREIGN TABLE %s', copy);
    END IF;
    IF EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
               WHERE p.pubname = 'datrang' AND r.prrelid = mirror.source) THEN
        EXECUTE format('ALTER PUBLICATION datrang DROP TABLE ONLY %s', mirror.source::regclass);
    END IF;
    NOTIFY datrang;
END
$$;
COMMENT ON FUNCTION datrang.unmirror IS 'ends the mirror of a table, named by the table or by its columnar copy';
-- datrang.resync and datrang.reset: copies made anew; and how a mirror takes over its source's definition.

-- Brings a mirror's description, and its foreign table, in line with the source's definition; says
-- whether anything has changed. Raises an error when the source cannot be mirrored as it is now.
CREATE FUNCTION datrang.redefine(id bigint) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before datrang.tables := (SELECT t FROM datrang.tables t WHERE t.table_id = id);
    after datrang.tables := before;
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = before.source);
BEGIN
    after.source_schema := class.relnamespace::regnamespace::text;
    after.source_name := class.relname;
    after.key := datrang.replica_key(class.oid);
    after.columns := datrang.with_missing_values(before, datrang.column_description(class.oid, datrang.columns_as_text(before)));
    IF before = after THEN
        RETURN false;
    END IF;
    after.version := before.version + 1;
    UPDATE datrang.tables t
        SET source_schema = after.source_schema, source_name = after.source_name,
            columns = after.columns, key = after.key, version = after.version
        WHERE t.table_id = id;
    PERFORM datrang.redefine_columnar_table(before, after);
    RETURN true;
END
$$;

-- The text old rows show in a column that was added to them, null for NULL. All partitions have the same. A column that has no such value
-- for all rows was added by a rewrite of the table, and the table is copied anew.
CREATE FUNCTION datrang.missing_value(source oid, field int) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET extra_float_digits = 3 AS $$
    SELECT min(CASE WHEN a.atttypid = 'bpchar'::regtype THEN rtrim((a.attmissingval::text::text[])[1], ' ')
                    ELSE (a.attmissingval::text::text[])[1] END)
    FROM pg_attribute s
    JOIN pg_attribute a ON a.attname = s.attname AND NOT a.attisdropped AND a.atthasmissing
    WHERE s.attrelid = source AND s.attnum = field AND a.attrelid IN (SELECT datrang.heaps(source))
$$;

-- Whether a value of this kind can be said once for all rows that do not have the column: the engine and
-- Iceberg read it as it is written here.
CREATE FUNCTION datrang.can_be_missing(kind text, value text) RETURNS bool
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kind NOT IN ('BYTEA', 'INTERVAL', 'ARRAY')
       AND NOT (kind IN ('FLOAT4', 'FLOAT8') AND value ~ '[a-zA-Z]{3}')
       AND NOT (kind IN ('DATE', 'TIMESTAMP', 'TIMESTAMPTZ')
                AND value !~ '^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d+)?(\+00)?)?$')
       AND NOT (kind = 'TIME' AND value ~ '^24')
$$;

-- What rows that are copied already show in columns they do not have: a column keeps the value it had when
-- it was added, whatever becomes of the source's rows.
CREATE FUNCTION datrang.with_missing_values(before datrang.tables, columns jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(jsonb_strip_nulls(n || jsonb_build_object('missing',
                         CASE WHEN o IS NOT NULL THEN o->>'missing'
                              WHEN datrang.can_be_missing(n->>'kind', missing) THEN missing END)) ORDER BY position)
    FROM jsonb_array_elements(columns) WITH ORDINALITY c(n, position)
    LEFT JOIN jsonb_array_elements(before.columns) o ON o->'field_id' = n->'field_id'
    CROSS JOIN LATERAL datrang.missing_value(before.source, (n->>'field_id')::int) missing
$$;

-- Names that the columns kept as text by the user's choice have in the source now.
CREATE FUNCTION datrang.columns_as_text(mirror datrang.tables) RETURNS name[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(a.attname ORDER BY a.attnum), '{}')
    FROM jsonb_array_elements(mirror.columns) e(described)
    JOIN pg_attribute a ON a.attrelid = mirror.source AND a.attnum = (described->>'field_id')::int AND NOT a.attisdropped
    WHERE (described->>'as_text')::bool
      AND datrang.type_description((described->>'oid')::oid, (described->>'typmod')::int) IS NOT NULL
$$;

-- Changes the foreign table from one description to another, column by column, as its source was changed.
CREATE FUNCTION datrang.redefine_columnar_table(before datrang.tables, after datrang.tables) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    copy regclass := (SELECT ftrelid FROM pg_foreign_table WHERE datrang.table_id(ftrelid) = after.table_id);
    clause text;
BEGIN
    IF copy IS NULL THEN
        RETURN;
    END IF;
    -- Names are moved out of the way first: they may have been exchanged.
    FOR clause IN
        SELECT format('RENAME COLUMN %I TO %I', o->>'name', 'datrang renamed ' || (o->>'field_id'))
        FROM jsonb_array_elements(before.columns) o JOIN jsonb_array_elements(after.columns) n
             ON n->'field_id' = o->'field_id' AND n->'name' <> o->'name'
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s %s', copy, clause);
    END LOOP;
    FOR clause IN
        SELECT format('DROP COLUMN %I', o->>'name') FROM jsonb_array_elements(before.columns) o
        WHERE o->'field_id' NOT IN (SELECT n->'field_id' FROM jsonb_array_elements(after.columns) n)
    UNION ALL
        SELECT format('RENAME COLUMN %I TO %I', 'datrang renamed ' || (o->>'field_id'), n->>'name')
        FROM jsonb_array_elements(before.columns) o JOIN jsonb_array_elements(after.columns) n
             ON n->'field_id' = o->'field_id' AND n->'name' <> o->'name'
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s %s', copy, clause);
    END LOOP;
    FOR clause IN SELECT datrang.column_changes(o, n, after.source)
                  FROM jsonb_array_elements(after.columns) n LEFT JOIN jsonb_array_elements(before.columns) o
                       ON n->'field_id' = o->'field_id' ORDER BY n->'field_id'
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s %s', copy, clause);
    END LOOP;
    EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET version %L)', copy, after.version);
    EXECUTE format('COMMENT ON FOREIGN TABLE %s IS %L', copy, 'columnar copy of ' || after.source::regclass);
END
$$;

-- What ALTER FOREIGN TABLE has to do for one column; o is null for a new one.
CREATE FUNCTION datrang.column_changes(o jsonb, n jsonb, source oid) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'ADD COLUMN ' || datrang.column_definition(source, n) WHERE o IS NULL
    UNION ALL
    SELECT format('ALTER COLUMN %I TYPE %s%s', n->>'name', datrang.columnar_type(n), datrang.collate_clause(source, n))
        WHERE (o->'oid', o->'typmod') IS DISTINCT FROM (n->'oid', n->'typmod') AND o IS NOT NULL
    UNION ALL
    SELECT format('ALTER COLUMN %I OPTIONS (%s as_text%s)', n->>'name',
                  CASE WHEN n ? 'as_text' THEN 'ADD' ELSE 'DROP' END, CASE WHEN n ? 'as_text' THEN ' ''true''' END)
        WHERE (o ? 'as_text') <> (n ? 'as_text')
    UNION ALL
    SELECT format('ALTER COLUMN %I %s NOT NULL', n->>'name', CASE WHEN (n->>'not_null')::bool THEN 'SET' ELSE 'DROP' END)
        WHERE o->'not_null' <> n->'not_null'
$$;

-- Copies a mirrored table anew. Until the copy is complete the columnar table is as it was: frozen.
CREATE FUNCTION datrang.resync(target regclass) RETURNS regclass
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mirror datrang.tables := datrang.mirror_of(target);
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = mirror.source);
BEGIN
    PERFORM datrang.check_owner(target);
    IF class.oid IS NULL THEN
        RAISE EXCEPTION 'the source of % was dropped', target
            USING ERRCODE = 'undefined_table', HINT = format('End the mirror with SELECT datrang.unmirror(%L).', target);
    ELSIF datrang.source_refusal(class) IS NOT NULL THEN
        RAISE EXCEPTION '% cannot be mirrored any more: %', mirror.source::regclass, datrang.source_refusal(class)
            USING ERRCODE = 'wrong_object_type', HINT = format('End the mirror with SELECT datrang.unmirror(%L).', target);
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', mirror.source::regclass);
    PERFORM datrang.check_sidecar_role(heap) FROM datrang.heaps(mirror.source) heap;
    PERFORM datrang.redefine(mirror.table_id);
    PERFORM datrang.copy_anew(mirror.table_id);
    RETURN (SELECT ftrelid FROM pg_foreign_table WHERE datrang.table_id(ftrelid) = mirror.table_id);
END
$$;
COMMENT ON FUNCTION datrang.resync IS
    'copies a mirrored table anew; until that is done the columnar table stays readable as it was';

-- Has the sidecar copy a table whose description is right.
CREATE FUNCTION datrang.copy_anew(id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry oid := datrang.publish((SELECT t.source FROM datrang.tables t WHERE t.table_id = id));
BEGIN
    UPDATE datrang.tables t SET state = 'pending', error = NULL, publication_entry = entry,
                                partitions = datrang.partitions(t.source),
                                picture = datrang.source_picture(t.source)
        WHERE t.table_id = id;
    NOTIFY datrang;
END
$$;

-- Makes sure that all changes of a table are published; its entry in pg_publication_rel.
CREATE FUNCTION datrang.publish(source oid) RETURNS oid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry pg_publication_rel := (SELECT r FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                                 WHERE p.pubname = 'datrang' AND r.prrelid = source);
BEGIN
    IF entry.prqual IS NOT NULL OR entry.prattrs IS NOT NULL THEN
        EXECUTE format('ALTER PUBLICATION datrang DROP TABLE ONLY %s', source::regclass);
        entry := NULL;
    END IF;
    IF entry.oid IS NULL THEN
        EXECUTE format('ALTER PUBLICATION datrang ADD TABLE ONLY %s', source::regclass);
    END IF;
    RETURN (SELECT r.oid FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE p.pubname = 'datrang' AND r.prrelid = source);
END
$$;

-- The last resort: forgets positions and contents of all copies; the sidecar makes them anew when it starts.
CREATE FUNCTION datrang.reset() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots JOIN datrang.sidecar USING (slot_name) WHERE active) THEN
        RAISE EXCEPTION 'the sidecar is running' USING ERRCODE = 'object_in_use',
            HINT = 'Stop it first, or copy tables anew one by one with datrang.resync().';
    END IF;
    DELETE FROM datrang.files;
    DELETE FROM datrang.iceberg_tables;
    UPDATE datrang.sidecar SET durable_lsn = NULL, system_identifier = NULL;
    UPDATE datrang.tables SET state = 'pending', error = NULL, snapshot_lsn = NULL, frozen_lsn = NULL,
                              stored_version = NULL
        WHERE state <> 'dropped' AND source IN (SELECT oid FROM pg_class);
END
$$;
COMMENT ON FUNCTION datrang.reset IS 'has all copies made anew, for a server that was restored from a backup';
-- How mirrors follow changes of their sources' definitions: an event trigger compares each source with
-- the picture kept of it, brings the description and the foreign table in line in the same transaction, and
-- tells the sidecar by a message in the transaction's own place in WAL.

-- The publication's entry for a table, null when there is none or it leaves anything out.
CREATE FUNCTION datrang.publication_entry(source oid) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.oid FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    WHERE p.pubname = 'datrang' AND r.prrelid = source AND r.prqual IS NULL AND r.prattrs IS NULL AND NOT p.pubviaroot
$$;

-- What decides how the values of a table's columns are written: labels of enums, by the oid each label keeps when it
-- is renamed, and attributes of composite types.
CREATE FUNCTION datrang.type_pictures(source oid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH types(oid) AS (
        SELECT DISTINCT part FROM pg_attribute CROSS JOIN LATERAL datrang.type_parts(atttypid) part
        WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND atttypid >= 16384
    )
    SELECT jsonb_object_agg(key, picture) FROM (
        SELECT e.oid::text, to_jsonb(e.enumlabel) FROM pg_enum e JOIN types ON types.oid = e.enumtypid
        UNION ALL
        SELECT 'type ' || t.oid, (SELECT jsonb_agg(jsonb_build_array(attnum, atttypid::int8) ORDER BY attnum)
                                  FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)
        FROM pg_type t JOIN types USING (oid) WHERE t.typtype = 'c'
    ) p(key, picture)
$$;

-- What of a table matters to its mirror; null when there is no such table.
CREATE FUNCTION datrang.source_picture(source oid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'name', c.relname, 'schema', c.relnamespace::regnamespace::text, 'kind', c.relkind,
        'persistence', c.relpersistence, 'identity', c.relreplident,
        'children', c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid),
        'columns', (SELECT jsonb_agg(jsonb_build_array(attnum, attname, atttypid::int8, atttypmod, attnotnull,
                                                       attgenerated, attcollation::int8) ORDER BY attnum)
                    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
        'keys', (SELECT jsonb_agg(jsonb_build_array(indexrelid::int8, indkey::text, indisprimary, indisreplident,
                                                    indisvalid, indimmediate) ORDER BY indexrelid)
                 FROM pg_index WHERE indrelid = c.oid AND (indisprimary OR indisreplident)),
        'entry', datrang.publication_entry(c.oid)::int8,
        'types', datrang.type_pictures(c.oid),
        'partitions', datrang.partition_picture(c.oid))
    FROM pg_class c WHERE c.oid = source
$$;

-- Whether values of one type stay as they are kept when their column gets another, without a rewrite.
CREATE FUNCTION datrang.is_kept_alike(o jsonb, n jsonb) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT o->'kind' = n->'kind'
        AND (o->'precision', o->'scale', o->'as_text') IS NOT DISTINCT FROM (n->'precision', n->'scale', n->'as_text')
        AND (old_base.type = new_base.type OR ARRAY[old_base.type, new_base.type] <@ '{text,varchar}'::regtype[]::oid[])
        AND CASE WHEN n ? 'element' THEN datrang.is_kept_alike(o->'element', n->'element') ELSE true END
    FROM datrang.base_type((o->>'oid')::oid, (o->>'typmod')::int) old_base,
         datrang.base_type((n->>'oid')::oid, (n->>'typmod')::int) new_base
$$;

-- Whether the copy can take over a new description without being made anew.
CREATE FUNCTION datrang.fits_in_place(before datrang.tables, after datrang.tables) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT before.key = after.key AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(after.columns) n
               LEFT JOIN jsonb_array_elements(before.columns) o ON o->'field_id' = n->'field_id'
        WHERE CASE WHEN o IS NULL
                   THEN datrang.missing_value(after.source, (n->>'field_id')::int) IS DISTINCT FROM n->>'missing'
                   ELSE NOT datrang.is_kept_alike(o, n) END)
$$;

-- Tells the sidecar, in this transaction's place in WAL, what becomes of a table.
CREATE FUNCTION datrang.tell_sidecar(id bigint, what text, because text DEFAULT NULL, removed oid[] DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'datrang', jsonb_build_object(
                'key', s.message_key, 'table_id', t.table_id, 'what', what, 'because', because, 'version', t.version,
                'schema_name', t.schema_name, 'table_name', t.table_name, 'columns', t.columns, 'key_columns', t.key,
                'partitions', t.partitions::int8[], 'removed', removed::int8[])::text)
    FROM datrang.tables t, datrang.sidecar s WHERE t.table_id = id;
END
$$;

-- Brings a mirror in line with its source as it is now.
CREATE FUNCTION datrang.follow(id bigint, in_place bool) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before datrang.tables;
    after datrang.tables;
    reason text;
BEGIN
    SELECT * INTO before FROM datrang.tables t WHERE t.table_id = id FOR NO KEY UPDATE;
    reason := datrang.end_of_mirror(before.source);
    IF reason IS NULL THEN
        BEGIN
            PERFORM datrang.redefine(id);
        EXCEPTION WHEN query_canceled THEN
            RAISE;
        WHEN OTHERS THEN
            reason := SQLERRM;
        END;
    END IF;
    UPDATE datrang.tables t SET picture = datrang.source_picture(t.source) WHERE t.table_id = id RETURNING * INTO after;
    IF reason IS NOT NULL THEN
        UPDATE datrang.tables t SET state = 'error', error = reason WHERE t.table_id = id;
        PERFORM datrang.tell_sidecar(id, 'end', reason);
    ELSIF NOT in_place OR before.state IN ('error', 'pending') OR NOT datrang.follow_partitions(before)
          OR NOT datrang.fits_in_place(before, after)
          OR before.publication_entry IS DISTINCT FROM datrang.publication_entry(before.source)
          OR datrang.are_types_changed(before.picture, after.picture) THEN
        PERFORM datrang.copy_anew(id);
        PERFORM datrang.tell_sidecar(id, 'copy');
    ELSIF after.version <> before.version THEN
        PERFORM datrang.tell_sidecar(id, 'redefine');
    END IF;
END
$$;

-- Why a source cannot have a mirror any more, or null when it may.
CREATE FUNCTION datrang.end_of_mirror(source oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN c.oid IS NULL THEN 'the source table was dropped'
        WHEN datrang.source_refusal(c) IS NOT NULL THEN 'the source cannot be mirrored any more: ' || datrang.source_refusal(c)
        WHEN datrang.publication_entry(c.oid) IS NULL THEN
            format('the source table was removed from the publication or published in part, so changes are missing; run datrang.resync(%L)',
                   c.oid::regclass)
    END
    FROM (VALUES (source)) s(oid) LEFT JOIN pg_class c USING (oid)
$$;

CREATE FUNCTION datrang.are_types_changed(before jsonb, after jsonb) RETURNS bool
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM jsonb_each(nullif(before->'types', 'null')) o JOIN jsonb_each(nullif(after->'types', 'null')) n USING (key)
                   WHERE o.value <> n.value)
$$;

-- All mirrors whose source is not as the picture has it.
CREATE FUNCTION datrang.follow_sources(in_place bool) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id bigint;
BEGIN
    FOR id IN SELECT t.table_id FROM datrang.tables t
              WHERE t.kind = 'mirror' AND t.state <> 'dropped' AND t.picture IS DISTINCT FROM datrang.source_picture(t.source)
    LOOP
        PERFORM datrang.follow(id, in_place);
    END LOOP;
END
$$;

-- For the sidecar: follows what the event trigger has not, because it is missing or disabled.
CREATE FUNCTION datrang.follow_late() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT datrang.follow_sources(false)';

CREATE FUNCTION datrang.on_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.follow_sources(true);
END
$$;

-- A rewrite gives existing rows other values and logs none of them. Not so when it only moves the table.
CREATE FUNCTION datrang.on_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rewritten oid := pg_event_trigger_table_rewrite_oid();
    id bigint;
BEGIN
    FOR id IN SELECT t.table_id FROM datrang.tables t
              WHERE t.state <> 'dropped' AND (t.source = rewritten OR rewritten = ANY (t.partitions))
                AND pg_event_trigger_table_rewrite_reason() & 7 <> 0
    LOOP
        UPDATE datrang.tables t SET state = 'pending', error = NULL WHERE t.table_id = id;
        PERFORM datrang.tell_sidecar(id, 'copy');
        NOTIFY datrang;
    END LOOP;
END
$$;

-- Without the right to make event triggers, changes are noticed late: by the sidecar.
CREATE FUNCTION datrang.make_event_triggers() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE EVENT TRIGGER datrang_ddl ON ddl_command_end
        WHEN tag IN ('ALTER TABLE', 'DROP TABLE', 'CREATE TABLE', 'ALTER TYPE', 'DROP TYPE', 'ALTER DOMAIN', 'DROP DOMAIN',
                     'ALTER SCHEMA', 'DROP SCHEMA', 'DROP OWNED', 'DROP EXTENSION', 'DROP INDEX', 'ALTER PUBLICATION',
                     'DROP PUBLICATION')
        EXECUTE FUNCTION datrang.on_ddl();
    ALTER EVENT TRIGGER datrang_ddl ENABLE ALWAYS;
    CREATE EVENT TRIGGER datrang_rewrite ON table_rewrite EXECUTE FUNCTION datrang.on_rewrite();
    ALTER EVENT TRIGGER datrang_rewrite ENABLE ALWAYS;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'without event triggers, changes of the definition of mirrored tables are followed late';
END
$$;
SELECT datrang.make_event_triggers();
-- Native columnar tables: foreign tables of server datrang that are written through PostgreSQL.

-- Tells rows apart; the sidecar takes ids in steps. 47 bits: the shim carries them as a ctid.
CREATE SEQUENCE datrang.row_ids INCREMENT 1048576 MAXVALUE 140737488355327;

-- The definition of a table as the sidecar wants to be told of it (pg_fdw_shim/PROTOCOL.md, "declare").
CREATE FUNCTION datrang.quoted(text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '"' || replace(replace($1, '\', '\\'), '"', '\"') || '"'
$$;

CREATE FUNCTION datrang.type_declaration(described jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('(type %s %s %s %s %s %s%s)', datrang.quoted(described->>'type'), described->>'oid',
                  described->>'typmod', described->>'kind', coalesce(described->>'precision', '0'),
                  coalesce(described->>'scale', '0'),
                  ' ' || datrang.type_declaration(described->'element'))
    WHERE described IS NOT NULL
$$;

CREATE FUNCTION datrang.declaration(id bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('(declare %s %s %s %s %s)', t.table_id, t.version, datrang.quoted(t.schema_name), datrang.quoted(t.table_name),
        (SELECT string_agg(format('(column %s %s %s %s)', c->>'field_id', datrang.quoted(c->>'name'),
                                  datrang.type_declaration(c),
                                  CASE WHEN (c->>'not_null')::bool THEN 'required' ELSE 'optional' END), ' ' ORDER BY n)
         FROM jsonb_array_elements(t.columns) WITH ORDINALITY e(c, n)))
    FROM datrang.tables t WHERE t.table_id = id
$$;

-- The columns of a native table as datrang.tables.columns has them; the last one is the hidden row id.
CREATE FUNCTION datrang.native_columns(relation regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    attribute record;
    type jsonb;
    columns jsonb := '[]';
BEGIN
    FOR attribute IN
        SELECT attnum, attname, atttypid, atttypmod, attnotnull
        FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    LOOP
        type := datrang.type_description(attribute.atttypid, attribute.atttypmod);
        IF type IS NULL THEN
            RAISE EXCEPTION 'column "%" of columnar table % has type %, which cannot be kept exactly',
                    attribute.attname, relation, format_type(attribute.atttypid, attribute.atttypmod)
                USING ERRCODE = 'feature_not_supported', HINT = 'Choose another type, for example text.';
        ELSIF attribute.attname = '_datrang_row' THEN
            RAISE EXCEPTION 'column name "_datrang_row" is reserved' USING ERRCODE = 'reserved_name';
        END IF;
        columns := columns || jsonb_build_array(type || jsonb_build_object(
            'field_id', attribute.attnum, 'name', attribute.attname, 'not_null', attribute.attnotnull));
    END LOOP;
    IF columns = '[]' THEN
        RAISE EXCEPTION 'columnar table % has no columns', relation USING ERRCODE = 'invalid_table_definition';
    END IF;
    RETURN columns || jsonb_build_array(datrang.type_description('int8'::regtype, -1) || jsonb_build_object(
        'field_id', 1000000, 'name', '_datrang_row', 'not_null', true));
END
$$;

-- Makes a foreign table that was just created a native table, in the same transaction.
CREATE FUNCTION datrang.register_native(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = relation);
    id bigint;
BEGIN
    IF NOT pg_has_role(datrang.caller(), class.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of foreign table %', relation USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM datrang.drop_options(relation);
    INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name, table_name, columns, key)
        VALUES ('native', relation, class.relnamespace::regnamespace::text, class.relname,
                class.relnamespace::regnamespace::text, class.relname, datrang.native_columns(relation), '{1000000}')
        RETURNING table_id INTO id;
    EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (ADD table_id %L, ADD native ''true'')', relation, id);
    PERFORM FROM datrang.call(datrang.declaration(id)) AS answer (head text, with_rows bool);
    PERFORM datrang.tell_sidecar(id, 'create');
    NOTIFY datrang;
END
$$;

-- The text that rows from before show in a column that is added now; null for NULL.
CREATE FUNCTION datrang.default_of_old_rows(relation regclass, field int, kind text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET extra_float_digits = 3 AS $$
DECLARE
    value text;
    attribute pg_attribute := (SELECT a FROM pg_attribute a WHERE attrelid = relation AND attnum = field);
    definition record;
BEGIN
    SELECT adbin::text AS tree, pg_get_expr(adbin, adrelid) AS expression INTO definition
    FROM pg_attrdef WHERE adrelid = relation AND adnum = field;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- It is evaluated here with this extension's rights: only PostgreSQL's own functions may be called.
    IF attribute.attgenerated <> '' OR definition.tree ~ 'NEXTVALUEEXPR|COERCETODOMAIN' OR EXISTS (
            SELECT FROM pg_type WHERE oid = attribute.atttypid AND typtype = 'd') OR EXISTS (
            SELECT FROM regexp_matches(definition.tree, ':(?:opfuncid|funcid) (\d+)', 'g') m LEFT JOIN pg_proc p ON p.oid = m[1]::oid
            WHERE p.provolatile <> 'v' IS NOT TRUE OR p.oid >= 16384) THEN
        RAISE EXCEPTION 'column "%" cannot be added to native columnar table % with such a default for the rows it has', attribute.attname, relation
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Add the column without it, UPDATE the table, then set the default.';
    END IF;
    EXECUTE format('SELECT (%s)::%s::text', definition.expression, format_type(attribute.atttypid, attribute.atttypmod)) INTO value;
    IF NOT datrang.can_be_missing(kind, value) THEN
        RAISE EXCEPTION 'column "%" cannot be added to native columnar table % with a default for the rows it has', attribute.attname, relation
            USING ERRCODE = 'feature_not_supported', HINT = 'Add the column without it, UPDATE the table, then set the default.';
    END IF;
    RETURN CASE attribute.atttypid WHEN 'bpchar'::regtype THEN rtrim(value, ' ') ELSE value END;
END
$$;

-- The columns a native table has now, with what its older rows show in them.
CREATE FUNCTION datrang.native_columns_after(before datrang.tables) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(jsonb_strip_nulls(n || jsonb_build_object('missing',
               CASE WHEN o IS NOT NULL THEN o->>'missing'
                    ELSE datrang.default_of_old_rows(before.source, (n->>'field_id')::int, n->>'kind') END)) ORDER BY position)
    FROM jsonb_array_elements(datrang.native_columns(before.source)) WITH ORDINALITY c(n, position)
    LEFT JOIN jsonb_array_elements(before.columns) o ON o->'field_id' = n->'field_id'
$$;

-- Takes over what ALTER FOREIGN TABLE has done to the columns, for the rows that are there too.
CREATE FUNCTION datrang.redefine_native(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before datrang.tables := (SELECT t FROM datrang.tables t WHERE t.source = relation);
    after jsonb := datrang.native_columns_after(before);
    changed record;
    violated bool;
BEGIN
    IF before.columns = after THEN
        RETURN;
    END IF;
    FOR changed IN
        SELECT n->>'name' AS name, (n->>'not_null')::bool AS not_null, n->>'missing' AS missing, o, n,
               o IS NULL AS added
        FROM jsonb_array_elements(after) n LEFT JOIN jsonb_array_elements(before.columns) o ON o->'field_id' = n->'field_id'
    LOOP
        IF NOT changed.added AND NOT datrang.is_kept_alike(changed.o, changed.n) THEN
            RAISE EXCEPTION 'column "%" of native columnar table % cannot get another type', changed.name, relation
                USING ERRCODE = 'feature_not_supported', HINT = 'Make another table with datrang.create_table_as().';
        END IF;
        CONTINUE WHEN NOT changed.not_null OR NOT changed.added AND (changed.o->>'not_null')::bool;
        IF changed.added THEN
            CONTINUE WHEN changed.missing IS NOT NULL;
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO violated;
        ELSE
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I IS NULL)', relation, changed.name) INTO violated;
        END IF;
        IF violated THEN
            RAISE EXCEPTION 'column "%" of relation "%" contains null values', changed.name, relation USING ERRCODE = 'not_null_violation';
        END IF;
    END LOOP;
    UPDATE datrang.tables t SET columns = after, version = before.version + 1 WHERE t.table_id = before.table_id;
    EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (%s version %L)', relation,
                   CASE before.version WHEN 1 THEN 'ADD' ELSE 'SET' END, before.version + 1);
    PERFORM FROM datrang.call(datrang.declaration(before.table_id)) AS answer (head text, with_rows bool);
    PERFORM datrang.tell_sidecar(before.table_id, 'redefine');
END
$$;

-- Whether a foreign table is made as pg_dump has written it: a native table, with a number it had elsewhere.
CREATE FUNCTION datrang.is_from_dump(relation oid, id bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT datrang.shows_itself(relation, id)
       AND EXISTS (SELECT FROM pg_foreign_table f WHERE f.ftrelid = relation AND 'native=true' = ANY (f.ftoptions))
$$;

CREATE FUNCTION datrang.drop_options(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT o.option_name FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o WHERE f.ftrelid = relation
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (DROP %I)', relation, name);
    END LOOP;
END
$$;

-- What follows from CREATE and ALTER FOREIGN TABLE. Only this extension says which table a foreign table shows:
-- whoever could say so himself could read everybody's.
CREATE FUNCTION datrang.foreign_table_changed(relation oid, command text, by_superuser bool) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id bigint := datrang.table_id(relation);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
                   WHERE f.ftrelid = relation AND s.srvname = 'datrang') THEN
        RETURN;
    ELSIF command = 'CREATE FOREIGN TABLE' AND (id IS NULL OR datrang.is_from_dump(relation, id)) THEN
        PERFORM datrang.register_native(relation);
    ELSIF NOT by_superuser AND NOT datrang.shows_itself(relation, id) THEN
        RAISE EXCEPTION 'permission denied to choose the table_id of foreign table %', relation::regclass
            USING ERRCODE = 'insufficient_privilege', HINT = 'Leave the option table_id out.';
    ELSIF EXISTS (SELECT FROM datrang.tables t WHERE t.source = relation AND t.kind = 'native') THEN
        PERFORM datrang.redefine_native(relation);
    END IF;
END
$$;

CREATE FUNCTION datrang.on_foreign_table() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.foreign_table_changed(c.objid, c.command_tag,
                (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))
    FROM (SELECT DISTINCT objid, command_tag FROM pg_event_trigger_ddl_commands()
          WHERE object_type LIKE 'foreign table%') c;
END
$$;

-- Whether a foreign table has the table_id it was given.
CREATE FUNCTION datrang.shows_itself(relation oid, id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM datrang.tables t JOIN pg_class c ON c.oid = relation
                   WHERE t.table_id = id AND t.state <> 'dropped'
                     AND (t.source = relation
                          OR t.kind = 'mirror' AND t.table_name = c.relname
                             AND t.schema_name = c.relnamespace::regnamespace::text))
$$;

CREATE EVENT TRIGGER datrang_foreign_table ON ddl_command_end
    WHEN TAG IN ('CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'ALTER TABLE')
    EXECUTE FUNCTION datrang.on_foreign_table();

-- DROP FOREIGN TABLE ends a native table.
CREATE FUNCTION datrang.on_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datrang.tables t SET state = 'dropped', source = NULL
    FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.objid = t.source AND t.kind = 'native';
    IF FOUND THEN
        NOTIFY datrang;
    END IF;
END
$$;

CREATE EVENT TRIGGER datrang_drop ON sql_drop
    WHEN TAG IN ('DROP FOREIGN TABLE', 'DROP SCHEMA', 'DROP OWNED', 'DROP TABLE')
    EXECUTE FUNCTION datrang.on_drop();

-- Makes a native columnar table: datrang.create_table('events', 'id int8 NOT NULL, payload jsonb').
CREATE FUNCTION datrang.create_table(name text, columns text) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
    quoted text := (SELECT string_agg(pg_catalog.quote_ident(part), '.')
                    FROM pg_catalog.unnest(pg_catalog.parse_ident(name)) part);
BEGIN
    EXECUTE pg_catalog.format('CREATE FOREIGN TABLE %s (%s) SERVER datrang', quoted, columns);
    RETURN quoted::regclass;
END
$$;
COMMENT ON FUNCTION datrang.create_table IS 'makes a native columnar table with these columns, written as in CREATE TABLE';

-- Makes a native columnar table of what a query gives.
CREATE FUNCTION datrang.create_table_as(name text, query text) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    made regclass;
BEGIN
    EXECUTE 'CREATE TEMP VIEW datrang_query AS ' || query;
    SELECT pg_catalog.string_agg(pg_catalog.format('%I %s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation ELSE '' END),
               ', ' ORDER BY a.attnum) INTO columns
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = 'pg_temp.datrang_query'::regclass AND a.attnum > 0;
    made := datrang.create_table(name, columns);
    EXECUTE pg_catalog.format('INSERT INTO %s SELECT * FROM pg_temp.datrang_query', made);
    DROP VIEW pg_temp.datrang_query;
    RETURN made;
END
$$;
COMMENT ON FUNCTION datrang.create_table_as IS 'makes a native columnar table of what a query gives';

-- For IMPORT FOREIGN SCHEMA: what makes foreign tables of the columnar tables of a schema.
CREATE FUNCTION datrang.import_commands(remote_schema text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('CREATE FOREIGN TABLE %I (%s) SERVER datrang OPTIONS (table_id %L, version %L)', c.relname,
        (SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
                    || coalesce((SELECT ' OPTIONS (' || string_agg(format('%I %L', option_name, option_value), ', ') || ')'
                                 FROM pg_options_to_table(a.attfdwoptions)), '')), ', ' ORDER BY a.attnum)
         FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), t.table_id, t.version)
    FROM pg_class c JOIN datrang.tables t ON t.table_id = datrang.table_id(c.oid)
    WHERE c.relkind = 'f' AND c.relnamespace = to_regnamespace(quote_ident(remote_schema)) AND t.state <> 'dropped'
      AND datrang.shows_itself(c.oid, t.table_id)
    ORDER BY c.relname
$$;

GRANT USAGE ON FOREIGN SERVER datrang TO PUBLIC;
-- datrang.activity and datrang.cancel: the queries the sidecar is running.

-- Everything that runs; for the view and for cancel, which decide who sees what.
CREATE FUNCTION datrang.running_queries()
RETURNS TABLE (id text, kind text, user_name text, pid int, started timestamptz, seconds float8, phase text,
               rows bigint, batches bigint, query text, role_oid oid)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id, a.kind, coalesce(a.user_name, s.usename::text), a.pid, a.started::timestamptz, a.seconds, a.phase,
           a.rows, a.batches, coalesce(s.query, a.query), coalesce(r.oid, s.usesysid)
    FROM datrang.call('(activity)') AS a (
        id text, kind text, user_name text, pid int, started text, seconds float8, phase text,
        rows bigint, batches bigint, query text)
    LEFT JOIN pg_stat_activity s ON s.pid = a.pid
    LEFT JOIN pg_roles r ON r.rolname = a.user_name
    WHERE a.pid IS DISTINCT FROM pg_backend_pid()
$$;

-- As in pg_stat_activity: one's own queries, and all of them for members of pg_read_all_stats.
CREATE FUNCTION datrang.visible_queries()
RETURNS TABLE (id text, kind text, user_name text, pid int, started timestamptz, seconds float8, phase text,
               rows bigint, batches bigint, query text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT q.id, q.kind, q.user_name, q.pid, q.started, q.seconds, q.phase, q.rows, q.batches, q.query
    FROM datrang.running_queries() q
    WHERE pg_has_role(datrang.caller(), 'pg_read_all_stats', 'USAGE')
       OR pg_has_role(datrang.caller(), q.role_oid, 'USAGE')
$$;

CREATE VIEW datrang.activity AS SELECT * FROM datrang.visible_queries();
COMMENT ON VIEW datrang.activity IS
    'queries the sidecar is running: of PostgreSQL sessions (pid) and of Flight SQL clients (user_name)';

-- Stops a query; false when it has ended already. Who may is as for pg_cancel_backend.
CREATE FUNCTION datrang.cancel(id text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner oid;
    caller name := datrang.caller();
BEGIN
    IF id !~ '^q[0-9]{1,18}$' THEN
        RAISE EXCEPTION '"%" is not the id of a query', id
            USING ERRCODE = 'invalid_parameter_value', HINT = 'datrang.activity lists them.';
    END IF;
    SELECT q.role_oid INTO owner FROM datrang.running_queries() q WHERE q.id = cancel.id;
    IF NOT FOUND THEN
        RETURN false;
    ELSIF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = caller)
          AND NOT (owner IS NOT NULL AND pg_has_role(caller, owner, 'USAGE'))
          AND ((SELECT rolsuper FROM pg_roles WHERE oid = owner)
               OR NOT pg_has_role(caller, 'pg_signal_backend', 'USAGE')) THEN
        RAISE EXCEPTION 'permission denied to cancel query %', id
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Only members of the role that runs it, or of pg_signal_backend, may.';
    END IF;
    RETURN (SELECT answer.cancelled = 1
            FROM datrang.call(format('(cancel "%s")', id)) AS answer (cancelled int));
END
$$;
COMMENT ON FUNCTION datrang.cancel IS 'stops a query of datrang.activity';
-- What a table's files are sorted by, and writing them anew on demand.

-- The columnar table's row of the catalog, be it named by itself or by its source.
CREATE FUNCTION datrang.columnar_of(target regclass) RETURNS datrang.tables
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found datrang.tables := (SELECT t FROM datrang.tables t WHERE t.state <> 'dropped'
                             AND (t.source = target OR t.table_id = datrang.table_id(target)));
BEGIN
    IF found.table_id IS NULL THEN
        RAISE EXCEPTION 'table % is not columnar', target
            USING ERRCODE = 'undefined_object', HINT = 'datrang.status lists the columnar tables.';
    END IF;
    RETURN found;
END
$$;

-- Chooses what the rows of a columnar table are sorted by in its files; no columns: by the key. Files that are
-- there are sorted anew by datrang.vacuum().
CREATE FUNCTION datrang.cluster_by(target regclass, columns name[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen datrang.tables := datrang.columnar_of(target);
    fields int[] := '{}';
    described jsonb;
    wanted name;
BEGIN
    PERFORM datrang.check_owner(target);
    FOREACH wanted IN ARRAY coalesce(columns, '{}') LOOP
        described := (SELECT c FROM jsonb_array_elements(chosen.columns) c
                      WHERE c->>'name' = wanted AND wanted <> '_datrang_row');
        IF described IS NULL THEN
            RAISE EXCEPTION 'column "%" of columnar table % does not exist', wanted, target
                USING ERRCODE = 'undefined_column';
        ELSIF described->>'kind' IN ('ARRAY', 'INTERVAL') THEN
            RAISE EXCEPTION 'columnar table % cannot be clustered by column "%" of type %', target, wanted,
                    described->>'type'
                USING ERRCODE = 'feature_not_supported', HINT = 'Choose columns of types other than interval and arrays.';
        END IF;
        fields := fields || (described->>'field_id')::int;
    END LOOP;
    UPDATE datrang.tables t SET cluster_by = nullif(fields, '{}') WHERE t.table_id = chosen.table_id;
END
$$;
COMMENT ON FUNCTION datrang.cluster_by IS
    'chooses the columns by which the rows of a columnar table are sorted in its files; datrang.vacuum sorts those there are';

-- Writes files anew that have deleted rows, are small or not sorted; readers and changes go on meanwhile.
CREATE FUNCTION datrang.vacuum(target regclass, OUT files_before bigint, OUT files_after bigint,
    OUT bytes_before bigint, OUT bytes_after bigint, OUT rows_removed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_owner(target);
    SELECT * INTO files_before, files_after, bytes_before, bytes_after, rows_removed
    FROM datrang.call(format('(vacuum %s)', (datrang.columnar_of(target)).table_id)) AS answer (
        files_before bigint, files_after bigint, bytes_before bigint, bytes_after bigint, rows_removed bigint);
END
$$;
COMMENT ON FUNCTION datrang.vacuum IS
    'writes the files of a columnar table anew, sorted and without deleted rows; datrang.status shows the progress';

-- Reads all files of a columnar table and compares them with what is known of them; no rows when all is well.
-- A table with damaged files is stopped: datrang.resync() copies it anew.
CREATE FUNCTION datrang.check(target regclass) RETURNS TABLE (file text, file_offset bigint, problem text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_owner(target);
    RETURN QUERY SELECT answer.* FROM datrang.call(format('(check %s)', (datrang.columnar_of(target)).table_id))
                     AS answer (file text, file_offset bigint, problem text);
END
$$;
COMMENT ON FUNCTION datrang.check IS
    'reads the files of a columnar table and compares them with checksums and index; no rows when all is well';

-- Makes the index of a columnar table (datrang.row_groups, datrang.column_chunks) anew from its files.
CREATE FUNCTION datrang.reindex(target regclass) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_owner(target);
    RETURN (SELECT answer.files FROM datrang.call(format('(reindex %s)', (datrang.columnar_of(target)).table_id))
                AS answer (files bigint));
END
$$;
COMMENT ON FUNCTION datrang.reindex IS 'makes the index of a columnar table anew from its files; the number of files';
-- datrang.status and datrang.wait_ready: what a user sees of the sidecar's work.

-- The sidecar's live figures; no rows, and the reason in problem, when it does not answer.
CREATE FUNCTION datrang.live_status(
    OUT table_id bigint, OUT rows bigint, OUT files bigint, OUT bytes bigint, OUT delta_rows bigint,
    OUT applied_lsn pg_lsn, OUT lag_seconds float8, OUT progress text, OUT error text, OUT problem text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT s.table_id, s.rows, s.files, s.bytes, s.delta_rows, s.applied_lsn, s.lag_seconds,
                        s.progress, s.error, NULL::text
                 FROM datrang.sidecar_status() s;
EXCEPTION WHEN query_canceled THEN
    RAISE;
WHEN OTHERS THEN
    problem := SQLERRM;
    RETURN NEXT;
END
$$;

-- What the catalog alone knows; correct up to the durable position.
CREATE FUNCTION datrang.stored_figures(table_id bigint, OUT rows bigint, OUT files bigint, OUT bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(f.rows - coalesce(d.cardinality, 0)), 0)::bigint, count(*), coalesce(sum(f.bytes), 0)::bigint
    FROM datrang.files f LEFT JOIN datrang.deletion_vectors d USING (file_id)
    WHERE f.table_id = stored_figures.table_id
$$;

CREATE VIEW datrang.status AS
WITH live AS MATERIALIZED (SELECT * FROM datrang.live_status())
SELECT t.table_id,
       t.kind,
       coalesce(c.oid::regclass::text, format('%I.%I', t.source_schema, t.source_name)) AS source,
       format('%I.%I', t.schema_name, t.table_name) AS columnar_table,
       CASE WHEN c.oid IS NULL THEN 'source dropped'
            WHEN t.frozen_lsn IS NOT NULL AND t.state <> 'error' THEN 'resyncing' ELSE t.state END AS state,
       t.frozen_lsn,
       coalesce(l.rows, stored.rows) AS rows,
       coalesce(l.files, stored.files) AS files,
       coalesce(l.bytes, stored.bytes) AS bytes,
       l.delta_rows,
       coalesce(l.applied_lsn, sidecar_live.applied_lsn) AS applied_lsn,
       s.durable_lsn,
       slot.confirmed_flush_lsn AS acknowledged_lsn,
       greatest(0, pg_wal_lsn_diff(here.flush_lsn,
           coalesce(l.applied_lsn, sidecar_live.applied_lsn, s.durable_lsn)))::bigint AS lag_bytes,
       coalesce(l.lag_seconds, sidecar_live.lag_seconds) AS lag_seconds,
       pg_wal_lsn_diff(here.flush_lsn, slot.restart_lsn)::bigint AS retained_bytes,
       slot.wal_status,
       l.progress,
       CASE WHEN c.oid IS NULL THEN 'the source table was dropped; run datrang.unmirror on the columnar table'
            ELSE coalesce(t.error, l.error,
                 'the sidecar does not answer, figures are of the last flush: ' || sidecar_live.problem,
                 sidecar_live.error) END AS last_error
FROM datrang.tables t
CROSS JOIN datrang.sidecar s
CROSS JOIN LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                ELSE pg_current_wal_flush_lsn() END AS flush_lsn) here
CROSS JOIN LATERAL datrang.stored_figures(t.table_id) stored
LEFT JOIN pg_class c ON c.oid = t.source
LEFT JOIN pg_replication_slots slot ON slot.slot_name = s.slot_name
LEFT JOIN live l ON l.table_id = t.table_id
LEFT JOIN live sidecar_live ON sidecar_live.table_id = 0 OR sidecar_live.problem IS NOT NULL
WHERE t.state <> 'dropped';
COMMENT ON VIEW datrang.status IS 'one row a columnar table; answers from the catalog when the sidecar is down';

-- Waits until the first copy of a table is complete and returns the columnar table.
CREATE FUNCTION datrang.wait_ready(target regclass, timeout interval DEFAULT '1h') RETURNS regclass
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mirror datrang.tables := datrang.mirror_of(target);
    deadline timestamptz := clock_timestamp() + timeout;
    pause float8 := 0.01;
    own_change bool := EXISTS (SELECT FROM datrang.tables t WHERE t.table_id = mirror.table_id
                               AND t.xmin = pg_current_xact_id_if_assigned()::xid);
BEGIN
    IF own_change OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'wait_ready cannot see the sidecar''s progress inside this transaction'
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Commit datrang.mirror() first, then call wait_ready in a READ COMMITTED transaction.';
    END IF;
    LOOP
        SELECT * INTO mirror FROM datrang.tables t WHERE t.table_id = mirror.table_id;
        IF mirror.state = 'streaming' THEN
            RETURN format('%I.%I', mirror.schema_name, mirror.table_name)::regclass;
        ELSIF mirror.state IS NULL OR mirror.state IN ('error', 'dropped') THEN
            RAISE EXCEPTION 'the mirror of % will not become ready: %', target,
                    coalesce(mirror.error, 'it was dropped')
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'See datrang.status.';
        ELSIF clock_timestamp() > deadline THEN
            RAISE EXCEPTION 'the mirror of % is not ready after %', target, timeout
                USING ERRCODE = 'query_canceled', DETAIL = format('Its state is %s.', mirror.state),
                      HINT = 'datrang.status shows the progress and the last error.';
        END IF;
        PERFORM pg_sleep(pause);
        pause := least(pause * 1.5, 0.2);
    END LOOP;
END
$$;
COMMENT ON FUNCTION datrang.wait_ready IS 'waits until the first copy of a mirror is complete';

-- Gives a role what the sidecar needs in this database, except the right to read the mirrored tables.
CREATE FUNCTION datrang.grant_sidecar(role regrole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION datrang.follow_late, datrang.partitions TO %s', role);
END
$$;
COMMENT ON FUNCTION datrang.grant_sidecar IS 'gives a role what the sidecar needs in schema datrang';

-- Everybody may look and may mirror tables of his own; everything else is internal.
GRANT USAGE ON SCHEMA datrang, columnar TO PUBLIC;
GRANT SELECT ON datrang.status, datrang.activity TO PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA datrang FROM PUBLIC;
GRANT EXECUTE ON FUNCTION datrang.mirror, datrang.unmirror, datrang.resync, datrang.wait_ready, datrang.cluster_by, datrang.vacuum,
    datrang.check, datrang.reindex, datrang.wait_for,
    datrang.live_status, datrang.stored_figures, datrang.visible_queries, datrang.cancel,
    datrang.explain_remote, datrang.create_table, datrang.create_table_as,
    datrang.foreign_table_changed TO PUBLIC;

-- Decoding needs the publication to exist before the slot does.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'datrang') THEN
        CREATE PUBLICATION datrang;
    END IF;
END
$$;
-- Tiering: partitions of a range- or list-partitioned table move to columnar storage and back.
--
-- archive() copies a partition while it is written to. Triggers note what changes meanwhile; the switch locks the
-- parent, applies what was noted, and exchanges the partitions in one transaction. Until then everything can be
-- repeated, and a run that was broken off is taken over by the next one.

CREATE TABLE datrang.archive_runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action      text NOT NULL CHECK (action IN ('archive', 'restore')),
    parent      text NOT NULL,              -- names as they were
    partition   text NOT NULL,
    partition_id oid NOT NULL,              -- of the table that is replaced
    target_id   oid,                        -- of the one that takes its place
    state       text NOT NULL CHECK (state IN ('copying', 'verifying', 'switching', 'done', 'failed')),
    rows        bigint,                     -- copied
    checksum    numeric,                    -- sum of hashes of the rows' text
    late_rows   bigint,                     -- changes made during the copy
    locked_ms   numeric,                    -- how long the parent was locked before the commit
    run_by      name NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    error       text
);
CREATE INDEX ON datrang.archive_runs (partition_id);
COMMENT ON TABLE datrang.archive_runs IS 'history of datrang.archive() and datrang.restore(), running ones included';

-- What happens to a partition while it is copied; both null for TRUNCATE.
CREATE TABLE datrang.partition_changes (
    change_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition_id oid NOT NULL,
    old_row      text,
    new_row      text
);
CREATE INDEX ON datrang.partition_changes (partition_id);

CREATE TABLE datrang.archive_policies (
    parent     oid PRIMARY KEY,
    older_than interval NOT NULL,
    premake    int NOT NULL,
    made_by    name NOT NULL
);

GRANT SELECT ON datrang.archive_runs, datrang.archive_policies TO PUBLIC;

-- Everybody may call what follows: it works with the caller's rights, or asks who owns the table.

-- ---- what runs say about themselves ----

CREATE FUNCTION datrang.begin_run(action text, partition regclass) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    run bigint;
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    UPDATE datrang.archive_runs r
        SET state = 'failed', error = 'broken off, and taken over by a later run', finished_at = clock_timestamp()
        WHERE r.partition_id = partition AND r.finished_at IS NULL;
    INSERT INTO datrang.archive_runs (action, parent, partition, partition_id, state, run_by)
        SELECT action, i.inhparent::regclass::text, partition::text, partition, 'copying', datrang.caller()
        FROM pg_inherits i WHERE i.inhrelid = partition
        RETURNING run_id INTO run;
    RETURN run;
END
$$;

CREATE FUNCTION datrang.note_run(run bigint, new_state text, target oid DEFAULT NULL, rows bigint DEFAULT NULL,
        checksum numeric DEFAULT NULL, late_rows bigint DEFAULT NULL, locked_ms numeric DEFAULT NULL, error text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datrang.archive_runs r SET
        state = new_state, target_id = coalesce(target, r.target_id), rows = coalesce(note_run.rows, r.rows),
        checksum = coalesce(note_run.checksum, r.checksum), late_rows = coalesce(note_run.late_rows, r.late_rows),
        locked_ms = coalesce(note_run.locked_ms, r.locked_ms), error = note_run.error,
        finished_at = CASE WHEN new_state IN ('done', 'failed') THEN clock_timestamp() END
        WHERE r.run_id = run AND r.run_by = datrang.caller() AND r.finished_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % was taken over by a later one', run USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

CREATE FUNCTION datrang.check_partition_owner(partition regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(datrang.caller(), (SELECT relowner FROM pg_class WHERE oid = partition), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of partition %', partition USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- ---- definitions ----

-- The columns and check constraints of a table, as CREATE FOREIGN TABLE wants them.
CREATE FUNCTION datrang.definition_of(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(part, ', ' ORDER BY place, name) FROM (
        SELECT attnum::int, '', format('%I %s', attname, format_type(atttypid, atttypmod))
            || CASE WHEN attcollation <> typcollation THEN ' COLLATE ' || attcollation::regcollation ELSE '' END
            || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
            || CASE WHEN adbin IS NULL THEN ''
                    WHEN attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(adbin, adrelid))
                    ELSE ' DEFAULT ' || pg_get_expr(adbin, adrelid) END
        FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT 100000, conname, format('CONSTRAINT %I %s', conname, replace(pg_get_constraintdef(oid), ' NOT VALID', ''))
        FROM pg_constraint WHERE conrelid = relation AND contype = 'c') d(place, name, part)
$$;

-- Names of the columns that can be written, or of all.
CREATE FUNCTION datrang.column_list(relation regclass, generated bool) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (generated OR attgenerated = '')
$$;

-- A table's number of rows and the sum of hashes of the text of its rows, with columns in the order given.
CREATE FUNCTION datrang.checksum_of(relation regclass, columns text, OUT rows bigint, OUT checksum numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
BEGIN
    EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(ROW(%s)::text, 0)::numeric), 0) FROM ONLY %s', columns, relation)
        INTO rows, checksum;
END
$$;

-- ---- changes while a partition is copied ----

-- The rows' text is the same whatever the writer's settings.
CREATE FUNCTION datrang.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO datrang.partition_changes (partition_id) VALUES (TG_RELID);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO datrang.partition_changes (partition_id, new_row) VALUES (TG_RELID, NEW::text);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO datrang.partition_changes (partition_id, old_row) VALUES (TG_RELID, OLD::text);
    ELSE
        INSERT INTO datrang.partition_changes (partition_id, old_row, new_row) VALUES (TG_RELID, OLD::text, NEW::text);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION datrang.take_changes(partition regclass) RETURNS TABLE (old_row text, new_row text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    RETURN QUERY DELETE FROM datrang.partition_changes c WHERE c.partition_id = partition RETURNING c.old_row, c.new_row;
END
$$;

-- Brings a copy up to what was noted; returns how many changes that were. Equal rows count, their order does not.
CREATE FUNCTION datrang.apply_changes(partition regclass, target regclass) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
DECLARE
    written text := datrang.column_list(partition, false);
    compared text := datrang.column_list(partition, true);
    changes bigint;
    gone bigint;
    deleted bigint;
BEGIN
    CREATE TEMP TABLE datrang_changes ON COMMIT DROP AS SELECT * FROM datrang.take_changes(partition);
    SELECT count(*) INTO changes FROM pg_temp.datrang_changes;
    IF EXISTS (SELECT FROM pg_temp.datrang_changes WHERE old_row IS NULL AND new_row IS NULL) THEN
        RAISE EXCEPTION 'partition % was truncated while it was copied', partition
            USING ERRCODE = 'serialization_failure', HINT = 'Archive it again.';
    END IF;
    IF changes > 0 THEN
        CREATE TEMP TABLE datrang_net ON COMMIT DROP AS
            SELECT row_text, sum(n)::int AS n
            FROM (SELECT new_row, 1 FROM pg_temp.datrang_changes UNION ALL
                  SELECT old_row, -1 FROM pg_temp.datrang_changes) c(row_text, n)
            WHERE row_text IS NOT NULL GROUP BY row_text HAVING sum(n) <> 0;
        EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM (SELECT (row_text::%s).* FROM pg_temp.datrang_net, generate_series(1, n)) r',
                       target, written, written, partition);
        SELECT coalesce(-sum(n), 0) INTO gone FROM pg_temp.datrang_net WHERE n < 0;
        IF gone > 0 THEN
            EXECUTE format($sql$
                DELETE FROM %1$s t USING (
                    SELECT s.id FROM (SELECT c.ctid AS id, ROW(%2$s)::text AS row_text,
                                             row_number() OVER (PARTITION BY ROW(%2$s)::text) AS copy FROM %1$s c) s
                    JOIN pg_temp.datrang_net g ON g.row_text = s.row_text AND s.copy <= -g.n) d
                WHERE t.ctid = d.id $sql$, target, compared);
            GET DIAGNOSTICS deleted = ROW_COUNT;
            IF deleted <> gone THEN
                RAISE EXCEPTION 'the copy of partition % lacks % of its rows', partition, gone - deleted
                    USING ERRCODE = 'data_exception', HINT = 'Archive it again.';
            END IF;
        END IF;
        DROP TABLE pg_temp.datrang_net;
    END IF;
    DROP TABLE pg_temp.datrang_changes;
    RETURN changes;
END
$$;

-- ---- the steps of archive(), a transaction each ----

-- Refuses what cannot be archived, before anything is made.
CREATE FUNCTION datrang.check_archivable(partition regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    strategy "char" := (SELECT partstrat FROM pg_partitioned_table WHERE partrelid = parent);
    problem text;
BEGIN
    IF class.relkind <> 'r' OR NOT class.relispartition THEN
        problem := 'it is not a heap table that is a partition';
    ELSIF class.relpersistence <> 'p' THEN
        problem := 'it is not a permanent table';
    ELSIF strategy IS NULL OR strategy NOT IN ('r', 'l') THEN
        problem := 'its parent is not partitioned by range or list';
    ELSIF EXISTS (SELECT FROM pg_index WHERE indrelid = parent AND indisunique) THEN
        problem := format('PostgreSQL allows no foreign partitions of %s, which has a unique index; make such indexes of the heap partitions instead',
                          parent);
    ELSIF EXISTS (SELECT FROM pg_constraint WHERE conrelid = partition AND contype = 'f'
                  OR confrelid = partition AND contype = 'f') THEN
        problem := 'foreign keys are not possible with foreign tables';
    ELSIF class.relrowsecurity THEN
        problem := 'row-level security is not possible with foreign tables';
    ELSIF class.relhasrules OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = partition AND NOT tgisinternal AND tgparentid = 0
                                       AND tgname NOT IN ('datrang_note_change', 'datrang_note_truncate')) THEN
        problem := 'it has rules or triggers of its own, which would end with it';
    ELSIF EXISTS (SELECT FROM datrang.tables t WHERE t.source = partition AND t.state <> 'dropped') THEN
        problem := format('it is mirrored; end that first, with datrang.unmirror(%L)', partition::text);
    ELSE
        PERFORM datrang.native_columns(partition);
        RETURN;
    END IF;
    RAISE EXCEPTION 'cannot archive %: %', partition, problem USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;

CREATE FUNCTION datrang.archive_target(partition regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s.%I', relnamespace::regnamespace, left(relname, 54) || '_columnar') FROM pg_class WHERE oid = partition
$$;

-- Takes away what a run that was broken off has left; returns whether there was any.
CREATE FUNCTION datrang.abandon_archive(partition regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    left_over regclass := (SELECT c.oid FROM pg_class c JOIN datrang.archive_runs r ON r.target_id = c.oid
                           WHERE r.partition_id = partition AND c.relkind = 'f' AND NOT c.relispartition
                           ORDER BY r.run_id DESC LIMIT 1);
    found_any bool := left_over IS NOT NULL;
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    IF left_over IS NOT NULL THEN
        EXECUTE format('DROP FOREIGN TABLE %s', left_over);
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = partition AND tgname = 'datrang_note_change') THEN
        EXECUTE format('DROP TRIGGER datrang_note_change ON %s', partition);
        EXECUTE format('DROP TRIGGER datrang_note_truncate ON %s', partition);
        found_any := true;
    END IF;
    PERFORM FROM datrang.take_changes(partition);
    RETURN found_any;
END
$$;
COMMENT ON FUNCTION datrang.abandon_archive IS 'takes away what a broken off datrang.archive() has left';

-- Makes the columnar table, and has changes noted from now on: waits for writers of the partition.
CREATE FUNCTION datrang.prepare_archive(partition regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text := datrang.archive_target(partition);
BEGIN
    PERFORM datrang.abandon_archive(partition);
    EXECUTE format('CREATE FOREIGN TABLE %s (%s) SERVER datrang', target, datrang.definition_of(partition));
    EXECUTE format('CREATE TRIGGER datrang_note_change AFTER INSERT OR UPDATE OR DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION datrang.note_change()', partition);
    EXECUTE format('CREATE TRIGGER datrang_note_truncate AFTER TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION datrang.note_change()', partition);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER datrang_note_change,
                    ENABLE ALWAYS TRIGGER datrang_note_truncate', partition);
    RETURN target::regclass;
END
$$;

-- Copies the partition as its transaction sees it (REPEATABLE READ); application_name says how far it is.
CREATE FUNCTION datrang.copy_partition(partition regclass, target regclass, OUT rows bigint, OUT checksum numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step constant int := 16384;
    columns text := datrang.column_list(partition, false);
    blocks int := pg_relation_size(partition) / current_setting('block_size')::int;
    application text := current_setting('application_name');
BEGIN
    PERFORM FROM datrang.take_changes(partition);
    FOR block IN 0 .. blocks BY step LOOP
        PERFORM set_config('application_name', format('archive %s: %s %%', partition, block::int8 * 100 / greatest(blocks, 1)), true);
        EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM ONLY %s WHERE ctid >= ''(%s,0)'' AND ctid < ''(%s,0)''',
                       target, columns, columns, partition, block, block + step);
    END LOOP;
    PERFORM set_config('application_name', application, true);
    SELECT c.rows, c.checksum INTO rows, checksum FROM datrang.checksum_of(partition, datrang.column_list(partition, true)) c;
END
$$;

CREATE FUNCTION datrang.verify_copy(partition regclass, target regclass, rows bigint, checksum numeric) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    copied record;
BEGIN
    SELECT * INTO copied FROM datrang.checksum_of(target, datrang.column_list(partition, true));
    IF (copied.rows, copied.checksum) <> (rows, checksum) THEN
        RAISE EXCEPTION 'the copy of partition % has % rows with checksum %, not % with %',
            partition, copied.rows, copied.checksum, rows, checksum USING ERRCODE = 'data_corrupted';
    END IF;
    EXECUTE format('ANALYZE %s', target);
END
$$;

-- Locks a parent and its partition against everybody, the parent first as everybody else does; gives way to who
-- waits for us or lets us wait, and tries again.
CREATE FUNCTION datrang.lock_for_switch(parent regclass, partition regclass) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked timestamptz;
BEGIN
    FOR attempt IN 1 .. 300 LOOP
        BEGIN
            SET LOCAL lock_timeout = '300ms';
            asked := clock_timestamp();
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', partition);
            SET LOCAL lock_timeout = 0;
            RETURN asked;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pg_sleep(0.2 + random() * 0.3);
        END;
    END LOOP;
    RAISE EXCEPTION 'could not lock %, which is always in use', parent
        USING ERRCODE = 'lock_not_available', HINT = 'Look for long transactions, then archive again.';
END
$$;

CREATE FUNCTION datrang.grants_of(relation regclass) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('GRANT %s ON TABLE %%s TO %s%s', a.privilege_type,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = relation AND a.grantee <> c.relowner
$$;

-- Puts one table in a partition's place, with its name, owner and grants, and drops the other. Needs the locks.
CREATE FUNCTION datrang.replace_partition(parent regclass, partition regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    target_kind "char" := (SELECT relkind FROM pg_class WHERE oid = target);
    words text := CASE target_kind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END;
    bound text := pg_get_expr(old.relpartbound, partition);
    grants text[] := ARRAY(SELECT datrang.grants_of(partition));
    each text;
BEGIN
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, partition);
    EXECUTE format('DROP %s %s', CASE old.relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, partition);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, target, bound);
    EXECUTE format('ALTER %s %s RENAME TO %I', words, target, old.relname);
    IF (SELECT relowner FROM pg_class WHERE oid = target) <> old.relowner THEN
        EXECUTE format('ALTER %s %s OWNER TO %s', words, target, old.relowner::regrole);
    END IF;
    FOREACH each IN ARRAY grants LOOP
        EXECUTE format(each, target);
    END LOOP;
    PERFORM datrang.tell_attached(target);
END
$$;

-- Snapshots from before its commit do not have the rows a columnar partition took over.
CREATE FUNCTION datrang.tell_attached(target regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(target);
    PERFORM pg_logical_emit_message(true, 'datrang.attached', t.table_id::text)
    FROM datrang.tables t WHERE t.source = target;
END
$$;

CREATE FUNCTION datrang.switch_partition(run bigint, partition regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    late bigint;
    asked timestamptz;
BEGIN
    -- Most of it before anybody has to wait.
    late := datrang.apply_changes(partition, target);
    asked := datrang.lock_for_switch(parent, partition);
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = partition AND inhparent = parent AND NOT inhdetachpending)
       OR datrang.definition_of(partition) <> datrang.definition_of(target) THEN
        RAISE EXCEPTION 'the definition of partition % has changed while it was copied', partition
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Archive it again.';
    END IF;
    late := late + datrang.apply_changes(partition, target);
    PERFORM datrang.replace_partition(parent, partition, target);
    PERFORM datrang.note_run(run, 'done', late_rows => late,
                             locked_ms => round(extract(epoch FROM clock_timestamp() - asked) * 1000, 1));
END
$$;

-- ---- what users call ----

-- Each step is a transaction; what one fails with is kept with the run and given back.
CREATE PROCEDURE datrang.try_archive(partition regclass, INOUT problem text) LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
    target regclass;
    copied record;
BEGIN
    problem := NULL;
    BEGIN
        PERFORM datrang.check_partition_owner(partition);
        PERFORM datrang.check_archivable(partition);
        IF NOT pg_catalog.pg_try_advisory_xact_lock('datrang.archive_runs'::regclass::oid::int, partition::oid::int) THEN
            RAISE EXCEPTION 'partition % is being archived', partition USING ERRCODE = 'object_in_use';
        END IF;
        target := datrang.prepare_archive(partition);
        run := datrang.begin_run('archive', partition);
        PERFORM datrang.note_run(run, 'copying', target);
    EXCEPTION WHEN OTHERS THEN
        problem := SQLERRM;
        RETURN;
    END;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    BEGIN
        PERFORM pg_catalog.pg_advisory_xact_lock('datrang.archive_runs'::regclass::oid::int, partition::oid::int);
        SELECT * INTO copied FROM datrang.copy_partition(partition, target);
        PERFORM datrang.note_run(run, 'verifying', NULL, copied.rows, copied.checksum);
    EXCEPTION WHEN OTHERS THEN
        problem := SQLERRM;
    END;
    COMMIT;
    IF problem IS NULL THEN
        BEGIN
            PERFORM datrang.verify_copy(partition, target, copied.rows, copied.checksum);
            PERFORM datrang.note_run(run, 'switching');
        EXCEPTION WHEN OTHERS THEN
            problem := SQLERRM;
        END;
        COMMIT;
    END IF;
    IF problem IS NULL THEN
        BEGIN
            PERFORM pg_catalog.pg_advisory_xact_lock('datrang.archive_runs'::regclass::oid::int, partition::oid::int);
            PERFORM datrang.switch_partition(run, partition, target);
        EXCEPTION WHEN OTHERS THEN
            problem := SQLERRM;
        END;
        COMMIT;
    END IF;
    IF problem IS NOT NULL THEN
        PERFORM datrang.note_run(run, 'failed', NULL, NULL, NULL, NULL, NULL, problem);
        PERFORM datrang.abandon_archive(partition);
        COMMIT;
    END IF;
END
$$;

CREATE PROCEDURE datrang.archive(partition regclass) LANGUAGE plpgsql AS $$
DECLARE
    problem text;
BEGIN
    CALL datrang.try_archive(partition, problem);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING HINT = 'datrang.archive_runs has the history.';
    END IF;
END
$$;
COMMENT ON PROCEDURE datrang.archive IS 'moves a heap partition to columnar storage while its parent is used';

CREATE FUNCTION datrang.is_native(relation regclass) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM datrang.tables t WHERE t.source = relation AND t.kind = 'native')
$$;

-- The way back, in one transaction; the parent is locked for all of it.
CREATE FUNCTION datrang.restore(partition regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    columns text := datrang.column_list(partition, false);
    compared text := datrang.column_list(partition, true);
    target text := format('%s.%I', class.relnamespace::regnamespace, left(class.relname, 58) || '_heap');
    run bigint;
    before record;
    after record;
    asked timestamptz := clock_timestamp();
BEGIN
    IF NOT class.relispartition OR class.relkind <> 'f'
       OR NOT datrang.is_native(partition) THEN
        RAISE EXCEPTION '% is no columnar partition', partition USING ERRCODE = 'wrong_object_type';
    END IF;
    run := datrang.begin_run('restore', partition);
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %s', partition, class.relowner::regrole);  -- LOCK takes no foreign tables
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)', target, parent);
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target, columns, columns, partition);
    SELECT * INTO before FROM datrang.checksum_of(partition, compared);
    SELECT * INTO after FROM datrang.checksum_of(target::regclass, compared);
    IF before <> after THEN
        RAISE EXCEPTION 'the copy of partition % has % rows with checksum %, not % with %',
            partition, after.rows, after.checksum, before.rows, before.checksum USING ERRCODE = 'data_corrupted';
    END IF;
    PERFORM datrang.note_run(run, 'switching', target::regclass, before.rows, before.checksum);
    PERFORM datrang.replace_partition(parent, partition, target::regclass);
    PERFORM datrang.note_run(run, 'done', locked_ms => round(extract(epoch FROM clock_timestamp() - asked) * 1000, 1));
    RETURN (SELECT r.target_id FROM datrang.archive_runs r WHERE r.run_id = run);
END
$$;
COMMENT ON FUNCTION datrang.restore IS 'makes a columnar partition a heap table again; its parent is locked meanwhile';

-- ---- policies ----

CREATE FUNCTION datrang.archive_policy(parent regclass, older_than interval, premake int DEFAULT 0) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(parent);
    DELETE FROM datrang.archive_policies p WHERE p.parent = archive_policy.parent;
    IF older_than IS NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_partitioned_table t JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
                   WHERE t.partrelid = archive_policy.parent AND t.partstrat = 'r' AND t.partnatts = 1
                     AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)) THEN
        RAISE EXCEPTION '% is not partitioned by range of one column of type date, timestamp or timestamptz', parent
            USING ERRCODE = 'wrong_object_type', HINT = 'Call datrang.archive() for its partitions yourself.';
    END IF;
    INSERT INTO datrang.archive_policies VALUES (parent, older_than, premake, datrang.caller());
END
$$;
COMMENT ON FUNCTION datrang.archive_policy IS 'says which partitions run_archive_policies() archives and how many future ones it makes; a null interval ends it';

CREATE FUNCTION datrang.partition_range(partition regclass, OUT lower timestamptz, OUT upper timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT m[1]::timestamptz, m[2]::timestamptz
    FROM pg_class c, regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(.*)''\) TO \(''(.*)''\)') m WHERE c.oid = partition
$$;

-- What the policies want done now: partitions to archive, and partitions to make (then null).
CREATE FUNCTION datrang.archive_due() RETURNS TABLE (parent regclass, partition regclass, lower timestamptz, upper timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.parent::regclass, c.oid::regclass, r.lower, r.upper
    FROM datrang.archive_policies p JOIN pg_inherits i ON i.inhparent = p.parent JOIN pg_class c ON c.oid = i.inhrelid,
         datrang.partition_range(c.oid) r
    WHERE c.relkind = 'r' AND r.upper <= now() - p.older_than AND pg_has_role(datrang.caller(), c.relowner, 'USAGE')
    UNION ALL
    SELECT p.parent::regclass, NULL, last.upper + (n - 1) * (last.upper - last.lower), last.upper + n * (last.upper - last.lower)
    FROM datrang.archive_policies p JOIN pg_class c ON c.oid = p.parent,
         LATERAL (SELECT r.* FROM pg_inherits i, datrang.partition_range(i.inhrelid) r
                  WHERE i.inhparent = p.parent AND r.upper IS NOT NULL ORDER BY r.upper DESC LIMIT 1) last,
         generate_series(1, p.premake) n
    WHERE last.upper + (n - 1) * (last.upper - last.lower) < now() + p.premake * (last.upper - last.lower)
      AND pg_has_role(datrang.caller(), c.relowner, 'USAGE')
    ORDER BY 1, 3
$$;

-- Makes a partition for a range, named after its parent and the range's begin.
CREATE FUNCTION datrang.make_partition(parent regclass, lower timestamptz, upper timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE (SELECT format('CREATE TABLE IF NOT EXISTS %s.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', relnamespace::regnamespace,
                           relname || to_char(lower, '_YYYYMMDD') || CASE WHEN lower::time = '0:00' THEN '' ELSE to_char(lower, '"_"HH24MI') END,
                           parent, lower, upper) FROM pg_class WHERE oid = parent);
END
$$;

-- For a scheduler such as pg_cron. One partition's failure does not keep the others.
CREATE PROCEDURE datrang.run_archive_policies(dry_run bool DEFAULT false) LANGUAGE plpgsql AS $$
DECLARE
    due record;
    problem text;
    failed int := 0;
BEGIN
    FOR due IN SELECT * FROM datrang.archive_due() LOOP
        IF dry_run THEN
            RAISE NOTICE '%', CASE WHEN due.partition IS NULL THEN pg_catalog.format('would make a partition of %s from %s to %s', due.parent, due.lower, due.upper)
                                   ELSE pg_catalog.format('would archive %s, which ends at %s', due.partition, due.upper) END;
        ELSIF due.partition IS NULL THEN
            PERFORM datrang.make_partition(due.parent, due.lower, due.upper);
            COMMIT;
        ELSE
            CALL datrang.try_archive(due.partition, problem);
            IF problem IS NOT NULL THEN
                RAISE WARNING 'partition % is not archived: %', due.partition, problem;
                failed := failed + 1;
            END IF;
        END IF;
    END LOOP;
    IF failed > 0 THEN
        RAISE EXCEPTION '% partitions are not archived', failed USING HINT = 'datrang.archive_runs has the reasons.';
    END IF;
END
$$;
COMMENT ON PROCEDURE datrang.run_archive_policies IS 'archives what is due by the policies of datrang.archive_policy()';
