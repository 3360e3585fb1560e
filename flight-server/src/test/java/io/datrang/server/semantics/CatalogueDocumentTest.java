package io.datrang.server.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.semantics.SemanticCatalogue.Announcement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * CATALOGUE.md says what the sidecar computes, as it announces it, and why the rest stays local.
 * {@code -Ddatrang.catalogue=write} writes its lists anew.
 */
class CatalogueDocumentTest {
  private static final Path DOCUMENT = Path.of("CATALOGUE.md");
  private static final String START = "<!-- from the announcements -->\n";
  private static final Pattern LOCAL = Pattern.compile("^\\| (`[^|]+`) \\|", Pattern.MULTILINE);

  private static final Map<String, String> KINDS =
      Map.of(
          "op", "Operators",
          "func", "Functions",
          "agg", "Aggregates",
          "win", "Before OVER",
          "cast", "Casts through text");

  @Test
  void listsWhatIsAnnounced() throws IOException {
    String document = Files.readString(DOCUMENT);
    String head = document.substring(0, document.indexOf(START) + START.length());
    String written = head + lists();
    if ("write".equals(System.getProperty("datrang.catalogue"))) {
      Files.writeString(DOCUMENT, written);
    }
    assertThat(Files.readString(DOCUMENT)).isEqualTo(written);
  }

  @Test
  void whatStaysLocalIsNotAnnounced() throws IOException {
    String document = Files.readString(DOCUMENT);
    Set<String> announced =
        new SemanticCatalogue()
            .announcements().stream().map(Announcement::signature).collect(Collectors.toSet());
    Matcher matcher = LOCAL.matcher(document.substring(0, document.indexOf(START)));
    Set<String> local = new TreeSet<>();
    while (matcher.find()) {
      local.addAll(List.of(matcher.group(1).replace("`", "").split(" +")));
    }
    assertThat(local).isNotEmpty().doesNotContainAnyElementsOf(announced);
    Set<String> names =
        announced.stream().map(s -> s.replaceAll("\\(.*", "")).collect(Collectors.toSet());
    assertThat(local).doesNotContainAnyElementsOf(names);
  }

  private static String lists() {
    Map<String, Map<String, Set<String>>> kinds = new TreeMap<>();
    for (Announcement row : new SemanticCatalogue().announcements()) {
      kinds
          .computeIfAbsent(KINDS.get(row.kind()), kind -> new TreeMap<>())
          .computeIfAbsent(condition(row), condition -> new TreeSet<>())
          .add("`" + row.signature() + "`");
    }
    StringBuilder text = new StringBuilder();
    kinds.forEach(
        (kind, conditions) -> {
          text.append("\n## ").append(kind).append("\n");
          conditions.forEach(
              (condition, signatures) ->
                  text.append("\n")
                      .append(condition.isEmpty() ? "Always" : "If `" + condition + "`")
                      .append(": ")
                      .append(String.join(", ", signatures))
                      .append("\n"));
        });
    return text.toString();
  }

  /** Without whether it may raise an error, which says nothing of when it is exact. */
  private static String condition(Announcement row) {
    return row.condition().announced().replaceAll(" ?\\bfails\\b", "").trim();
  }
}
