# ./dev test --long: the parts that take long, one after the other; a part that fails does not keep the next from running.

# What --minutes 30, the default, repeats; other minutes repeat as much more or less, at least once.
scaled() { echo $(($1 * MINUTES / 30 > 0 ? $1 * MINUTES / 30 : 1)); }

test_long() {
  local locale version seed=$RANDOM minutes=30 only=
  while [ $# -gt 0 ]; do
    case $1 in
      --seed | --minutes) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "$1 needs a number" ;;
      --only) [ -n "${2:-}" ] || die "--only needs a part's name" ;;
      *) die "unknown argument: $1" ;;
    esac
    printf -v "${1#--}" %s "$2"
    shift 2
  done
  SEED=$seed MINUTES=$minutes ONLY=$only
  TESTS_PASSED=0 TESTS_FAILED=0 TESTS_SKIPPED=0 TEST_LINES=() LONG_LOGS=$ROOT/target/long FAILURES=$ROOT/target/long/failures.log
  rm -rf "$LONG_LOGS"
  mkdir -p "$LONG_LOGS" && : >"$FAILURES" && : >"$LONG_LOGS/skipped.log"
  say "Long tests from seed $SEED, $MINUTES minutes of random queries; logs in target/long"
  for locale in C.UTF-8 en_US.UTF-8 icu:en-US; do
    part "Random queries, $locale" test_locale "$locale"
  done
  part 'Histories and crash points' test_histories
  for version in 17 18; do
    part "Replication, PostgreSQL $version" test_version $version
  done
  part 'Crash points of writes' test_writes
  part 'Damaged messages, shim' test_damage_shim
  part 'Damaged messages, sidecar' test_damage_sidecar
  part 'Upgrade' test_upgrade
  part 'Spark reads' test_spark
  part 'Spark answers' test_cluster
  say "What was skipped, and why"
  sort -u "$LONG_LOGS/skipped.log"
  print_summary
}

# part NAME COMMAND...: runs it by itself, so that nothing it sets, and no error that ends it, reaches the next one.
part() {
  local name=$1 status log=$LONG_LOGS/${1//[^A-Za-z0-9]/-}.log began=$SECONDS
  shift
  if [[ $name != *"$ONLY"* ]]; then
    TESTS_SKIPPED=$((TESTS_SKIPPED + 1))
    echo "$name: not asked for (--only $ONLY)" >>"$LONG_LOGS/skipped.log"
    return
  fi
  say "$(date +%T) $name"
  find "$ROOT"/*/target/surefire-reports "$ROOT"/*/target/failsafe-reports -name '*.xml' -delete 2>/dev/null || true
  # A subshell as part of a condition would go on after errors.
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  count_part "$name" $status "$log"
  say "$(date +%T) $name: ${TEST_LINES[-1]##*  } after $((SECONDS - began)) s"
}

# count_part NAME STATUS LOG: JUnit's reports and lines "ok" where there are any; else the part is one test.
count_part() {
  local passed bad skipped
  read -r passed bad skipped <<<"$(sum_reports '*-reports')"
  passed=$((passed + $(grep -cE '^ok ' "$3" || true))) bad=$((bad + $(grep -cE '^not ok ' "$3" || true)))
  if [ "$2" = 77 ]; then
    skipped=$((skipped + 1))
    echo "$1: $(tail -n 1 "$3")" >>"$LONG_LOGS/skipped.log"
  elif [ $((passed + bad)) = 0 ] || { [ "$2" != 0 ] && [ "$bad" = 0 ]; }; then
    if [ "$2" = 0 ]; then passed=1; else bad=1; fi
  fi
  grep -rhoE '<skipped message="[^"]*"' "$ROOT"/*/target/*-reports --include='TEST-*.xml' 2>/dev/null |
    sed "s|^<skipped message=\"\(.*\)\"|$1: \1|" >>"$LONG_LOGS/skipped.log" || true
  if [ "$2" != 0 ] && [ "$2" != 77 ]; then { echo "--- $1 (status $2), target/long/${3##*/} ends with" && tail -n 60 "$3"; } >>"$FAILURES"; fi
  tally "$1" "$passed" "$bad" "$skipped"
}

# skip REASON: ends a part that cannot run on this machine.
skip() { echo "$*" && exit 77; }

# fresh_system NAME: a system of the part's own.
fresh_system() {
  RUN_DIR=$ROOT/.run/long-$1 SERVER_DIR=$ROOT/.run/long-$1/server
  command_clean --run-dir "$RUN_DIR" 2>/dev/null
  SERVER_DIR=$RUN_DIR/server
  # Its data is of use only where something failed.
  trap 'end_system $?' EXIT
  up 1
  eval "$(print_env)"
  export DATRANG_TEST_REQUIRED=1 DATRANG_DEV=$ROOT/dev DATRANG_PG_PREFIX=$PREFIX
}

end_system() {
  if [ "$1" = 0 ]; then command_clean --run-dir "$RUN_DIR"; else command_down --run-dir "$RUN_DIR"; fi
}

# its MODULE TESTS ARGUMENT...: integration tests by name, with the unit tests left out.
its() {
  local module=$1 tests=$2
  shift 2
  "${MAVEN[@]}" -q -pl "$module" -am verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false "-Dit.test=$tests" \
    -Dfailsafe.failIfNoSpecifiedTests=false "$@"
}

# test_locale LOCALE: random queries in a database of that locale.
test_locale() {
  case $1 in icu:*) ;; *) locale -a | grep -qixF "${1//-/}" || skip "locale $1 is not installed" ;; esac
  LOCALE=$1 FLUSH_INTERVAL=400ms
  fresh_system "${1//[^A-Za-z]/}"
  its bench DifferentialIT "-Ddatrang.seed=$SEED" "-Ddatrang.minutes=$(((MINUTES + 2) / 3))" -Ddatrang.queries=60 -Ddatrang.full-share=8
}

# Random histories of changes with crashes; a failure names its seed, -Ddatrang.history.seed=N repeats it.
test_histories() {
  its replication HistoryIT,DefinitionsIT,PartitionsIT,CrashPointsIT,HandOffIT,FuzzIT "-Ddatrang.seed=$SEED" \
    "-Ddatrang.history.seeds=$(scaled 500)" -Ddatrang.history.steps=150 "-Ddatrang.definitions.seeds=$(scaled 60)" \
    "-Ddatrang.crash.seeds=$(scaled 20)" "-Ddatrang.handoff.rounds=$(scaled 100)" "-Ddatrang.fuzz.rounds=$(scaled 20000)"
}

# test_version VERSION: replication from a newer server, by the tests that run on 15 otherwise.
test_version() { its replication 'io.datrang.replication.*IT' "-Ddatrang.server.version=$1"; }

# Both sides are killed at each point of a write; a failure names its seed, -Ddatrang.writes.seed=N repeats it.
test_writes() {
  fresh_system writes
  command_down --run-dir "$RUN_DIR"
  its flight-server WriteCrashIT,ArchiveIT "-Ddatrang.writes.seeds=$(scaled 20)" "-Ddatrang.archive.rows=$(scaled 5000000)" "-Ddatrang.seed=$SEED"
}

# Damaged messages to the wrapper's readers, under sanitizers.
test_damage_shim() { make -s -C "$ROOT/pg_fdw_shim" PG_CONFIG=$PG_CONFIG FUZZ_SECONDS="$(scaled 180)" SEED="$SEED" check-unit; }

# The same to the sidecar.
test_damage_sidecar() {
  "${MAVEN[@]}" -q -pl flight-server -am package -Dtest=FlightFuzzTest -Dsurefire.failIfNoSpecifiedTests=false \
    "-Ddatrang.seed=$SEED" "-Ddatrang.rounds=$(scaled 20000)"
}

# Tables of all types, and those that the differential tests leave behind.
test_spark() {
  FLUSH_INTERVAL=400ms
  fresh_system spark
  its bench DifferentialIT -Ddatrang.keep=true -Ddatrang.rounds=40 -Ddatrang.queries=1
  "${MAVEN[@]}" -q -Pspark -pl spark verify -Dit.test=SparkIT -Ddatrang.mirrors=30
}
