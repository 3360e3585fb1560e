package io.datrang.server.testing;

import io.datrang.server.access.LoginRefusedException;
import io.datrang.server.access.Role;
import io.datrang.server.access.Roles;
import io.datrang.server.access.TableAccess;
import io.datrang.server.access.TableReader;
import io.datrang.storage.Storage;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Roles without PostgreSQL: each has the same password, and reads everything unless told. */
public final class TestRoles implements Roles {
  public static final String PASSWORD = "open-sesame";

  private final Storage storage;
  private final Map<String, Integer> limits = new ConcurrentHashMap<>();
  private final Map<String, Map<Long, TableAccess>> restricted = new ConcurrentHashMap<>();

  public TestRoles(Storage storage) {
    this.storage = storage;
  }

  /** May read all columns of all tables. */
  public static TableReader everything(Storage storage) {
    return tableIds -> all(storage);
  }

  /** From now on the role may read this and nothing else. */
  public void restrict(String user, Map<Long, TableAccess> access) {
    restricted.put(user, access);
  }

  /** Gives the role a CONNECTION LIMIT, for its later logins. */
  public void limit(String user, int queries) {
    limits.put(user, queries);
  }

  @Override
  public Role logIn(String user, String password) {
    if (!password.equals(PASSWORD)) {
      throw new LoginRefusedException("password authentication failed for user \"" + user + "\"");
    }
    long oid = user.hashCode() & 0xFFFF_FFFFL;
    return new Role(user, oid, oid, limits.getOrDefault(user, -1), Duration.ZERO);
  }

  @Override
  public Role member(Role role, String of) {
    throw new LoginRefusedException("permission denied to set role \"" + of + "\"");
  }

  @Override
  public Map<Long, TableAccess> access(Role role, Collection<Long> tableIds) {
    return restricted.getOrDefault(role.user(), all(storage));
  }

  private static Map<Long, TableAccess> all(Storage storage) {
    return storage.tables().stream()
        .collect(
            Collectors.toMap(
                TableSchema::tableId,
                t ->
                    TableAccess.to(
                        t.columns().stream().map(Column::name).collect(Collectors.toSet()))));
  }
}
