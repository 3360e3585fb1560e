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
                'schema_name', t.schema_name, 'table_name', t.table_name,
                'columns', datrang.told_columns(t.columns), 'key_columns', t.key,
                'partitions', t.partitions::int8[], 'removed', removed::int8[], 'xid', pg_current_xact_id()::text)::text)
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
        EXCEPTION WHEN transaction_rollback OR insufficient_resources OR lock_not_available OR object_in_use
                    OR operator_intervention OR system_error THEN
            RAISE; -- of this moment, not of the definition: what the transaction does fails, and can be done again
        WHEN OTHERS THEN
            IF SQLSTATE = 'XX000' AND SQLERRM LIKE 'tuple concurrently %' THEN
                RAISE; -- as well: another session has changed the foreign table
            END IF;
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

-- All mirrors whose source is not as the picture has it. Late, one that cannot for a reason of the moment keeps no
-- other from following, and does so at the next call.
CREATE FUNCTION datrang.follow_sources(in_place bool) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed datrang.tables;
BEGIN
    FOR changed IN SELECT * FROM datrang.tables t
                   WHERE t.kind = 'mirror' AND t.state <> 'dropped' AND t.picture IS DISTINCT FROM datrang.source_picture(t.source)
    LOOP
        BEGIN
            PERFORM datrang.follow(changed.table_id, in_place);
        EXCEPTION WHEN OTHERS THEN
            IF in_place THEN
                RAISE;
            END IF;
            RAISE NOTICE 'mirror %.% does not follow its source yet: %', changed.schema_name, changed.table_name, SQLERRM;
        END;
    END LOOP;
END
$$;

-- For the sidecar: follows what the event trigger has not, because it is missing or disabled.
CREATE FUNCTION datrang.follow_late() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS 'SELECT datrang.follow_sources(false)';

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
