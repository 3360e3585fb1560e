package io.datrang.replication.writes;

import io.datrang.replication.connect.SourceServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Hands out row ids, each once; takes them from the database in large steps. Thread safe. */
final class RowIds {
  /** Increment of the sequence {@code datrang.row_ids}. */
  private static final long STEP = 1 << 20;

  private final SourceServer server;
  private long next;
  private long end;

  RowIds(SourceServer server) {
    this.server = server;
  }

  /** The first of {@code count} consecutive ids. */
  synchronized long take(int count) {
    if (end - next < count) {
      reserve(count);
    }
    long first = next;
    next += count;
    return first;
  }

  private void reserve(int count) {
    if (count > STEP) {
      throw new IllegalArgumentException("a block of " + count + " rows, at most " + STEP);
    }
    try (Connection connection = server.sql();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT nextval('datrang.row_ids')")) {
      row.next();
      next = row.getLong(1);
      end = next + STEP;
    } catch (SQLException e) {
      throw new IllegalStateException("cannot reserve row ids: " + e.getMessage(), e);
    }
  }
}
