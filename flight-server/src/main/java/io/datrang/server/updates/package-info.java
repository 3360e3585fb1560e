/**
 * Writes of Flight SQL clients. PostgreSQL runs them, on connections of the client's own role with
 * the client's own password, so that rights, transactions and the order of commits are
 * PostgreSQL's; nothing is written here. Must never import Flight or the engine.
 */
package io.datrang.server.updates;
