# bash test_dpkg.sh PACKAGES DIRECTORY, in mount and process namespaces of its own: installs the packages with dpkg in
# a root that is laid over the machine's, uses them, installs them again, removes and purges them.

packages=$1 root=$2/root

mount -t tmpfs none "$2"
mkdir "$2/upper" "$2/work" "$root"
mount -t overlay none -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" "$root"
mount -t proc none "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root/packages" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$packages"/*.deb "$root/packages"

chroot "$root" bash -eu <<'END'
export DEBIAN_FRONTEND=noninteractive
programs=/usr/lib/postgresql/15/bin
conf=/etc/datrang/datrang.conf

dpkg -i /packages/*.deb
id datrang
su -s /bin/sh datrang -c "DATRANG_POSTGRES_PASSWORD=x DATRANG_SECRET=x DATRANG_POSTGRES_PASSWORD_FILE= DATRANG_SECRET_FILE= \
  datrang-sidecar --config $conf --check-config"

mkdir -m 700 /cluster
chown postgres /cluster
su postgres -c "$programs/initdb -D /cluster --auth=trust"
su postgres -c "$programs/pg_ctl -w -D /cluster -l /cluster/log -o \"-c wal_level=logical -c listen_addresses='' -k /cluster\" start"
su postgres -c "psql -X -h /cluster -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION datrang' -c 'SELECT * FROM datrang.status'"
su postgres -c "$programs/pg_ctl -w -D /cluster -m fast stop"

echo '# changed' >>$conf
dpkg -i /packages/*.deb
grep -q '# changed' $conf

dpkg -r datrang-sidecar postgresql-15-datrang
[ ! -e /usr/bin/datrang-sidecar ]
[ -e $conf ]
dpkg -P datrang-sidecar postgresql-15-datrang
[ ! -e $conf ]
[ ! -e /usr/share/postgresql/15/extension/datrang.control ]
END
