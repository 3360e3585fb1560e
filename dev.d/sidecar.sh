# The sidecar: its configuration, its process, and how PostgreSQL is told of it.

sidecar_paths() {
  SIDECAR_PID=$SERVER_DIR/sidecar.pid
  SIDECAR_HOME=$SERVER_DIR/sidecar
  SIDECAR_CONF=$SERVER_DIR/sidecar.conf
  FLIGHT_SOCKET=$SOCKET_DIR/flight.sock
}

# The sidecar runs from a copy, which the next build does not touch; an older one is stopped and replaced.
install_sidecar() {
  local built
  built=$(cat "$ROOT/target/dev-built")
  if [ "$(as_server cat "$SIDECAR_HOME/built" 2>/dev/null)" = "$built" ]; then return; fi
  stop_sidecar
  as_server rm -rf "$SIDECAR_HOME"
  (cd "$(sidecar_distribution)" && tar -cf - .) | as_server sh -c 'mkdir "$1" && tar -xf - -C "$1"' sh "$SIDECAR_HOME"
  echo "$built" | write_private "$SIDECAR_HOME/built"
}

# A role of its own: it may decode, write the catalog and read what it copies, and is no superuser.
create_sidecar_role() {
  local password
  random_word "$SERVER_DIR/secret"
  random_word "$SERVER_DIR/sidecar-password"
  password=$(as_server cat "$SERVER_DIR/sidecar-password")
  sql >/dev/null <<END
SET client_min_messages = warning;
SET log_statement = none;
SELECT 'CREATE ROLE datrang' WHERE to_regrole('datrang') IS NULL \\gexec
ALTER ROLE datrang LOGIN REPLICATION BYPASSRLS PASSWORD '$password';
GRANT pg_read_all_data TO datrang;
SELECT datrang.grant_sidecar('datrang');
DROP USER MAPPING IF EXISTS FOR PUBLIC SERVER datrang;
CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret '$(as_server cat "$SERVER_DIR/secret")');
SELECT format('ALTER SERVER datrang OPTIONS (%s uri %L)',
              CASE WHEN srvoptions::text LIKE '%uri=%' THEN 'SET' ELSE 'ADD' END, 'unix://$FLIGHT_SOCKET')
FROM pg_foreign_server WHERE srvname = 'datrang' \\gexec
END
}

random_word() {
  as_server test -s "$1" || head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' | write_private "$1"
}

configure_sidecar() {
  as_server mkdir -p "$SERVER_DIR/columnar"
  sidecar_settings | write_private "$SIDECAR_CONF"
}

sidecar_settings() {
  cat <<END
# Made by ./dev; changes are overwritten. All keys: $SIDECAR_HOME/bin/datrang-sidecar --help
postgres-host = 127.0.0.1
postgres-port = $(port_for postgres)
postgres-database = postgres
postgres-user = datrang
postgres-password-file = $SERVER_DIR/sidecar-password
data-dir = $SERVER_DIR/columnar
flight-socket = $FLIGHT_SOCKET
flight-socket-mode = 0600
flight-port = $(port_for flight)
secret-file = $SERVER_DIR/secret
http-port = $(port_for http)
flush-interval = ${FLUSH_INTERVAL:-10s}
${SIDECAR_SETTINGS:-}
END
}

# Without the password, which is PostgreSQL's and in the file pgpass: a URL ends up in logs and process lists.
jdbc_url() {
  echo "jdbc:arrow-flight-sql://127.0.0.1:$(port_for flight)/?useEncryption=false&user=postgres"
}

sidecar_running() { alive "$SIDECAR_PID"; }

start_sidecar() {
  if sidecar_running; then return; fi
  say "Starting the sidecar"
  as_server sh -c 'cd / && exec setsid env JAVA_HOME="$1" "$2/bin/datrang-sidecar" --config "$3" >>"$4" 2>&1 </dev/null & echo $! >"$5"' \
    sh "$(java_home)" "$SIDECAR_HOME" "$SIDECAR_CONF" "$SERVER_DIR/sidecar.log" "$SIDECAR_PID"
  wait_until 60 sidecar_ready_or_dead || true
  sidecar_ready || { as_server tail -n 20 "$SERVER_DIR/sidecar.log" >&2; die "the sidecar does not start"; }
}

sidecar_ready() { http_ok "$(port_for http)" /health; }
# A process has no arguments for a moment while it becomes another program: it is dead when that lasts.
sidecar_ready_or_dead() { sidecar_ready || { ! sidecar_running && sleep 1 && ! sidecar_running; }; }

java_home() {
  local javac
  if [ -n "${JAVA_HOME:-}" ]; then echo "$JAVA_HOME"; return; fi
  javac=$(readlink -f "$(command -v javac)")
  echo "${javac%/bin/javac}"
}

# http_ok PORT PATH: true when the answer's status is 200.
http_ok() {
  local status
  status=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3 && head -n 1 <&3) 2>/dev/null) || return 1
  case $status in *" 200"*) ;; *) return 1 ;; esac
}

stop_sidecar() {
  local pid
  if sidecar_running; then
    pid=$(as_server cat "$SIDECAR_PID")
    say "Stopping the sidecar"
    as_server sh -c "kill -TERM $pid; kill -CONT $pid" # a drill that was killed may have left it stopped
    wait_until 60 sidecar_stopped || { say "It does not stop; killing it"; as_server sh -c "kill -KILL $pid"; }
  fi
  as_server rm -f "$SIDECAR_PID"
}

sidecar_stopped() { ! sidecar_running; }
