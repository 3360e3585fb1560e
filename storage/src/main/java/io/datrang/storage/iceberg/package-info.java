/**
 * Tables as Iceberg sees them: deletion vectors in Puffin files, table metadata, and the commit
 * that records it inside storage's own transaction.
 *
 * <p>Knows the catalog's two Iceberg tables and files on the local disk; nothing of the delta and
 * of the engine.
 */
package io.datrang.storage.iceberg;
