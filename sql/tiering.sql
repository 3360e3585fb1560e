-- Tiering: partitions of a range- or list-partitioned table move to columnar storage and back.
--
-- archive() copies a partition while it is written to. Triggers note what changes meanwhile; the switch locks the
-- parent, applies what was noted, and exchanges the partitions in one transaction. Until then everything can be
-- repeated, and a run that was broken off is taken over by the next one.

CREATE TABLE datrang.archive_runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action      text NOT NULL CHECK (action IN ('archive', 'restore', 'make', 'partition')),
    parent      text NOT NULL,              -- names as they were
    partition   text NOT NULL,
    partition_id oid,                       -- of the table that is replaced; null for one that is made
    target_id   oid,                        -- of the one that takes its place
    state       text NOT NULL CHECK (state IN ('copying', 'verifying', 'switching', 'done', 'failed')),
    rows        bigint,                     -- copied
    checksum    numeric,                    -- sum of hashes of the rows' text
    late_rows   bigint,                     -- changes made during the copy
    locked_ms   numeric,                    -- how long the parent was locked before the commit
    run_by      name NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    error       text,
    parent_id   oid                         -- null for runs of versions before 0.2.0
);
CREATE INDEX ON datrang.archive_runs (partition_id);
COMMENT ON TABLE datrang.archive_runs IS 'history of datrang.archive() and datrang.restore(), running ones included';

-- What happens to a partition while it is copied; both null for TRUNCATE.
CREATE TABLE datrang.partition_changes (
    change_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition_id oid NOT NULL,
    old_row      text,
    new_row      text
);
CREATE INDEX ON datrang.partition_changes (partition_id);

CREATE TABLE datrang.archive_policies (
    parent     oid PRIMARY KEY,
    older_than interval NOT NULL,
    premake    int NOT NULL,
    made_by    name NOT NULL,
    zone       text NOT NULL                -- where days and months begin
);

-- Errors and checksums tell of values: runs are for those who have the rights of the table's owner, and who ran them.
GRANT SELECT ON datrang.archive_runs, datrang.archive_policies TO PUBLIC;
ALTER TABLE datrang.archive_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_runs ON datrang.archive_runs FOR SELECT USING (
    EXISTS (SELECT FROM pg_class c WHERE c.oid = parent_id AND pg_has_role(c.relowner, 'USAGE'))
    OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = run_by AND pg_has_role(r.oid, 'USAGE')));

-- Everybody may call what follows: it works with the caller's rights, or asks who owns the table.

-- ---- what runs say about themselves ----

CREATE FUNCTION datrang.begin_run(action text, partition regclass) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    run bigint;
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    UPDATE datrang.archive_runs r
        SET state = 'failed', error = 'broken off, and taken over by a later run', finished_at = clock_timestamp()
        WHERE r.partition_id = partition AND r.finished_at IS NULL;
    INSERT INTO datrang.archive_runs (action, parent, partition, partition_id, state, run_by, parent_id)
        SELECT action, i.inhparent::regclass::text, partition::text, partition, 'copying', datrang.caller(), i.inhparent
        FROM pg_inherits i WHERE i.inhrelid = partition
        RETURNING run_id INTO run;
    RETURN run;
END
$$;

CREATE FUNCTION datrang.note_run(run bigint, new_state text, target oid DEFAULT NULL, rows bigint DEFAULT NULL,
        checksum numeric DEFAULT NULL, late_rows bigint DEFAULT NULL, locked_ms numeric DEFAULT NULL, error text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datrang.archive_runs r SET
        state = new_state, target_id = coalesce(target, r.target_id), rows = coalesce(note_run.rows, r.rows),
        checksum = coalesce(note_run.checksum, r.checksum), late_rows = coalesce(note_run.late_rows, r.late_rows),
        locked_ms = coalesce(note_run.locked_ms, r.locked_ms), error = note_run.error,
        finished_at = CASE WHEN new_state IN ('done', 'failed') THEN clock_timestamp() END
        WHERE r.run_id = run AND r.run_by = datrang.caller() AND r.finished_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % was taken over by a later one', run USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

CREATE FUNCTION datrang.check_partition_owner(partition regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(datrang.caller(), (SELECT relowner FROM pg_class WHERE oid = partition), 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of partition %', partition USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- ---- definitions ----

-- The columns and check constraints of a table, as CREATE FOREIGN TABLE wants them.
CREATE FUNCTION datrang.definition_of(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(part, ', ' ORDER BY place, name) FROM (
        SELECT attnum::int, '', format('%I %s', attname, format_type(atttypid, atttypmod))
            || CASE WHEN attcollation <> typcollation THEN ' COLLATE ' || attcollation::regcollation ELSE '' END
            || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
            || CASE WHEN adbin IS NULL THEN ''
                    WHEN attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(adbin, adrelid))
                    ELSE ' DEFAULT ' || pg_get_expr(adbin, adrelid) END
        FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT 100000, conname, format('CONSTRAINT %I %s', conname, replace(pg_get_constraintdef(oid), ' NOT VALID', ''))
        FROM pg_constraint WHERE conrelid = relation AND contype = 'c') d(place, name, part)
$$;

-- Names of the columns that can be written, or of all.
CREATE FUNCTION datrang.column_list(relation regclass, generated bool) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (generated OR attgenerated = '')
$$;

-- A table's number of rows and the sum of hashes of the text of its rows, with columns in the order given.
CREATE FUNCTION datrang.checksum_of(relation regclass, columns text, OUT rows bigint, OUT checksum numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
BEGIN
    EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(ROW(%s)::text, 0)::numeric), 0) FROM ONLY %s', columns, relation)
        INTO rows, checksum;
END
$$;

-- ---- changes while a partition is copied ----

-- The rows' text is the same whatever the writer's settings.
CREATE FUNCTION datrang.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO datrang.partition_changes (partition_id) VALUES (TG_RELID);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO datrang.partition_changes (partition_id, new_row) VALUES (TG_RELID, NEW::text);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO datrang.partition_changes (partition_id, old_row) VALUES (TG_RELID, OLD::text);
    ELSE
        INSERT INTO datrang.partition_changes (partition_id, old_row, new_row) VALUES (TG_RELID, OLD::text, NEW::text);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION datrang.take_changes(partition regclass) RETURNS TABLE (old_row text, new_row text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    RETURN QUERY DELETE FROM datrang.partition_changes c WHERE c.partition_id = partition RETURNING c.old_row, c.new_row;
END
$$;

-- A condition that all rows with these texts fulfil: with it the sidecar looks only where such rows can be.
CREATE FUNCTION datrang.condition_of_rows(relation regclass, row_texts text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    attribute record;
    known text;
    condition text := 'true';
BEGIN
    IF cardinality(row_texts) > 1000 THEN
        RETURN condition;
    END IF;
    FOR attribute IN
        SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
          AND atttypid = ANY ('{int2,int4,int8,text,varchar,uuid,date,timestamp,timestamptz}'::regtype[]) ORDER BY attnum
    LOOP
        EXECUTE format('SELECT array_agg(DISTINCT (r::%s).%s)::text FROM unnest($1) r HAVING count((r::%1$s).%2$s) = count(*)',
                       relation, attribute.name) INTO known USING row_texts;
        IF known IS NOT NULL THEN
            condition := format('%s AND %s = ANY (%L::%s[])', condition, attribute.name, known, attribute.type);
        END IF;
    END LOOP;
    RETURN condition;
END
$$;

-- Brings a copy up to what was noted; returns how many changes that were. Equal rows count, their order does not.
CREATE FUNCTION datrang.apply_changes(partition regclass, target regclass) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET intervalstyle = postgres SET extra_float_digits = 1 SET bytea_output = hex AS $$
DECLARE
    written text := datrang.column_list(partition, false);
    compared text := datrang.column_list(partition, true);
    changes bigint;
    gone bigint;
    gone_rows text[];
    deleted bigint;
BEGIN
    CREATE TEMP TABLE datrang_changes ON COMMIT DROP AS SELECT * FROM datrang.take_changes(partition);
    SELECT count(*) INTO changes FROM pg_temp.datrang_changes;
    IF EXISTS (SELECT FROM pg_temp.datrang_changes WHERE old_row IS NULL AND new_row IS NULL) THEN
        RAISE EXCEPTION 'partition % was truncated while it was copied', partition
            USING ERRCODE = 'serialization_failure', HINT = 'Archive it again.';
    END IF;
    IF changes > 0 THEN
        CREATE TEMP TABLE datrang_net ON COMMIT DROP AS
            SELECT row_text, sum(n)::int AS n
            FROM (SELECT new_row, 1 FROM pg_temp.datrang_changes UNION ALL
                  SELECT old_row, -1 FROM pg_temp.datrang_changes) c(row_text, n)
            WHERE row_text IS NOT NULL GROUP BY row_text HAVING sum(n) <> 0;
        EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM (SELECT (row_text::%s).* FROM pg_temp.datrang_net, generate_series(1, n)) r',
                       target, written, written, partition);
        SELECT coalesce(-sum(n), 0), array_agg(row_text) INTO gone, gone_rows FROM pg_temp.datrang_net WHERE n < 0;
        IF gone > 0 THEN
            EXECUTE format($sql$
                DELETE FROM %1$s t USING (
                    SELECT s.id AS "datrang id"
                    FROM (SELECT c.ctid AS id, ROW(%2$s)::text AS row_text,
                                 row_number() OVER (PARTITION BY ROW(%2$s)::text) AS copy FROM %1$s c WHERE %3$s) s
                    JOIN pg_temp.datrang_net g ON g.row_text = s.row_text AND s.copy <= -g.n) d
                WHERE t.ctid = d."datrang id" AND %3$s $sql$, target, compared, datrang.condition_of_rows(partition, gone_rows));
            GET DIAGNOSTICS deleted = ROW_COUNT;
            IF deleted <> gone THEN
                RAISE EXCEPTION 'the copy of partition % lacks % of its rows', partition, gone - deleted
                    USING ERRCODE = 'data_exception', HINT = 'Archive it again.';
            END IF;
        END IF;
        DROP TABLE pg_temp.datrang_net;
    END IF;
    DROP TABLE pg_temp.datrang_changes;
    RETURN changes;
END
$$;

-- ---- the steps of archive(), a transaction each ----

-- Whoever waits for a lock has to see what was done before he got it.
CREATE FUNCTION datrang.check_read_committed() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'partitions are exchanged in READ COMMITTED transactions only' USING ERRCODE = 'invalid_transaction_state';
    END IF;
END
$$;

-- Which of a table and the tables it is a partition of are mirrored.
CREATE FUNCTION datrang.mirrors_above(relation regclass) RETURNS SETOF regclass
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.source::regclass FROM datrang.tables t
    WHERE t.kind = 'mirror' AND t.state <> 'dropped' AND t.source IN (SELECT relation UNION ALL SELECT pg_partition_ancestors(relation))
$$;

-- Refuses what cannot be archived, before anything is made.
CREATE FUNCTION datrang.check_archivable(partition regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    strategy "char" := (SELECT partstrat FROM pg_partitioned_table WHERE partrelid = parent);
    problem text;
BEGIN
    IF class.relkind <> 'r' OR NOT class.relispartition THEN
        problem := 'it is not a heap table that is a partition';
    ELSIF class.relpersistence <> 'p' THEN
        problem := 'it is not a permanent table';
    ELSIF strategy IS NULL OR strategy NOT IN ('r', 'l') THEN
        problem := 'its parent is not partitioned by range or list';
    ELSIF EXISTS (SELECT FROM datrang.mirrors_above(partition) m WHERE m <> partition) THEN
        SELECT format('its root %s is mirrored as a whole, and such a mirror follows heap partitions only; end it with datrang.unmirror(%L), and mirror the partitions one by one where copies are wanted',
                      m, m::text) INTO problem FROM datrang.mirrors_above(partition) m WHERE m <> partition;
    ELSIF EXISTS (SELECT FROM pg_index WHERE indrelid = parent AND indisunique) THEN
        problem := format('PostgreSQL allows no foreign partitions of %s, which has a unique index; make such indexes of the heap partitions instead',
                          parent);
    ELSIF EXISTS (SELECT FROM pg_constraint WHERE conrelid = partition AND contype = 'f'
                  OR confrelid = partition AND contype = 'f') THEN
        problem := 'foreign keys are not possible with foreign tables';
    ELSIF class.relrowsecurity THEN
        problem := 'row-level security is not possible with foreign tables';
    ELSIF class.relhasrules OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = partition AND NOT tgisinternal AND tgparentid = 0
                                       AND tgname NOT IN ('datrang_note_change', 'datrang_note_truncate')) THEN
        problem := 'it has rules or triggers of its own, which would end with it';
    ELSE
        PERFORM datrang.native_columns(partition);
        RETURN;
    END IF;
    RAISE EXCEPTION 'cannot archive %: %', partition, problem USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;

CREATE FUNCTION datrang.archive_target(partition regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s.%I', relnamespace::regnamespace, left(relname, 54) || '_columnar') FROM pg_class WHERE oid = partition
$$;

-- Takes away what a run that was broken off has left; returns whether there was any.
CREATE FUNCTION datrang.abandon_archive(partition regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    left_over regclass := (SELECT c.oid FROM pg_class c JOIN datrang.archive_runs r ON r.target_id = c.oid
                           WHERE r.partition_id = partition AND c.relkind = 'f' AND NOT c.relispartition
                           ORDER BY r.run_id DESC LIMIT 1);
    found_any bool := left_over IS NOT NULL;
BEGIN
    PERFORM datrang.check_partition_owner(partition);
    IF left_over IS NOT NULL THEN
        EXECUTE format('DROP FOREIGN TABLE %s', left_over);
    END IF;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = partition AND tgname = 'datrang_note_change') THEN
        EXECUTE format('DROP TRIGGER datrang_note_change ON %s', partition);
        EXECUTE format('DROP TRIGGER datrang_note_truncate ON %s', partition);
        found_any := true;
    END IF;
    PERFORM FROM datrang.take_changes(partition);
    RETURN found_any;
END
$$;
COMMENT ON FUNCTION datrang.abandon_archive IS 'takes away what a broken off datrang.archive() has left';

-- Makes the columnar table, and has changes noted from now on: waits for writers of the partition.
CREATE FUNCTION datrang.prepare_archive(partition regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target text := datrang.archive_target(partition);
BEGIN
    PERFORM datrang.abandon_archive(partition);
    EXECUTE format('CREATE FOREIGN TABLE %s (%s) SERVER datrang', target, datrang.definition_of(partition));
    PERFORM datrang.trim_grants(target::regclass, partition);
    EXECUTE format('CREATE TRIGGER datrang_note_change AFTER INSERT OR UPDATE OR DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION datrang.note_change()', partition);
    EXECUTE format('CREATE TRIGGER datrang_note_truncate AFTER TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION datrang.note_change()', partition);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER datrang_note_change,
                    ENABLE ALWAYS TRIGGER datrang_note_truncate', partition);
    RETURN target::regclass;
END
$$;

-- Copies the partition as its transaction sees it (REPEATABLE READ); application_name says how far it is.
CREATE FUNCTION datrang.copy_partition(partition regclass, target regclass, OUT rows bigint, OUT checksum numeric)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step constant int := 16384;
    columns text := datrang.column_list(partition, false);
    blocks int := pg_relation_size(partition) / current_setting('block_size')::int;
    application text := current_setting('application_name');
BEGIN
    PERFORM FROM datrang.take_changes(partition);
    FOR block IN 0 .. blocks BY step LOOP
        PERFORM set_config('application_name', format('archive %s: %s %%', partition, block::int8 * 100 / greatest(blocks, 1)), true);
        EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM ONLY %s WHERE ctid >= ''(%s,0)'' AND ctid < ''(%s,0)''',
                       target, columns, columns, partition, block, block + step);
    END LOOP;
    PERFORM set_config('application_name', application, true);
    SELECT c.rows, c.checksum INTO rows, checksum FROM datrang.checksum_of(partition, datrang.column_list(partition, true)) c;
END
$$;

CREATE FUNCTION datrang.verify_copy(partition regclass, target regclass, rows bigint, checksum numeric) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    copied record;
BEGIN
    SELECT * INTO copied FROM datrang.checksum_of(target, datrang.column_list(partition, true));
    IF (copied.rows, copied.checksum) <> (rows, checksum) THEN
        RAISE EXCEPTION 'the copy of partition % has % rows with checksum %, not % with %',
            partition, copied.rows, copied.checksum, rows, checksum USING ERRCODE = 'data_corrupted';
    END IF;
    EXECUTE format('ANALYZE %s', target);
END
$$;

-- Locks tables against everybody, in their order, a parent first as everybody else does; gives way to who waits for
-- us or lets us wait, and tries again.
CREATE FUNCTION datrang.lock_in_turn(relations regclass[]) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked timestamptz;
    relation regclass;
BEGIN
    FOR attempt IN 1 .. 300 LOOP
        BEGIN
            SET LOCAL lock_timeout = '300ms';
            asked := clock_timestamp();
            FOREACH relation IN ARRAY relations LOOP
                -- LOCK of a view would lock all its tables
                EXECUTE (SELECT CASE relkind WHEN 'v' THEN format('ALTER VIEW %s OWNER TO %s', relation, relowner::regrole)
                                             ELSE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation) END
                         FROM pg_class WHERE oid = relation);
            END LOOP;
            SET LOCAL lock_timeout = 0;
            RETURN asked;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pg_sleep(0.2 + random() * 0.3);
        END;
    END LOOP;
    RAISE EXCEPTION 'could not lock %, which is always in use', relations[1]
        USING ERRCODE = 'lock_not_available', HINT = 'Look for long transactions, then try again.';
END
$$;

CREATE FUNCTION datrang.grants_of(relation regclass) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('GRANT %s ON TABLE %%s TO %s%s', a.privilege_type,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = relation AND a.grantee <> c.relowner
$$;

-- Takes back what a new table grants by default privileges and another does not.
CREATE FUNCTION datrang.trim_grants(relation regclass, source regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('REVOKE %s ON TABLE %s FROM %s CASCADE', a.privilege_type, relation,
                      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = relation AND a.grantee <> c.relowner
          AND NOT EXISTS (SELECT FROM pg_class s, aclexplode(coalesce(s.relacl, acldefault('r', s.relowner))) g
                          WHERE s.oid = source AND g.grantee = a.grantee AND g.privilege_type = a.privilege_type
                            AND g.is_grantable >= a.is_grantable)
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;

-- Puts one table in a partition's place, with its name, owner and grants, and drops the other. Needs the locks.
CREATE FUNCTION datrang.replace_partition(parent regclass, partition regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    target_kind "char" := (SELECT relkind FROM pg_class WHERE oid = target);
    words text := CASE target_kind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END;
    bound text := pg_get_expr(old.relpartbound, partition);
    grants text[] := ARRAY(SELECT datrang.grants_of(partition));
    each text;
BEGIN
    PERFORM datrang.trim_grants(target, partition);
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, partition);
    EXECUTE format('DROP %s %s', CASE old.relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, partition);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, target, bound);
    EXECUTE format('ALTER %s %s RENAME TO %I', words, target, old.relname);
    IF (SELECT relowner FROM pg_class WHERE oid = target) <> old.relowner THEN
        EXECUTE format('ALTER %s %s OWNER TO %s', words, target, old.relowner::regrole);
    END IF;
    FOREACH each IN ARRAY grants LOOP
        EXECUTE format(each, target);
    END LOOP;
    PERFORM datrang.tell_attached(target);
    -- Who sees the new partitions finds their rows by what is flushed.
    PERFORM set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
END
$$;

-- Snapshots from before its commit do not have the rows a columnar partition took over.
CREATE FUNCTION datrang.tell_attached(target regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(target);
    PERFORM pg_logical_emit_message(true, 'datrang.attached', t.table_id::text)
    FROM datrang.tables t WHERE t.source = target;
END
$$;

CREATE FUNCTION datrang.switch_partition(run bigint, partition regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    late bigint := (SELECT r.late_rows FROM datrang.archive_runs r WHERE r.run_id = run);
    asked timestamptz;
BEGIN
    PERFORM datrang.check_read_committed();
    asked := datrang.lock_in_turn(ARRAY[parent, partition]);
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = partition AND inhparent = parent AND NOT inhdetachpending)
       OR datrang.definition_of(partition) <> datrang.definition_of(target) THEN
        RAISE EXCEPTION 'the definition of partition % has changed while it was copied', partition
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Archive it again.';
    END IF;
    late := late + datrang.apply_changes(partition, target);
    PERFORM datrang.unmirror(partition) FROM datrang.mirrors_above(partition) m WHERE m = partition;
    PERFORM datrang.replace_partition(parent, partition, target);
    PERFORM datrang.note_run(run, 'done', late_rows => late,
                             locked_ms => round(extract(epoch FROM clock_timestamp() - asked) * 1000, 1));
END
$$;

-- ---- what users call ----

-- Another role's rights for one command, if the caller is a member of it.
CREATE FUNCTION datrang.run_as(role regrole, command text) RETURNS text
    AS 'MODULE_PATHNAME', 'datrang_run_as' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

-- One step of archive(). Gives the run's number; 'catch up', how many changes were to be applied.
CREATE FUNCTION datrang.archive_step(step text, partition regclass, run bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    state record;
    lock_class constant int := 'datrang.archive_runs'::regclass::oid::int;
    copied record;
    changes bigint;
BEGIN
    IF step = 'prepare' THEN
        PERFORM datrang.check_partition_owner(partition);
        PERFORM datrang.check_archivable(partition);
        IF NOT pg_try_advisory_xact_lock(lock_class, partition::oid::int) THEN
            RAISE EXCEPTION 'partition % is being archived', partition USING ERRCODE = 'object_in_use';
        END IF;
        run := datrang.begin_run('archive', partition);
        PERFORM datrang.note_run(run, 'copying', datrang.prepare_archive(partition));
        RETURN run;
    END IF;
    PERFORM pg_advisory_xact_lock(lock_class, partition::oid::int);
    SELECT r.target_id::regclass AS target, r.rows, r.checksum, r.late_rows INTO state FROM datrang.archive_runs r WHERE r.run_id = run;
    IF step = 'copy' THEN
        SELECT * INTO copied FROM datrang.copy_partition(partition, state.target);
        PERFORM datrang.note_run(run, 'verifying', NULL, copied.rows, copied.checksum);
    ELSIF step = 'verify' THEN
        PERFORM datrang.verify_copy(partition, state.target, state.rows, state.checksum);
        PERFORM datrang.note_run(run, 'switching', late_rows => 0);
    ELSIF step = 'catch up' THEN
        changes := datrang.apply_changes(partition, state.target);
        PERFORM datrang.note_run(run, 'switching', late_rows => state.late_rows + changes);
        RETURN changes;
    ELSE
        PERFORM datrang.switch_partition(run, partition, state.target);
    END IF;
    RETURN run;
END
$$;

-- Each step is a transaction, with the rights of a role; what one fails with is kept with the run and given back.
-- Changes are applied in rounds, until those that are left are few enough for others to wait for.
CREATE PROCEDURE datrang.try_archive(partition regclass, acting regrole, INOUT run bigint, INOUT problem text, INOUT problem_state text)
LANGUAGE plpgsql AS $$
DECLARE
    step text := 'copy';
    answer bigint;
    rounds int := 0;
BEGIN
    run := NULL;
    problem := NULL;
    BEGIN
        run := datrang.run_as(acting, pg_catalog.format('SELECT datrang.archive_step(''prepare'', %s, NULL)', partition::oid));
    EXCEPTION WHEN OTHERS OR query_canceled THEN
        problem := SQLERRM;
        problem_state := SQLSTATE;
        RETURN;
    END;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;  -- for the copy; it must come first
    WHILE step IS NOT NULL AND problem IS NULL LOOP
        BEGIN
            answer := datrang.run_as(acting, pg_catalog.format('SELECT datrang.archive_step(%L, %s, %s)', step, partition::oid, run));
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            problem := SQLERRM;
            problem_state := SQLSTATE;
        END;
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        rounds := rounds + 1;
        step := CASE step WHEN 'copy' THEN 'verify'
                          WHEN 'verify' THEN 'catch up'
                          WHEN 'catch up' THEN CASE WHEN answer > 50 AND rounds < 50 THEN 'catch up' ELSE 'switch' END END;
    END LOOP;
    IF problem IS NOT NULL THEN
        PERFORM datrang.run_as(acting, pg_catalog.format(
            'SELECT datrang.note_run(%s, ''failed'', error => %L), datrang.abandon_archive(%s)', run, problem, partition::oid));
        COMMIT;
    END IF;
END
$$;

CREATE PROCEDURE datrang.archive(partition regclass) LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
    problem text;
    problem_state text;
BEGIN
    CALL datrang.try_archive(partition, pg_catalog.quote_ident(current_user)::regrole, run, problem, problem_state);
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = problem_state, HINT = 'datrang.archive_runs has the history.';
    END IF;
END
$$;
COMMENT ON PROCEDURE datrang.archive IS 'moves a heap partition to columnar storage while its parent is used';

CREATE FUNCTION datrang.is_native(relation regclass) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM datrang.tables t WHERE t.source = relation AND t.kind = 'native')
$$;

-- The way back, in one transaction; the parent is locked for all of it.
CREATE FUNCTION datrang.restore(partition regclass) RETURNS regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    class pg_class := (SELECT c FROM pg_class c WHERE c.oid = partition);
    parent regclass := (SELECT inhparent FROM pg_inherits WHERE inhrelid = partition);
    columns text := datrang.column_list(partition, false);
    compared text := datrang.column_list(partition, true);
    target text := format('%s.%I', class.relnamespace::regnamespace, left(class.relname, 58) || '_heap');
    run bigint;
    before record;
    after record;
    asked timestamptz := clock_timestamp();
BEGIN
    IF NOT class.relispartition OR class.relkind <> 'f'
       OR NOT datrang.is_native(partition) THEN
        RAISE EXCEPTION '% is no columnar partition', partition USING ERRCODE = 'wrong_object_type';
    END IF;
    PERFORM datrang.check_read_committed();
    run := datrang.begin_run('restore', partition);
    EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('ALTER FOREIGN TABLE %s OWNER TO %s', partition, class.relowner::regrole);  -- LOCK takes no foreign tables
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY)', target, parent);
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target, columns, columns, partition);
    SELECT * INTO before FROM datrang.checksum_of(partition, compared);
    SELECT * INTO after FROM datrang.checksum_of(target::regclass, compared);
    IF before <> after THEN
        RAISE EXCEPTION 'the copy of partition % has % rows with checksum %, not % with %',
            partition, after.rows, after.checksum, before.rows, before.checksum USING ERRCODE = 'data_corrupted';
    END IF;
    PERFORM datrang.note_run(run, 'switching', target::regclass, before.rows, before.checksum);
    PERFORM datrang.replace_partition(parent, partition, target::regclass);
    PERFORM datrang.note_run(run, 'done', locked_ms => round(extract(epoch FROM clock_timestamp() - asked) * 1000, 1));
    RETURN (SELECT r.target_id FROM datrang.archive_runs r WHERE r.run_id = run);
END
$$;
COMMENT ON FUNCTION datrang.restore IS 'makes a columnar partition a heap table again; its parent is locked meanwhile';

-- ---- policies ----

CREATE FUNCTION datrang.archive_policy(parent regclass, older_than interval, premake int DEFAULT 0) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM datrang.check_partition_owner(parent);
    DELETE FROM datrang.archive_policies p WHERE p.parent = archive_policy.parent;
    IF older_than IS NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_partitioned_table t JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
                   WHERE t.partrelid = archive_policy.parent AND t.partstrat = 'r' AND t.partnatts = 1
                     AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)) THEN
        RAISE EXCEPTION '% is not partitioned by range of one column of type date, timestamp or timestamptz', parent
            USING ERRCODE = 'wrong_object_type', HINT = 'Call datrang.archive() for its partitions yourself.';
    END IF;
    INSERT INTO datrang.archive_policies VALUES (parent, older_than, premake, datrang.caller(), current_setting('TimeZone'));
END
$$;
COMMENT ON FUNCTION datrang.archive_policy IS 'says which partitions run_archive_policies() archives and how many future ones it makes; a null interval ends it';

-- The range of a partition in local time of a zone; null where it has no end, or another form.
CREATE FUNCTION datrang.partition_range(partition regclass, zone text, OUT lower timestamp, OUT upper timestamp)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bound text := (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = partition);
    ends text[] := regexp_match(bound, '^FOR VALUES FROM \((?:''(.*)''|MINVALUE)\) TO \((?:''(.*)''|MAXVALUE)\)$');
BEGIN
    IF datrang.is_zoned((SELECT inhparent FROM pg_inherits WHERE inhrelid = partition)) THEN
        lower := ends[1]::timestamptz AT TIME ZONE zone;
        upper := ends[2]::timestamptz AT TIME ZONE zone;
    ELSE
        lower := ends[1]::timestamp;
        upper := ends[2]::timestamp;
    END IF;
END
$$;

CREATE FUNCTION datrang.is_zoned(parent regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.atttypid = 'timestamptz'::regtype FROM pg_partitioned_table t
    JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0] WHERE t.partrelid = parent
$$;

-- Months as months where a range is of whole ones, otherwise its length.
CREATE FUNCTION datrang.range_step(lower timestamp, upper timestamp) RETURNS interval
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN age(upper, lower) = date_trunc('month', age(upper, lower)) AND lower + age(upper, lower) = upper
                THEN age(upper, lower) ELSE upper - lower END
$$;

-- What the policies want done now: partitions to archive, and partitions to make (then null). The sidecar's role is
-- told of all of them.
CREATE FUNCTION datrang.archive_due()
RETURNS TABLE (parent regclass, owner regrole, partition regclass, lower timestamp, upper timestamp, zone text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH policies AS (
        SELECT p.*, c.relowner, now() AT TIME ZONE p.zone AS today FROM datrang.archive_policies p JOIN pg_class c ON c.oid = p.parent
        WHERE pg_has_role(datrang.caller(), c.relowner, 'USAGE') OR has_table_privilege(datrang.caller(), 'datrang.archive_runs', 'INSERT'))
    SELECT p.parent::regclass, c.relowner::regrole, c.oid::regclass, r.lower, r.upper, p.zone
    FROM policies p JOIN pg_inherits i ON i.inhparent = p.parent JOIN pg_class c ON c.oid = i.inhrelid,
         datrang.partition_range(c.oid, p.zone) r
    WHERE c.relkind = 'r' AND r.upper <= p.today - p.older_than
    UNION ALL
    SELECT p.parent::regclass, p.relowner::regrole, NULL, last.upper + (n - 1) * last.step, last.upper + n * last.step, p.zone
    FROM policies p,
         LATERAL (SELECT r.upper, datrang.range_step(r.lower, r.upper) AS step
                  FROM pg_inherits i, datrang.partition_range(i.inhrelid, p.zone) r
                  WHERE i.inhparent = p.parent AND r.upper IS NOT NULL AND r.lower IS NOT NULL ORDER BY r.upper DESC LIMIT 1) last,
         generate_series(1, p.premake) n
    WHERE last.upper + (n - 1) * last.step < p.today + p.premake * last.step
    ORDER BY 1, 4 NULLS FIRST
$$;

-- Makes a partition for a range, named after its parent and the range's begin, with keys as the last one that was made.
CREATE FUNCTION datrang.make_partition(parent regclass, lower timestamp, upper timestamp, zone text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zoned bool := datrang.is_zoned(parent);
    name text := (SELECT format('%s.%I', relnamespace::regnamespace, relname || to_char(lower, '_YYYYMMDD')
                                || CASE WHEN lower::time = '0:00' THEN '' ELSE to_char(lower, '"_"HH24MI') END)
                  FROM pg_class WHERE oid = parent);
    is_new bool := to_regclass(name) IS NULL;
    made regclass;
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)', name, parent,
                   CASE WHEN zoned THEN (lower AT TIME ZONE zone)::text ELSE lower::text END,
                   CASE WHEN zoned THEN (upper AT TIME ZONE zone)::text ELSE upper::text END);
    IF is_new THEN
        PERFORM datrang.trim_grants(name::regclass, parent);
    END IF;
    made := (SELECT i.inhrelid FROM pg_inherits i, datrang.partition_range(i.inhrelid, zone) r
             WHERE i.inhparent = parent AND r.lower = make_partition.lower);
    PERFORM datrang.copy_keys(i.inhrelid, made) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent AND c.relkind = 'r' AND i.inhrelid <> made ORDER BY i.inhrelid DESC LIMIT 1;
END
$$;

-- What no run has a row for: a partition that was made or not, one that could not be begun with.
CREATE FUNCTION datrang.note_outcome(action text, parent regclass, partition text, problem text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(datrang.caller(), (SELECT relowner FROM pg_class WHERE oid = parent), 'USAGE')
       AND NOT has_table_privilege(datrang.caller(), 'datrang.archive_runs', 'INSERT') THEN
        RAISE EXCEPTION 'must be owner of %', parent USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO datrang.archive_runs (action, parent, partition, state, run_by, finished_at, error, parent_id)
        VALUES (action, parent::text, partition, CASE WHEN problem IS NULL THEN 'done' ELSE 'failed' END,
                datrang.caller(), clock_timestamp(), problem, parent);
END
$$;

-- For the sidecar's scheduler, or another such as pg_cron; one session at a time. Everything is done with the rights
-- of who owns it; one partition's failure does not keep the others.
CREATE PROCEDURE datrang.run_archive_policies(dry_run bool DEFAULT false) LANGUAGE plpgsql AS $$
DECLARE
    due record;
    run bigint;
    problem text;
    problem_state text;
    failed int := 0;
    runs constant int := 'datrang.archive_runs'::regclass::oid::int;
BEGIN
    IF NOT pg_catalog.pg_try_advisory_lock(runs, 0) THEN
        RAISE EXCEPTION 'another session is running the archive policies' USING ERRCODE = 'object_in_use';
    END IF;
    FOR due IN SELECT * FROM datrang.archive_due() LOOP
        problem := NULL;
        problem_state := NULL;
        IF dry_run THEN
            RAISE NOTICE '%', CASE WHEN due.partition IS NULL THEN pg_catalog.format('would make a partition of %s from %s to %s', due.parent, due.lower, due.upper)
                                   ELSE pg_catalog.format('would archive %s, which ends at %s', due.partition, due.upper) END;
        ELSIF due.partition IS NULL THEN
            BEGIN
                PERFORM datrang.run_as(due.owner, pg_catalog.format('SELECT datrang.make_partition(%s, %L, %L, %L)',
                                                                    due.parent::oid, due.lower, due.upper, due.zone));
            EXCEPTION WHEN OTHERS THEN
                problem := SQLERRM;
            END;
            PERFORM datrang.note_outcome('make', due.parent, pg_catalog.format('from %s to %s', due.lower, due.upper), problem);
            COMMIT;
        ELSE
            CALL datrang.try_archive(due.partition, due.owner, run, problem, problem_state);
            IF run IS NULL THEN
                PERFORM datrang.note_outcome('archive', due.parent, due.partition::text, problem);
                COMMIT;
            END IF;
        END IF;
        IF problem IS NOT NULL THEN
            failed := failed + 1;
            EXIT WHEN problem_state = '57014';
            RAISE WARNING '%: %', coalesce(due.partition::text, pg_catalog.format('a partition of %s from %s', due.parent, due.lower)), problem;
        END IF;
    END LOOP;
    PERFORM pg_catalog.pg_advisory_unlock(runs, 0);
    IF problem_state = '57014' THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = problem_state;
    ELSIF failed > 0 THEN
        RAISE EXCEPTION '% partitions are not archived or made', failed USING HINT = 'datrang.archive_runs has the reasons.';
    END IF;
END
$$;
COMMENT ON PROCEDURE datrang.run_archive_policies IS 'archives what is due by the policies of datrang.archive_policy()';
