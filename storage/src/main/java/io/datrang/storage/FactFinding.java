package io.datrang.storage;

import io.datrang.index.BoundText;
import io.datrang.index.ChunkIndex;
import io.datrang.index.Predicate;
import io.datrang.index.RowGroupIndex;
import io.datrang.index.RowGroupPruning;
import io.datrang.storage.FileFacts.Kind;
import io.datrang.storage.FileFacts.Question;
import io.datrang.types.Column;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out what the index knows of a table's row groups all of whose rows are meant. It says
 * nothing of files whose rows the delta may have deleted, of values and parts of a file with
 * deleted rows, of what statistics leave open, and of columns that a file does not have. For one
 * question.
 */
final class FactFinding {
  private final PinnedSnapshot snapshot;
  private final TableView view;
  private final Predicate matching;
  private final Predicate others;
  private final RowGroupPruning pruning;

  /** Holds for every row that the delta may have deleted. */
  private final Predicate deleted;

  private final Map<Question, Column> questions = new HashMap<>();
  private final Map<Question, byte[]> bounds = new HashMap<>();
  private final Map<String, Long> counts = new HashMap<>();
  private long rows;

  /**
   * For one question.
   *
   * @param matching holds for all rows that are meant
   * @param others holds for all that are not
   */
  FactFinding(
      PinnedSnapshot snapshot,
      TableView view,
      Collection<Question> asked,
      Predicate matching,
      Predicate others) {
    this.snapshot = snapshot;
    this.view = view;
    this.matching = matching;
    this.others = others;
    this.pruning = new RowGroupPruning(view.schema());
    this.deleted =
        new Predicate.Or(
            view.parts().stream()
                .filter(part -> part.keys() > 0)
                .map(part -> part.touched().deleted(view.schema().keyColumns()))
                .toList());
    asked.forEach(q -> view.schema().column(q.column()).ifPresent(c -> questions.put(q, c)));
    asked.stream().filter(q -> q.kind() == Kind.COUNT).forEach(q -> counts.put(q.column(), 0L));
  }

  FileFacts find() {
    List<FileSelection.Part> rest = new ArrayList<>();
    List<Divided> divided = new ArrayList<>();
    int rowGroups = 0;
    for (DataFile file : view.files()) {
      Divided parts = divide(file);
      if (parts.isKnown()) {
        take(parts.live(), parts.known());
      } else if (parts.known().isEmpty()) {
        rest.add(new FileSelection.Part(file, null));
        rowGroups += parts.left().size();
      } else {
        divided.add(parts);
      }
    }
    divided.sort(Comparator.comparingInt(each -> -each.known().size()));
    for (int i = 0; i < divided.size(); i++) {
      Divided parts = divided.get(i);
      List<RowGroupIndex> left = new ArrayList<>(parts.left());
      if (i < FileSelection.RESTRICTED_FILES_MAX) {
        take(parts.live(), parts.known());
        rest.add(new FileSelection.Part(parts.file(), FileSelection.ranges(left)));
      } else {
        left.addAll(parts.known());
        rest.add(new FileSelection.Part(parts.file(), null));
      }
      rowGroups += left.size();
    }
    return new FileFacts(
        rows,
        counts,
        texts(Kind.LOWEST),
        texts(Kind.HIGHEST),
        new RelationPlan(snapshot, view, rest(rest, rowGroups)));
  }

  /** Where nothing is known, the rest is what is read by everybody else. */
  private FileSelection rest(List<FileSelection.Part> parts, int rowGroups) {
    return rows == 0
        ? FileSelection.of(view.schema(), view.files(), matching)
        : FileSelection.some(parts, rowGroups, view.files());
  }

  /**
   * A file's row groups that can have rows that are meant.
   *
   * @param known those the index answers for
   * @param left those it does not
   * @param live rows of those it answers for
   */
  private record Divided(
      DataFile file,
      List<RowGroupIndex> known,
      List<RowGroupIndex> left,
      long live,
      boolean isKnown) {}

  private Divided divide(DataFile file) {
    List<RowGroupIndex> groups = file.index().rowGroups();
    List<RowGroupIndex> known = new ArrayList<>();
    List<RowGroupIndex> left = new ArrayList<>();
    for (RowGroupIndex group : groups) {
      if (pruning.mayMatch(matching, group)) {
        boolean all =
            !pruning.mayMatch(deleted, group)
                && !pruning.mayMatch(others, group)
                && answersAll(group);
        (all ? known : left).add(group);
      }
    }
    if (groups.isEmpty()) { // its number of rows is known nevertheless
      boolean all =
          questions.isEmpty()
              && RowGroupPruning.isNever(deleted)
              && RowGroupPruning.isNever(others);
      return new Divided(file, known, left, file.liveRows(), all);
    }
    if (file.vector() == null || known.isEmpty()) {
      long live = known.stream().mapToLong(RowGroupIndex::rows).sum();
      return new Divided(file, known, left, live, left.isEmpty());
    }
    // Which of its row groups the deleted rows are in is not known.
    if (questions.isEmpty() && known.size() == groups.size()) {
      return new Divided(file, known, left, file.liveRows(), true);
    }
    left.addAll(known);
    return new Divided(file, List.of(), left, 0, false);
  }

  private boolean answersAll(RowGroupIndex group) {
    return questions.entrySet().stream()
        .allMatch(each -> answers(group, each.getKey(), each.getValue()));
  }

  private static boolean answers(RowGroupIndex group, Question question, Column column) {
    ChunkIndex chunk = group.chunks().get(column.fieldId());
    if (chunk == null || chunk.nullCount() < 0) {
      return false;
    }
    if (question.kind() == Kind.COUNT || chunk.nullCount() == group.rows()) {
      return true;
    }
    boolean exact = question.kind() == Kind.LOWEST ? chunk.lowerExact() : chunk.upperExact();
    byte[] bound = bound(chunk, question);
    return exact
        && bound != null
        && chunk.nanCount() == 0
        && BoundText.of(column.type(), bound).isPresent();
  }

  private static byte[] bound(ChunkIndex chunk, Question question) {
    return question.kind() == Kind.LOWEST ? chunk.lower() : chunk.upper();
  }

  private void take(long live, List<RowGroupIndex> groups) {
    rows += live;
    for (RowGroupIndex group : groups) {
      for (Map.Entry<Question, Column> each : questions.entrySet()) {
        Question question = each.getKey();
        ChunkIndex chunk = group.chunks().get(each.getValue().fieldId());
        if (question.kind() == Kind.COUNT) {
          counts.merge(question.column(), group.rows() - chunk.nullCount(), Long::sum);
        } else if (chunk.nullCount() < group.rows()) {
          bounds.merge(
              question, bound(chunk, question), (a, b) -> further(question, each.getValue(), a, b));
        }
      }
    }
  }

  private static byte[] further(Question question, Column column, byte[] one, byte[] other) {
    boolean below = BoundText.compare(column.type(), one, other) <= 0;
    return below == (question.kind() == Kind.LOWEST) ? one : other;
  }

  private Map<String, String> texts(Kind kind) {
    Map<String, String> texts = new HashMap<>();
    bounds.forEach(
        (question, bound) -> {
          if (question.kind() == kind) {
            BoundText.of(questions.get(question).type(), bound)
                .ifPresent(text -> texts.put(question.column(), text));
          }
        });
    return texts;
  }
}
