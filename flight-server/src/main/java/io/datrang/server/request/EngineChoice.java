package io.datrang.server.request;

/**
 * A cluster that a query is to be sent to.
 *
 * @param name as the option of the foreign server says it
 * @param rowsMin of the tables it reads, together
 */
public record EngineChoice(String name, long rowsMin) {}
