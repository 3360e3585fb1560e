# ./dev demo: from nothing to columnar answers.

DEMO_ROWS=2400000
DEMO_CHUNK=100000

help_demo() {
  cat <<'END'
Usage: ./dev demo [--run-dir DIR]
Installs missing Debian packages, builds everything, starts a private PostgreSQL and the sidecar, loads
2.4 million orders, mirrors them, runs four queries on the heap table and on its columnar copy side by
side (best of three, answers compared), changes rows and shows that the columnar answer follows at once.
Leaves the system running: ./dev psql to look around, ./dev down to stop, ./dev clean to remove it.
END
}

command_demo() {
  parse_run_dir "$@"
  no_more_arguments
  up 1
  load_demo_table
  mirror_demo_table
  compare_demo_queries
  show_freshness
  show_how_to_connect
}

load_demo_table() {
  if [ "$(sql -c "SELECT count(*) FROM pg_class WHERE oid = to_regclass('public.orders') AND obj_description(oid) LIKE 'complete%'")" = 1 ]; then
    say "Table orders is loaded already"
    return
  fi
  say "Loading $DEMO_ROWS rows into table orders"
  sql -c "SET client_min_messages = warning" -c "SELECT datrang.unmirror(source::regclass) FROM datrang.status WHERE source = 'orders'" \
    -c "DROP TABLE IF EXISTS orders" -f "$(demo_file)" >/dev/null
  local done_rows
  for ((done_rows = 0; done_rows < DEMO_ROWS; done_rows += DEMO_CHUNK)); do
    sql -c "CALL demo_orders_add($((done_rows + 1)), $((done_rows + DEMO_CHUNK)))" >/dev/null
    progress_bar $((done_rows + DEMO_CHUNK)) $DEMO_ROWS rows
  done
  sql -c "DROP PROCEDURE demo_orders_add" -c "VACUUM ANALYZE orders" -c "COMMENT ON TABLE orders IS 'complete: made by ./dev demo'"
}

# The statements are read as the servers' user, who may not reach the repository.
demo_file() {
  write_private "$SERVER_DIR/demo.sql" <"$ROOT/dev.d/demo.sql"
  echo "$SERVER_DIR/demo.sql"
}

# progress_bar DONE TOTAL UNIT
progress_bar() {
  local width=$(($1 * 40 / $2)) bar
  printf -v bar '%*s' "$width" ''
  if [ -t 2 ]; then
    printf '\r    [%-40s] %d of %d %s' "${bar// /#}" "$1" "$2" "$3" >&2
    [ "$1" -lt "$2" ] || echo >&2
  elif [ $(($1 * 10 / $2)) != $((($1 - DEMO_CHUNK) * 10 / $2)) ]; then
    printf '    %d of %d %s\n' "$1" "$2" "$3" >&2
  fi
}

mirror_demo_table() {
  if [ "$(sql -c "SELECT count(*) FROM datrang.status WHERE source = 'orders'")" = 0 ]; then
    say "SELECT datrang.mirror('orders')"
    sql -c "SELECT datrang.mirror('orders')" >/dev/null
  fi
  until [ "$(sql -c "SELECT state FROM datrang.status WHERE source = 'orders'")" = streaming ]; do
    sql -F '  ' -c "SELECT '    first copy:', state, coalesce(progress, ''), coalesce(last_error, '') FROM datrang.status WHERE source = 'orders'" >&2
    [ "$(sql -c "SELECT state FROM datrang.status WHERE source = 'orders'")" != error ] || die "the first copy failed"
    sleep 2
  done
  sql -F ', ' -c "SELECT '    first copy complete: ' || rows || ' rows', files || ' files', pg_size_pretty(bytes) || ' (heap table: ' || pg_size_pretty(pg_table_size('orders')) || ')' FROM datrang.status WHERE source = 'orders'" >&2
}

compare_demo_queries() {
  local title query
  say "The same queries on the heap table and on its columnar copy (best of three)"
  printf '    %-48s %10s %10s %8s  %s\n' '' 'heap' 'columnar' 'ratio' 'answers' >&2
  while IFS='|' read -r title query; do
    compare_query "$title" "$query"
  done <<'END'
Revenue of one day|SELECT count(*), sum(amount) FROM %s WHERE ordered_at >= '2025-06-15' AND ordered_at < '2025-06-16'
Large orders of one customer|SELECT id, amount, status FROM %s WHERE customer_id = 4711 AND amount > 500 ORDER BY id
Returns of one country in a quarter|SELECT status, count(*), avg(amount) FROM %s WHERE country = 'NZ' AND status = 'returned' AND ordered_at >= '2025-04-01' AND ordered_at < '2025-07-01' GROUP BY status
Most discounted orders ever|SELECT id, discount, amount FROM %s WHERE discount > 0.49 AND quantity >= 49 ORDER BY id
END
}

# compare_query TITLE QUERY: %s in the query stands for the table.
compare_query() {
  local heap columnar equal=equal
  # shellcheck disable=SC2059
  heap=$(printf "$2" orders) columnar=$(printf "$2" columnar.orders)
  [ "$(sql -c "$heap")" = "$(sql -c "$columnar")" ] || equal=DIFFERENT
  heap=$(best_ms "$heap") columnar=$(best_ms "$columnar")
  awk -v t="$1" -v h="$heap" -v c="$columnar" -v e="$equal" \
    'BEGIN { printf "    %-48s %7.1f ms %7.1f ms %7.1fx  %s\n", t, h, c, h / c, e }' >&2
  [ $equal = equal ] || die "the answers differ for: $2"
}

# The fastest of three runs in one session, in milliseconds, after one to warm up.
best_ms() {
  sql -c '\timing on' -c "$1" -c "$1" -c "$1" -c "$1" | awk '/^Time: / { if (n++ && (best == "" || $2 < best)) best = $2 } END { print best }'
}

show_freshness() {
  say "A change, and the columnar answer right after its commit"
  sql -F ', ' >&2 <<'END'
\echo '    UPDATE orders SET amount = amount + 1000 WHERE id BETWEEN 100 AND 102;'
UPDATE orders SET amount = amount + 1000 WHERE id BETWEEN 100 AND 102;
\echo '    DELETE FROM orders WHERE id = 103;'
DELETE FROM orders WHERE id = 103;
\echo '    columnar.orders now has:'
SELECT '    id ' || id, 'amount ' || amount FROM columnar.orders WHERE id BETWEEN 100 AND 103 ORDER BY id;
INSERT INTO orders SELECT 103, ordered_at, customer_id, country, status, quantity, amount, discount, note FROM orders WHERE id = 104;
UPDATE orders SET amount = amount - 1000 WHERE id BETWEEN 100 AND 102;
END
  [ "$(sql -c 'SELECT count(*), sum(amount) FROM orders')" = "$(sql -c 'SELECT count(*), sum(amount) FROM columnar.orders')" ] ||
    die "heap and columnar copy differ after the change"
}

show_how_to_connect() {
  local run_dir=
  [ "$RUN_DIR" = "$ROOT/.run" ] || run_dir=" --run-dir $RUN_DIR"
  say "It keeps running. To connect:"
  cat <<END
    ./dev psql$run_dir
    psql "host=127.0.0.1 port=$(port_for postgres) user=postgres dbname=postgres passfile=$RUN_DIR/pgpass"
    JDBC (Arrow Flight SQL): $(jdbc_url)
      with the password that is in $RUN_DIR/pgpass, or as any other role that has one
    eval "\$(./dev env$run_dir)"
    ./dev down$run_dir stops it; ./dev clean$run_dir removes its data
END
}
