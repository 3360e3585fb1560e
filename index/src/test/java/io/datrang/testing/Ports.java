package io.datrang.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports for servers that a test starts. */
public final class Ports {
  private Ports() {}

  /**
   * A port nobody listens on, below those Linux gives to connections: else any connection made
   * before the server starts might take it.
   */
  public static int free() {
    for (int tries = 0; tries < 1000; tries++) {
      int port = ThreadLocalRandom.current().nextInt(20000, 32000);
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port between 20000 and 32000");
  }
}
