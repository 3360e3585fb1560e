-- Partitioned tables as Flight SQL clients read them: the columnar tables of their partitions.

-- The partitioned table of a name, if there is one. Schemas are searched in order, an exact name wins.
CREATE FUNCTION datrang.find_partitioned(schemas name[], table_name name) RETURNS oid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid FROM unnest(schemas) WITH ORDINALITY s(name, place)
    JOIN pg_namespace n ON lower(n.nspname) = lower(s.name) JOIN pg_class c ON c.relnamespace = n.oid
    WHERE c.relkind = 'p' AND c.relpersistence = 'p' AND lower(c.relname) = lower(find_partitioned.table_name)
    ORDER BY s.place, n.nspname = s.name DESC, c.relname = find_partitioned.table_name DESC, n.nspname, c.relname LIMIT 1
$$;

-- Locks tables that are to be held together, those that a role may read, in an order that is everybody's. Partitions
-- are not touched before their parents are locked.
CREATE FUNCTION datrang.lock_partitioned(tables oid[], role oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    level regclass;
BEGIN
    FOR level IN
        WITH RECURSIVE levels(relid) AS (
            SELECT t.oid FROM unnest(tables) t(oid), datrang.readable_columns(t.oid, role) f
            WHERE f.title IS NOT NULL AND f.refusal IS NULL
            UNION
            SELECT c.oid FROM levels l JOIN pg_inherits i ON i.inhparent = l.relid JOIN pg_class c ON c.oid = i.inhrelid
            WHERE c.relkind = 'p')
        SELECT relid FROM levels
        ORDER BY pg_partition_root(relid)::oid, (SELECT count(*) FROM pg_partition_ancestors(relid)), relid
    LOOP
        -- ATTACH and DETACH CONCURRENTLY conflict with nothing weaker.
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', level);
    END LOOP;
END
$$;
COMMENT ON FUNCTION datrang.lock_partitioned IS 'locks partitioned tables that one transaction holds, in an order that is everybody''s';

-- The partitions of a partitioned table, a row each, and the columns of it a role may read; one row that says
-- why when it may not, none when there is no such table. Until the caller's transaction
-- ends no partition comes or goes, and held_at has all that was done to them before.
CREATE FUNCTION datrang.hold_partitioned(schemas name[], table_name name, role oid)
RETURNS TABLE (title text, refusal text, columns name[], held_at pg_lsn, partition text, table_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent oid := datrang.find_partitioned(schemas, table_name);
BEGIN
    IF parent IS NULL THEN
        RETURN;
    END IF;
    SELECT f.title, f.refusal, f.columns INTO title, refusal, columns FROM datrang.readable_columns(parent, role) f;
    IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM datrang.lock_partitioned(ARRAY[parent], role);
    PERFORM datrang.lock_partitioned(ARRAY[parent], role);  -- what came while the first waited
    SELECT f.title, f.refusal, f.columns INTO title, refusal, columns FROM datrang.readable_columns(parent, role) f;
    held_at := pg_current_wal_flush_lsn();
    RETURN QUERY
        SELECT hold_partitioned.title, hold_partitioned.refusal, hold_partitioned.columns, hold_partitioned.held_at,
               p.relid::regclass::text, t.table_id
        FROM pg_partition_tree(parent) p LEFT JOIN datrang.tables t ON t.source = p.relid AND t.state <> 'dropped'
        WHERE p.isleaf ORDER BY p.relid;
    IF NOT FOUND THEN
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION datrang.hold_partitioned IS 'the columnar tables of a partitioned table''s partitions, which stay what they are until the transaction ends';

CREATE FUNCTION datrang.readable_columns(relation oid, role oid, OUT title text, OUT refusal text, OUT columns name[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid::regclass::text,
           CASE WHEN NOT has_schema_privilege(role, c.relnamespace, 'USAGE') OR readable IS NULL
                    THEN format('permission denied for table %s', c.oid::regclass)
                WHEN c.relrowsecurity AND NOT (r.rolsuper OR r.rolbypassrls
                                               OR NOT c.relforcerowsecurity AND pg_has_role(role, c.relowner, 'USAGE'))
                    THEN format('row-level security of table %s applies to you', c.oid::regclass) END,
           readable
    FROM pg_class c JOIN pg_roles r ON r.oid = role
    CROSS JOIN LATERAL (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          AND has_column_privilege(role, c.oid, a.attnum, 'SELECT')) a(readable)
    WHERE c.oid = relation
$$;

