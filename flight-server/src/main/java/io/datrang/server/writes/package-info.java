/**
 * Native tables towards the foreign data wrapper: takes its uploads, and shows a transaction what
 * it has written itself on top of a snapshot. Knows neither Flight nor how writes are published.
 */
package io.datrang.server.writes;
