# Packages: a tarball of the sidecar with checksums, and Debian packages of sidecar and extension.

PACKAGE_DIR=$ROOT/target/packages

help_package() {
  cat <<'END'
Usage: ./dev package
Builds what has changed and writes to target/packages:
  datrang-sidecar-VERSION.tar.gz          the sidecar, to be unpacked anywhere
  datrang-sidecar_VERSION_all.deb         the same with a systemd unit and /etc/datrang/datrang.conf
  postgresql-15-datrang_VERSION_ARCH.deb  the extension for Debian's PostgreSQL 15
  SHA256SUMS                              checksums of all of them
END
}

command_package() {
  parse_run_dir "$@"
  no_more_arguments
  install_packages
  build
  package
}

package() {
  say "Packaging version $VERSION in $PACKAGE_DIR"
  rm -rf "$PACKAGE_DIR"
  mkdir -p "$PACKAGE_DIR"
  (
    umask 022
    STAGE=$(mktemp -d)
    trap 'rm -rf "$STAGE"' EXIT
    package_tarball
    package_sidecar "$STAGE/sidecar"
    package_extension "$STAGE/extension"
    cd "$PACKAGE_DIR" && sha256sum -- *.tar.gz *.deb >SHA256SUMS
  )
  (cd "$PACKAGE_DIR" && ls -sh)
}

# The same input makes the same tarball. Compressed little, here and below: jars are compressed already.
package_tarball() {
  local name
  name=$(basename "$(sidecar_distribution)")
  tar -C "$(dirname "$(sidecar_distribution)")" --sort=name --mtime='2026-11-01 UTC' --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX -cf - "$name" | gzip -1n >"$PACKAGE_DIR/$name.tar.gz"
}

# package_sidecar STAGE
package_sidecar() {
  local doc=$1/usr/share/doc/datrang-sidecar
  mkdir -p "$1/usr/bin" "$1/usr/share/datrang" "$1/lib/systemd/system" "$1/usr/lib/sysusers.d" "$1/etc/datrang"
  cp -r --no-preserve=mode,ownership "$(sidecar_distribution)/lib" "$1/usr/share/datrang/"
  install -D "$(sidecar_distribution)/bin/datrang-sidecar" "$1/usr/share/datrang/bin/datrang-sidecar"
  ln -s ../share/datrang/bin/datrang-sidecar "$1/usr/bin/datrang-sidecar"
  install -m 644 "$ROOT/packaging/datrang-sidecar.service" "$1/lib/systemd/system/"
  install -m 644 "$ROOT/packaging/datrang-sidecar.sysusers" "$1/usr/lib/sysusers.d/datrang-sidecar.conf"
  install -m 644 "$ROOT/packaging/datrang.conf" "$1/etc/datrang/"
  install -D -m 644 "$(sidecar_distribution)/conf/datrang.conf.example" "$doc/datrang.conf.example"
  package_documents "$doc"
  control "$1" datrang-sidecar all 'java17-runtime-headless, postgresql-common, systemd | systemd-standalone-sysusers' \
    'columnar copies of PostgreSQL tables: the sidecar'
  echo /etc/datrang/datrang.conf >"$1/DEBIAN/conffiles"
  install -m 755 "$ROOT/packaging/datrang-sidecar.postinst" "$1/DEBIAN/postinst"
  install -m 755 "$ROOT/packaging/datrang-sidecar.prerm" "$1/DEBIAN/prerm"
  dpkg-deb -Zgzip -z1 --root-owner-group --build "$1" "$PACKAGE_DIR" >/dev/null
}

# package_extension STAGE
package_extension() {
  local major
  major=$($PG_CONFIG --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  make -s -C "$ROOT/pg_fdw_shim" PG_CONFIG=$PG_CONFIG DESTDIR="$1" install >"$ROOT/target/extension.log" 2>&1 ||
    { cat "$ROOT/target/extension.log" >&2; die "the extension does not install"; }
  package_documents "$1/usr/share/doc/postgresql-$major-datrang"
  control "$1" "postgresql-$major-datrang" "$(dpkg --print-architecture)" "postgresql-$major, $(needed_packages "$1")" \
    "columnar copies of PostgreSQL tables: the extension for PostgreSQL $major"
  dpkg-deb -Zgzip -z1 --root-owner-group --build "$1" "$PACKAGE_DIR" >/dev/null
}

# needed_packages STAGE: the packages of the libraries that the extension is linked with.
needed_packages() {
  local library
  ldd "$1$($PG_CONFIG --pkglibdir)/datrang.so" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r library; do
    dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library"
  done | sed 's/:.*//' | sort -u | paste -sd, | sed 's/,/, /g'
}

package_documents() {
  mkdir -p "$1"
  install -m 644 "$ROOT/README.md" "$ROOT/CHANGELOG.md" "$1/"
  install -m 644 "$ROOT/LICENSE" "$1/copyright"
}

# control STAGE PACKAGE ARCHITECTURE DEPENDS DESCRIPTION
control() {
  mkdir -p "$1/DEBIAN"
  cat >"$1/DEBIAN/control" <<END
Package: $2
Version: $VERSION
Architecture: $3
Maintainer: The Datrang developers <datrang@localhost>
Section: database
Priority: optional
Installed-Size: $(du -sk "$1" | cut -f1)
Depends: $4
Description: $5
 Fast analytics inside the PostgreSQL you have. Sidecar and extension have the
 same version and are upgraded together.
END
}
