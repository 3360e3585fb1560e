/**
 * Where tables' files are kept for good: on the local disk, or in an object store with the local
 * disk as a bounded cache. A file has one local path everywhere in the sidecar, whether it is there
 * at the moment or not.
 *
 * <p>Knows nothing of tables, snapshots and the catalog.
 */
package io.datrang.storage.files;
