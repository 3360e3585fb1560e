# Tests of the packages: what they hold, and a system that runs from nothing but their contents.

test_package() {
  local log=$ROOT/target/package.log
  say "Packages: built, unpacked into a root of their own, and run from there"
  (check_package) >"$log" 2>&1 || echo "not ok ended early" >>"$log"
  grep -E '^(not )?ok ' "$log" || true
  ! grep -q '^not ok' "$log" || tail -n 30 "$log"
  count_lines 'Packages' "$log"
}

# is NAME COMMAND...: one line "ok NAME" or "not ok NAME".
is() {
  local name=$1
  shift
  if "$@"; then echo "ok $name"; else echo "not ok $name"; fi
}

check_package() {
  package
  is 'checksums fit' sh -c "cd '$PACKAGE_DIR' && sha256sum --quiet -c SHA256SUMS"
  is 'one version everywhere' one_version
  is 'the tarball is the distribution' equal_tarball
  if dpkg_can_be_tried; then
    is 'dpkg installs, upgrades and removes them' installed_by_dpkg
  else
    echo 'skipped dpkg installs, upgrades and removes them: needs root, systemd and overlay file systems'
  fi
  RUN_DIR=$ROOT/.run/package SERVER_DIR=$ROOT/.run/package/server
  command_clean --run-dir "$RUN_DIR"
  SERVER_DIR=$RUN_DIR/server
  make_server_dir
  cluster_paths
  sidecar_paths
  trap 'command_clean --run-dir "$RUN_DIR"' EXIT
  unpack_packages
  is 'the unit is valid' valid_unit
  is 'the configuration is valid' as_server env JAVA_HOME="$(java_home)" DATRANG_POSTGRES_PASSWORD=x DATRANG_SECRET=x \
    DATRANG_POSTGRES_PASSWORD_FILE= DATRANG_SECRET_FILE= \
    "$PREFIX/usr/bin/datrang-sidecar" --config "$PREFIX/etc/datrang/datrang.conf" --check-config
  run_from_packages
  is 'a mirror made by the packages is equal to its table' equal_mirror
}

# Java, C, images and documents name the version the control file has.
one_version() {
  [ "$(grep -c "<version>$VERSION</version>" "$ROOT"/{,index/,storage/,replication/,flight-server/,bench/,spark/}pom.xml | grep -vc ':0$')" = 7 ] &&
    grep -q "\"$VERSION\"" "$ROOT/pg_fdw_shim/announcement.h" &&
    [ "$(grep -c ":$VERSION\$" "$ROOT/docker/compose.yaml")" = 2 ] &&
    grep -q "datrang-sidecar-$VERSION " "$ROOT/docker/sidecar.Dockerfile" &&
    grep -q "datrang-sidecar-$VERSION" "$ROOT/README.md"
}

equal_tarball() {
  local differences
  differences=$(tar -C "$(dirname "$(sidecar_distribution)")" --compare -zf "$PACKAGE_DIR/datrang-sidecar-$VERSION.tar.gz" |
    grep -vE '(Mode|Uid|Gid|Mod time) differs' || true)
  [ -z "$differences" ]
}

dpkg_can_be_tried() {
  [ "$(id -u)" = 0 ] && command -v systemd-sysusers >/dev/null &&
    unshare --mount sh -c 'mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && mount -t overlay none -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt'
}

# In a root of its own that looks like this machine's and keeps what is written to itself.
installed_by_dpkg() {
  local root
  root=$(mktemp -d)
  unshare --mount --pid --fork bash -eu "$ROOT/dev.d/test_dpkg.sh" "$PACKAGE_DIR" "$root" || { rmdir "$root" && return 1; }
  rmdir "$root"
}

# The server's own programs, and over them the packages: nothing of the source tree.
unpack_packages() {
  local file
  copy_server_programs
  for file in "$PACKAGE_DIR"/*.deb; do
    as_server sh -c 'dpkg-deb --fsys-tarfile - | tar -x -C "$1"' sh "$PREFIX" <"$file"
  done
  SIDECAR_HOME=$PREFIX/usr
}

valid_unit() {
  local unit=$ROOT/target/datrang-sidecar.service
  command -v systemd-analyze >/dev/null || return 0
  # the program's path is the one thing that is not true before an installation
  sed "s#/usr/bin/datrang-sidecar#$PREFIX&#" "$PREFIX/lib/systemd/system/datrang-sidecar.service" >"$unit"
  systemd-analyze verify --man=no "$unit" >"$ROOT/target/unit.log" 2>&1 || true
  ! grep -E 'datrang-sidecar.service:.*(Unknown|Failed to parse|Invalid|not executable|gnoring|bad unit)' "$ROOT/target/unit.log"
}

run_from_packages() {
  create_cluster
  start_cluster
  create_extension
  create_sidecar_role
  configure_sidecar
  write_pgpass
  start_sidecar
}

equal_mirror() {
  sql >/dev/null <<'END'
CREATE TABLE packed AS SELECT i AS id, md5(i::text) AS word, i / 7::numeric(12, 4) AS part FROM generate_series(1, 20000) i;
ALTER TABLE packed ADD PRIMARY KEY (id);
SELECT datrang.mirror('packed');
SELECT datrang.wait_ready('packed', '120s');
DELETE FROM packed WHERE id % 10 = 0;
END
  [ "$(sql -c 'SELECT count(*) FROM packed')" = 18000 ] &&
    [ "$(sql -c 'SELECT count(*) FROM (TABLE packed EXCEPT ALL TABLE columnar.packed) d')" = 0 ] &&
    [ "$(sql -c 'SELECT count(*) FROM columnar.packed')" = 18000 ]
}
