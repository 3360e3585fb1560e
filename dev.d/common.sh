# Messages, the run directory, and the user that PostgreSQL and the sidecar run as.

# The one version of sidecar, extension and packages.
VERSION=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$ROOT/pg_fdw_shim/datrang.control")

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf '%s\n' "dev: $*" >&2; exit 1; }

# Under sudo in a checkout of one's own, only packages need root: the rest runs as that user, so that
# nothing in the checkout ends up owned by root.
leave_sudo() {
  [ "$EUID" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] || return 0
  [ "$(stat -c %U "$ROOT")" = "$SUDO_USER" ] || return 0
  case $1 in demo | up | build | package | test | bench) install_packages ;; esac
  exec runuser -u "$SUDO_USER" -- env -u SUDO_USER HOME="$(getent passwd "$SUDO_USER" | cut -d: -f6)" \
    "$ROOT/dev" "$@"
}

# Takes --run-dir DIR out of the arguments; leaves the others in ARGS and sets RUN_DIR and SERVER_DIR.
parse_run_dir() {
  RUN_DIR=${DATRANG_RUN_DIR:-$ROOT/.run}
  ARGS=()
  while [ $# -gt 0 ]; do
    case $1 in
      --run-dir) [ $# -ge 2 ] || die "--run-dir needs a directory"; RUN_DIR=$2; shift 2 ;;
      --run-dir=*) RUN_DIR=${1#*=}; shift ;;
      *) ARGS+=("$1"); shift ;;
    esac
  done
  RUN_DIR=$(realpath -m "$RUN_DIR")
  SERVER_DIR=$RUN_DIR/server
}

no_more_arguments() { [ ${#ARGS[@]} = 0 ] || die "unknown argument: ${ARGS[0]}"; }

# PostgreSQL refuses to run as root, so as root both servers run as user postgres.
server_user() { if [ "$EUID" = 0 ]; then echo postgres; else id -un; fi; }

as_server() {
  if [ "$EUID" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}

# $SERVER_DIR holds everything the servers read and write, and only their user may enter it. When
# postgres cannot reach the run directory (a checkout under /root), it is a link to one in /var/tmp.
make_server_dir() {
  mkdir -p "$RUN_DIR"
  if [ ! -d "$SERVER_DIR" ]; then
    local real=$SERVER_DIR
    if ! as_server test -x "$RUN_DIR"; then
      real=/var/tmp/datrang-$(run_hash)
      ln -sfn "$real" "$SERVER_DIR"
    fi
    mkdir -p "$real"
    [ "$EUID" = 0 ] && chown postgres: "$real"
    chmod 700 "$real"
  fi
  [ "$(stat -Lc %U "$SERVER_DIR")" = "$(server_user)" ] ||
    die "$(realpath "$SERVER_DIR") belongs to $(stat -Lc %U "$SERVER_DIR"), not to $(server_user); run ./dev clean as that user"
  SERVER_DIR=$(realpath "$SERVER_DIR")
}

run_hash() { printf %s "$RUN_DIR" | sha256sum | cut -c1-10; }

# Writes standard input to a file of the servers' user that nobody else may read.
write_private() {
  as_server sh -c 'umask 077; cat > "$1.new" && mv "$1.new" "$1"' sh "$1"
}

# A port of 127.0.0.1 nobody listens on, remembered under a name for the life of the run directory.
port_for() {
  local file=$SERVER_DIR/port.$1 port
  if ! as_server test -s "$file"; then
    for port in $(shuf -i 20000-32000 -n 50); do
      if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "$port" | write_private "$file"
        break
      fi
    done
  fi
  as_server cat "$file"
}

# True when the pid in the file is alive and its command line names our directory.
alive() {
  local pid
  pid=$(as_server head -n 1 "$1" 2>/dev/null) || return 1
  [ -n "$pid" ] && [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *"$SERVER_DIR"* ]]
}

# wait_until SECONDS COMMAND...: retries until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.2
  done
}
