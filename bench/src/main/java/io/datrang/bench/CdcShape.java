package io.datrang.bench;

/**
 * A kind of transactions.
 *
 * @param name for figures
 * @param changesEach changes of one transaction
 * @param mixed six inserts, three updates and a delete of every ten changes, or only inserts
 */
record CdcShape(String name, long changesEach, boolean mixed) {

  static final String TABLE = "cdc_rows";

  /**
   * The block that makes about {@code changes} changes; ids of new rows begin at {@code firstId}.
   */
  String write(long firstId, long changes) {
    String insert = RowsTable.insert(TABLE, "base", "base + inserts - 1");
    String others =
        mixed
            ? """
              UPDATE public.%1$s SET quantity = quantity + 1, rating = -rating
                WHERE id BETWEEN base - inserts + each AND base - inserts + 4 * each - 1;
              DELETE FROM public.%1$s WHERE id BETWEEN base - inserts AND base - inserts + each - 1;
              """
                .formatted(TABLE)
            : "";
    long inserts = mixed ? Math.max(1, changesEach * 6 / 10) : changesEach;
    return """
        DO $$
        DECLARE base bigint := %d; inserts bigint := %d; each bigint := %d;
        BEGIN
          FOR chunk IN 1..%d LOOP
            %s;
            %s
            COMMIT;
            base := base + inserts;
          END LOOP;
        END $$
        """
        .formatted(
            firstId, inserts, changesEach / 10, Math.max(1, changes / changesEach), insert, others);
  }
}
