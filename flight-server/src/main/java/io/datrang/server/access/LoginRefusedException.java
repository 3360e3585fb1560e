package io.datrang.server.access;

/** The caller is not let in; the message is for him and tells no more than PostgreSQL would. */
public final class LoginRefusedException extends RuntimeException {
  public LoginRefusedException(String message) {
    super(message);
  }
}
