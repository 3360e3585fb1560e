package io.datrang.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of every key, and the types it can be read as. Immutable once loaded. */
final class ConfigValues {
  private static final Pattern BYTES = Pattern.compile("(\\d+)\\s*([kKMGT]?)(i?B)?");
  private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|min|h|d)");
  private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

  private final Map<ConfigKey, String> texts = new EnumMap<>(ConfigKey.class);
  private final Map<ConfigKey, String> origins = new EnumMap<>(ConfigKey.class);

  private ConfigValues() {}

  /**
   * Reads a file, then the environment over it.
   *
   * @param file may be null
   */
  static ConfigValues load(Path file, Map<String, String> environment) {
    ConfigValues values = new ConfigValues();
    if (file != null) {
      values.readFile(file);
    }
    for (ConfigKey key : ConfigKey.values()) {
      String text = environment.get(key.variable());
      if (text != null) {
        values.texts.put(key, text.trim());
        values.origins.put(key, key.variable());
      }
    }
    return values;
  }

  private void readFile(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new ConfigException("cannot read the configuration file " + file, e);
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).trim();
      if (!line.isEmpty() && !line.startsWith("#")) {
        readLine(line, file + ":" + (i + 1));
      }
    }
  }

  private void readLine(String line, String place) {
    int equals = line.indexOf('=');
    if (equals < 0) {
      throw new ConfigException(place + ": \"key = value\" expected");
    }
    String name = line.substring(0, equals).trim();
    ConfigKey key =
        ConfigKey.of(name)
            .orElseThrow(
                () ->
                    new ConfigException(
                        place
                            + ": unknown key \""
                            + name
                            + "\", did you mean \""
                            + ConfigKey.nearest(name).key()
                            + "\"?"));
    if (key.isSecret()) {
      throw new ConfigException(
          place
              + ": secrets do not belong into this file; use "
              + key.key()
              + "-file or the environment variable "
              + key.variable());
    }
    if (texts.put(key, line.substring(equals + 1).trim()) != null) {
      throw new ConfigException(place + ": \"" + name + "\" is set twice");
    }
    origins.put(key, place);
  }

  /** The text, or the default; empty when there is neither. */
  String text(ConfigKey key) {
    return texts.getOrDefault(key, key.defaultText);
  }

  boolean isSet(ConfigKey key) {
    return !text(key).isEmpty();
  }

  /** Where the text came from: a line of the file, a variable, or {@code default}. */
  String origin(ConfigKey key) {
    return origins.getOrDefault(key, "default");
  }

  String required(ConfigKey key) {
    if (!isSet(key)) {
      throw wrong(key, "must be set");
    }
    return text(key);
  }

  /** The path, or null when the key is empty. */
  Path path(ConfigKey key) {
    return isSet(key) ? Path.of(text(key)).toAbsolutePath().normalize() : null;
  }

  int port(ConfigKey key) {
    return (int) number(key, 0, 65535);
  }

  long number(ConfigKey key, long min, long max) {
    try {
      long value = Long.parseLong(required(key));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong(key, "a number is expected");
    }
    throw wrong(key, "must be from " + min + " to " + max);
  }

  /** A size such as 512MB; units are powers of 1024. */
  long bytes(ConfigKey key, long min) {
    return bytes(key, required(key), min);
  }

  /** Sizes such as {@code a=512MB, b=4GB}. */
  Map<String, Long> bytesByName(ConfigKey key, long min) {
    Map<String, Long> sizes = new HashMap<>();
    for (String each : text(key).split(",")) {
      int equals = each.lastIndexOf('=');
      if (!each.isBlank() && equals < 1) {
        throw wrong(key, "name=size, name=size is expected");
      }
      if (equals > 0) {
        sizes.put(each.substring(0, equals).strip(), bytes(key, each.substring(equals + 1), min));
      }
    }
    return sizes;
  }

  private long bytes(ConfigKey key, String text, long min) {
    Matcher m = BYTES.matcher(text.strip());
    if (!m.matches()) {
      throw wrong(key, "a size such as 512MB or 4GB is expected");
    }
    int power = "kmgt".indexOf(m.group(2).toLowerCase(Locale.ROOT)) + 1;
    int shift = m.group(2).isEmpty() ? 0 : 10 * power;
    try {
      long value = Math.multiplyExact(Long.parseLong(m.group(1)), 1L << shift);
      if (value >= min) {
        return value;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(key, "too large");
    }
    throw wrong(key, "must be at least " + min + " bytes");
  }

  Duration duration(ConfigKey key) {
    Matcher m = DURATION.matcher(required(key));
    if (!m.matches() || m.group(1).length() > 9) {
      throw wrong(key, "a duration such as 500ms, 30s, 5min or 1h is expected");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  String level(ConfigKey key) {
    String level = text(key).toLowerCase(Locale.ROOT);
    if (!LEVELS.contains(level)) {
      throw wrong(key, "one of " + String.join(", ", LEVELS) + " is expected");
    }
    return level;
  }

  boolean isOn(ConfigKey key) {
    return switch (text(key).toLowerCase(Locale.ROOT)) {
      case "on", "true" -> true;
      case "off", "false" -> false;
      default -> throw wrong(key, "on or off is expected");
    };
  }

  /** Octal permissions such as 0660. */
  Set<PosixFilePermission> permissions(ConfigKey key) {
    String text = text(key);
    if (!text.matches("0?[0-7]{3}")) {
      throw wrong(key, "octal permissions such as 0660 are expected");
    }
    int mode = Integer.parseInt(text, 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] fromOwnerRead = PosixFilePermission.values();
    for (int i = 0; i < fromOwnerRead.length; i++) {
      if ((mode & 0400 >> i) != 0) {
        permissions.add(fromOwnerRead[i]);
      }
    }
    return permissions;
  }

  /** A secret from its file or from the environment; null when neither is set. */
  String secret(ConfigKey fileKey, ConfigKey variableKey) {
    if (isSet(fileKey) && isSet(variableKey)) {
      throw wrong(fileKey, "and " + variableKey.variable() + " are both set");
    }
    if (!isSet(fileKey)) {
      return isSet(variableKey) ? text(variableKey) : null;
    }
    try {
      String secret = Files.readString(path(fileKey)).strip();
      if (secret.isEmpty()) {
        throw wrong(fileKey, "the file is empty");
      }
      return secret;
    } catch (IOException e) {
      throw new ConfigException(fileKey.key() + ": cannot read " + path(fileKey), e);
    }
  }

  ConfigException wrong(ConfigKey key, String what) {
    String value = isSet(key) && !key.isSecret() ? " = " + text(key) : "";
    return new ConfigException(key.key() + value + " (" + origin(key) + "): " + what);
  }
}
