# Debian packages: what is missing gets installed, as root or through sudo.

PACKAGES=(openjdk-17-jdk-headless maven gcc libc6-dev make libnghttp2-dev libssl-dev libkrb5-dev
  postgresql-15 postgresql-client-15 postgresql-server-dev-15 ca-certificates xz-utils)

# What only tests need.
TEST_PACKAGES=(chromium)

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "these Debian packages are needed: ${missing[*]}"
  say "Installing ${missing[*]}"
  as_root apt-get update -q
  apt_install postgresql-common
  without_main_cluster apt_install_pinned "${missing[@]}"
}

as_root() {
  if [ "$EUID" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "as root, run: apt-get install $(missing_packages | tr '\n' ' ')"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# Runs a command while a fresh PostgreSQL package creates no cluster of the system's.
without_main_cluster() {
  local file=/etc/postgresql-common/createcluster.conf
  if dpkg-query -W -f '${db:Status-Status}' postgresql-15 2>/dev/null | grep -qx installed || [ ! -f $file ]; then
    "$@"
    return
  fi
  as_root cp -p $file $file.datrang
  echo 'create_main_cluster = false' | as_root tee -a $file >/dev/null
  "$@" || { as_root mv $file.datrang $file; die "apt-get failed"; }
  as_root mv $file.datrang $file
}

# The headers must be those of the installed server: pinned to it, or both upgraded knowingly.
apt_install_pinned() {
  local version packages=("$@")
  version=$(dpkg-query -W -f '${Version}' postgresql-15 2>/dev/null || true)
  if [ -n "$version" ]; then
    if apt_install "${packages[@]/#postgresql-server-dev-15/postgresql-server-dev-15=$version}"; then
      return
    fi
    say "postgresql-server-dev-15 $version is no longer available: upgrading PostgreSQL 15 as well"
    packages+=(postgresql-15 postgresql-client-15)
  fi
  apt_install "${packages[@]}"
}
