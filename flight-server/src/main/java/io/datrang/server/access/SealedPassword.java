package io.datrang.server.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A password that can be read only while its session's token is shown. The sidecar keeps no tokens,
 * so its memory alone gives no password away. Immutable.
 */
public final class SealedPassword {
  private static final int TAG_BITS = 128;

  /** Each key seals one password, so one nonce for all does no harm. */
  private static final byte[] NONCE = new byte[12];

  private final byte[] sealed;

  private SealedPassword(byte[] sealed) {
    this.sealed = sealed;
  }

  static SealedPassword of(String password, String token) {
    try {
      byte[] plain = password.getBytes(StandardCharsets.UTF_8);
      return new SealedPassword(cipher(Cipher.ENCRYPT_MODE, token).doFinal(plain));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The password.
   *
   * @throws LoginRefusedException when the token is another session's
   */
  public String open(String token) {
    try {
      byte[] plain = cipher(Cipher.DECRYPT_MODE, token).doFinal(sealed);
      return new String(plain, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw new LoginRefusedException("the token is not of this session; log in again");
    }
  }

  private static Cipher cipher(int mode, String token) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update("password ".getBytes(StandardCharsets.US_ASCII));
    byte[] key = digest.digest(token.getBytes(StandardCharsets.UTF_8));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, NONCE));
    return cipher;
  }
}
