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
    entry oid;
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

    entry := datrang.publish(source);  -- before the picture is taken, which has it
    INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name, table_name, columns, key,
                                partitions, publication_entry, picture)
        SELECT 'mirror', source, relnamespace::regnamespace::text, relname, named.schema_name, named.table_name,
               columns, key, datrang.partitions(source), entry, datrang.source_picture(source)
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
