package io.datrang.server.flight;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The secret clients must show; never printed. */
public final class Secret {
  private final byte[] digest;

  public Secret(String text) {
    digest = digest(text);
  }

  /** Takes as long for a wrong secret as for the right one. */
  boolean matches(String candidate) {
    return MessageDigest.isEqual(digest, digest(candidate));
  }

  @Override
  public String toString() {
    return "***";
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
