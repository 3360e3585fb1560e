-- Everything extension datrang consists of, one line an object, as text that is equal where the objects are.
WITH members AS (
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datrang')
),
relations AS (SELECT c.* FROM pg_class c JOIN members m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid),
lines AS (
    SELECT 'member ' || pg_describe_object(classid, objid, 0) || coalesce(': ' || obj_description(objid, classid::regclass::name), '')
        AS line FROM members
    UNION ALL
    SELECT pg_get_functiondef(p.oid) || ' for ' || coalesce(rights, 'default')
    FROM pg_proc p JOIN members m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid,
         LATERAL (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(p.proacl) a) r(rights)
    UNION ALL
    SELECT 'relation ' || relname || ' ' || relkind::text || ' for ' || coalesce(rights, 'default') || coalesce(pg_get_viewdef(c.oid), '')
    FROM relations c, LATERAL (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(c.relacl) a) r(rights)
    UNION ALL
    SELECT 'column ' || c.relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::text || attidentity::text
        || attgenerated::text || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') || coalesce(col_description(c.oid, attnum), '')
    FROM relations c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL
    SELECT 'constraint ' || c.relname || ' ' || conname || ' ' || pg_get_constraintdef(k.oid)
    FROM relations c JOIN pg_constraint k ON conrelid = c.oid
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM relations c JOIN pg_index ON indrelid = c.oid
    UNION ALL
    SELECT pg_get_triggerdef(t.oid) FROM relations c JOIN pg_trigger t ON tgrelid = c.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'event trigger', evtname, evtevent, evttags, evtfoid::regprocedure, evtenabled) FROM pg_event_trigger
    UNION ALL
    SELECT concat_ws(' ', 'server', srvname, srvoptions, srvacl) FROM pg_foreign_server
    UNION ALL
    SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname IN ('datrang', 'columnar')
    UNION ALL
    SELECT concat_ws(' ', 'publication', pubname) FROM pg_publication
)
SELECT line FROM lines ORDER BY line COLLATE "C"
