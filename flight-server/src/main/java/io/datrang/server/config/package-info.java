/**
 * The sidecar's configuration: one file of {@code key = value} lines, overridden by the
 * environment.
 *
 * <p>Values only; must never import the parts it configures.
 */
package io.datrang.server.config;
