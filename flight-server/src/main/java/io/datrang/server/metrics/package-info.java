/**
 * What the sidecar counts and measures, for Prometheus.
 *
 * <p>Must never import Flight or the engine.
 */
package io.datrang.server.metrics;
