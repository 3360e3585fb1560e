-- datrang.activity and datrang.cancel: the queries the sidecar is running.

-- Everything that runs; for the view and for cancel, which decide who sees what.
CREATE FUNCTION datrang.running_queries()
RETURNS TABLE (id text, kind text, user_name text, pid int, started timestamptz, seconds float8, phase text,
               rows bigint, batches bigint, query text, role_oid oid)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id, a.kind, coalesce(a.user_name, s.usename::text), a.pid, a.started::timestamptz, a.seconds, a.phase,
           a.rows, a.batches, coalesce(s.query, a.query), coalesce(r.oid, s.usesysid)
    FROM datrang.call('(activity)') AS a (
        id text, kind text, user_name text, pid int, started text, seconds float8, phase text,
        rows bigint, batches bigint, query text)
    LEFT JOIN pg_stat_activity s ON s.pid = a.pid
    LEFT JOIN pg_roles r ON r.rolname = a.user_name
    WHERE a.pid IS DISTINCT FROM pg_backend_pid()
$$;

-- Sessions that are not idle, named as in requests; null for one of which nobody may know.
CREATE FUNCTION datrang.busy_sessions() RETURNS SETOF text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pid || '-' || (extract(epoch FROM backend_start - timestamptz '2000-01-01 00:00:00+00') * 1000000)::int8
    FROM pg_stat_activity WHERE state IS DISTINCT FROM 'idle'
$$;

-- As in pg_stat_activity: one's own queries, and all of them for members of pg_read_all_stats.
CREATE FUNCTION datrang.visible_queries()
RETURNS TABLE (id text, kind text, user_name text, pid int, started timestamptz, seconds float8, phase text,
               rows bigint, batches bigint, query text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT q.id, q.kind, q.user_name, q.pid, q.started, q.seconds, q.phase, q.rows, q.batches, q.query
    FROM datrang.running_queries() q
    WHERE pg_has_role(datrang.caller(), 'pg_read_all_stats', 'USAGE')
       OR pg_has_role(datrang.caller(), q.role_oid, 'USAGE')
$$;

CREATE VIEW datrang.activity AS SELECT * FROM datrang.visible_queries();
COMMENT ON VIEW datrang.activity IS
    'queries the sidecar is running: of PostgreSQL sessions (pid) and of Flight SQL clients (user_name)';

-- Stops a query; false when it has ended already. Who may is as for pg_cancel_backend.
CREATE FUNCTION datrang.cancel(id text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner oid;
    caller name := datrang.caller();
BEGIN
    IF id !~ '^q[0-9]{1,18}$' THEN
        RAISE EXCEPTION '"%" is not the id of a query', id
            USING ERRCODE = 'invalid_parameter_value', HINT = 'datrang.activity lists them.';
    END IF;
    SELECT q.role_oid INTO owner FROM datrang.running_queries() q WHERE q.id = cancel.id;
    IF NOT FOUND THEN
        RETURN false;
    ELSIF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = caller)
          AND NOT (owner IS NOT NULL AND pg_has_role(caller, owner, 'USAGE'))
          AND ((SELECT rolsuper FROM pg_roles WHERE oid = owner)
               OR NOT pg_has_role(caller, 'pg_signal_backend', 'USAGE')) THEN
        RAISE EXCEPTION 'permission denied to cancel query %', id
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Only members of the role that runs it, or of pg_signal_backend, may.';
    END IF;
    RETURN (SELECT answer.cancelled = 1
            FROM datrang.call(format('(cancel "%s")', id)) AS answer (cancelled int));
END
$$;
COMMENT ON FUNCTION datrang.cancel IS 'stops a query of datrang.activity';
