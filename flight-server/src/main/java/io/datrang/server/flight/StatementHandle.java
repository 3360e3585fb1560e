package io.datrang.server.flight;

import com.google.protobuf.ByteString;
import io.datrang.server.flightsql.SqlRefusedException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * What stands in the ticket of a statement: the statement, and a number by which it can be
 * cancelled while it runs. It gives no rights: whoever shows it is asked for his own.
 */
record StatementHandle(String id, String sql) {
  private static final int ID_LENGTH = 36;

  static StatementHandle of(String sql) {
    return new StatementHandle(UUID.randomUUID().toString(), sql);
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
        return new StatementHandle(text.substring(0, ID_LENGTH), text.substring(ID_LENGTH + 1));
      }
    } catch (CharacterCodingException e) {
      throw malformed();
    }
    throw malformed();
  }

  ByteString bytes() {
    return ByteString.copyFromUtf8(id + " " + sql);
  }

  private static SqlRefusedException malformed() {
    return new SqlRefusedException(
        SqlRefusedException.Reason.INVALID, "the ticket is none of a statement");
  }
}
