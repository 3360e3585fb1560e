package io.datrang.replication;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Rows of {@link ValuesIT} as numbers and hashes the server can compute too. */
final class ServerNumbers {
  private ServerNumbers() {}

  static List<String> of(List<String> row) {
    List<String> out = new ArrayList<>();
    out.add(row.get(0));
    out.add(row.get(1) == null ? null : row.get(1).equals("true") ? "1" : "0");
    out.addAll(row.subList(2, 5));
    out.add(hex(row.get(5), t -> ByteBuffer.allocate(4).putFloat(Float.parseFloat(t))));
    out.add(hex(row.get(6), t -> ByteBuffer.allocate(8).putDouble(Double.parseDouble(t))));
    out.add(row.get(7) == null ? null : new BigDecimal(row.get(7)).unscaledValue().toString());
    out.add(row.get(8));
    out.add(md5(row.get(9)));
    out.add(md5(row.get(10)));
    out.add(md5(row.get(11)));
    out.add(md5(row.get(12)));
    out.add(row.get(13) == null ? null : md5(HexFormat.of().parseHex(row.get(13))));
    out.add(infinite(row.get(14), "2147483647"));
    out.add(row.get(15) == null ? null : row.get(15) + ".000000");
    out.add(infinite(row.get(16), "9223372036854775807"));
    out.add(infinite(row.get(17), "9223372036854775807"));
    out.add(interval(row.get(18)));
    out.add(row.get(19));
    out.add(md5(row.get(20)));
    out.add(md5(row.get(21)));
    out.add(row.get(22));
    return out;
  }

  private interface Encoder {
    ByteBuffer encode(String text);
  }

  private static String hex(String text, Encoder encoder) {
    return text == null ? null : HexFormat.of().formatHex(encoder.encode(text).array());
  }

  private static String infinite(String number, String infinity) {
    if (Objects.equals(number, infinity)) {
      return "infinity";
    }
    return Objects.equals(number, "-" + infinity) ? "-infinity" : number;
  }

  /** The server sends microseconds, days, months. */
  private static String interval(String text) {
    if (text == null) {
      return null;
    }
    String[] parts = text.substring(1, text.length() - 1).split(", ");
    ByteBuffer bytes =
        ByteBuffer.allocate(16)
            .putLong(Long.parseLong(parts[2]))
            .putInt(Integer.parseInt(parts[1]))
            .putInt(Integer.parseInt(parts[0]));
    return HexFormat.of().formatHex(bytes.array());
  }

  private static String md5(String text) {
    return text == null ? null : md5(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
