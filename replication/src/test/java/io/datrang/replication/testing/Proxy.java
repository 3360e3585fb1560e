package io.datrang.replication.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * A TCP proxy in front of a server that can stop passing bytes on without closing anything, or end
 * every connection at once.
 */
public final class Proxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final List<Socket> sockets = new ArrayList<>();

  /** Connections of older generations swallow everything. */
  private volatile int generation;

  private volatile boolean refusing;
  private volatile int refused;

  public Proxy(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Connections that are open now swallow everything from here on; new ones work. */
  public synchronized void dropSilently() {
    generation = generation + 1;
  }

  /** Ends all connections, and new ones as soon as they are made, until {@link #admit}. */
  public synchronized void refuse() throws IOException {
    refusing = true;
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  public void admit() {
    refusing = false;
  }

  /** How many connections were refused so far. */
  public int refused() {
    return refused;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        if (refusing) {
          refused++;
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        synchronized (this) {
          sockets.add(client);
          sockets.add(server);
        }
        int born = generation;
        start(() -> pump(client, server, born));
        start(() -> pump(server, client, born));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void pump(Socket from, Socket to, int born) {
    byte[] buffer = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (born == generation) {
          out.write(buffer, 0, n);
        }
      }
      if (born == generation) {
        to.close();
      }
    } catch (IOException e) {
      // one side is gone; the other finds out by itself, or not
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
