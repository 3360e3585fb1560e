package io.datrang.server.request;

/** Which rows of its partition a window function sees, relative to the current one. */
public record Frame(Mode mode, Bound start, Bound end, Exclusion exclusion) {
  /** What offsets count. */
  public enum Mode {
    ROWS,
    RANGE,
    GROUPS
  }

  /** Which of the frame's rows are left out. */
  public enum Exclusion {
    NONE,
    CURRENT,
    GROUP,
    TIES
  }

  /** Where a frame starts or ends. */
  public enum Edge {
    UNBOUNDED_PRECEDING,
    PRECEDING,
    CURRENT,
    FOLLOWING,
    UNBOUNDED_FOLLOWING
  }

  /**
   * A start or an end.
   *
   * @param offset how far it is from the current row; 0 where the edge says it all
   */
  public record Bound(Edge edge, long offset) {}
}
