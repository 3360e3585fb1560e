#!/bin/bash
# Runs once, when the cluster is created: the extension, the sidecar's role, and what they share.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "${POSTGRES_DB:-postgres}" <<SQL
CREATE EXTENSION datrang;
CREATE ROLE datrang LOGIN REPLICATION BYPASSRLS PASSWORD '$(tr -d '\n' </run/secrets/sidecar_password)';
GRANT pg_read_all_data TO datrang;
SELECT datrang.grant_sidecar('datrang');
ALTER SERVER datrang OPTIONS (SET uri 'unix:///run/datrang/flight.sock');
CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret '$(tr -d '\n' </run/secrets/flight_secret)');
SQL
