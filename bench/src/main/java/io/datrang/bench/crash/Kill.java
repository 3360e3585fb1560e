package io.datrang.bench.crash;

import static io.datrang.bench.RunningSystem.Part.SERVER;
import static io.datrang.bench.RunningSystem.Part.SIDECAR;

import io.datrang.bench.RunningSystem;
import io.datrang.bench.RunningSystem.Part;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** The ways in which a round ends the system's processes. */
enum Kill {
  /** {@code kill -9} of the sidecar. */
  SIDECAR_KILL(45),
  /** What {@code pg_ctl stop -m immediate} does: SIGQUIT to the postmaster. */
  SERVER_IMMEDIATE(30),
  BOTH(15),
  /** The sidecar once more, while it recovers. */
  SIDECAR_TWICE(10),
  /** The sidecar stands still for a while, as a machine that swaps or a network that is cut. */
  SIDECAR_STALL(10);

  private static final long EXIT_TIMEOUT_S = 30;
  private static final int RECOVERY_MS_MAX = 1_500;
  private static final int STALL_MS_MAX = 15_000;

  private final int weight;

  Kill(int weight) {
    this.weight = weight;
  }

  /** One of some, by their weights. */
  static Kill pick(SplittableRandom random, Set<Kill> some) {
    int place = random.nextInt(some.stream().mapToInt(kill -> kill.weight).sum());
    for (Kill kill : some) {
      place -= kill.weight;
      if (place < 0) {
        return kill;
      }
    }
    throw new IllegalStateException("weights do not add up");
  }

  /**
   * Kills, waits for the processes to be gone, and starts everything again.
   *
   * @param meanwhile runs when the processes are gone
   */
  void apply(RunningSystem system, SplittableRandom random, Runnable meanwhile) throws Exception {
    switch (this) {
      case SIDECAR_KILL -> end(system, SIDECAR, "KILL");
      case SERVER_IMMEDIATE -> end(system, SERVER, "QUIT");
      case BOTH -> {
        boolean sidecarFirst = random.nextBoolean();
        end(system, sidecarFirst ? SIDECAR : SERVER, sidecarFirst ? "KILL" : "QUIT");
        end(system, sidecarFirst ? SERVER : SIDECAR, sidecarFirst ? "QUIT" : "KILL");
      }
      case SIDECAR_TWICE -> {
        end(system, SIDECAR, "KILL");
        system.start();
        Thread.sleep(random.nextInt(RECOVERY_MS_MAX));
        end(system, SIDECAR, "KILL");
      }
      case SIDECAR_STALL -> {
        system.signal(SIDECAR, "STOP");
        Thread.sleep(random.nextInt(STALL_MS_MAX));
        system.signal(SIDECAR, "CONT");
      }
    }
    meanwhile.run();
    system.start();
  }

  private static void end(RunningSystem system, Part part, String signal) throws Exception {
    ProcessHandle process = system.process(part);
    system.signal(part, signal);
    process.onExit().get(EXIT_TIMEOUT_S, TimeUnit.SECONDS);
  }
}
