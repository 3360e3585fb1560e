package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.testing.PostgresCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code CASES.md} names, for each case, exactly the tests whose names begin with its id. With
 * {@code -Ddatrang.cases.write=true} its column of tests is written instead of compared.
 */
class CasesTest {
  private static final Path FILE = PostgresCluster.repository("replication/CASES.md");
  private static final Map<Character, Integer> LAST =
      Map.of('A', 20, 'B', 9, 'C', 18, 'D', 13, 'E', 15, 'F', 7, 'G', 12, 'H', 6, 'I', 4);
  private static final Pattern TEST =
      Pattern.compile("^\\s*void ((?:[A-I]\\d+b?_)+\\w+)\\(", Pattern.MULTILINE);
  private static final Pattern ID = Pattern.compile("([A-I]\\d+b?)_");

  /** Cells of a row of the table: id, case, behaviour, tests, status. */
  private record Row(List<String> cells) {
    String id() {
      return cells.get(0);
    }

    String tests() {
      return cells.get(3);
    }

    String status() {
      return cells.get(4);
    }

    Row withTests(String tests) {
      return new Row(List.of(id(), cells.get(1), cells.get(2), tests, status()));
    }

    @Override
    public String toString() {
      return "| " + String.join(" | ", cells) + " |";
    }
  }

  private static Row row(String line) {
    return Pattern.matches("\\| [A-I]\\d+b? \\|.*", line)
        ? new Row(Arrays.stream(line.split("\\|", -1)).map(String::strip).toList().subList(1, 6))
        : null;
  }

  private static List<String> ids() {
    List<String> ids = new ArrayList<>();
    new TreeMap<>(LAST)
        .forEach(
            (group, last) -> {
              for (int i = 1; i <= last; i++) {
                ids.add(group.toString() + i);
                if (group == 'A' && i == 6) {
                  ids.add("A6b");
                }
              }
            });
    return ids;
  }

  /** Names of tests in all modules, by the ids they begin with. */
  private static Map<String, TreeSet<String>> tests() throws IOException {
    Map<String, TreeSet<String>> tests = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> all = Files.walk(FILE.getParent().getParent(), 12)) {
      files =
          all.filter(p -> p.toString().matches(".*/src/test/java/.*(Test|IT)\\.java"))
              .sorted(Comparator.naturalOrder())
              .toList();
    }
    for (Path file : files) {
      String type = file.getFileName().toString().replace(".java", "");
      Matcher test = TEST.matcher(Files.readString(file));
      while (test.find()) {
        Matcher id = ID.matcher(test.group(1));
        for (int at = 0; id.find(at) && id.start() == at; at = id.end()) {
          tests
              .computeIfAbsent(id.group(1), k -> new TreeSet<>())
              .add("`" + type + "#" + test.group(1) + "`");
        }
      }
    }
    return tests;
  }

  @Test
  void everyCaseNamesItsTestsAndEveryTestItsCase() throws IOException {
    Map<String, TreeSet<String>> tests = tests();
    List<String> expected = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    List<String> lines = Files.readAllLines(FILE);
    for (String line : lines) {
      Row row = row(line);
      if (row != null) {
        String names = String.join(", ", tests.getOrDefault(row.id(), new TreeSet<>()));
        rows.add(row.withTests(names.isEmpty() ? "none" : names));
      }
      expected.add(row == null ? line : rows.get(rows.size() - 1).toString());
    }
    if (Boolean.getBoolean("datrang.cases.write")) {
      Files.write(FILE, expected);
      return;
    }
    assertThat(rows).extracting(Row::id).containsExactlyElementsOf(ids());
    assertThat(ids()).containsAll(tests.keySet());
    for (Row row : rows) {
      assertThat(row.status())
          .as("%s: a case without a test is OPEN, one with a test is PASS or REFUSED", row.id())
          .isIn(row.tests().equals("none") ? List.of("OPEN") : List.of("PASS", "REFUSED"));
    }
    assertThat(lines).isEqualTo(expected);
  }
}
