package io.datrang.server.access;

import java.time.Duration;

/**
 * A PostgreSQL role that has logged in.
 *
 * @param user the name that was given with the password
 * @param userOid its oid: a role of the same name made later is another one
 * @param effectiveOid whose privileges count; differs after {@code SET ROLE}
 * @param queriesMax {@code CONNECTION LIMIT} of the role, −1 for none
 * @param statementTimeout the role's {@code statement_timeout}, zero for none
 */
public record Role(
    String user, long userOid, long effectiveOid, int queriesMax, Duration statementTimeout) {}
