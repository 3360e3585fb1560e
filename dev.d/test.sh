# ./dev test: everything that can be tested, counted from what the test programs wrote.

help_test() {
  cat <<'END'
Usage: ./dev test
       ./dev test --long [--seed N] [--minutes M] [--only PART]
Builds everything, starts a system in .run/test, and runs unit and integration tests of the Java modules,
the unit tests of the extension's C code, pg_regress, the packages, the differential tests and a short crash drill.
The last line is "N passed, N failed"; the exit status is 0 only when tests ran and none failed.

Random tests begin with the same seed every time. --long begins with another, or with N, and runs what takes long, each
part by itself: random queries, M minutes (default 30) in all, a third each in a database whose locale is C, en_US.UTF-8
and ICU en-US (a disagreement is printed as a script for psql with as few rows as it takes; the seed of its round repeats
it); replication's random histories, crash points, hand-offs and damaged streams, and its other tests on PostgreSQL 17
and 18; crash points of writes to native tables; damaged messages for the wrapper and the sidecar; the upgrade of a
system of the previous version; Apache Spark reading tables of all types and those of the differential tests; and a
Spark cluster that answers queries in place of the embedded engine. Repetitions are in proportion to M. With the default
it takes about two and a half hours; the end says what failed, and what was skipped and why. --only runs the parts whose
names contain a text (Random, Replication, Spark, Upgrade, ...).
END
}

command_test() {
  RUN_DIR=$ROOT/.run/test SERVER_DIR=$ROOT/.run/test/server ARGS=("$@")
  if [ "${ARGS[0]:-}" = --long ]; then test_long "${ARGS[@]:1}"; return; fi
  no_more_arguments
  TESTS_PASSED=0 TESTS_FAILED=0 TESTS_SKIPPED=0 TEST_LINES=() FAILURES=$ROOT/target/failures.log
  mkdir -p "$ROOT/target" && : >"$FAILURES"
  FLUSH_INTERVAL=400ms
  command_clean --run-dir "$RUN_DIR" 2>/dev/null
  SERVER_DIR=$RUN_DIR/server
  up 1
  eval "$(print_env)"
  export DATRANG_TEST_REQUIRED=1 DATRANG_DEV=$ROOT/dev DATRANG_PG_PREFIX=$PREFIX
  test_docker
  test_package
  test_c
  test_regress
  test_isolation
  test_java
  test_engine_sql
  test_crash
  down_after_test
  print_summary
}

# count NAME PASSED FAILED SKIPPED: a part that ran nothing has not been tested.
count() {
  if [ $(($2 + $3)) = 0 ]; then tally "$1" 0 1 "$4"; else tally "$@"; fi
}

tally() {
  TESTS_PASSED=$((TESTS_PASSED + $2)) TESTS_FAILED=$((TESTS_FAILED + $3)) TESTS_SKIPPED=$((TESTS_SKIPPED + $4))
  TEST_LINES+=("$(printf '%-28s %5d passed %4d failed %4d skipped' "$1" "$2" "$3" "$4")")
}

test_java() {
  local status=0
  say "Java: unit, integration and differential tests (mvn verify)"
  find "$ROOT"/*/target/surefire-reports "$ROOT"/*/target/failsafe-reports -name '*.xml' -delete 2>/dev/null || true
  "${MAVEN[@]}" -fae verify || status=$?
  count_reports 'Java unit' surefire-reports
  count_reports 'Java integration' failsafe-reports
  grep -lE '<(failure|error)[ >]' "$ROOT"/*/target/s*-reports/TEST-*.xml "$ROOT"/*/target/f*-reports/TEST-*.xml 2>/dev/null |
    xargs -r grep -hE -B 1 -A 6 '<(failure|error)[ >]' >>"$FAILURES" || true
  # a failure outside of tests (formatting, compilation) is a failure too
  if [ $status != 0 ] && [ $TESTS_FAILED = 0 ]; then count 'mvn verify' 0 1 0; fi
}

# count_reports NAME DIRECTORY
count_reports() {
  # shellcheck disable=SC2046
  count "$1" $(sum_reports "$2")
}

# sum_reports PATTERN: passed, failed and skipped of the attributes of <testsuite> in the modules' reports.
sum_reports() {
  # shellcheck disable=SC2086
  find "$ROOT"/*/target/$1 -name 'TEST-*.xml' -exec grep -h -m 1 -A 3 '<testsuite ' {} + 2>/dev/null | tr '\n' ' ' |
    sed 's/<testsuite /\n/g' | awk '
      function attribute(name,   found) {
        if (match($0, " " name "=\"[0-9]+\"")) { found = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", found); return found }
        return 0
      }
      / tests="/ { tests += attribute("tests"); bad += attribute("failures") + attribute("errors"); skipped += attribute("skipped") }
      END { print tests - bad - skipped, bad + 0, skipped + 0 }'
}

# The C unit programs print one line "ok NAME" or "not ok NAME" a test.
test_c() {
  local log=$ROOT/target/check-unit.log
  say "C: unit tests of the extension (make check-unit)"
  make -s -C "$ROOT/pg_fdw_shim" PG_CONFIG=$PG_CONFIG check-unit 2>&1 | tee "$log" || true
  grep -E '^not ok |^make: \*\*\*' "$log" >>"$FAILURES" || true
  count_lines 'C unit' "$log"
}

# count_lines NAME FILE: counts TAP-like lines, and those that say "skipped NAME"; make's own failure without one counts as a failure.
count_lines() {
  count "$1" "$(grep -cE '^ok ' "$2")" "$(grep -cE '^not ok |^make: \*\*\*' "$2")" "$(grep -cE '^skipped ' "$2")"
}

test_regress() {
  local log=$ROOT/target/regress.log output=$ROOT/target/regress
  say "SQL: pg_regress against the running sidecar"
  mkdir -p "$output"
  "$(dirname "$($PG_CONFIG --pgxs)")/../test/regress/pg_regress" --inputdir="$ROOT/pg_fdw_shim" --outputdir="$output" \
    --bindir="$(dirname $PG_CONFIG)" --use-existing --dbname=postgres --host="$PGHOST" --port="$PGPORT" --user=postgres \
    --schedule="$ROOT/pg_fdw_shim/schedule" 2>&1 | tee "$log" || true
  keep_differences "$log" "$output/regression.diffs"
  count 'pg_regress' "$(grep -cE '\.\.\. ok ' "$log")" "$(grep -cE '\.\.\. FAILED' "$log")" 0
}

# keep_differences LOG DIFFS: the tests that failed and how, for the end of the output
keep_differences() {
  [ ! -s "$2" ] || { grep -E '\.\.\. FAILED' "$1" || true; head -n 200 "$2"; } | tee -a "$FAILURES"
}

# Interleaved sessions; PostgreSQL's own tester runs all permutations of the specs.
test_isolation() {
  local log=$ROOT/target/isolation.log output=$ROOT/target/isolation
  say "SQL: sessions side by side (pg_isolation_regress)"
  mkdir -p "$output"
  "$(dirname "$($PG_CONFIG --pgxs)")/../test/isolation/pg_isolation_regress" --inputdir="$ROOT/pg_fdw_shim" \
    --outputdir="$output" --bindir="$(dirname $PG_CONFIG)" --use-existing --dbname=postgres --host="$PGHOST" --port="$PGPORT" \
    --user=postgres native_writes archive snapshots 2>&1 | tee "$log" || true
  keep_differences "$log" "$output/regression.diffs"
  count 'pg_isolation_regress' "$(grep -cE '\.\.\. ok ' "$log")" "$(grep -cE '\.\.\. FAILED' "$log")" 0
}

# What the engine cannot parse is answered by PostgreSQL, slowly, and no comparison of answers sees that.
test_engine_sql() {
  local log=$ROOT/target/engine-sql.log failed=0
  say "SQL that the sidecar has sent to the engine"
  as_server grep -aE 'pid=[0-9]+ .*(Parser Error|Catalog Error)' "$SERVER_DIR/sidecar.log" >"$log" || failed=$?
  # grep has found nothing: the log is there
  if [ $failed = 1 ]; then count 'Engine SQL' 1 0 0; else count 'Engine SQL' 0 1 0 && cut -c1-500 "$log" >>"$FAILURES"; fi
}

test_crash() {
  local log=$ROOT/target/crash.log
  say "Crash drill: kill -9 and immediate stops under writes"
  if run_bench crash --rounds 6 2>&1 | tee "$log"; then count 'Crash drill (rounds)' 6 0 0; else count 'Crash drill' 0 1 0 && tail -n 40 "$log" >>"$FAILURES"; fi
}

# What can be known of the Docker files without an engine: every file they copy exists, scripts parse, and
# the compose file is valid (when the client has the plugin).
test_docker() {
  local file source passed=0 failed=0
  say "Docker files"
  for file in "$ROOT"/docker/*.Dockerfile; do
    for source in $(sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$file"); do
      if [ -e "$ROOT/$source" ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "$file copies $source, which is not there"; fi
    done
  done
  for file in "$ROOT"/docker/*.sh; do
    if bash -n "$file"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  if docker compose version >/dev/null 2>&1; then
    if docker compose -f "$ROOT/docker/compose.yaml" config -q; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  fi
  count 'Docker files' $passed $failed 0
}

down_after_test() {
  if [ $TESTS_FAILED = 0 ]; then command_clean --run-dir "$RUN_DIR"; else command_down --run-dir "$RUN_DIR"; fi
}

print_summary() {
  if [ -s "$FAILURES" ]; then say "Failures" && head -n 400 "$FAILURES"; fi
  say "Summary"
  printf '    %s\n' "${TEST_LINES[@]}"
  echo "$TESTS_PASSED passed, $TESTS_FAILED failed"
  [ $TESTS_FAILED = 0 ] && [ $TESTS_PASSED -gt 0 ]
}
