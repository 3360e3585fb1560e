package io.datrang.server.request;

import io.datrang.replication.writes.Write;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.List;

/** A request of the foreign data wrapper. */
public sealed interface Request {
  /** The protocol version this sidecar speaks. */
  int PROTOCOL_VERSION = 1;

  /** How every request text starts; no other ticket does. */
  String PREFIX = "(datrang ";

  record Hello(String shimVersion, int serverVersion, String database) implements Request {}

  /**
   * Reads rows.
   *
   * @param shared the snapshot to read together with other requests; null for one of its own
   * @param engine where it is to be answered; null for the embedded engine
   * @param own what the transaction has written itself and sees; null for nothing
   * @param divided says that only {@link Part}s get the rows; null for one stream's answer
   */
  record Query(
      Freshness freshness,
      SharedSnapshot shared,
      EngineChoice engine,
      Own own,
      Divided divided,
      Select select)
      implements Request {}

  /**
   * An answer that several processes share.
   *
   * @param name what they know it by
   * @param processes how many will, about
   */
  record Divided(String name, long processes) {}

  /**
   * Reads rows of a divided query's answer that nobody else reads.
   *
   * @param answer its name
   * @param number the reader's; asks once
   * @param processes how many there are now; 0 where that is not known
   */
  record Part(String answer, long number, long processes) implements Request {}

  /**
   * Chunks of a running transaction.
   *
   * @param transaction its number in the session
   * @param chunks those that are seen, in the order they were written
   */
  record Own(String session, long transaction, List<Long> chunks) {
    public Own {
      chunks = List.copyOf(chunks);
    }
  }

  /** Writes to a native table. */
  record Upload(Write write) implements Request {}

  /** Says what a native table looks like whose transaction is not committed. */
  record Declare(TableSchema table) implements Request {}

  /** Runs a query for what the engine says of it; its rows are not sent. */
  record Explain(Query query) implements Request {}

  record Estimate(Select select) implements Request {}

  /**
   * Reads rows chosen at random.
   *
   * @param rows how many, at most
   * @param select a scan of one table
   */
  record Sample(long rows, Select select) implements Request {}

  record Wait(Lsn lsn, Duration timeout) implements Request {}

  record Status() implements Request {}

  /** Writes a table's files anew, as far as that is worth anything. */
  record Vacuum(long tableId) implements Request {}

  /** Compares a table's files with what is known of them. */
  record Check(long tableId) implements Request {}

  /** Makes a table's index anew from its files. */
  record Reindex(long tableId) implements Request {}

  /** Lists the past states of a table. */
  record Snapshots(long tableId) implements Request {}

  /** Lists the queries in progress. */
  record Activity() implements Request {}

  /** Stops a query, named as {@link Activity} names it. */
  record Cancel(String query) implements Request {}

  /**
   * Reads a request text.
   *
   * @throws InvalidRequestException when it is not one of protocol version 1
   */
  static Request parse(String text) {
    return parse(text, new byte[0]);
  }

  /** Reads a request with a row block. */
  static Request parse(String text, byte[] payload) {
    return new RequestParser().parse(text, payload);
  }
}
