/**
 * TPC-H's eight tables and twenty-two queries, with the parameters the specification validates
 * with. The queries name tables without a schema: {@code search_path} says whether they read heap
 * or columnar tables.
 *
 * <p>Must never import the engine, storage or replication.
 */
package io.datrang.bench.tpch;
