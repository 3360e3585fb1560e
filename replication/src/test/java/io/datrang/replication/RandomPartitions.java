package io.datrang.replication;

import io.datrang.testing.PostgresCluster;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The same with table {@code t} partitioned by ranges of its key, and partitions that change. */
final class RandomPartitions extends RandomDefinitions {
  private static final int WIDTH = 100;

  private int made;

  RandomPartitions(PostgresCluster cluster, Random random, int number) throws SQLException {
    super(cluster, random, number);
    made = number * 1000;
  }

  @Override
  void define() throws SQLException {
    if (random.nextInt(3) == 0) {
      super.define();
      return;
    }
    List<Integer> partitions = partitions();
    if (partitions.isEmpty() || random.nextInt(3) == 0) {
      make();
    } else {
      change(partitions.get(random.nextInt(partitions.size())));
    }
  }

  /** Numbers of those with negative keys, each {@link #WIDTH} wide. */
  private List<Integer> partitions() throws SQLException {
    List<Integer> numbers = new ArrayList<>();
    for (String name :
        names(
            "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid"
                + " WHERE inhparent = 't'::regclass AND relname ~ '^p\\d+$' ORDER BY relname")) {
      numbers.add(Integer.parseInt(name.substring(1)));
    }
    return numbers;
  }

  private void make() throws SQLException {
    int number = made++;
    String name = name(number);
    String bounds = " FOR VALUES FROM (" + from(number) + ") TO (" + (from(number) + WIDTH) + ")";
    if (random.nextInt(4) > 0) {
      boolean deep = random.nextInt(3) == 0;
      execute("CREATE TABLE " + name + " PARTITION OF t" + bounds + (deep ? byHash() : ""));
      for (int i = 0; deep && i < 2; i++) {
        execute(
            "CREATE TABLE "
                + name
                + "_"
                + i
                + " PARTITION OF "
                + name
                + " FOR VALUES WITH (MODULUS 2, REMAINDER "
                + i
                + ")");
      }
    } else {
      execute("CREATE TABLE " + name + " (dropped int, LIKE t INCLUDING ALL)");
      execute("ALTER TABLE " + name + " DROP dropped");
      if (random.nextBoolean()) {
        execute(
            "INSERT INTO "
                + name
                + " (id) SELECT "
                + from(number)
                + " + g FROM generate_series(0, 9) g");
      }
      execute("ALTER TABLE t ATTACH PARTITION " + name + bounds);
    }
    fill(number);
  }

  private static String byHash() {
    return " PARTITION BY HASH (id)";
  }

  private void fill(int number) throws SQLException {
    execute(
        "INSERT INTO t (id) SELECT "
            + (from(number) + 50)
            + " + g FROM generate_series(0, 20) g ON CONFLICT DO NOTHING");
  }

  private void change(int number) throws SQLException {
    String name = name(number);
    switch (random.nextInt(7)) {
      case 0 -> execute("DROP TABLE " + name);
      case 1 -> {
        execute("ALTER TABLE t DETACH PARTITION " + name);
        execute("DELETE FROM " + name + " WHERE id % 2 = 0");
        if (random.nextBoolean()) {
          execute(
              "ALTER TABLE t ATTACH PARTITION "
                  + name
                  + " FOR VALUES FROM ("
                  + from(number)
                  + ") TO ("
                  + (from(number) + WIDTH)
                  + ")");
        }
      }
      case 2, 3 -> execute("TRUNCATE " + name);
      case 4 ->
          execute(
              "UPDATE t SET id = id - 1000000000 WHERE id >= "
                  + from(number)
                  + " AND id < "
                  + (from(number) + WIDTH)
                  + " AND id % 3 = 0 AND id - 1000000000 NOT IN (SELECT id"
                  + " FROM t)");
      default -> fill(number);
    }
  }

  private static String name(int number) {
    return "p" + number;
  }

  private static int from(int number) {
    return -(number + 1) * WIDTH;
  }
}
