package io.datrang.bench.crash;

import java.util.Set;
import java.util.SplittableRandom;

/** The ways in which a round disturbs the system. */
enum Fault {
  /** {@code kill -9} of the sidecar. */
  SIDECAR_KILL(45, Effect.ENDS_SIDECAR),
  /** What {@code pg_ctl stop -m immediate} does: SIGQUIT to the postmaster. */
  SERVER_IMMEDIATE(30, Effect.ENDS_SERVER),
  BOTH(15, Effect.ENDS_SIDECAR),
  /** The sidecar once more, while it recovers. */
  SIDECAR_TWICE(10, Effect.ENDS_SIDECAR),
  /** The sidecar stands still for a while, as on a machine that swaps. */
  SIDECAR_STALL(10, Effect.ENDS_NOTHING),
  /** Nothing travels between sidecar and server for a while; what was sent arrives later. */
  SERVER_WIRE_STALL(10, Effect.ENDS_NOTHING),
  /** All connections between sidecar and server are reset, new ones too for a while. */
  SERVER_WIRE_CUT(15, Effect.ENDS_NOTHING),
  /** The same two between the foreign-data wrapper and the sidecar. */
  SIDECAR_WIRE_STALL(10, Effect.ENDS_NOTHING),
  SIDECAR_WIRE_CUT(15, Effect.ENDS_NOTHING),
  /** The file system of both processes has no byte left for a while. The server may end by that. */
  DISK_FULL(15, Effect.ENDS_SERVER),
  /** Both processes read and write a megabyte a second. */
  DISK_SLOW(10, Effect.ENDS_NOTHING),
  /** The sidecar gets hardly more memory than it has, and may be killed when it wants more. */
  SIDECAR_MEMORY(10, Effect.ENDS_SIDECAR),
  /** The same of the server. */
  SERVER_MEMORY(10, Effect.ENDS_SERVER);

  private enum Effect {
    ENDS_SIDECAR,
    ENDS_SERVER,
    ENDS_NOTHING
  }

  /** What a drill without a proxy, a small disk and control groups can do. */
  static final Set<Fault> KILLS = Set.of(SIDECAR_KILL, SERVER_IMMEDIATE, BOTH, SIDECAR_TWICE);

  private final int weight;
  private final Effect effect;

  Fault(int weight, Effect effect) {
    this.weight = weight;
    this.effect = effect;
  }

  /** True when the sidecar's process lives on, so that its memory can be watched. */
  boolean sparesSidecar() {
    return effect != Effect.ENDS_SIDECAR;
  }

  /** One of some, by their weights. */
  static Fault pick(SplittableRandom random, Set<Fault> some) {
    int place = random.nextInt(some.stream().mapToInt(fault -> fault.weight).sum());
    for (Fault fault : some) {
      place -= fault.weight;
      if (place < 0) {
        return fault;
      }
    }
    throw new IllegalStateException("weights do not add up");
  }
}
