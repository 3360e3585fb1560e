/**
 * Heap and native tables under the same random writes while the sidecar and the server are killed.
 */
package io.datrang.server.drill;
