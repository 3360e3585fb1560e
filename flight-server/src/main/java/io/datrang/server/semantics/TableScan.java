package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import java.util.List;

/**
 * A table a request reads.
 *
 * @param columns what it reads of it, in the order the relation must yield them
 * @param predicate what the index is asked; holds for every row that can contribute
 * @param others holds for every row that the conditions leave out
 */
public record TableScan(
    long tableId, List<String> columns, Predicate predicate, Predicate others) {}
