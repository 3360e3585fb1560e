package io.datrang.replication.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

class PatientSocketsTest {
  @Test
  void waitsLongerUntilSomethingComes() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new PatientSockets().createSocket()) {
      socket.connect(server.getLocalSocketAddress());
      try (Socket peer = server.accept()) {
        InputStream in = socket.getInputStream();
        assertEquals(PatientSockets.POLL_MS, polling(socket));
        assertThrows(SocketTimeoutException.class, in::read);
        assertEquals(PatientSockets.IDLE_MS, polling(socket));

        peer.getOutputStream().write(200);
        assertEquals(200, in.read());
        assertEquals(PatientSockets.POLL_MS, polling(socket));

        socket.setSoTimeout(7000);
        assertEquals(7000, socket.getSoTimeout(), "other waits are the driver's");
        peer.close();
        assertThrows(EOFException.class, in::read);
      }
    }
  }

  private static int polling(Socket socket) throws Exception {
    socket.setSoTimeout(PatientSockets.POLL_MS);
    return socket.getSoTimeout();
  }
}
