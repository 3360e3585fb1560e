# The private PostgreSQL: a relocated copy of Debian's programs with the extension, and one cluster.

PSQL_QUIET=(-X -q -A -t -v ON_ERROR_STOP=1)

cluster_paths() {
  PREFIX=$SERVER_DIR/pgsql
  PG_BIN=$PREFIX/usr/lib/postgresql/15/bin
  DATA=$SERVER_DIR/data
  SOCKET_DIR=$SERVER_DIR
  # sun_path has 108 bytes
  if [ ${#SOCKET_DIR} -gt 85 ]; then SOCKET_DIR=/tmp/datrang-$(run_hash); fi
}

# PostgreSQL finds its files relative to its programs, so a copy that keeps the layout runs anywhere
# and the extension needs no place in the system's directories.
install_cluster_programs() {
  local stage
  copy_server_programs
  stage=$(mktemp -d)
  make -s -C "$ROOT/pg_fdw_shim" PG_CONFIG=$PG_CONFIG DESTDIR="$stage" install >"$ROOT/target/extension.log" 2>&1 ||
    { cat "$ROOT/target/extension.log" >&2; die "the extension does not install"; }
  chmod -R a+rX "$stage"
  # never written in place: running backends have the library mapped
  as_server cp -r --remove-destination "$stage/usr" "$PREFIX/"
  rm -rf "$stage"
}

copy_server_programs() {
  local version
  version=$($PG_CONFIG --version)
  if [ "$(as_server cat "$PREFIX/version" 2>/dev/null)" != "$version" ]; then
    as_server rm -rf "$PREFIX"
    as_server mkdir -p "$PREFIX/usr/lib/postgresql" "$PREFIX/usr/share/postgresql"
    as_server cp -a /usr/lib/postgresql/15 "$PREFIX/usr/lib/postgresql/"
    as_server cp -a /usr/share/postgresql/15 "$PREFIX/usr/share/postgresql/"
    echo "$version" | write_private "$PREFIX/version"
  fi
}

create_cluster() {
  if as_server test -e "$DATA/datrang-ready"; then return; fi
  say "Creating a PostgreSQL cluster in $DATA"
  as_server rm -rf "$DATA"
  random_word "$SERVER_DIR/password"
  # shellcheck disable=SC2046
  as_server "$PG_BIN/initdb" -D "$DATA" -U postgres -E UTF8 $(locale_options) --no-sync \
    --auth-local=trust --auth-host=scram-sha-256 --pwfile="$SERVER_DIR/password" >/dev/null
  cluster_settings | write_private "$DATA/datrang.conf"
  as_server sh -c "echo \"include 'datrang.conf'\" >> '$DATA/postgresql.conf'"
  as_server touch "$DATA/datrang-ready"
}

# LOCALE is a locale of the operating system, or icu:NAME.
locale_options() {
  case ${LOCALE:-C.UTF-8} in
    icu:*) echo "--locale=C.UTF-8 --locale-provider=icu --icu-locale=${LOCALE#icu:}" ;;
    *) echo "--locale=${LOCALE:-C.UTF-8}" ;;
  esac
}

cluster_settings() {
  local memory_mb
  memory_mb=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
  cat <<END
listen_addresses = '127.0.0.1'
port = $(port_for postgres)
unix_socket_directories = '$SOCKET_DIR'
wal_level = logical
max_wal_senders = 10
max_replication_slots = 10
shared_buffers = '$((memory_mb / 8 < 1024 ? memory_mb / 8 : 1024))MB'
max_wal_size = 4GB
log_line_prefix = '%m [%p] %q%u@%d '
session_preload_libraries = 'datrang'
log_min_messages = warning
END
}

cluster_running() { alive "$DATA/postmaster.pid"; }

start_cluster() {
  make_socket_dir
  if cluster_running; then return; fi
  say "Starting PostgreSQL"
  as_server "$PG_BIN/pg_ctl" start -w -s -t 120 -D "$DATA" -l "$SERVER_DIR/postgres.log" </dev/null ||
    { as_server tail -n 20 "$SERVER_DIR/postgres.log" >&2; die "PostgreSQL does not start"; }
}

make_socket_dir() {
  [ "$SOCKET_DIR" != "$SERVER_DIR" ] || return 0
  as_server mkdir -p -m 700 "$SOCKET_DIR"
  [ "$(stat -c %U "$SOCKET_DIR")" = "$(server_user)" ] || die "$SOCKET_DIR belongs to another user"
}

stop_cluster() {
  if cluster_running; then
    say "Stopping PostgreSQL"
    as_server "$PG_BIN/pg_ctl" stop -w -s -m fast -D "$DATA"
  fi
}

# SQL as superuser in database postgres, over the socket.
sql() {
  as_server "$PG_BIN/psql" "${PSQL_QUIET[@]}" -h "$SOCKET_DIR" -p "$(port_for postgres)" -U postgres -d postgres "$@"
}

create_extension() {
  local script=$PREFIX/usr/share/postgresql/15/extension/datrang--$VERSION.sql sum
  sum=$(as_server sha256sum "$script" | cut -c1-16)
  if [ "$(sql -c "SELECT count(*) FROM pg_extension WHERE extname = 'datrang'")" = 0 ]; then
    sql -c 'SET client_min_messages = warning; CREATE EXTENSION datrang'
    echo "$sum" | write_private "$DATA/datrang-script"
  elif [ "$(sql -c "SELECT extversion FROM pg_extension WHERE extname = 'datrang'")" != "$VERSION" ]; then
    say "Updating the extension to version $VERSION"
    sql -c 'SET client_min_messages = warning; ALTER EXTENSION datrang UPDATE'
    echo "$sum" | write_private "$DATA/datrang-script"
  elif [ "$(as_server cat "$DATA/datrang-script")" != "$sum" ]; then
    say "The extension's SQL has changed since this cluster was made; ./dev clean starts afresh"
  fi
}
