-- Nothing may be left behind.
SET client_min_messages = warning;
SELECT source, columnar_table FROM datrang.status WHERE source LIKE 'r\_%';
SELECT pubname, tablename FROM pg_publication_tables WHERE pubname = 'datrang' AND tablename LIKE 'r\_%';
SELECT relname FROM pg_class WHERE relnamespace = 'columnar'::regnamespace AND relname LIKE 'r\_%';
DROP SCHEMA regress CASCADE;
ALTER SYSTEM RESET autovacuum;
ALTER DATABASE postgres RESET datrang.freshness_timeout;
SELECT pg_reload_conf();
