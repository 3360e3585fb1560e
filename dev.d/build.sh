# Compiling: the Java modules with Maven, the extension with PGXS.

PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config
MAVEN=(mvn -B -ntp -f "$ROOT/pom.xml")

help_build() {
  cat <<'END'
Usage: ./dev build
Compiles the sidecar, the extension and the benchmarks, without running tests. Does nothing when no
source has changed since the last build.
END
}

command_build() {
  parse_run_dir "$@"
  no_more_arguments
  install_packages
  build
}

build() {
  if java_changed; then
    say "Building the sidecar (mvn package)"
    date +%s.%N >"$ROOT/target/dev-building"
    "${MAVEN[@]}" -q -DskipTests package
    mv "$ROOT/target/dev-building" "$ROOT/target/dev-built"
  fi
  say "Building the extension"
  build_extension
}

java_changed() {
  mkdir -p "$ROOT/target"
  [ ! -e "$ROOT/target/dev-built" ] || [ ! -d "$(sidecar_distribution)" ] ||
    [ -n "$(find "$ROOT"/pom.xml "$ROOT"/*/pom.xml "$ROOT"/*/src -newer "$ROOT/target/dev-built" -print -quit)" ]
}

build_extension() {
  local log=$ROOT/target/extension.log
  make -s -C "$ROOT/pg_fdw_shim" PG_CONFIG=$PG_CONFIG >"$log" 2>&1 || { cat "$log" >&2; die "the extension does not compile"; }
}

# The unpacked executable distribution of the sidecar.
sidecar_distribution() { echo "$ROOT/flight-server/target/datrang-sidecar-$VERSION"; }
