/**
 * What is known about files without opening them: statistics of row groups, bloom filters, page
 * index.
 *
 * <p>An entry may be missing (slower), never wrong. Knows nothing of WAL, Flight or the engine.
 */
package io.datrang.index;
