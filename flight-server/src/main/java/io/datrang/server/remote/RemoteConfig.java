package io.datrang.server.remote;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where clusters are reached.
 *
 * @param urls of JDBC, by dialect; none where that cluster is not there
 * @param drivers a JAR with their drivers, or a directory of JARs; null when there is none
 * @param catalog what the clusters call the Iceberg catalog
 * @param user may be empty
 * @param password null when none is needed
 */
public record RemoteConfig(
    Map<Dialect, String> urls, Path drivers, String catalog, String user, String password) {
  public static final RemoteConfig NONE = new RemoteConfig(Map.of(), null, "datrang", "", null);

  public RemoteConfig {
    urls = Map.copyOf(urls);
  }

  @Override
  public String toString() {
    return urls.keySet() + " as " + user;
  }
}
