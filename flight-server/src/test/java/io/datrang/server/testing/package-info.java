/** Doubles and clients for the tests of the sidecar. */
package io.datrang.server.testing;
