package io.datrang.storage.files;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.aws.s3.S3FileIOAwsClientFactory;
import org.apache.iceberg.aws.s3.S3FileIOProperties;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Makes clients of S3 that also speak with stores that know less than AWS does. Iceberg loads it by
 * name: its own factory would need the clients of other services.
 */
public final class ObjectStoreClient implements S3FileIOAwsClientFactory {
  private static final long serialVersionUID = 1L;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final String REGION = "datrang.region";

  private String endpoint;
  private String region;
  private boolean pathStyle;

  /**
   * @param directory where what is sent may be put together
   */
  static S3FileIO open(ObjectStoreConfig config, Path directory) {
    Map<String, String> properties = new HashMap<>();
    properties.put(S3FileIOProperties.CLIENT_FACTORY, ObjectStoreClient.class.getName());
    properties.put(S3FileIOProperties.STAGING_DIRECTORY, directory.toString());
    properties.put(S3FileIOProperties.PATH_STYLE_ACCESS, Boolean.toString(config.pathStyle()));
    if (config.endpoint() != null) {
      properties.put(S3FileIOProperties.ENDPOINT, config.endpoint().toString());
    }
    if (config.region() != null) {
      properties.put(REGION, config.region());
    }
    S3FileIO io = new S3FileIO();
    io.initialize(properties);
    return io;
  }

  @Override
  public void initialize(Map<String, String> properties) {
    endpoint = properties.get(S3FileIOProperties.ENDPOINT);
    region = properties.get(REGION);
    pathStyle = Boolean.parseBoolean(properties.get(S3FileIOProperties.PATH_STYLE_ACCESS));
  }

  @Override
  public S3Client s3() {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE))
            .forcePathStyle(pathStyle)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    if (endpoint != null) {
      builder.endpointOverride(URI.create(endpoint));
    }
    if (region != null) {
      builder.region(Region.of(region));
    } else if (endpoint != null) {
      builder.region(Region.US_EAST_1); // named in signatures; such stores have one region
    }
    return builder.build();
  }

  @Override
  public S3AsyncClient s3Async() {
    throw new UnsupportedOperationException("only the plain client is used");
  }
}
