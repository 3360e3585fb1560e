package io.datrang.storage;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A catalog connection that breaks at COMMIT, before it, or after, so that its answer is lost; or
 * when it is closed.
 */
final class CommitFaults {
  private enum Fault {
    NONE,
    BEFORE,
    AFTER
  }

  private final DataSource source;
  private volatile Fault next = Fault.NONE;
  private volatile Runnable meanwhile = () -> {};
  private volatile boolean failsClose;

  CommitFaults(DataSource source) {
    this.source = source;
  }

  void failNextCommit(boolean answerOnly) {
    next = answerOnly ? Fault.AFTER : Fault.BEFORE;
  }

  /**
   * @param before the caller is told
   */
  void failNextCommit(boolean answerOnly, Runnable before) {
    meanwhile = before;
    failNextCommit(answerOnly);
  }

  /** The next connection that is closed breaks then. */
  void failNextClose() {
    failsClose = true;
  }

  void clear() {
    next = Fault.NONE;
  }

  DataSource source() {
    return wrap(DataSource.class, source);
  }

  @SuppressWarnings("unchecked")
  private <T> T wrap(Class<T> type, T target) {
    return (T)
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Fault fault = method.getName().equals("commit") ? next : Fault.NONE;
              if (fault == Fault.BEFORE) {
                clear();
                ((Connection) target).close();
                throw new SQLException("the connection broke before COMMIT");
              }
              Object result;
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (fault == Fault.AFTER) {
                clear();
                meanwhile.run();
                throw new SQLException("the connection broke after COMMIT");
              }
              if (failsClose && method.getName().equals("close")) {
                failsClose = false;
                throw new SQLException("the connection broke when it was closed");
              }
              return result instanceof Connection connection
                  ? wrap(Connection.class, connection)
                  : result;
            });
  }
}
