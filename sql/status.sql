-- datrang.status and datrang.wait_ready: what a user sees of the sidecar's work.

-- The sidecar's live figures; no rows, and the reason in problem, when it does not answer.
CREATE FUNCTION datrang.live_status(
    OUT table_id bigint, OUT rows bigint, OUT files bigint, OUT bytes bigint, OUT delta_rows bigint,
    OUT applied_lsn pg_lsn, OUT lag_seconds float8, OUT progress text, OUT error text, OUT problem text)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT s.table_id, s.rows, s.files, s.bytes, s.delta_rows, s.applied_lsn, s.lag_seconds,
                        s.progress, s.error, NULL::text
                 FROM datrang.sidecar_status() s;
EXCEPTION WHEN query_canceled THEN
    RAISE;
WHEN OTHERS THEN
    problem := SQLERRM;
    RETURN NEXT;
END
$$;

-- What the catalog alone knows; correct up to the durable position.
CREATE FUNCTION datrang.stored_figures(table_id bigint, OUT rows bigint, OUT files bigint, OUT bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(f.rows - coalesce(d.cardinality, 0)), 0)::bigint, count(*), coalesce(sum(f.bytes), 0)::bigint
    FROM datrang.files f LEFT JOIN datrang.deletion_vectors d USING (file_id)
    WHERE f.table_id = stored_figures.table_id
$$;

CREATE VIEW datrang.status AS
WITH live AS MATERIALIZED (SELECT * FROM datrang.live_status())
SELECT t.table_id,
       t.kind,
       coalesce(c.oid::regclass::text, format('%I.%I', t.source_schema, t.source_name)) AS source,
       format('%I.%I', t.schema_name, t.table_name) AS columnar_table,
       CASE WHEN c.oid IS NULL THEN 'source dropped'
            WHEN t.frozen_lsn IS NOT NULL AND t.state <> 'error' THEN 'resyncing'
            WHEN t.state = 'streaming' AND t.error IS NOT NULL THEN 'error' ELSE t.state END AS state,
       t.frozen_lsn,
       coalesce(l.rows, stored.rows) AS rows,
       coalesce(l.files, stored.files) AS files,
       coalesce(l.bytes, stored.bytes) AS bytes,
       l.delta_rows,
       coalesce(l.applied_lsn, sidecar_live.applied_lsn) AS applied_lsn,
       s.durable_lsn,
       slot.confirmed_flush_lsn AS acknowledged_lsn,
       greatest(0, pg_wal_lsn_diff(here.flush_lsn,
           coalesce(l.applied_lsn, sidecar_live.applied_lsn, s.durable_lsn)))::bigint AS lag_bytes,
       coalesce(l.lag_seconds, sidecar_live.lag_seconds) AS lag_seconds,
       pg_wal_lsn_diff(here.flush_lsn, slot.restart_lsn)::bigint AS retained_bytes,
       slot.wal_status,
       l.progress,
       CASE WHEN c.oid IS NULL THEN 'the source table was dropped; run datrang.unmirror on the columnar table'
            ELSE coalesce(t.error, l.error,
                 'the sidecar does not answer, figures are of the last flush: ' || sidecar_live.problem,
                 sidecar_live.error) END AS last_error
FROM datrang.tables t
CROSS JOIN datrang.sidecar s
CROSS JOIN LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                ELSE pg_current_wal_flush_lsn() END AS flush_lsn) here
CROSS JOIN LATERAL datrang.stored_figures(t.table_id) stored
LEFT JOIN pg_class c ON c.oid = t.source
LEFT JOIN pg_replication_slots slot ON slot.slot_name = s.slot_name
LEFT JOIN live l ON l.table_id = t.table_id
LEFT JOIN live sidecar_live ON sidecar_live.table_id = 0 OR sidecar_live.problem IS NOT NULL
WHERE t.state <> 'dropped';
COMMENT ON VIEW datrang.status IS 'one row a columnar table; answers from the catalog when the sidecar is down';

-- Waits until the first copy of a table is complete and returns the columnar table.
CREATE FUNCTION datrang.wait_ready(target regclass, timeout interval DEFAULT '1h') RETURNS regclass
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mirror datrang.tables := datrang.mirror_of(target);
    deadline timestamptz := clock_timestamp() + timeout;
    pause float8 := 0.01;
    own_change bool := EXISTS (SELECT FROM datrang.tables t WHERE t.table_id = mirror.table_id
                               AND t.xmin = pg_current_xact_id_if_assigned()::xid);
BEGIN
    IF own_change OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'wait_ready cannot see the sidecar''s progress inside this transaction'
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Commit datrang.mirror() first, then call wait_ready in a READ COMMITTED transaction.';
    END IF;
    LOOP
        SELECT * INTO mirror FROM datrang.tables t WHERE t.table_id = mirror.table_id;
        IF mirror.state = 'streaming' THEN
            RETURN format('%I.%I', mirror.schema_name, mirror.table_name)::regclass;
        ELSIF mirror.state IS NULL OR mirror.state IN ('error', 'dropped') THEN
            RAISE EXCEPTION 'the mirror of % will not become ready: %', target,
                    coalesce(mirror.error, 'it was dropped')
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'See datrang.status.';
        ELSIF clock_timestamp() > deadline THEN
            RAISE EXCEPTION 'the mirror of % is not ready after %', target, timeout
                USING ERRCODE = 'query_canceled', DETAIL = format('Its state is %s.', mirror.state),
                      HINT = 'datrang.status shows the progress and the last error.';
        END IF;
        PERFORM pg_sleep(pause);
        pause := least(pause * 1.5, 0.2);
    END LOOP;
END
$$;
COMMENT ON FUNCTION datrang.wait_ready IS 'waits until the first copy of a mirror is complete';

-- Gives a role what the sidecar needs in this database, except the right to read the mirrored tables.
CREATE FUNCTION datrang.grant_sidecar(role regrole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA datrang TO %s', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION datrang.follow_late, datrang.partitions, datrang.busy_sessions,
                    datrang.find_partitioned, datrang.lock_partitioned, datrang.hold_partitioned TO %s', role);
END
$$;
COMMENT ON FUNCTION datrang.grant_sidecar IS 'gives a role what the sidecar needs in schema datrang';

-- Everybody may look and may mirror tables of his own; everything else is internal.
GRANT USAGE ON SCHEMA datrang, columnar TO PUBLIC;
GRANT SELECT ON datrang.status, datrang.activity TO PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA datrang FROM PUBLIC;
GRANT EXECUTE ON FUNCTION datrang.mirror, datrang.unmirror, datrang.resync, datrang.wait_ready, datrang.cluster_by, datrang.vacuum,
    datrang.file_options, datrang.index_text, datrang.check, datrang.reindex, datrang.snapshots, datrang.wait_for,
    datrang.live_status, datrang.stored_figures, datrang.visible_queries, datrang.cancel,
    datrang.explain_remote, datrang.create_table, datrang.create_table_as,
    datrang.foreign_table_changed TO PUBLIC;
-- Who archives and restores does all of their steps in his own name.
GRANT EXECUTE ON ROUTINE datrang.begin_run, datrang.note_run, datrang.check_partition_owner, datrang.definition_of, datrang.column_list,
    datrang.checksum_of, datrang.note_change, datrang.take_changes, datrang.condition_of_rows, datrang.apply_changes,
    datrang.check_read_committed, datrang.mirrors_above,
    datrang.check_archivable, datrang.archive_target, datrang.abandon_archive, datrang.prepare_archive,
    datrang.copy_partition, datrang.verify_copy, datrang.lock_in_turn, datrang.grants_of, datrang.trim_grants,
    datrang.replace_partition, datrang.tell_attached, datrang.switch_partition, datrang.run_as,
    datrang.archive_step, datrang.try_archive, datrang.archive, datrang.is_native, datrang.restore,
    datrang.archive_policy, datrang.partition_range, datrang.is_zoned, datrang.range_step, datrang.archive_due,
    datrang.make_partition, datrang.note_outcome, datrang.run_archive_policies, datrang.partition_by_time,
    datrang.conversion_refusal, datrang.dependents_of, datrang.check_convertible, datrang.begin_of_step, datrang.bound_text,
    datrang.begin_conversion, datrang.promise_bound, datrang.forget_bound, datrang.copy_keys, datrang.conversion_commands,
    datrang.move_identities, datrang.exchange_for_partitioned
    TO PUBLIC;

-- Decoding needs the publication to exist before the slot does.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'datrang') THEN
        CREATE PUBLICATION datrang;
    END IF;
END
$$;
