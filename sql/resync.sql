-- datrang.resync and datrang.reset: copies made anew; and how a mirror takes over its source's definition.

-- Brings a mirror's description, and its foreign table, in line with the source's definition; says
-- whether anything has changed. Raises an error when the source cannot be mirrored as it is now. One that is copied anew
-- anyway gets today's kind of time.
CREATE FUNCTION datrang.redefine(id bigint, anew bool DEFAULT false) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before datrang.tables := (SELECT t FROM datrang.tables t WHERE t.table_id = id);
    after datrang.tables := before;
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = before.source);
BEGIN
    after.source_schema := class.relnamespace::regnamespace::text;
    after.source_name := class.relname;
    after.key := datrang.replica_key(class.oid);
    after.columns := datrang.with_missing_values(before, datrang.column_description(class.oid, datrang.columns_as_text(before)), anew);
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
       AND NOT (kind IN ('TIME', 'DATED_TIME') AND value ~ '^24')
$$;

-- What rows that are copied already show in columns they do not have: a column keeps the value it had when
-- it was added, whatever becomes of the source's rows.
CREATE FUNCTION datrang.with_missing_values(before datrang.tables, columns jsonb, anew bool) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(jsonb_strip_nulls(CASE WHEN anew THEN n ELSE datrang.with_time_kind(n, o) END || jsonb_build_object('missing',
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
    PERFORM datrang.redefine(mirror.table_id, true);
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

CREATE FUNCTION datrang.check_sidecar_stopped() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots JOIN datrang.sidecar USING (slot_name) WHERE active) THEN
        RAISE EXCEPTION 'the sidecar is running' USING ERRCODE = 'object_in_use',
            HINT = 'Stop it first, or copy tables anew one by one with datrang.resync().';
    END IF;
END
$$;

-- Forgets contents of all mirrors; the sidecar makes them anew when it starts.
CREATE FUNCTION datrang.forget_mirrors() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM datrang.files WHERE table_id IN (SELECT table_id FROM datrang.tables WHERE kind = 'mirror');
    DELETE FROM datrang.iceberg_tables
        WHERE (table_namespace, table_name) IN (SELECT t.schema_name, t.table_name FROM datrang.tables t WHERE t.kind = 'mirror');
    UPDATE datrang.tables SET state = 'pending', error = NULL, snapshot_lsn = NULL, frozen_lsn = NULL, stored_version = NULL
        WHERE kind = 'mirror' AND state <> 'dropped' AND source IN (SELECT oid FROM pg_class);
$$;

-- The last resort: forgets positions and contents of all copies; the sidecar makes them anew when it starts.
CREATE FUNCTION datrang.reset() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_sidecar_stopped();
    IF EXISTS (SELECT FROM datrang.tables WHERE kind = 'native' AND state <> 'dropped') THEN
        RAISE EXCEPTION 'native tables cannot be copied anew: their files are all there is of them'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'SELECT * FROM datrang.recover_to() keeps them as far as they are in files, and has copies made anew.';
    END IF;
    PERFORM datrang.forget_mirrors();
    UPDATE datrang.sidecar SET durable_lsn = NULL, system_identifier = NULL;
END
$$;
COMMENT ON FUNCTION datrang.reset IS 'has all copies made anew, for a server that was restored from a backup';

-- Records of the log between two positions; fails where it does not reach.
CREATE FUNCTION datrang.log_records(begins pg_lsn, ends pg_lsn)
RETURNS TABLE (lsn pg_lsn, xid xid, manager text, type text, description text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reader text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension e WHERE e.extname = 'pg_walinspect');
BEGIN
    IF reader IS NULL THEN
        RAISE EXCEPTION 'extension pg_walinspect is not there' USING ERRCODE = 'undefined_file';
    END IF;
    RETURN QUERY EXECUTE format('SELECT start_lsn, xid, resource_manager, record_type, description FROM %s.pg_get_wal_records_info($1, $2)
                                 WHERE resource_manager IN (''Transaction'', ''LogicalMessage'', ''Standby'')', reader) USING begins, ends;
END
$$;

-- Where the log begins that is still there.
CREATE FUNCTION datrang.oldest_log() RETURNS pg_lsn
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT min('0/0'::pg_lsn + ('x' || substr(name, 9, 8))::bit(32)::bigint * 4294967296
               + ('x' || substr(name, 17, 8))::bit(32)::bigint * (SELECT setting::numeric FROM pg_settings WHERE name = 'wal_segment_size'))
    FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'
$$;

-- Transactions and their subtransactions that committed between two positions.
CREATE FUNCTION datrang.commits_in_log(begins pg_lsn, ends pg_lsn) RETURNS TABLE (commit_lsn pg_lsn, xid xid)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.lsn, x.xid::xid
    FROM datrang.log_records(begins, ends) r,
         LATERAL (SELECT CASE r.type WHEN 'COMMIT' THEN r.xid::text ELSE substring(r.description FROM '^(\d+):') END
                  UNION ALL
                  SELECT unnest(string_to_array(substring(r.description FROM 'subxacts: ([0-9 ]+)'), ' '))) x(xid)
    WHERE r.manager = 'Transaction' AND r.type IN ('COMMIT', 'COMMIT_PREPARED') AND x.xid <> ''
$$;

-- What transactions that committed after a position told the sidecar of native tables, in order; an error if the log does not
-- tell. They may have begun before: it is read from where none of them was running.
CREATE FUNCTION datrang.messages_since(durable pg_lsn) RETURNS TABLE (prefix text, content bytea)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    ends constant pg_lsn := pg_current_wal_flush_lsn();
    next_xid constant numeric := pg_snapshot_xmax(pg_current_snapshot())::text::numeric;
    oldest constant pg_lsn := datrang.oldest_log();
    reach numeric := 16777216;
    begins pg_lsn;
    first_age numeric;
BEGIN
    CREATE TEMP TABLE datrang_commits AS
        SELECT c.commit_lsn, c.xid, mod(next_xid - c.xid::text::numeric + 4294967296, 4294967296) AS age FROM datrang.commits_in_log(durable, ends) c;
    SELECT max(age) INTO first_age FROM pg_temp.datrang_commits;
    WHILE first_age IS NOT NULL LOOP
        begins := greatest(oldest, durable - least(reach, durable - '0/0'::pg_lsn));
        EXIT WHEN EXISTS (
            SELECT FROM datrang.log_records(begins, durable) r
            WHERE r.type = 'RUNNING_XACTS'
              AND mod(next_xid - substring(r.description FROM 'nextXid (\d+)')::numeric + 4294967296, 4294967296) >= first_age);
        IF begins <= oldest THEN
            RAISE EXCEPTION 'no record says what was running' USING ERRCODE = 'undefined_file';
        END IF;
        reach := reach * 4;
    END LOOP;
    -- to its end: anybody may choose a prefix that goes on like this
    RETURN QUERY
        SELECT m.parts[1], decode(replace(m.parts[2], ' ', ''), 'hex')
        FROM datrang.log_records(coalesce(begins, durable), ends) r JOIN pg_temp.datrang_commits c USING (xid),
             LATERAL regexp_match(r.description,
                 '^transactional, prefix "(datrang|datrang\.write)"; payload \(\d+ bytes\): ([0-9A-F ]*)$') m(parts)
        WHERE r.manager = 'LogicalMessage' AND m.parts IS NOT NULL
        ORDER BY c.commit_lsn, r.lsn;
    DROP TABLE pg_temp.datrang_commits;
EXCEPTION WHEN invalid_parameter_value OR undefined_file OR internal_error THEN
    RAISE EXCEPTION 'cannot tell whether native tables were written to after %', durable
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = 'Their files have everything up to there; the log from there on, and from a little before, is needed to see.',
              HINT = 'Try again after CREATE EXTENSION pg_walinspect; recover_to(accept_loss => true) keeps what files have.';
END
$$;

-- The native table a message in the log is about; null for what is none of ours. Anybody may write messages of our prefixes. The
-- key of a definition is compared here; the seal of a write has the form of one, and is compared by the sidecar when it reads it.
CREATE FUNCTION datrang.table_of_message(prefix text, content bytea) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begins constant bytea := (SELECT convert_to(format('{"key": "%s", ', s.message_key), getdatabaseencoding()) FROM datrang.sidecar s);
    line_end constant int := position('\x0a'::bytea IN content);
BEGIN
    IF prefix = 'datrang.write' AND line_end > 0 THEN
        RETURN (regexp_match(encode(substring(content FOR line_end), 'escape'), '^[0-9a-f]+ 1 (\d+) [01] \d+ \d+ \S'))[1];
    ELSIF prefix = 'datrang' AND substring(content FOR length(begins)) = begins THEN
        RETURN convert_from(content, getdatabaseencoding())::jsonb->>'table_id';
    END IF;
    RETURN NULL;
END
$$;

-- The messages that are in the log and not heeded in files, as they can be given to the sidecar once more: writes, and
-- definitions between them because writes have the form their table had then. An error when some cannot.
CREATE FUNCTION datrang.messages_to_repeat(durable pg_lsn) RETURNS TABLE (prefix text, content bytea)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    message record;
    large bigint := 0;
BEGIN
    FOR message IN
        SELECT m.prefix, m.content FROM datrang.messages_since(durable) WITH ORDINALITY m(prefix, content, n)
        WHERE datrang.table_of_message(m.prefix, m.content)
              IN (SELECT t.table_id::text FROM datrang.tables t WHERE t.kind = 'native' AND t.state <> 'dropped')
        ORDER BY n
    LOOP
        -- "<seal> 1 <table> <truncate> <first row> <rows> <file>": rows that are not in the message itself
        IF message.prefix = 'datrang.write' AND split_part(rtrim(encode(
                substring(message.content FOR position('\x0a'::bytea IN message.content)), 'escape'), E'\n'), ' ', 7) <> '-' THEN
            large := large + 1;
        END IF;
        prefix := message.prefix;
        content := message.content;
        RETURN NEXT;
    END LOOP;
    IF large > 0 THEN
        RAISE EXCEPTION '% large writes to native tables after % are not in their files', large, durable
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Recover to a position flush-interval after them, or lose all later writes with recover_to(accept_loss => true).';
    END IF;
END
$$;

-- After point-in-time recovery: native tables go on from what the catalog, recovered with the server, says of their
-- files; mirrors are copied anew. Writes that were not in files yet are known to the log only: they are written to it
-- once more, behind the position from which the sidecar follows it.
CREATE FUNCTION datrang.recover_to(accept_loss bool DEFAULT false)
RETURNS TABLE (native_table text, restored_to pg_lsn) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    sidecar datrang.sidecar := (SELECT s FROM datrang.sidecar s);
    begins pg_lsn := (SELECT s.confirmed_flush_lsn FROM pg_replication_slots s WHERE s.slot_name = sidecar.slot_name);
    is_behind bool := begins IS NULL OR begins > sidecar.durable_lsn;
    message record;
    reached pg_lsn := sidecar.durable_lsn;
BEGIN
    PERFORM datrang.check_sidecar_stopped();
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'recovery is in progress' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Promote the server first.';
    ELSIF sidecar.durable_lsn IS NULL OR sidecar.system_identifier <> (SELECT c.system_identifier FROM pg_control_system() c) THEN
        RAISE EXCEPTION 'the files are not of this server' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Restore native tables from a dump.';
    END IF;
    IF begins IS NULL THEN  -- before anything is written, as PostgreSQL wants it
        begins := (SELECT lsn FROM pg_create_logical_replication_slot(sidecar.slot_name, 'pgoutput'));
    END IF;
    IF is_behind THEN
        IF NOT accept_loss AND EXISTS (SELECT FROM datrang.tables WHERE kind = 'native' AND state <> 'dropped') THEN
            FOR message IN SELECT * FROM datrang.messages_to_repeat(sidecar.durable_lsn) LOOP
                PERFORM pg_logical_emit_message(true, message.prefix, message.content);
                reached := pg_current_wal_flush_lsn();
            END LOOP;
        END IF;
        -- What is not in files of the definitions themselves; the sidecar ignores what it has just been told.
        PERFORM datrang.tell_sidecar(t.table_id, CASE WHEN t.stored_version IS NULL THEN 'create' ELSE 'redefine' END)
            FROM datrang.tables t
            WHERE t.kind = 'native' AND t.state <> 'dropped' AND t.stored_version IS DISTINCT FROM t.version;
        UPDATE datrang.sidecar SET durable_lsn = begins;
    END IF;
    PERFORM datrang.forget_mirrors();
    RETURN QUERY UPDATE datrang.tables t
        SET state = CASE WHEN t.stored_version IS NULL THEN 'pending' ELSE 'streaming' END, error = NULL, frozen_lsn = NULL
        WHERE t.kind = 'native' AND t.state <> 'dropped' AND t.source IN (SELECT oid FROM pg_class)
        RETURNING t.source::regclass::text, reached;
END
$$;
COMMENT ON FUNCTION datrang.recover_to IS
    'after point-in-time recovery: native tables go on from their files, mirrors are copied anew; call it while the sidecar is stopped';
