package io.datrang.bench.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A network that can fail: a port of this machine whose connections go on to another one. One
 * thread accepts, two carry the bytes of each connection; they are named after the wire.
 */
final class Wire implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;

  private enum State {
    UP,
    STALLED,
    CUT,
    CLOSED
  }

  private final String name;
  private final int target;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong disturbed = new AtomicLong();
  private State state = State.UP;

  Wire(String name, int target) throws IOException {
    this.name = name;
    this.target = target;
    this.listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
  }

  void start() {
    thread("accept", this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Holds back what is sent, in both directions, until {@link #up}. */
  void stall() {
    become(State.STALLED);
  }

  /** Resets all connections, and those that are tried until {@link #up}. */
  void cut() {
    become(State.CUT);
    resetAll();
  }

  void up() {
    become(State.UP);
  }

  /** How often bytes or connections have been held back or turned away so far. */
  long disturbed() {
    return disturbed.get();
  }

  private synchronized void become(State next) {
    if (state != State.CLOSED) {
      state = next;
    }
    notifyAll();
  }

  private synchronized boolean passes() throws InterruptedException {
    if (state == State.STALLED || state == State.CUT) {
      disturbed.incrementAndGet();
    }
    while (state == State.STALLED) {
      wait();
    }
    return state == State.UP;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        sockets.add(near);
        thread("connect", () -> connect(near));
      } catch (IOException e) {
        // closed, or out of descriptors for a moment
      }
    }
  }

  private void connect(Socket near) {
    Socket far = new Socket();
    sockets.add(far);
    try {
      if (passes()) {
        far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        thread("back", () -> carry(far, near));
        carry(near, far);
        return;
      }
    } catch (IOException e) {
      // nobody listens there
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reset(near);
    reset(far);
  }

  /** Carries bytes until one side ends, which is told to the other. */
  private void carry(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int bytes;
      while ((bytes = in.read(buffer)) >= 0 && passes()) {
        out.write(buffer, 0, bytes);
      }
      if (passes()) {
        to.shutdownOutput();
        if (from.isOutputShutdown()) {
          forget(from);
          forget(to);
        }
        return;
      }
    } catch (IOException e) {
      // reset by one of the two, or by us
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reset(from);
    reset(to);
  }

  private void forget(Socket socket) throws IOException {
    sockets.remove(socket);
    socket.close();
  }

  private void resetAll() {
    sockets.forEach(this::reset);
  }

  private void reset(Socket socket) {
    sockets.remove(socket);
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // it was closed already
    }
  }

  private void thread(String part, Runnable work) {
    Thread thread = new Thread(work, name + "-" + part);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    become(State.CLOSED);
    listener.close();
    resetAll();
  }
}
