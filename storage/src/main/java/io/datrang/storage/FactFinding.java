package io.datrang.storage;

import io.datrang.index.BoundText;
import io.datrang.index.ChunkIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.storage.FileFacts.Kind;
import io.datrang.storage.FileFacts.Question;
import io.datrang.types.Column;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out what the index knows of a table's files. It says nothing of a file whose rows the delta
 * may have deleted, of a value in a file with deleted rows, of what statistics leave open, and of
 * columns that a file does not have.
 */
final class FactFinding {
  private final PinnedSnapshot snapshot;
  private final TableView view;
  private final Map<Question, Column> questions = new HashMap<>();
  private final Map<Question, byte[]> bounds = new HashMap<>();
  private final Map<String, Long> counts = new HashMap<>();
  private long rows;

  FactFinding(PinnedSnapshot snapshot, TableView view, Collection<Question> asked) {
    this.snapshot = snapshot;
    this.view = view;
    asked.forEach(q -> view.schema().column(q.column()).ifPresent(c -> questions.put(q, c)));
    asked.stream().filter(q -> q.kind() == Kind.COUNT).forEach(q -> counts.put(q.column(), 0L));
  }

  FileFacts find() {
    List<DataFile> rest = new ArrayList<>();
    boolean deleting = view.parts().stream().anyMatch(part -> part.keys() > 0);
    for (DataFile file : view.files()) {
      if (!deleting && answersAll(file)) {
        take(file);
      } else {
        rest.add(file);
      }
    }
    FileSelection selection = FileSelection.some(rest, view.files());
    return new FileFacts(
        rows,
        counts,
        texts(Kind.LOWEST),
        texts(Kind.HIGHEST),
        new RelationPlan(snapshot, view, selection));
  }

  private boolean answersAll(DataFile file) {
    if (questions.isEmpty()) {
      return true;
    }
    return file.vector() == null
        && !file.index().rowGroups().isEmpty()
        && file.index().rowGroups().stream()
            .allMatch(
                group ->
                    questions.entrySet().stream()
                        .allMatch(each -> answers(group, each.getKey(), each.getValue())));
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

  private void take(DataFile file) {
    rows += file.liveRows();
    for (RowGroupIndex group : file.index().rowGroups()) {
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
