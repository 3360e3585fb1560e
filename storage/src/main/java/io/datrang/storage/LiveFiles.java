package io.datrang.storage;

import io.datrang.storage.FlushPoint.End;
import io.datrang.storage.FlushPoint.Flushed;
import io.datrang.storage.FlushPoint.Part;
import io.datrang.storage.parquet.WrittenFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** All tables' files as flushes, compactions and first copies change them. Any thread. */
final class LiveFiles {
  private final LiveState state;
  private final LateChanges late;

  LiveFiles(LiveState state, LateChanges late) {
    this.state = state;
    this.late = late;
  }

  /** Adds finished files of a backfill, so that {@code lookup} finds their rows. */
  void addBackfilled(MirrorTable table, List<WrittenFile> files) {
    state.locked(
        () -> {
          List<DataFile> all = new ArrayList<>(table.files());
          files.forEach(f -> all.add(DataFile.written(f, List.of())));
          table.files(all);
        });
  }

  /**
   * Ends the generations of all tables that have changes.
   *
   * @param completed a table whose backfill this flush completes, or null
   * @throws StorageException when that table has ended
   * @throws HeldChangesException when rows were deleted that may be in damaged files
   */
  FlushPoint beginFlush(MirrorTable completed) {
    return state.locked(
        () -> {
          if (completed != null && !completed.takesChanges()) {
            throw new StorageException("the table ended while it was copied");
          }
          late.writeAll();
          state.tables().values().forEach(MirrorTable::checkDeletes);
          SnapshotState published = state.current();
          List<Part> parts = new ArrayList<>();
          List<End> ended = new ArrayList<>();
          for (MirrorTable table : state.tables().values()) {
            boolean dirty =
                table.hasUnstoredSchema() || table.published().stream().anyMatch(g -> !g.isEmpty());
            if (table == completed || (table.isReadable() && dirty)) {
              parts.add(part(table, published));
            }
            if (table.hasUnstoredEnd()) {
              FreezePoint point = table.frozen();
              ended.add(new End(table, table.error(), point == null ? null : point.lsn()));
            }
          }
          return new FlushPoint(published, parts, ended);
        });
  }

  private static Part part(MirrorTable table, SnapshotState published) {
    long sequence =
        table.frozen() == null
            ? published.sequence()
            : Math.min(published.sequence(), table.frozen().sequence());
    return new Part(
        table,
        table.schema(),
        table.files(),
        table.replacedFiles(),
        table.claimed(),
        table.floor(),
        table.closeGeneration(),
        sequence,
        table.damage());
  }

  /** Publishes what a flush that is committed has made; answers the new layout's number. */
  long endFlush(FlushPoint point, List<Flushed> results) {
    return state.locked(
        () -> {
          for (Flushed each : results) {
            MirrorTable table = each.part().table();
            table.flushed(each.part().generations(), each.files(), each.part().sequence());
            table.schemaIsStored(each.part().schema().version());
            if (each.backfilled() != null) {
              table.backfilled(each.backfilled());
            }
          }
          point.ended().forEach(end -> end.table().endIsStored(end.error()));
          long layout = state.publishLayout();
          results.forEach(r -> state.retire(layout, r.part().generations()));
          return layout;
        });
  }

  /**
   * The files of a table that can be replaced now.
   *
   * @param version of the description the new files are written with
   * @return empty when the table has ended, or has another description, or lacks one of the files
   */
  Optional<List<DataFile>> replaceable(MirrorTable table, int version, List<DataFile> replaced) {
    return state.locked(
        () -> {
          Set<Long> there = table.files().stream().map(DataFile::key).collect(Collectors.toSet());
          boolean can =
              state.tables().get(table.id()) == table
                  && table.isLive()
                  && table.storedVersion() == version
                  && replaced.stream().allMatch(f -> there.contains(f.key()));
          return can ? Optional.of(table.files()) : Optional.empty();
        });
  }

  /**
   * Lets no flush take these files away but for what has to be (a table that is truncated, say),
   * until {@link #letGo}: who writes them anew shall not have done so in vain. To be called while
   * nothing is flushed.
   *
   * @return whether they are there
   */
  boolean claim(MirrorTable table, int version, List<DataFile> claimed) {
    return state.locked(
        () -> {
          boolean there = replaceable(table, version, claimed).isPresent();
          if (there) {
            table.claim(claimed.stream().map(DataFile::key).collect(Collectors.toSet()));
          }
          return there;
        });
  }

  /** Ends {@link #claim}. */
  void letGo(MirrorTable table) {
    state.locked(() -> table.claim(Set.of()));
  }

  /** Publishes files that hold the rows of those the table had; answers the new layout's number. */
  long replaceFiles(MirrorTable table, List<DataFile> files) {
    return state.locked(
        () -> {
          table.files(files);
          return state.publishLayout();
        });
  }
}
