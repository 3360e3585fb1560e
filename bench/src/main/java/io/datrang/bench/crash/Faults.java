package io.datrang.bench.crash;

import static io.datrang.bench.RunningSystem.Part.SERVER;
import static io.datrang.bench.RunningSystem.Part.SIDECAR;

import io.datrang.bench.Database;
import io.datrang.bench.RunningSystem;
import io.datrang.bench.RunningSystem.Part;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Brings faults about and ends them. Owned by one thread. */
final class Faults implements AutoCloseable {

  private static final long EXIT_TIMEOUT_S = 30;
  private static final int RECOVERY_MS_MAX = 1_500;
  private static final int LASTING_MS_MAX = 15_000;
  private static final String URI =
      "SELECT option_value FROM pg_foreign_server, pg_options_to_table(srvoptions)"
          + " WHERE srvname = 'datrang' AND option_name = 'uri'";
  private static final long SIDECAR_MORE_BYTES = 48L << 20;

  /** Most of what it has are shared buffers, and pages of files that can be let go of. */
  private static final long SERVER_MORE_BYTES = 4L << 20;

  private final Database database;
  private final RunningSystem plain;
  private final SplittableRandom random;
  private final SmallDisk disk;
  private final ControlGroup group;
  private RunningSystem system;
  private Wire serverWire;
  private Wire sidecarWire;
  private String uri;
  private volatile Fault lasting;

  Faults(Database database, RunningSystem system, SplittableRandom random) {
    this.database = database;
    this.plain = system;
    this.system = system;
    this.random = random;
    this.disk = new SmallDisk(system.serverDirectory());
    this.group = new ControlGroup("datrang-drill-" + ProcessHandle.current().pid());
  }

  /**
   * What a fault has done.
   *
   * @param overNs when it was over and recovery began, as of {@link System#nanoTime}
   * @param felt whether somebody was disturbed by it
   */
  record Outcome(long overNs, boolean felt) {}

  /** Leads both connections, server to sidecar and back, over wires that can fail. */
  void layWires() throws IOException, InterruptedException, SQLException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::abandon, "lift-fault"));
    serverWire = new Wire("server-wire", plain.port("postgres"));
    sidecarWire = new Wire("sidecar-wire", plain.port("flight"));
    serverWire.start();
    sidecarWire.start();
    system =
        plain.withEnvironment(
            Map.of(
                "DATRANG_POSTGRES_PORT",
                String.valueOf(serverWire.port()),
                // So that caches are full early, and what grows after that is a leak.
                "DATRANG_ENGINE_MEMORY_LIMIT",
                "1GB"));
    try (Connection connection = database.connect()) {
      uri = Database.single(connection, URI);
    }
    system.restartSidecar();
    nameSidecar("grpc://127.0.0.1:" + sidecarWire.port());
  }

  /** What this machine and its set-up allow. */
  Set<Fault> possible() throws IOException {
    Set<Fault> all = EnumSet.allOf(Fault.class);
    if (serverWire == null) {
      all.removeAll(
          EnumSet.of(
              Fault.SERVER_WIRE_STALL,
              Fault.SERVER_WIRE_CUT,
              Fault.SIDECAR_WIRE_STALL,
              Fault.SIDECAR_WIRE_CUT));
    }
    if (!disk.available()) {
      all.remove(Fault.DISK_FULL);
    }
    if (!ControlGroup.available()) {
      all.removeAll(EnumSet.of(Fault.DISK_SLOW, Fault.SIDECAR_MEMORY, Fault.SERVER_MEMORY));
    }
    return all;
  }

  /**
   * Brings a fault about, ends it, and starts what it ended.
   *
   * @param meanwhile runs when processes are gone, or before a lasting fault ends
   */
  Outcome apply(Fault fault, Runnable meanwhile) throws Exception {
    boolean felt = true;
    switch (fault) {
      case SIDECAR_KILL -> end(SIDECAR, "KILL");
      case SERVER_IMMEDIATE -> end(SERVER, "QUIT");
      case BOTH -> {
        boolean sidecarFirst = random.nextBoolean();
        end(sidecarFirst ? SIDECAR : SERVER, sidecarFirst ? "KILL" : "QUIT");
        end(sidecarFirst ? SERVER : SIDECAR, sidecarFirst ? "QUIT" : "KILL");
      }
      case SIDECAR_TWICE -> {
        end(SIDECAR, "KILL");
        system.start();
        Thread.sleep(random.nextInt(RECOVERY_MS_MAX));
        end(SIDECAR, "KILL");
      }
      default -> {
        long before = disturbances(fault);
        lasting = fault;
        boolean full = begin(fault);
        Thread.sleep(random.nextInt(LASTING_MS_MAX));
        felt = felt(fault, full, before);
        lift(fault);
        lasting = null;
      }
    }
    long over = System.nanoTime();
    meanwhile.run();
    system.start();
    return new Outcome(over, felt);
  }

  private boolean felt(Fault fault, boolean full, long before) throws Exception {
    return switch (fault) {
      case SIDECAR_STALL -> system.stands(SIDECAR);
      case DISK_FULL -> full;
      case DISK_SLOW -> group.isSlow(disk.directory());
      default -> disturbances(fault) > before;
    };
  }

  private long disturbances(Fault fault) throws IOException {
    return switch (fault) {
      case SERVER_WIRE_STALL, SERVER_WIRE_CUT -> serverWire.disturbed();
      case SIDECAR_WIRE_STALL, SIDECAR_WIRE_CUT -> sidecarWire.disturbed();
      case SIDECAR_MEMORY, SERVER_MEMORY -> group.memoryRefusals();
      default -> 0;
    };
  }

  /** False when a disk did not become full. */
  private boolean begin(Fault fault) throws Exception {
    switch (fault) {
      case SIDECAR_STALL -> system.signal(SIDECAR, "STOP");
      case SERVER_WIRE_STALL -> serverWire.stall();
      case SERVER_WIRE_CUT -> serverWire.cut();
      case SIDECAR_WIRE_STALL -> sidecarWire.stall();
      case SIDECAR_WIRE_CUT -> sidecarWire.cut();
      case DISK_FULL -> {
        return disk.fill();
      }
      case DISK_SLOW -> {
        group.slowDisk(system.process(SIDECAR), disk.directory());
        group.slowDisk(system.process(SERVER), disk.directory());
      }
      case SIDECAR_MEMORY -> group.limitMemory(system.process(SIDECAR), SIDECAR_MORE_BYTES);
      case SERVER_MEMORY -> group.limitMemory(system.process(SERVER), SERVER_MORE_BYTES);
      default -> throw new IllegalArgumentException(fault + " does not last");
    }
    return true;
  }

  private void lift(Fault fault) throws Exception {
    switch (fault) {
      case SIDECAR_STALL -> system.signal(SIDECAR, "CONT");
      case SERVER_WIRE_STALL, SERVER_WIRE_CUT -> serverWire.up();
      case SIDECAR_WIRE_STALL, SIDECAR_WIRE_CUT -> sidecarWire.up();
      case DISK_FULL -> disk.free();
      case DISK_SLOW -> group.liftDisk(disk.directory());
      default -> group.liftMemory();
    }
  }

  /** A drill that is ended in the middle of a fault leaves a system that can be stopped. */
  private void abandon() {
    Fault fault = lasting;
    if (fault != null) {
      try {
        lift(fault);
      } catch (Exception e) {
        System.err.println(fault + " was not lifted: " + e);
      }
    }
  }

  private void end(Part part, String signal) throws Exception {
    ProcessHandle process = system.process(part);
    system.signal(part, signal);
    process.onExit().get(EXIT_TIMEOUT_S, TimeUnit.SECONDS);
  }

  private void nameSidecar(String uri) throws SQLException {
    try (Connection connection = database.connect()) {
      Database.execute(connection, "ALTER SERVER datrang OPTIONS (SET uri '" + uri + "')");
    }
  }

  /** Puts the connections back to where they were. */
  @Override
  public void close() throws IOException, InterruptedException, SQLException {
    if (serverWire == null) {
      return;
    }
    nameSidecar(uri);
    plain.restartSidecar();
    serverWire.close();
    sidecarWire.close();
  }
}
