package io.datrang.server.remote;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clusters that queries can be sent to, through drivers of their own. Thread safe. */
public final class RemoteEngines implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteEngines.class);

  private final RemoteConfig config;
  private final URLClassLoader loader;
  private final Map<Dialect, Driver> drivers = new HashMap<>();

  private RemoteEngines(RemoteConfig config, URLClassLoader loader) {
    this.config = config;
    this.loader = loader;
  }

  /**
   * Loads the drivers.
   *
   * @throws IllegalStateException when there is none for a cluster
   */
  public static RemoteEngines open(RemoteConfig config) {
    List<URL> jars = config.drivers() == null ? List.of() : jars(config.drivers());
    RemoteEngines engines =
        new RemoteEngines(
            config,
            new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader()));
    config.urls().forEach((dialect, url) -> engines.drivers.put(dialect, engines.driver(url)));
    return engines;
  }

  private static List<URL> jars(Path place) {
    try (Stream<Path> files =
        Files.isDirectory(place) ? Files.list(place).sorted() : Stream.of(place)) {
      List<URL> jars = new ArrayList<>();
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        jars.add(jar.toUri().toURL());
      }
      return jars;
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new IllegalStateException("cluster-drivers: cannot read " + place, e);
    }
  }

  private Driver driver(String url) {
    for (Driver driver : ServiceLoader.load(Driver.class, loader)) {
      try {
        if (driver.acceptsURL(url)) {
          return driver;
        }
      } catch (SQLException e) {
        LOG.debug("{} does not take {}", driver, url, e);
      }
    }
    throw new IllegalStateException("cluster-drivers: none of the drivers takes " + url);
  }

  /** What the clusters call the Iceberg catalog. */
  public String catalog() {
    return config.catalog();
  }

  /** Whether queries can be sent there. */
  public boolean has(Dialect dialect) {
    return drivers.containsKey(dialect);
  }

  /**
   * Runs a statement there and takes its groups.
   *
   * @param stopper told how to stop it
   * @throws NotRemoteException when that failed, for whatever reason
   */
  public long run(Dialect dialect, String sql, RemoteGroups groups, Consumer<Runnable> stopper) {
    LOG.debug("{}: {}", dialect.word(), sql);
    Properties properties = new Properties();
    if (!config.user().isEmpty()) {
      properties.setProperty("user", config.user());
    }
    if (config.password() != null) {
      properties.setProperty("password", config.password());
    }
    try (Connection connection =
            drivers.get(dialect).connect(config.urls().get(dialect), properties);
        Statement statement = connection.createStatement()) {
      stopper.accept(() -> stop(statement));
      for (String setting : dialect.settings()) {
        statement.execute(setting);
      }
      try (ResultSet rows = statement.executeQuery(sql)) {
        return take(rows, groups);
      }
    } catch (SQLException | RuntimeException e) {
      LOG.warn("{} could not answer: {}", dialect.word(), e.getMessage());
      LOG.debug("{} could not answer {}", dialect.word(), sql, e);
      throw new NotRemoteException(dialect.word() + " could not answer", e);
    }
  }

  private static long take(ResultSet rows, RemoteGroups groups) throws SQLException {
    long count = 0;
    while (rows.next()) {
      List<String> values = new ArrayList<>();
      for (int i = 1; i <= groups.width(); i++) {
        values.add(rows.getString(i));
      }
      groups.add(values);
      count++;
    }
    groups.close();
    return count;
  }

  private static void stop(Statement statement) {
    try {
      statement.cancel();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("cannot cancel", e);
    }
  }

  @Override
  public void close() {
    try {
      loader.close();
    } catch (IOException e) {
      LOG.debug("cannot close the drivers", e);
    }
  }
}
