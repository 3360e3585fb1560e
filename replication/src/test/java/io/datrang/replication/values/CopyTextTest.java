package io.datrang.replication.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.storage.TypeMapping;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CopyTextTest {
  private static final ColumnType TEXT = ColumnType.of("text", 25, -1, StorageKind.TEXT);
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "s",
          "t",
          List.of(
              new Column(1, "a", TEXT, true),
              new Column(2, "b", TEXT, false),
              new Column(3, "c", TEXT, false)),
          List.of(1));

  private final BufferAllocator allocator = new RootAllocator();
  private final RowBatch batch = new RowBatch(TABLE.columns(), TypeMapping.rows(TABLE), allocator);
  private final CopyText copy = new CopyText();

  @AfterEach
  void close() {
    batch.close();
    allocator.close();
  }

  private void read(String line) {
    copy.read(line.getBytes(StandardCharsets.UTF_8), batch);
  }

  private String value(int row, int column) {
    Object value = batch.finish().getVector(column).getObject(row);
    return value == null ? null : value.toString();
  }

  @Test
  void G9_nullIsNotTheEmptyStringNorItsEscape() {
    read("\\N\t\t\\\\N\n");
    assertThat(value(0, 0)).isNull();
    assertThat(value(0, 1)).isEmpty();
    assertThat(value(0, 2)).isEqualTo("\\N");
  }

  @Test
  void G9_everyEscape() {
    read("a\\tb\\nc\\rd\te\\bf\\fg\\vh\t\\\\\n");
    assertThat(value(0, 0)).isEqualTo("a\tb\nc\rd");
    assertThat(value(0, 1)).isEqualTo("e\bf\fg\u000Bh");
    assertThat(value(0, 2)).isEqualTo("\\");
  }

  @Test
  void escapesLongerThanTheScratchSpace() {
    String text = "x".repeat(5000);
    read(text + "\\n\t" + text + "\t\\N\n");
    assertThat(value(0, 0)).isEqualTo(text + "\n");
    assertThat(value(0, 1)).isEqualTo(text);
  }

  @Test
  void rowsOfAnotherWidthAreErrors() {
    assertThatThrownBy(() -> read("a\tb\n")).hasMessageContaining("3 columns");
    assertThatThrownBy(() -> read("a\tb\tc\td\n")).hasMessageContaining("3 columns");
    assertThatThrownBy(() -> read("a\tb\tc")).hasMessageContaining("line end");
    assertThatThrownBy(() -> read("a\tb\tc\\\n")).hasMessageContaining("inside an escape");
    assertThatThrownBy(() -> read("a\tb\t\\q\n")).hasMessageContaining("unknown escape");
  }
}
