package io.datrang.storage.files;

import java.net.URI;

/**
 * An S3-compatible object store. Credentials come from the usual provider chain of the AWS SDK.
 *
 * @param location {@code s3://bucket/prefix} below which the files are
 * @param endpoint null for AWS's own
 * @param region null for the provider chain's
 * @param pathStyle whether the bucket is named in the path and not in the host
 * @param cacheBytesMax how many bytes of files are on the local disk at most
 */
public record ObjectStoreConfig(
    String location, URI endpoint, String region, boolean pathStyle, long cacheBytesMax) {
  public ObjectStoreConfig {
    if (!location.matches("s3://[^/]+(/.*)?")) {
      throw new IllegalArgumentException("s3://bucket/prefix is expected, not " + location);
    }
    location = location.replaceAll("/+$", "");
  }
}
