package io.datrang.storage.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.values.deltastrings.DeltaByteArrayWriter;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTextsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, 129, 1000})
  void eachTextIsHadInAnyOrder(int count) throws Exception {
    Random random = new Random(count);
    List<String> texts = new ArrayList<>();
    DeltaByteArrayWriter writer =
        new DeltaByteArrayWriter(100, 1 << 20, new HeapByteBufferAllocator());
    for (int i = 0; i < count; i++) {
      texts.add(
          switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> "é".repeat(random.nextInt(300));
            case 2 -> i == 0 ? "first" : texts.get(i - 1);
            default -> "label " + random.nextInt(1000);
          });
      writer.writeBytes(Binary.fromString(texts.get(i)));
    }
    PageTexts page = PageTexts.of(writer.getBytes().toByteArray(), count);
    PageTexts.Reader inTurn = page.reader();
    PageTexts.Reader anyhow = page.reader();
    for (int i = 0; i < count; i++) {
      inTurn.moveTo(i);
      assertThat(text(inTurn)).isEqualTo(texts.get(i));
      int row = random.nextInt(count);
      anyhow.moveTo(row);
      assertThat(text(anyhow)).isEqualTo(texts.get(row));
      assertThat(text(anyhow)).as("twice").isEqualTo(texts.get(row));
    }
  }

  private static String text(PageTexts.Reader reader) {
    return new String(reader.text(), StandardCharsets.UTF_8);
  }
}
