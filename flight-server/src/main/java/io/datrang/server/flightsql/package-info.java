/**
 * SQL of Flight SQL clients: checked, rewritten to relations of one snapshot, and run.
 *
 * <p>A client's text never reaches the engine as it came. It is parsed by the engine's own parser
 * into a tree; the tree may hold only what is listed as harmless, its tables are replaced by
 * temporary views over one snapshot, and only then is it turned back into text. Must never import
 * Flight.
 */
package io.datrang.server.flightsql;
