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

-- Field ids of columns that files can be sorted by.
CREATE FUNCTION datrang.cluster_fields(chosen datrang.tables, target regclass, columns name[]) RETURNS int[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fields int[] := '{}';
    described jsonb;
    wanted name;
BEGIN
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
    RETURN fields;
END
$$;

-- How files are written, as datrang.tables.file_options has it.
CREATE FUNCTION datrang.file_form(chosen datrang.tables, target regclass, compression_level int, row_group_rows int, bloom name[])
RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fields jsonb := '[]';
    described jsonb;
    wanted name;
BEGIN
    IF compression_level IS NULL OR compression_level NOT BETWEEN 1 AND 19 THEN
        RAISE EXCEPTION 'compression_level must be from 1 to 19' USING ERRCODE = 'invalid_parameter_value';
    ELSIF row_group_rows IS NULL OR row_group_rows NOT BETWEEN 2048 AND 1000000 THEN
        RAISE EXCEPTION 'row_group_rows must be from 2048 to 1000000' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOREACH wanted IN ARRAY coalesce(bloom, '{}') LOOP
        described := (SELECT c FROM jsonb_array_elements(chosen.columns) c
                      WHERE c->>'name' = wanted AND wanted <> '_datrang_row');
        IF described IS NULL THEN
            RAISE EXCEPTION 'column "%" of columnar table % does not exist', wanted, target
                USING ERRCODE = 'undefined_column';
        ELSIF described->>'kind' NOT IN ('INT4', 'INT8', 'TEXT', 'BPCHAR', 'UUID') THEN
            RAISE EXCEPTION 'column "%" of columnar table % cannot have a bloom filter', wanted, target
                USING ERRCODE = 'feature_not_supported',
                      HINT = 'Choose columns of type integer, bigint, uuid, or of text of any kind.';
        END IF;
        fields := fields || (described->'field_id');
    END LOOP;
    RETURN jsonb_build_object('level', compression_level, 'rows', row_group_rows, 'bloom', fields);
END
$$;

-- Where OPTIONS of the foreign table say how its files are, nothing else does.
CREATE FUNCTION datrang.check_no_options(chosen datrang.tables, target regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF chosen.file_options ? 'options' THEN
        RAISE EXCEPTION 'the files of columnar table % are written as its OPTIONS say', target
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Change them with ALTER FOREIGN TABLE ... OPTIONS.';
    END IF;
END
$$;

-- Chooses what the rows of a columnar table are sorted by in its files; no columns: by the key. Files that are
-- there are sorted anew by datrang.vacuum().
CREATE FUNCTION datrang.cluster_by(target regclass, columns name[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen datrang.tables := datrang.columnar_of(target);
BEGIN
    PERFORM datrang.check_owner(target);
    PERFORM datrang.check_no_options(chosen, target);
    UPDATE datrang.tables t SET cluster_by = nullif(datrang.cluster_fields(chosen, target, cluster_by.columns), '{}')
        WHERE t.table_id = chosen.table_id;
END
$$;
COMMENT ON FUNCTION datrang.cluster_by IS
    'chooses the columns by which the rows of a columnar table are sorted in its files; datrang.vacuum sorts those there are';

-- Chooses how the files of a columnar table are written from now on: Zstandard's level, rows of a row group, and
-- columns with bloom filters besides the key. Files that are there stay as they are until they are written anew.
CREATE FUNCTION datrang.file_options(target regclass, compression_level int DEFAULT 3, row_group_rows int DEFAULT 122880,
    bloom name[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen datrang.tables := datrang.columnar_of(target);
BEGIN
    PERFORM datrang.check_owner(target);
    PERFORM datrang.check_no_options(chosen, target);
    UPDATE datrang.tables t SET file_options = datrang.file_form(chosen, target, compression_level, row_group_rows, bloom)
        WHERE t.table_id = chosen.table_id;
END
$$;
COMMENT ON FUNCTION datrang.file_options IS
    'chooses compression, row groups and bloom filters of the files of a columnar table that are written from now on';

-- Chooses whether the texts of a column get filters in the index, so that LIKE '%word%' and ILIKE skip row groups:
-- those of files written from now on, and with datrang.reindex() those of all files.
CREATE FUNCTION datrang.index_text(target regclass, indexed name, remove boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen datrang.tables := datrang.columnar_of(target);
    described jsonb;
    field int;
BEGIN
    PERFORM datrang.check_owner(target);
    described := (SELECT c FROM jsonb_array_elements(chosen.columns) c WHERE c->>'name' = indexed);
    IF described IS NULL THEN
        RAISE EXCEPTION 'column "%" of columnar table % does not exist', indexed, target
            USING ERRCODE = 'undefined_column';
    ELSIF described->>'kind' <> 'TEXT' THEN
        RAISE EXCEPTION 'column "%" of columnar table % is no text', indexed, target
            USING ERRCODE = 'feature_not_supported', HINT = 'Choose columns of type text or character varying.';
    END IF;
    field := (described->>'field_id')::int;
    UPDATE datrang.tables t
        SET text_fields = nullif(array_remove(t.text_fields, field) || CASE WHEN remove THEN '{}' ELSE ARRAY[field] END, '{}')
        WHERE t.table_id = chosen.table_id;
END
$$;
COMMENT ON FUNCTION datrang.index_text IS
    'chooses whether the texts of a column are indexed for LIKE and ILIKE; datrang.reindex indexes those there are';

-- ---- the same as OPTIONS of the foreign table ----

-- Those of a foreign table's options that say how its files are; null when none does.
CREATE FUNCTION datrang.options_of_files(relation oid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o
    WHERE f.ftrelid = relation AND o.option_name IN ('compression_level', 'row_group_rows', 'bloom', 'cluster_by')
$$;

-- 'a, "B c"' as names.
CREATE FUNCTION datrang.names_of(list text) RETURNS name[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg((parse_ident(part))[1]::name ORDER BY n), '{}')
    FROM regexp_split_to_table(list, ',(?=(?:[^"]*"[^"]*")*[^"]*$)') WITH ORDINALITY p(part, n) WHERE list ~ '\S'
$$;

-- Names that fields have now, as an option lists them.
CREATE FUNCTION datrang.names_of_fields(columns jsonb, fields int[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(string_agg(quote_ident(c->>'name'), ', ' ORDER BY n), '')
    FROM unnest(fields) WITH ORDINALITY f(field, n) JOIN jsonb_array_elements(columns) c ON (c->>'field_id')::int = field
$$;

-- What the option "encoding" of columns says, by field id; null when none has it.
CREATE FUNCTION datrang.encodings_of(chosen datrang.tables, relation regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fields jsonb;
    said record;
BEGIN
    FOR said IN
        SELECT a.attname, o.option_value AS encoding, c
        FROM pg_attribute a CROSS JOIN LATERAL pg_options_to_table(a.attfdwoptions) o
             LEFT JOIN jsonb_array_elements(chosen.columns) c ON c->>'name' = a.attname
        WHERE a.attrelid = relation AND NOT a.attisdropped AND o.option_name = 'encoding' AND o.option_value <> 'auto'
        ORDER BY a.attnum
    LOOP
        IF NOT coalesce(datrang.can_be_encoded(said.c, said.encoding), false) THEN
            RAISE EXCEPTION 'column "%" of columnar table % cannot have the encoding %', said.attname, relation, said.encoding
                USING ERRCODE = 'feature_not_supported',
                      HINT = 'dictionary is for all types but boolean; delta for all but boolean, real and double; '
                             'delta_length for text and bytea; byte_stream_split for dates, times, and numbers of up to 18 digits.';
        END IF;
        fields := coalesce(fields, '{}') || jsonb_build_object(said.c->>'field_id', said.encoding);
    END LOOP;
    RETURN fields;
END
$$;

-- Whether values of a column, as datrang.tables describes it, can be written so.
CREATE FUNCTION datrang.can_be_encoded(described jsonb, encoding text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE described->>'kind'
        WHEN 'BOOL' THEN encoding = 'plain'
        WHEN 'ARRAY' THEN false
        WHEN 'INTERVAL' THEN false
        WHEN 'FLOAT4' THEN encoding IN ('plain', 'dictionary', 'byte_stream_split')
        WHEN 'FLOAT8' THEN encoding IN ('plain', 'dictionary', 'byte_stream_split')
        WHEN 'TEXT' THEN encoding <> 'byte_stream_split'
        WHEN 'BPCHAR' THEN encoding <> 'byte_stream_split'
        WHEN 'BYTEA' THEN encoding <> 'byte_stream_split'
        WHEN 'UUID' THEN encoding IN ('plain', 'dictionary', 'delta')
        WHEN 'DECIMAL' THEN encoding IN ('plain', 'dictionary', 'delta')
                            OR encoding = 'byte_stream_split' AND (described->>'precision')::int <= 18
        ELSE encoding <> 'delta_length' END
$$;

-- Takes over what OPTIONS say now; where that is as before, columns may have other names.
CREATE FUNCTION datrang.take_over_options(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen datrang.tables := datrang.columnar_of(relation);
    said jsonb := datrang.options_of_files(relation);
    known jsonb := chosen.file_options->'options';
    bloom int[];
    renamed record;
BEGIN
    UPDATE datrang.tables t SET encodings = datrang.encodings_of(chosen, relation)
        WHERE t.table_id = chosen.table_id AND t.encodings IS DISTINCT FROM datrang.encodings_of(chosen, relation);
    IF said IS NULL AND known IS NULL THEN
        RETURN;
    ELSIF said IS NULL THEN
        UPDATE datrang.tables t SET cluster_by = NULL, file_options = NULL WHERE t.table_id = chosen.table_id;
        RETURN;
    ELSIF said IS DISTINCT FROM known THEN
        UPDATE datrang.tables t SET
            cluster_by = nullif(datrang.cluster_fields(chosen, relation, datrang.names_of(said->>'cluster_by')), '{}'),
            file_options = jsonb_build_object('options', said) || datrang.file_form(chosen, relation,
                coalesce((said->>'compression_level')::int, 3), coalesce((said->>'row_group_rows')::int, 122880),
                datrang.names_of(said->>'bloom'))
            WHERE t.table_id = chosen.table_id;
        RETURN;
    END IF;
    bloom := ARRAY(SELECT f::int FROM jsonb_array_elements_text(chosen.file_options->'bloom') f);
    FOR renamed IN
        SELECT o.name, o.list FROM (VALUES ('cluster_by', datrang.names_of_fields(chosen.columns, chosen.cluster_by)),
                                           ('bloom', datrang.names_of_fields(chosen.columns, bloom))) o(name, list)
        WHERE said ? o.name AND datrang.names_of(o.list) <> datrang.names_of(said->>o.name)
    LOOP
        EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET %s %L)', relation, renamed.name, renamed.list);
    END LOOP;
END
$$;

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

-- The states of a columnar table that datrang.as_of can name, oldest first.
CREATE FUNCTION datrang.snapshots(target regclass) RETURNS TABLE (
    snapshot_id bigint, committed_at timestamptz, lsn pg_lsn, rows bigint, files bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT has_table_privilege(datrang.caller(), target, 'SELECT') THEN
        RAISE EXCEPTION 'permission denied for table %', target USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT a.id, 'epoch'::timestamptz + a.ms * interval '1 millisecond', a.lsn::pg_lsn, a.rows, a.files
                 FROM datrang.call(format('(snapshots %s)', (datrang.columnar_of(target)).table_id))
                     AS a (id bigint, ms bigint, lsn text, rows bigint, files bigint);
END
$$;
COMMENT ON FUNCTION datrang.snapshots IS 'the past states of a columnar table that datrang.as_of can name, oldest first';

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
