#!/bin/bash
# Exit status 0 when the sidecar answers its health check with 200.
exec 3<>"/dev/tcp/127.0.0.1/${DATRANG_HTTP_PORT:-9099}" || exit 1
printf 'GET /health HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
