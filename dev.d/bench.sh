# ./dev bench: runs the programs of module bench against a running system.

help_bench() {
  cat <<'END'
Usage: ./dev bench [--run-dir DIR] NAME [ARGUMENTS] [--json FILE]
Runs a benchmark against the system of DIR, by default one of its own in .run/bench that is started when
it is down. Prints tables of ratios, measured side by side; --json writes the same figures by name.
Without NAME the benchmarks are listed.
END
}

command_bench() {
  DATRANG_RUN_DIR=${DATRANG_RUN_DIR:-$ROOT/.run/bench} parse_run_dir "$@"
  if [ ${#ARGS[@]} = 0 ]; then ARGS=(--help); fi
  if [[ " ${ARGS[*]} " == *" --help "* ]]; then
    install_packages
    build
  else
    up 1
    eval "$(print_env)"
  fi
  run_bench "${ARGS[@]}"
}

run_bench() {
  DATRANG_DEV=$ROOT/dev "$(java_home)/bin/java" --add-opens=java.base/java.nio=ALL-UNNAMED \
    -cp "$ROOT/bench/target/datrang-bench-$VERSION.jar:$ROOT/bench/target/lib/*" io.datrang.bench.Bench "$@"
}
