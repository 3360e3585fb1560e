package io.datrang.server.request;

import java.util.List;
import java.util.OptionalLong;

/**
 * What to read.
 *
 * @param output the answer's columns; may be empty
 * @param table the table it reads
 * @param where the condition, or null
 */
public record Select(
    List<Expression> output,
    TableReference table,
    Expression where,
    OptionalLong limit,
    OptionalLong offset) {

  /**
   * A table in the request.
   *
   * @param tableId {@code datrang.tables.table_id}
   * @param alias number by which column references name it
   */
  public record TableReference(long tableId, int alias) {}

  public Select {
    output = List.copyOf(output);
  }
}
