package io.datrang.server.flight;

import com.google.protobuf.ByteString;
import io.datrang.server.flightsql.SqlRefusedException;
import io.datrang.server.flightsql.SqlService;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands in the ticket of a statement: the statement, a number by which it can be cancelled
 * while it runs, and which part of its answer is meant. It gives no rights: whoever shows it is
 * asked for his own.
 *
 * @param part null for the whole answer
 */
record StatementHandle(String id, String sql, SqlService.Part part) {
  private static final Pattern PART = Pattern.compile("#(\\d{1,3})/(\\d{1,3}) ");

  private static final int ID_LENGTH = 36;

  static StatementHandle of(String sql) {
    return new StatementHandle(UUID.randomUUID().toString(), sql, null);
  }

  StatementHandle part(int number, int of) {
    return new StatementHandle(id, sql, new SqlService.Part(id, number, of));
  }

  /**
   * Reads one.
   *
   * @throws SqlRefusedException when it was not made here
   */
  static StatementHandle parse(ByteString bytes) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(bytes.asReadOnlyByteBuffer()).toString();
      if (text.length() > ID_LENGTH && text.charAt(ID_LENGTH) == ' ') {
        return new StatementHandle(
            text.substring(0, ID_LENGTH), text.substring(ID_LENGTH + 1), null);
      }
      Matcher part = PART.matcher(text);
      if (text.length() > ID_LENGTH
          && part.region(ID_LENGTH, text.length()).lookingAt()
          && Integer.parseInt(part.group(1)) < Integer.parseInt(part.group(2))) {
        return new StatementHandle(text.substring(0, ID_LENGTH), text.substring(part.end()), null)
            .part(Integer.parseInt(part.group(1)), Integer.parseInt(part.group(2)));
      }
    } catch (CharacterCodingException e) {
      throw malformed();
    }
    throw malformed();
  }

  ByteString bytes() {
    String which = part == null ? "" : "#" + part.number() + "/" + part.of();
    return ByteString.copyFromUtf8(id + which + " " + sql);
  }

  private static SqlRefusedException malformed() {
    return new SqlRefusedException(
        SqlRefusedException.Reason.INVALID, "the ticket is none of a statement");
  }
}
