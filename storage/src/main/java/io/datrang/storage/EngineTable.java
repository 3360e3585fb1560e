package io.datrang.storage;

import io.datrang.types.Column;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;

/**
 * A table in the engine's memory for rows that are no part of any snapshot; gone when closed. One
 * thread appends at a time, any may read.
 */
public final class EngineTable implements AutoCloseable {
  private static final AtomicLong LAST = new AtomicLong();

  private final DuckDBConnection connection;
  private final BufferAllocator allocator;
  private final List<Column> columns;
  private final String name = "staged" + LAST.incrementAndGet();

  /** Makes an empty table. */
  public EngineTable(Storage storage, List<Column> columns) {
    this.connection = storage.connect();
    this.allocator = storage.allocator();
    this.columns = columns;
    run(
        "CREATE TABLE "
            + qualified()
            + "("
            + columns.stream()
                .map(c -> DeltaGeneration.column(c) + " " + TypeMapping.engine(c.type()))
                .collect(Collectors.joining(", "))
            + ")");
  }

  /** Adds rows; their columns are the table's, in order. */
  public void append(VectorSchemaRoot rows) {
    String values =
        IntStream.range(0, columns.size())
            .mapToObj(i -> ArrowImport.column(i) + "::" + TypeMapping.engine(columns.get(i).type()))
            .collect(Collectors.joining(", "));
    try {
      ArrowImport.run(
          connection,
          allocator,
          rows,
          "INSERT INTO " + qualified() + " SELECT " + values + " FROM " + ArrowImport.RELATION);
    } catch (SQLException e) {
      throw new StorageException("cannot keep staged rows: " + e.getMessage(), e);
    }
  }

  /** An engine query, without parentheses, for all rows; the columns have their names. */
  public String select() {
    return columns.stream()
        .map(c -> DeltaGeneration.column(c) + " AS " + Sql.name(c.name()))
        .collect(Collectors.joining(", ", "SELECT ", " FROM " + qualified()));
  }

  private String qualified() {
    return EngineDatabase.SCHEMA + "." + name;
  }

  private void run(String sql) {
    try {
      EngineDatabase.run(connection, sql);
    } catch (SQLException e) {
      throw new StorageException("cannot keep staged rows: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    run("DROP TABLE IF EXISTS " + qualified());
    try {
      connection.close();
    } catch (SQLException e) {
      throw new StorageException("cannot let go of staged rows: " + e.getMessage(), e);
    }
  }
}
