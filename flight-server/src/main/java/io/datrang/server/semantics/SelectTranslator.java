package io.datrang.server.semantics;

import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.types.TableSchema;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Translates a request's SELECT into one engine statement. Thread safe.
 *
 * <p>What was translated lately is kept, since the same SELECT is asked for again and again: for a
 * short one its translation takes as long as the engine's planning.
 */
public final class SelectTranslator {
  private static final String COMPUTED_FIRST =
      "WITH answer AS MATERIALIZED (%s) SELECT * FROM answer";

  private static final int KEPT_MAX = 256;

  /** Longer ones, those with lists of keys, hardly come twice. */
  private static final int KEPT_CHARACTERS_MAX = 32 << 10;

  private record Key(Select select, NumericRoute route) {}

  /**
   * A translation, and what it depends on beside its key.
   *
   * @param schemas of all tables that it asked for
   */
  private record Known(TranslatedSelect translated, Map<Relation.Table, TableSchema> schemas) {}

  private final SemanticCatalogue catalogue;
  private final Map<Key, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Known> eldest) {
          return size() > KEPT_MAX;
        }
      };

  public SelectTranslator(SemanticCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Translates.
   *
   * @throws io.datrang.server.request.InvalidRequestException when the request uses what was not
   *     announced, or columns that are not there
   */
  public TranslatedSelect translate(Select select, TableSchemas schemas, NumericRoute route) {
    Key key = new Key(select, route);
    Known there;
    synchronized (known) {
      there = known.get(key);
    }
    if (there != null && isAsIt(there.schemas(), schemas)) {
      return there.translated();
    }
    Map<Relation.Table, TableSchema> asked = new HashMap<>();
    TranslatedSelect translated =
        translateAnew(select, table -> asked.computeIfAbsent(table, t -> schemas.schema(t)), route);
    if (isShort(translated)) {
      synchronized (known) {
        known.put(key, new Known(translated, asked));
      }
    }
    return translated;
  }

  /** Also asks for every table, as a translation would. */
  private static boolean isAsIt(Map<Relation.Table, TableSchema> was, TableSchemas now) {
    return was.entrySet().stream().allMatch(e -> now.schema(e.getKey()).equals(e.getValue()));
  }

  private static boolean isShort(TranslatedSelect translated) {
    List<String> relations = translated.scans().stream().map(scan -> "").toList();
    return translated.sql(relations).length() <= KEPT_CHARACTERS_MAX;
  }

  private TranslatedSelect translateAnew(Select select, TableSchemas schemas, NumericRoute route) {
    Scans scans = new Scans();
    LevelTranslator level = new LevelTranslator(catalogue, schemas, route, scans);
    LevelTranslator.Level top = level.translate(select, null, null);
    // What sorts or finds distinct rows has computed all of them before it yields one.
    boolean computedFirst =
        scans.mayFail()
            && !select.hasOneRow()
            && select.order().isEmpty()
            && select.distinct() == null;
    boolean atOnce = select.isGrouped() || select.distinct() != null || !select.order().isEmpty();
    return new TranslatedSelect(
        scans.all(),
        select.output().isEmpty(),
        atOnce,
        relations -> {
          String sql = scans.shared().complete(top.statement().sql(relations), relations);
          return scans.fill(computedFirst ? COMPUTED_FIRST.formatted(sql) : sql, relations);
        });
  }
}
