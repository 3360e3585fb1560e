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
