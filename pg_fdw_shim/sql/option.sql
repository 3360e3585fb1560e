-- Options are checked when they are given, not when they are used.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS datrang;
RESET client_min_messages;

-- addresses
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'http://127.0.0.1:80');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'unix://relative/path');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'unix:///0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc://127.0.0.1');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc://127.0.0.1:0');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc://127.0.0.1:80x');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc+tls://:80');
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc+tls://[::1]80');
-- a secret must not travel in the clear
CREATE SERVER bad FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc://db.example.com:5433');
CREATE SERVER good FOREIGN DATA WRAPPER datrang OPTIONS (uri 'grpc://[::1]:5433', connect_timeout '500ms');
ALTER SERVER good OPTIONS (SET uri 'grpc+tls://db.example.com:5433', ADD tls_root_cert '/etc/ca.pem');

-- names and values
ALTER SERVER good OPTIONS (ADD host 'x');
ALTER SERVER good OPTIONS (SET connect_timeout 'soon');
ALTER SERVER good OPTIONS (ADD engine 'duck');
ALTER SERVER good OPTIONS (ADD iceberg_time 'text');
ALTER SERVER good OPTIONS (ADD engine 'spark', ADD engine_rows '-1');
CREATE USER MAPPING FOR PUBLIC SERVER good OPTIONS (secret E'two\nlines');
CREATE USER MAPPING FOR PUBLIC SERVER good OPTIONS (password 'x');
CREATE FOREIGN TABLE bad (a int) SERVER good OPTIONS (table_id 'x');
CREATE FOREIGN TABLE bad (a int OPTIONS (as_text 'perhaps')) SERVER good OPTIONS (table_id '1');
CREATE FOREIGN TABLE bad (a int OPTIONS (charset 'x')) SERVER good;
CREATE FOREIGN TABLE bad (a int OPTIONS (encoding 'x')) SERVER good;
ALTER FOREIGN DATA WRAPPER datrang OPTIONS (ADD uri 'unix:///x');

-- what is missing is said when it is needed
CREATE SERVER empty FOREIGN DATA WRAPPER datrang;
CREATE FOREIGN TABLE lonely (a int) SERVER empty;
SELECT * FROM lonely;

-- settings
SET datrang.freshness = 'soon';
SET datrang.no_such_setting = 1;
SET datrang.freshness = 'eventual';
SHOW datrang.freshness;
RESET datrang.freshness;
SHOW datrang.freshness;
SHOW datrang.freshness_timeout;

DROP SERVER good CASCADE;
DROP SERVER empty CASCADE;
