package io.datrang.replication.connect;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import javax.net.SocketFactory;

/**
 * Sockets of replication connections. Where nothing has come, the driver's {@code readPending} asks
 * again after a millisecond, a thousand times a second for as long as the database is idle. Once it
 * has asked in vain, these wait longer; what comes ends the wait, and is followed by short ones.
 */
public final class PatientSockets extends SocketFactory {
  /** What the driver sets before it looks for a message. */
  static final int POLL_MS = 1;

  static final int IDLE_MS = 50;

  @Override
  public Socket createSocket() {
    return new PatientSocket();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    return createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    return createSocket(host.getHostAddress(), port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    return createSocket(host, port);
  }

  private static final class PatientSocket extends Socket {
    /** Whether the last wait was in vain. */
    private volatile boolean idle;

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
      super.setSoTimeout(timeout == POLL_MS && idle ? IDLE_MS : timeout);
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          read(one, 0, 1);
          return one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          try {
            int read = super.read(bytes, offset, length);
            idle = false;
            if (read < 0) {
              throw new EOFException("the server has closed the connection"); // else it asks again
            }
            return read;
          } catch (SocketTimeoutException e) {
            idle = true;
            throw e;
          }
        }
      };
    }
  }
}
