package io.datrang.server.query;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;

/** The queries in progress, and how many there may be. Thread safe. */
public final class RunningQueries {
  private final int clientsMax;
  private final int ofUserMax;
  private final Map<String, RunningQuery> byId = new LinkedHashMap<>();

  /**
   * None yet.
   *
   * @param clientsMax of all Flight SQL clients together, so that PostgreSQL always finds a place
   * @param ofUserMax of one role, unless the role has a limit of its own
   */
  public RunningQueries(int clientsMax, int ofUserMax) {
    this.clientsMax = clientsMax;
    this.ofUserMax = ofUserMax;
  }

  /**
   * Takes a query in.
   *
   * @param ownMax the role's own limit, −1 for none
   * @throws RejectedExecutionException when there are too many; the message says of whom
   */
  public synchronized void add(RunningQuery query, int ownMax) {
    if (query.userOid() != 0) {
      int max = ownMax < 0 ? ofUserMax : Math.min(ownMax, ofUserMax);
      if (count(q -> q.userOid() == query.userOid()) >= max) {
        throw new RejectedExecutionException(
            "role \"" + query.user() + "\" runs " + max + " queries already");
      }
      if (count(q -> q.userOid() != 0) >= clientsMax) {
        throw new RejectedExecutionException(
            "Flight SQL clients run " + clientsMax + " queries already");
      }
    }
    byId.put(query.id(), query);
  }

  private long count(Predicate<RunningQuery> which) {
    return byId.values().stream().filter(which).count();
  }

  public synchronized void remove(RunningQuery query) {
    byId.remove(query.id());
  }

  public synchronized Optional<RunningQuery> get(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** All of them, oldest first. */
  public synchronized List<RunningQuery> all() {
    return byId.values().stream().sorted(Comparator.comparing(RunningQuery::started)).toList();
  }

  public synchronized int size() {
    return byId.size();
  }
}
