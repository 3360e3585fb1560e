package io.datrang.server.testing;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightGrpcUtils;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** A Flight client on a Unix socket; Arrow's own cannot open one. */
public final class SocketClient implements AutoCloseable {
  /** A whole answer. */
  public record Answer(
      Schema schema, List<List<Object>> rows, List<Integer> batchRows, String metadata) {}

  private final BufferAllocator allocator = new RootAllocator();
  private final EpollEventLoopGroup threads =
      new EpollEventLoopGroup(1, new DefaultThreadFactory("client", true));
  private final FlightClient client;

  public SocketClient(Path socket) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(threads)
            .overrideAuthority("localhost")
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    client = FlightGrpcUtils.createFlightClient(allocator, channel);
  }

  /** Opens the stream of a request body, for example {@code (status)}. */
  public FlightStream open(String body, String... headers) {
    CallHeaders callHeaders = new FlightCallHeaders();
    callHeaders.insert("x-datrang-pid", "4711");
    for (int i = 0; i < headers.length; i += 2) {
      callHeaders.insert(headers[i], headers[i + 1]);
    }
    byte[] ticket = ("(datrang 1 " + body + ")").getBytes(StandardCharsets.UTF_8);
    return client.getStream(new Ticket(ticket), new HeaderCallOption(callHeaders));
  }

  /** Reads a whole answer. */
  public Answer ask(String body, String... headers) {
    try (FlightStream stream = open(body, headers)) {
      VectorSchemaRoot root = stream.getRoot();
      List<List<Object>> rows = new ArrayList<>();
      List<Integer> batchRows = new ArrayList<>();
      String metadata = null;
      while (stream.next()) {
        if (batchRows.isEmpty() && stream.getLatestMetadata() != null) {
          byte[] bytes = new byte[(int) stream.getLatestMetadata().readableBytes()];
          stream.getLatestMetadata().getBytes(0, bytes);
          metadata = new String(bytes, StandardCharsets.UTF_8);
        }
        batchRows.add(root.getRowCount());
        for (int i = 0; i < root.getRowCount(); i++) {
          List<Object> row = new ArrayList<>();
          for (FieldVector vector : root.getFieldVectors()) {
            row.add(vector.getObject(i));
          }
          rows.add(row);
        }
      }
      return new Answer(root.getSchema(), rows, batchRows, metadata);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    threads.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).sync();
    allocator.close();
  }
}
