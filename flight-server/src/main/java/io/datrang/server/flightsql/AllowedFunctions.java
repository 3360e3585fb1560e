package io.datrang.server.flightsql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Engine functions a client may call; those that read nothing but their arguments. */
final class AllowedFunctions {
  private static final Set<String> TABLE_FUNCTIONS =
      Set.of("range", "generate_series", "unnest", "json_each", "json_tree");

  private static final Set<String> FUNCTIONS = read();

  private AllowedFunctions() {}

  static boolean contains(String function) {
    return FUNCTIONS.contains(function.toLowerCase(Locale.ROOT));
  }

  static boolean containsTableFunction(String function) {
    return TABLE_FUNCTIONS.contains(function.toLowerCase(Locale.ROOT));
  }

  static Set<String> all() {
    return FUNCTIONS;
  }

  private static Set<String> read() {
    try (InputStream in = AllowedFunctions.class.getResourceAsStream("functions.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("# "))
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .map(name -> name.toLowerCase(Locale.ROOT))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
