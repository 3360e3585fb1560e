# PostgreSQL 15 with the extension. Build from the repository's root:
#   docker build -f docker/postgres.Dockerfile -t datrang-postgres .
FROM postgres:15-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc make libc6-dev libnghttp2-dev libssl-dev libkrb5-dev \
      "postgresql-server-dev-15=$(dpkg-query -W -f '${Version}' postgresql-15)" \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY sql sql
COPY pg_fdw_shim pg_fdw_shim
RUN make -C pg_fdw_shim && make -C pg_fdw_shim install DESTDIR=/stage

FROM postgres:15-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libnghttp2-14 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o postgres -g postgres -m 0770 /run/datrang
COPY --from=build /stage/ /
COPY docker/initdb.sh /docker-entrypoint-initdb.d/10-datrang.sh
# The image's entrypoint needs no root when the volume belongs to postgres already.
USER postgres
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=12 \
  CMD ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"]
CMD ["postgres", "-c", "wal_level=logical", "-c", "session_preload_libraries=datrang", "-c", "max_replication_slots=10", "-c", "max_wal_senders=10"]
