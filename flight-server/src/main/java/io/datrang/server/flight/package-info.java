/**
 * Arrow Flight: the sockets, who may call, which service a ticket is for, flow control and errors.
 *
 * <p>Knows requests as opaque texts and answers as batches; must never import the engine.
 */
package io.datrang.server.flight;
