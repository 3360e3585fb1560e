-- Partitioned tables as Flight SQL clients read them: the columnar tables of their partitions.

-- The partitions of a partitioned table, a row each, and the columns of it a role may read; one row that says
-- why when it may not, none when there is no such table. Schemas are searched in order, an exact name wins. Until
-- the caller's transaction ends no partition comes or goes, and held_at has all that was done to them before.
CREATE FUNCTION datrang.hold_partitioned(schemas name[], table_name name, role oid)
RETURNS TABLE (title text, refusal text, columns name[], held_at pg_lsn, partition text, table_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent oid := (
        SELECT c.oid FROM unnest(schemas) WITH ORDINALITY s(name, place)
        JOIN pg_namespace n ON lower(n.nspname) = lower(s.name) JOIN pg_class c ON c.relnamespace = n.oid
        WHERE c.relkind = 'p' AND c.relpersistence = 'p' AND lower(c.relname) = lower(hold_partitioned.table_name)
        ORDER BY s.place, n.nspname = s.name DESC, c.relname = hold_partitioned.table_name DESC, n.nspname, c.relname LIMIT 1);
    level regclass;
BEGIN
    IF parent IS NULL THEN
        RETURN;
    END IF;
    SELECT f.title, f.refusal, f.columns INTO title, refusal, columns FROM datrang.readable_columns(parent, role) f;
    IF refusal IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    -- ATTACH and DETACH CONCURRENTLY conflict with nothing weaker.
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', parent::regclass);
    FOR level IN SELECT relid FROM pg_partition_tree(parent) t WHERE NOT t.isleaf AND t.level > 0 ORDER BY t.level LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', level);
    END LOOP;
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

