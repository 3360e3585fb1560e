package io.datrang.replication.testing;

import io.datrang.storage.Backfill;
import io.datrang.storage.WritableStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Tells when a step of storage begins and ends, on the thread that does it. Any thread. */
public final class StorageSteps {
  private static final Set<String> STEPS =
      Set.of(
          "apply",
          "stage",
          "unstage",
          "advance",
          "lookup",
          "beginBackfill",
          "write",
          "commit",
          "freeze",
          "failTable",
          "dropTable",
          "alter",
          "flush");

  private final Map<String, Runnable> once = new ConcurrentHashMap<>();

  /** Has something done the next time, at {@code before STEP} or {@code after STEP}. */
  public void at(String point, Runnable happening) {
    once.put(point, happening);
  }

  /** The storage, and what comes from it, with these steps watched. */
  public WritableStorage in(WritableStorage storage) {
    return watched(
        storage,
        point -> {
          Runnable happening = once.remove(point);
          if (happening != null) {
            happening.run();
          }
        });
  }

  /**
   * @param pass told {@code before STEP} and {@code after STEP}; what it throws the step throws
   */
  static WritableStorage watched(WritableStorage storage, Consumer<String> pass) {
    return watched(WritableStorage.class, storage, pass);
  }

  private static <T> T watched(Class<T> type, T real, Consumer<String> pass) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              boolean step = STEPS.contains(method.getName());
              if (step) {
                pass.accept("before " + method.getName());
              }
              Object result;
              try {
                result = method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (step) {
                passAfter(method.getName(), result, pass);
              }
              return result instanceof Backfill backfill
                  ? watched(Backfill.class, backfill, pass)
                  : result instanceof Backfill.Writer writer
                      ? watched(Backfill.Writer.class, writer, pass)
                      : result;
            }));
  }

  private static void passAfter(String step, Object result, Consumer<String> pass) {
    try {
      pass.accept("after " + step);
    } catch (RuntimeException e) {
      if (result instanceof VectorSchemaRoot rows) {
        rows.close(); // nobody gets them
      }
      throw e;
    }
  }
}
