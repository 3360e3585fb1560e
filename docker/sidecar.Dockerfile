# The sidecar. Build from the repository's root: docker build -f docker/sidecar.Dockerfile -t datrang-sidecar .
FROM debian:12 AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pom.xml ./
COPY index index
COPY storage storage
COPY replication replication
COPY flight-server flight-server
COPY bench bench
RUN mvn -B -ntp -q -DskipTests -pl flight-server -am package

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 999 datrang \
 && useradd --uid 10001 --gid 999 --no-create-home --home-dir /var/lib/datrang datrang \
 && install -d -o datrang -g datrang -m 0700 /var/lib/datrang \
 && install -d -o datrang -g datrang -m 0770 /run/datrang
COPY --from=build /src/flight-server/target/datrang-sidecar-0.2.0 /opt/datrang
COPY docker/sidecar.conf /etc/datrang/sidecar.conf
COPY docker/healthcheck.sh /opt/datrang/bin/healthcheck
# Group 999 is the server image's postgres: the Flight socket is shared through it.
USER datrang
VOLUME /var/lib/datrang
EXPOSE 32010 9099
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["/opt/datrang/bin/healthcheck"]
ENTRYPOINT ["/opt/datrang/bin/datrang-sidecar", "--config", "/etc/datrang/sidecar.conf"]
