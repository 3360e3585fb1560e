package io.datrang.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.blobstore.TransientApiMetadata;
import org.jclouds.blobstore.domain.StorageMetadata;
import org.jclouds.blobstore.options.ListContainerOptions;

/**
 * An S3 server in this process, with one bucket, which checks signatures; objects in memory. While
 * it is there, the AWS SDK finds its credentials in the system's properties.
 */
public final class ObjectStore implements AutoCloseable {
  public static final String BUCKET = "tables";
  public static final String ACCESS_KEY = "datrang-test";
  public static final String SECRET_KEY = "not-a-secret";

  private final BlobStoreContext context;
  private final BlobStore blobs;
  private S3Proxy server;
  private ServerSocket silent;
  private int port;

  private ObjectStore(BlobStoreContext context) {
    this.context = context;
    this.blobs = context.getBlobStore();
  }

  public static ObjectStore start() {
    System.setProperty("aws.accessKeyId", ACCESS_KEY);
    System.setProperty("aws.secretAccessKey", SECRET_KEY);
    BlobStoreContext context =
        ContextBuilder.newBuilder(new TransientApiMetadata())
            .credentials("identity", "credential")
            .buildView(BlobStoreContext.class);
    ObjectStore store = new ObjectStore(context);
    store.blobs.createContainerInLocation(null, BUCKET);
    store.up();
    return store;
  }

  /** Answers again, with everything it had. */
  public void up() {
    speak();
    server =
        S3Proxy.builder()
            .blobStore(blobs)
            .endpoint(URI.create("http://127.0.0.1:" + port))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
            .ignoreUnknownHeaders(true)
            .build();
    try {
      server.start();
      port = server.getPort();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Refuses connections. */
  public void down() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Accepts connections and answers nothing, until {@link #up}; it must be down. */
  public void stall() {
    try {
      silent = new ServerSocket(port, 256, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** How many objects there are. */
  public long objects() {
    return blobs.countBlobs(BUCKET, ListContainerOptions.Builder.recursive());
  }

  /** Names of all objects. */
  public List<String> names() {
    return blobs.list(BUCKET, ListContainerOptions.Builder.recursive()).stream()
        .map(StorageMetadata::getName)
        .sorted()
        .toList();
  }

  /** Writes an object as somebody else might. */
  public void overwrite(String name, byte[] content) {
    blobs.putBlob(BUCKET, blobs.blobBuilder(name).payload(content).build());
  }

  /** Removes an object as somebody else might. */
  public void remove(String name) {
    blobs.removeBlob(BUCKET, name);
  }

  /** An object's content. */
  public byte[] read(String name) {
    try (InputStream in = blobs.getBlob(BUCKET, name).getPayload().openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void speak() {
    try {
      if (silent != null) {
        silent.close();
        silent = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    speak();
    down();
    context.close();
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }
}
