package io.datrang.storage;

import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Set;

/**
 * Where a flush begins.
 *
 * @param state the published snapshot it writes down
 * @param tables what has changed since the last one
 * @param ended tables whose end has to be recorded
 */
record FlushPoint(SnapshotState state, List<Part> tables, List<End> ended) {

  /**
   * A table that is not followed any more.
   *
   * @param error why, or null when it is to be copied anew
   * @param frozenAt where it ended, or null when it was never readable
   */
  record End(MirrorTable table, String error, Lsn frozenAt) {}

  /**
   * A table's part.
   *
   * @param schema to write
   * @param files it has so far
   * @param replaced files of its predecessor, which go when this flush completes its backfill
   * @param claimed keys of files that are being written anew, and have to stay until that is done
   * @param floor sequence up to which those files hold its delta
   * @param generations to move into files
   * @param sequence up to which they count
   * @param damage what is wrong with the files of a table that takes changes all the same, or null
   */
  record Part(
      MirrorTable table,
      TableSchema schema,
      List<DataFile> files,
      List<DataFile> replaced,
      Set<Long> claimed,
      long floor,
      List<DeltaGeneration> generations,
      long sequence,
      String damage) {}

  /** What a flush made of it. */
  record Flushed(Part part, List<DataFile> files, Lsn backfilled) {}
}
