package io.datrang.server.request;

import java.util.Set;

/**
 * Names the snapshot that several requests of one statement (or transaction) read.
 *
 * @param session the backend, unique for its life
 * @param number counts the backend's statements that share
 * @param again whether an earlier request has pinned it; then it must still be there
 * @param live numbers the backend still needs; the session's others can go
 */
public record SharedSnapshot(String session, long number, boolean again, Set<Long> live) {
  public SharedSnapshot {
    live = Set.copyOf(live);
  }
}
