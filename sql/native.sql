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
    SELECT format('(declare %s %s %s %s)', t.table_id, datrang.quoted(t.schema_name), datrang.quoted(t.table_name),
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
    ELSIF datrang.table_id(relation) IS NOT NULL THEN
        RAISE EXCEPTION 'foreign table % is registered already', relation USING ERRCODE = 'duplicate_object';
    END IF;
    INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name, table_name, columns, key)
        VALUES ('native', relation, class.relnamespace::regnamespace::text, class.relname,
                class.relnamespace::regnamespace::text, class.relname, datrang.native_columns(relation), '{1000000}')
        RETURNING table_id INTO id;
    EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (ADD table_id %L, ADD native ''true'')', relation, id);
    PERFORM FROM datrang.call(datrang.declaration(id)) AS answer (head text, with_rows bool);
    PERFORM pg_logical_emit_message(true, 'datrang.table', id::text);
    NOTIFY datrang;
END
$$;

-- What follows from CREATE and ALTER FOREIGN TABLE. Only this extension says which table a foreign table shows:
-- whoever could say so himself could read everybody's.
CREATE FUNCTION datrang.foreign_table_changed(relation oid, command text, by_superuser bool) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id bigint := datrang.table_id(relation);
    native jsonb := (SELECT columns FROM datrang.tables WHERE source = relation AND kind = 'native');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
                   WHERE f.ftrelid = relation AND s.srvname = 'datrang') THEN
        RETURN;
    ELSIF id IS NULL AND command = 'CREATE FOREIGN TABLE' THEN
        PERFORM datrang.register_native(relation);
    ELSIF NOT by_superuser AND NOT datrang.shows_itself(relation, id) THEN
        RAISE EXCEPTION 'permission denied to choose the table_id of foreign table %', relation::regclass
            USING ERRCODE = 'insufficient_privilege', HINT = 'Leave the option table_id out.';
    ELSIF native IS NULL THEN
        RETURN;
    ELSIF native <> datrang.native_columns(relation) THEN
        RAISE EXCEPTION 'the columns of native columnar table % cannot be changed', relation::regclass
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Make another table with datrang.create_table() and copy the rows.';
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

GRANT USAGE ON FOREIGN SERVER datrang TO PUBLIC;
