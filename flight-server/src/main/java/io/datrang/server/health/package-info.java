/**
 * Whether the sidecar works, and the way to ask: health and metrics over HTTP.
 *
 * <p>Must never import Flight or the engine.
 */
package io.datrang.server.health;
