-- An unpartitioned table becomes a partitioned one while it is used. What it holds is its first partition, as it is:
-- a constraint that says so is checked beside its users, then a short transaction exchanges the names.

-- Why a table cannot be converted, and what to do about it; no row when it can.
CREATE FUNCTION datrang.conversion_refusal(relation regclass, time_column name, step interval, keys_per_partition bool)
RETURNS TABLE (problem text, hint text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH class AS (SELECT c.* FROM pg_class c WHERE c.oid = relation),
         attribute AS (SELECT a.* FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = time_column AND a.attnum > 0)
    SELECT p.problem, p.hint FROM class, LATERAL (VALUES
        (NOT pg_has_role(datrang.caller(), relowner, 'USAGE'), 'you do not own it', NULL),
        (relkind = 'p', 'it is partitioned already', NULL),
        (relkind <> 'r' OR relpersistence <> 'p' OR relispartition OR reloftype <> 0
             OR EXISTS (SELECT FROM pg_inherits WHERE relation IN (inhrelid, inhparent)),
         'it is not a permanent table by itself', NULL),
        (NOT EXISTS (SELECT FROM attribute), format('it has no column "%s"', time_column), NULL),
        (EXISTS (SELECT FROM attribute WHERE atttypid NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) OR attgenerated <> ''),
         format('column "%s" is not of type date, timestamp or timestamptz, or is generated', time_column), NULL),
        (EXISTS (SELECT FROM attribute WHERE NOT attnotnull), format('column "%s" may be null', time_column),
         format('ALTER TABLE %s ADD CHECK (%I IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, then ALTER COLUMN %2$I SET NOT NULL: only the second reads the rows.',
                relation, time_column)),
        (step IS NULL OR step < '1 hour' OR date_trunc('month', step) <> step AND step >= '1 month'
             OR EXISTS (SELECT FROM attribute WHERE atttypid = 'date'::regtype) AND step <> date_trunc('day', step),
         format('partitions cannot be of %s', step), 'Give whole months, or hours and days below a month.'),
        (EXISTS (SELECT FROM datrang.mirrors_above(relation)), 'it is mirrored',
         format('End that with SELECT datrang.unmirror(%L); partitions are mirrored one by one.', relation::text)),
        (relrowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = relation), 'it has row-level security', NULL),
        (relhasrules OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal),
         'it has rules or triggers, which only its first partition would have', 'Drop them, and make triggers of the new table afterwards.'),
        (EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND relation IN (conrelid, confrelid)),
         'it has foreign keys, or is the target of some', 'Drop them first: a table with columnar partitions can have none.'),
        (EXISTS (SELECT FROM pg_index WHERE indrelid = relation AND indisexclusion), 'it has exclusion constraints', NULL),
        (NOT coalesce(keys_per_partition, false) AND EXISTS (SELECT FROM pg_index WHERE indrelid = relation AND indisunique),
         'its keys would be unique in each partition only, and ON CONFLICT not possible', 'Pass keys_per_partition => true to have it so.'),
        (EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                 WHERE r.prrelid = relation AND p.pubname <> 'datrang'),
         'a publication names it', 'Take it out, and put the new table in afterwards.'),
        (EXISTS (SELECT FROM datrang.dependents_of(relation) d WHERE d.view IS NULL),
         (SELECT format('%s depends on it', min(d.description)) FROM datrang.dependents_of(relation) d WHERE d.view IS NULL),
         'Drop it first, and make it again afterwards.')) p(found, problem, hint)
    WHERE p.found LIMIT 1
$$;

-- What names a table besides its own parts: views, with what makes them again, and others.
CREATE FUNCTION datrang.dependents_of(relation regclass)
RETURNS TABLE (view regclass, definition text, description text) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.oid::regclass, format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
               ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)),
           pg_describe_object(d.classid, d.objid, 0)
    FROM (SELECT DISTINCT d.classid, d.objid FROM pg_depend d, pg_class c
          WHERE c.oid = relation AND d.deptype = 'n' AND d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass,
                                                                             'pg_class'::regclass, 'pg_type'::regclass)
            AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = relation OR d.refclassid = 'pg_type'::regclass AND d.refobjid = c.reltype)) d
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.rulename = '_RETURN'
    LEFT JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
$$;

CREATE FUNCTION datrang.check_convertible(relation regclass, time_column name, step interval, keys_per_partition bool) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refusal record;
BEGIN
    SELECT * INTO refusal FROM datrang.conversion_refusal(relation, time_column, step, keys_per_partition);
    IF refusal.hint IS NOT NULL THEN
        RAISE EXCEPTION 'cannot partition % by time: %', relation, refusal.problem
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = refusal.hint;
    ELSIF FOUND THEN
        RAISE EXCEPTION 'cannot partition % by time: %', relation, refusal.problem USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

-- Where the partition of a time begins.
CREATE FUNCTION datrang.begin_of_step(moment timestamp, step interval) RETURNS timestamp
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN step < '1 month' THEN date_bin(step, moment, '2001-01-01')
                ELSE '2000-01-01'::timestamp + step * floor((extract(year FROM moment) * 12 + extract(month FROM moment) - 24001)
                                                            / (extract(year FROM step) * 12 + extract(month FROM step)))::float8 END
$$;

-- A time in a zone as a literal of the column's type.
CREATE FUNCTION datrang.bound_text(relation regclass, time_column name, moment timestamp, zone text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' SET timezone = 'UTC' AS $$
    SELECT CASE atttypid WHEN 'timestamptz'::regtype THEN (moment AT TIME ZONE zone)::text
                         WHEN 'date'::regtype THEN moment::date::text ELSE moment::text END
    FROM pg_attribute WHERE attrelid = relation AND attname = time_column
$$;

-- The session keeps the lock it takes: the conversion's transactions are one after the other.
CREATE FUNCTION datrang.begin_conversion(relation regclass) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lock_class constant int := 'datrang.archive_runs'::regclass::oid::int;
    run bigint;
BEGIN
    PERFORM datrang.check_owner(relation);
    IF NOT pg_try_advisory_xact_lock(lock_class, relation::oid::int) THEN
        RAISE EXCEPTION 'table % is being partitioned', relation USING ERRCODE = 'object_in_use';
    END IF;
    UPDATE datrang.archive_runs r
        SET state = 'failed', error = 'broken off, and taken over by a later run', finished_at = clock_timestamp()
        WHERE r.partition_id = relation AND r.finished_at IS NULL;
    INSERT INTO datrang.archive_runs (action, parent, partition, partition_id, state, run_by, parent_id)
        VALUES ('partition', relation::text, relation::text, relation, 'verifying', datrang.caller(), relation) RETURNING run_id INTO run;
    PERFORM pg_advisory_lock(lock_class, relation::oid::int);
    RETURN run;
END
$$;

-- Promises that all rows are older than a bound, which is two steps or less ahead of now and of the newest row.
CREATE FUNCTION datrang.promise_bound(relation regclass, time_column name, step interval) RETURNS timestamp
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone text := current_setting('TimeZone');
    moment timestamp := now() AT TIME ZONE zone;
    newest timestamp;
    bound timestamp;
BEGIN
    EXECUTE format('SELECT max(%I)::%s%s FROM ONLY %s', time_column,
                   (SELECT CASE atttypid WHEN 'timestamptz'::regtype THEN 'timestamptz' ELSE 'timestamp' END
                    FROM pg_attribute WHERE attrelid = relation AND attname = time_column),
                   (SELECT CASE atttypid WHEN 'timestamptz'::regtype THEN format(' AT TIME ZONE %L', zone) ELSE '' END
                    FROM pg_attribute WHERE attrelid = relation AND attname = time_column), relation) INTO newest;
    IF newest > moment + interval '10 years' THEN
        RAISE EXCEPTION 'cannot partition % by time: it has rows of %', relation, newest
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Its first partition has to end before rows that come later.';
    END IF;
    bound := datrang.begin_of_step(greatest(moment, newest), step) + 2 * step;
    PERFORM datrang.lock_in_turn(ARRAY[relation]);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS datrang_by_time, ADD CONSTRAINT datrang_by_time CHECK (%I < %L) NOT VALID',
                   relation, time_column, datrang.bound_text(relation, time_column, bound, zone));
    RETURN bound;
END
$$;

CREATE FUNCTION datrang.forget_bound(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = 'datrang_by_time') THEN
        PERFORM datrang.lock_in_turn(ARRAY[relation]);
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS datrang_by_time', relation);
    END IF;
END
$$;

-- Gives a partition the keys and unique indexes of another, unless it has some.
CREATE FUNCTION datrang.copy_keys(source regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT coalesce((SELECT format('ALTER TABLE %s ADD %s', target, pg_get_constraintdef(c.oid)) FROM pg_constraint c
                         WHERE c.conindid = i.indexrelid AND c.conrelid = source AND c.contype IN ('p', 'u')),
                        format('CREATE UNIQUE INDEX ON %s %s', target, substring(pg_get_indexdef(i.indexrelid) FROM ' (USING .*)$')))
        FROM pg_index i
        WHERE i.indrelid = source AND i.indisunique AND i.indisvalid
          AND NOT EXISTS (SELECT FROM pg_index t WHERE t.indrelid = target AND t.indisunique) ORDER BY i.indexrelid
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;

-- What has to be said of the new table, collected while the old one has its name.
CREATE FUNCTION datrang.conversion_commands(relation regclass) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('ALTER TABLE %s OWNER TO %s', relation, relowner::regrole) FROM pg_class WHERE oid = relation
    UNION ALL
    SELECT 'CREATE INDEX ON ' || substr(pg_get_indexdef(i.indexrelid), length(format('CREATE INDEX %I ON ', c.relname)) + 1)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation AND NOT i.indisunique AND i.indisvalid
    UNION ALL
    SELECT format(g, relation) FROM datrang.grants_of(relation) g
    UNION ALL
    SELECT format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, attname, relation,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_attribute, aclexplode(attacl) a WHERE attrelid = relation AND NOT attisdropped
    UNION ALL
    SELECT format('COMMENT ON TABLE %s IS %L', relation, obj_description(relation, 'pg_class'))
    WHERE obj_description(relation, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, relation, a.attname)
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.deptype = 'a'
    UNION ALL
    SELECT definition FROM datrang.dependents_of(relation)
$$;

-- The new table goes on with the old one's identity columns.
CREATE FUNCTION datrang.move_identities(past regclass, parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    each record;
    next bigint;
BEGIN
    FOR each IN SELECT attname, pg_get_serial_sequence(past::text, attname) AS sequence FROM pg_attribute
                WHERE attrelid = past AND attidentity <> '' AND NOT attisdropped
    LOOP
        next := nextval(each.sequence);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I RESTART WITH %s', parent, each.attname, next);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', past, each.attname);
    END LOOP;
END
$$;

-- The exchange; returns the name the old table has as the first partition.
CREATE FUNCTION datrang.exchange_for_partitioned(run bigint, relation regclass, time_column name, step interval, keys_per_partition bool,
    bound timestamp) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone text := current_setting('TimeZone');
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = relation);
    name text := relation::text;
    past text := left(class.relname, 58) || '_past';
    asked timestamptz;
    commands text[];
    command text;
    made regclass;
BEGIN
    PERFORM datrang.check_read_committed();
    asked := datrang.lock_in_turn(ARRAY(SELECT view FROM datrang.dependents_of(relation) WHERE view IS NOT NULL) || relation);
    PERFORM datrang.check_convertible(relation, time_column, step, keys_per_partition);
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = 'datrang_by_time' AND convalidated) THEN
        RAISE EXCEPTION 'the definition of % has changed meanwhile', relation
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Call datrang.partition_by_time() again.';
    END IF;
    commands := ARRAY(SELECT datrang.conversion_commands(relation));
    EXECUTE format('ALTER TABLE %s RENAME TO %I', relation, past);
    past := relation::text;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (%I)', name, past, time_column);
    PERFORM datrang.trim_grants(name::regclass, relation);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT datrang_by_time', name);
    PERFORM datrang.move_identities(relation, name::regclass);
    FOREACH command IN ARRAY commands LOOP
        EXECUTE command;
    END LOOP;
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%L)', name, past,
                   datrang.bound_text(relation, time_column, bound, zone));
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT datrang_by_time', past);
    PERFORM datrang.make_partition(name::regclass, bound, bound + step, zone);
    EXECUTE format('CREATE TABLE %s.%I PARTITION OF %s DEFAULT', class.relnamespace::regnamespace, left(class.relname, 55) || '_default', name);
    FOR made IN SELECT inhrelid FROM pg_inherits WHERE inhparent = name::regclass AND inhrelid <> relation LOOP
        PERFORM datrang.copy_keys(relation, made);
        PERFORM datrang.trim_grants(made, relation);
        EXECUTE format('ALTER TABLE %s OWNER TO %s', made, class.relowner::regrole);
    END LOOP;
    PERFORM datrang.note_run(run, 'done', name::regclass, locked_ms => round(extract(epoch FROM clock_timestamp() - asked) * 1000, 1));
    RETURN past;
END
$$;

-- Makes a table a partitioned one, online: datrang.partition_by_time('events', 'at', '1 month').
CREATE PROCEDURE datrang.partition_by_time(relation regclass, time_column name, step interval, keys_per_partition bool DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
    bound timestamp;
    problem text;
    problem_state text;
    past text;
    advice text := 'The table is as it was; datrang.archive_runs has the history.';
BEGIN
    PERFORM datrang.check_convertible(relation, time_column, step, keys_per_partition);
    run := datrang.begin_conversion(relation);
    COMMIT;
    BEGIN
        bound := datrang.promise_bound(relation, time_column, step);
    EXCEPTION WHEN OTHERS OR query_canceled THEN
        problem := SQLERRM;
        problem_state := SQLSTATE;
    END;
    COMMIT;
    IF problem IS NULL THEN
        BEGIN
            EXECUTE pg_catalog.format('ALTER TABLE %s VALIDATE CONSTRAINT datrang_by_time', relation);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            problem := SQLERRM;
            problem_state := SQLSTATE;
        END;
        COMMIT;
    END IF;
    IF problem IS NULL THEN
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        BEGIN
            past := datrang.exchange_for_partitioned(run, relation, time_column, step, keys_per_partition, bound);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            problem := SQLERRM;
            problem_state := SQLSTATE;
        END;
        COMMIT;
    END IF;
    IF problem IS NOT NULL THEN
        BEGIN
            PERFORM datrang.forget_bound(relation);
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            advice := pg_catalog.format('The table still has a constraint that refuses later rows (%s): ALTER TABLE %s DROP CONSTRAINT datrang_by_time.',
                                        SQLERRM, relation);
        END;
        COMMIT;
        BEGIN
            PERFORM datrang.note_run(run, 'failed', error => problem);
        EXCEPTION WHEN object_not_in_prerequisite_state THEN
            RAISE WARNING '%', SQLERRM;
        END;
        COMMIT;
    END IF;
    PERFORM pg_catalog.pg_advisory_unlock('datrang.archive_runs'::regclass::oid::int, relation::oid::int);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = problem_state, HINT = advice;
    END IF;
    RAISE NOTICE 'what was there is partition %, up to %', past, bound;
END
$$;
COMMENT ON PROCEDURE datrang.partition_by_time IS 'makes a table a partitioned one while it is used; its rows become the first partition';

