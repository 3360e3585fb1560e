-- How each PostgreSQL type is kept. The one place that decides; Java's StorageKind has the same words.

-- A numeric modifier less 4 holds the precision above the scale, which has 11 bits and a sign since 15.
CREATE FUNCTION datrang.numeric_precision(typmod int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ((typmod - 4) >> 16) & 65535';

CREATE FUNCTION datrang.numeric_scale(typmod int) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT (((typmod - 4) & 2047) # 1024) - 1024';

-- Times of day are timestamps of 1970-01-01 in files, since Spark reads no Iceberg table with a column of type time;
-- ALTER SERVER datrang OPTIONS (ADD iceberg_time 'time') is for readers that know the type. Tables keep what they began with.
CREATE FUNCTION datrang.time_kind() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM pg_foreign_server WHERE srvname = 'datrang' AND 'iceberg_time=time' = ANY (srvoptions))
                THEN 'TIME' ELSE 'DATED_TIME' END
$$;

-- A column's new description n with the kind of time that its values are kept as, as its old description o has it.
CREATE FUNCTION datrang.with_time_kind(n jsonb, o jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN n->>'kind' IN ('TIME', 'DATED_TIME') AND o->>'kind' IN ('TIME', 'DATED_TIME')
            THEN n || jsonb_build_object('kind', o->'kind')
        WHEN n ? 'element' AND o ? 'element'
            THEN n || jsonb_build_object('element', datrang.with_time_kind(n->'element', o->'element'))
        ELSE n END
$$;

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
        WHEN type = 'time'::regtype THEN datrang.time_kind()
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

-- Columns as the sidecar is told of them: a domain over a built-in type goes by that type's name.
CREATE FUNCTION datrang.told_columns(columns jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(CASE WHEN t.oid <> (c->>'oid')::oid
                          THEN c || jsonb_build_object('type', format_type(b.type, b.typmod)) ELSE c END ORDER BY n)
    FROM jsonb_array_elements(columns) WITH ORDINALITY e(c, n)
    CROSS JOIN LATERAL datrang.base_type((c->>'oid')::oid, (c->>'typmod')::int) b
    LEFT JOIN pg_type t ON t.oid = b.type AND t.typnamespace = 'pg_catalog'::regnamespace
$$;
