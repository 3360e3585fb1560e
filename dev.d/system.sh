# The running system: up, env, psql, logs, down, clean.

help_up() {
  cat <<'END'
Usage: ./dev up [--run-dir DIR] [--no-build]
Builds what has changed, then starts a private PostgreSQL 15 and the sidecar below DIR, with
CREATE EXTENSION datrang done in database postgres. What runs already is left alone.
  --no-build   start what is down from what was built before: no packages, no compiler
Both listen on 127.0.0.1 only; PostgreSQL asks for the password in DIR/pgpass there, and for none on
its socket, which only the user that runs it can reach.
END
}

command_up() {
  local build=1
  parse_run_dir "$@"
  if [ "${ARGS[*]}" = --no-build ]; then build=0 ARGS=(); fi
  no_more_arguments
  up $build
  say "Running. Connect with ./dev psql, or eval \"\$(./dev env)\"; stop with ./dev down"
}

# up BUILD: 1 builds and installs first.
up() {
  if [ "$1" = 1 ]; then
    install_packages
    build
  fi
  make_server_dir
  cluster_paths
  sidecar_paths
  if [ "$1" = 1 ]; then
    install_cluster_programs
    create_cluster
    install_sidecar
  fi
  start_cluster
  if [ "$1" = 1 ]; then
    create_extension
    create_sidecar_role
    configure_sidecar
    write_pgpass
  fi
  start_sidecar
}

write_pgpass() {
  (umask 077 && echo "127.0.0.1:$(port_for postgres):*:postgres:$(as_server cat "$SERVER_DIR/password")" >"$RUN_DIR/pgpass")
}

# Sets the paths of a system that `up` has made; fails with a hint when there is none.
existing_system() {
  [ -d "$SERVER_DIR" ] || die "nothing has been started in $RUN_DIR; run ./dev up"
  make_server_dir
  cluster_paths
  sidecar_paths
}

help_env() {
  cat <<'END'
Usage: eval "$(./dev env [--run-dir DIR])"
       ./dev env [--run-dir DIR] --spark | --trino
Prints the variables with which psql, libpq, pgjdbc and Flight SQL clients reach the running system, or the
configuration with which Spark or Trino read its tables through the Iceberg catalog in PostgreSQL.
END
}

command_env() {
  local print=print_env
  parse_run_dir "$@"
  case ${ARGS[*]} in
    --spark) print=print_spark ARGS=() ;;
    --trino) print=print_trino ARGS=() ;;
  esac
  no_more_arguments
  existing_system
  $print
}

# For spark-defaults.conf. The catalog's name is part of its rows; the password is not printed.
print_spark() {
  cat <<END
# spark-shell --packages org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0,org.postgresql:postgresql:42.7.14
# SELECT * FROM datrang.columnar.<table>; the role needs SELECT on datrang.iceberg_tables and
# datrang.iceberg_namespace_properties, and Spark's user must be able to read $SERVER_DIR/columnar.
spark.sql.catalog.datrang                              org.apache.iceberg.spark.SparkCatalog
spark.sql.catalog.datrang.catalog-impl                 org.apache.iceberg.jdbc.JdbcCatalog
spark.sql.catalog.datrang.uri                          $(iceberg_uri)
spark.sql.catalog.datrang.jdbc.user                    postgres
spark.sql.catalog.datrang.jdbc.password                <in $RUN_DIR/pgpass>
spark.sql.catalog.datrang.jdbc.schema-version          V1
spark.sql.catalog.datrang.jdbc.init-catalog-tables     false
spark.sql.catalog.datrang.warehouse                    file://$SERVER_DIR/columnar
END
}

# For etc/catalog/datrang.properties.
print_trino() {
  cat <<END
connector.name=iceberg
iceberg.catalog.type=jdbc
iceberg.jdbc-catalog.catalog-name=datrang
iceberg.jdbc-catalog.driver-class=org.postgresql.Driver
iceberg.jdbc-catalog.connection-url=$(iceberg_uri)
iceberg.jdbc-catalog.connection-user=postgres
iceberg.jdbc-catalog.connection-password=<in $RUN_DIR/pgpass>
iceberg.jdbc-catalog.schema-version=V1
iceberg.jdbc-catalog.default-warehouse-dir=local:///
fs.native-local.enabled=true
local.location=/
END
}

iceberg_uri() { echo "jdbc:postgresql://127.0.0.1:$(port_for postgres)/postgres?currentSchema=datrang"; }

print_env() {
  printf 'export %s=%q\n' PGHOST 127.0.0.1 PGPORT "$(port_for postgres)" PGUSER postgres PGDATABASE postgres \
    PGPASSFILE "$RUN_DIR/pgpass" DATRANG_FLIGHT_URI "grpc+tcp://127.0.0.1:$(port_for flight)" \
    DATRANG_JDBC_URL "$(jdbc_url)" DATRANG_METRICS_URL "http://127.0.0.1:$(port_for http)/metrics" \
    DATRANG_RUN_DIR "$RUN_DIR"
}

help_psql() {
  cat <<'END'
Usage: ./dev psql [--run-dir DIR] [ARGUMENTS OF PSQL]
Opens psql as user postgres in database postgres of the running system.
END
}

command_psql() {
  parse_run_dir "$@"
  existing_system
  eval "$(print_env)"
  exec psql "${ARGS[@]}"
}

help_logs() {
  cat <<'END'
Usage: ./dev logs [--run-dir DIR] [-f]
Shows the last lines of the logs of PostgreSQL and of the sidecar; -f keeps following them.
END
}

command_logs() {
  parse_run_dir "$@"
  existing_system
  as_server tail -n 40 "${ARGS[@]}" "$SERVER_DIR/postgres.log" "$SERVER_DIR/sidecar.log"
}

help_down() {
  cat <<'END'
Usage: ./dev down [--run-dir DIR]
Stops the sidecar and the PostgreSQL that were started in DIR, and nothing else. Data stays.
END
}

command_down() {
  parse_run_dir "$@"
  no_more_arguments
  [ -d "$SERVER_DIR" ] || { say "Nothing runs in $RUN_DIR"; return; }
  existing_system
  stop_sidecar
  stop_cluster
}

help_clean() {
  cat <<'END'
Usage: ./dev clean [--run-dir DIR]
Stops the system of DIR and removes all of its data.
END
}

command_clean() {
  local link
  command_down "$@"
  link=$RUN_DIR/server
  if [ -d "$link" ]; then
    say "Removing $RUN_DIR"
    [ "$SOCKET_DIR" = "$SERVER_DIR" ] || rm -rf "$SOCKET_DIR"
    rm -rf "$(realpath "$link")"
  fi
  [ ! -e "$RUN_DIR/pgpass" ] && [ ! -L "$link" ] || rm -rf "$link" "$RUN_DIR/pgpass"
  rmdir --ignore-fail-on-non-empty "$RUN_DIR" 2>/dev/null || true
}
