package io.datrang.server.access;

import io.datrang.server.query.NotReadyException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The roles of the database and what they may read. Thread safe. */
public interface Roles {
  /**
   * Checks a password.
   *
   * @throws LoginRefusedException when PostgreSQL does not let the role in
   * @throws NotReadyException when PostgreSQL cannot be asked
   */
  Role logIn(String user, String password);

  /**
   * The role with the privileges of another, as after SET ROLE.
   *
   * @throws LoginRefusedException when it is no member of that
   * @throws NotReadyException when PostgreSQL cannot be asked
   */
  Role member(Role role, String of);

  /**
   * What the role may read of these tables now; a table that is missing does not exist for it.
   *
   * @throws LoginRefusedException when the role may not log in any more
   * @throws NotReadyException when PostgreSQL cannot be asked
   */
  Map<Long, TableAccess> access(Role role, Collection<Long> tableIds);

  /**
   * Holds those of the names that are partitioned tables; the caller closes it.
   *
   * @param searchPath for names without schema
   * @throws NotReadyException when PostgreSQL cannot be asked, or they are being changed
   */
  default HeldTables hold(Role role, Collection<HeldTables.Name> names, List<String> searchPath) {
    return HeldTables.none();
  }
}
