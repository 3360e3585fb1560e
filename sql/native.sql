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
         FROM jsonb_array_elements(datrang.told_columns(t.columns)) WITH ORDINALITY e(c, n)))
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
    SELECT jsonb_agg(jsonb_strip_nulls(datrang.with_time_kind(n, o) || jsonb_build_object('missing',
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

-- Those that say which table it shows.
CREATE FUNCTION datrang.drop_options(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    drops text := (SELECT string_agg(format('DROP %I', o.option_name), ', ') FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o
                   WHERE f.ftrelid = relation AND o.option_name IN ('table_id', 'version', 'native'));
BEGIN
    IF drops IS NOT NULL THEN
        EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (%s)', relation, drops);
    END IF;
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
        PERFORM datrang.take_over_options(relation);
    ELSIF NOT by_superuser AND NOT datrang.shows_itself(relation, id) THEN
        RAISE EXCEPTION 'permission denied to choose the table_id of foreign table %', relation::regclass
            USING ERRCODE = 'insufficient_privilege', HINT = 'Leave the option table_id out.';
    ELSIF EXISTS (SELECT FROM datrang.tables t WHERE t.source = relation AND t.kind = 'native') THEN
        PERFORM datrang.redefine_native(relation);
        PERFORM datrang.take_over_options(relation);
    ELSIF datrang.shows_itself(relation, id) THEN
        PERFORM datrang.take_over_options(relation);
    ELSIF id IS NOT NULL AND datrang.options_of_files(relation) IS NOT NULL THEN
        RAISE EXCEPTION 'foreign table % shows the files of another table', relation::regclass
            USING ERRCODE = 'fdw_invalid_option_name', HINT = 'Give the options of files to that one.';
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
