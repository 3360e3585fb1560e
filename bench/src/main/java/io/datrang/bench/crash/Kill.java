package io.datrang.bench.crash;

import static io.datrang.bench.RunningSystem.Part.SERVER;
import static io.datrang.bench.RunningSystem.Part.SIDECAR;

import io.datrang.bench.RunningSystem;
import io.datrang.bench.RunningSystem.Part;
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
  SIDECAR_TWICE(10);

  private static final long EXIT_TIMEOUT_S = 30;
  private static final int RECOVERY_MS_MAX = 1_500;

  private final int weight;

  Kill(int weight) {
    this.weight = weight;
  }

  static Kill pick(SplittableRandom random) {
    int place = random.nextInt(100);
    for (Kill kill : values()) {
      place -= kill.weight;
      if (place < 0) {
        return kill;
      }
    }
    return SIDECAR_KILL;
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
