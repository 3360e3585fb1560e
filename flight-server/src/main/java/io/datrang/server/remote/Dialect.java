package io.datrang.server.remote;

import io.datrang.types.StorageKind;
import java.util.List;
import java.util.Locale;

/** How clusters write SQL, where they differ. */
public enum Dialect {
  SPARK("`", "STRING", "%s VERSION AS OF %d") {
    @Override
    List<String> settings() {
      // Overflow is an error, names are what they are, and texts hold no variables.
      return List.of(
          "SET spark.sql.ansi.enabled=true",
          "SET spark.sql.session.timeZone=UTC",
          "SET spark.sql.caseSensitive=true",
          "SET spark.sql.parser.escapedStringLiterals=false");
    }

    @Override
    String string(String text) {
      if (text.contains("${")) {
        throw new NotRemoteException("a constant holds ${, which Spark replaces");
      }
      return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    @Override
    String days(String date) {
      return "unix_date(" + date + ")";
    }

    @Override
    String semiJoin(boolean anti) {
      return anti ? "LEFT ANTI JOIN" : "LEFT SEMI JOIN";
    }
  },

  TRINO("\"", "VARCHAR", "%s FOR VERSION AS OF %d") {
    @Override
    List<String> settings() {
      return List.of();
    }

    @Override
    String string(String text) {
      return "'" + text.replace("'", "''") + "'";
    }

    @Override
    String name(String name) {
      if (!name.equals(name.toLowerCase(Locale.ROOT))) {
        throw new NotRemoteException("Trino folds the name \"" + name + "\" to lower case");
      }
      return super.name(name);
    }

    @Override
    String days(String date) {
      return "date_diff('day', DATE '1970-01-01', " + date + ")";
    }

    @Override
    String semiJoin(boolean anti) {
      throw new NotRemoteException("Trino has no semi join");
    }
  };

  private final String quote;
  private final String text;
  private final String version;

  Dialect(String quote, String text, String version) {
    this.quote = quote;
    this.text = text;
    this.version = version;
  }

  /** As options and settings say it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a session has to be told first. */
  abstract List<String> settings();

  abstract String string(String text);

  /** Days since 1970. */
  abstract String days(String date);

  abstract String semiJoin(boolean anti);

  String name(String name) {
    return quote + name.replace(quote, quote + quote) + quote;
  }

  /** A state of an Iceberg table. */
  String table(String catalog, String schema, String table, long snapshotId) {
    String name = name(catalog) + "." + name(schema) + "." + name(table);
    return version.formatted(name, snapshotId);
  }

  /** A text from which {@link RemoteGroups} makes the value again. */
  String output(RemoteValue value) {
    StorageKind kind = value.kind();
    if (kind == StorageKind.TEXT || kind == StorageKind.BPCHAR) {
      return value.sql();
    }
    String plain = kind == StorageKind.DATE ? days(value.sql()) : value.sql();
    return "CAST(" + plain + " AS " + text + ")";
  }
}
