# The upgrade from the last version, with tables that its own sidecar has written.

# The commit that version 0.1.0 is.
PREVIOUS_COMMIT=72ea4e5

test_upgrade() {
  local previous=$ROOT/.run/upgrade-source run=$ROOT/.run/upgrade status=0
  say "Upgrade of a system made by $PREVIOUS_COMMIT"
  git -C "$ROOT" worktree remove --force "$previous" 2>/dev/null || true
  git -C "$ROOT" worktree add --detach --force "$previous" $PREVIOUS_COMMIT
  (check_upgrade "$previous" "$run") || status=1
  git -C "$ROOT" worktree remove --force "$previous"
  return $status
}

# check_upgrade PREVIOUS RUN
check_upgrade() {
  RUN_DIR=$2 SERVER_DIR=$2/server
  command_clean --run-dir "$RUN_DIR"
  "$1/dev" up --run-dir "$RUN_DIR" || die "the previous version does not start"
  SERVER_DIR=$RUN_DIR/server
  existing_system
  make_old_tables || die "the previous version makes no tables"
  "$1/dev" down --run-dir "$RUN_DIR"
  FLUSH_INTERVAL=400ms
  up 1
  [ "$(sql -c "SELECT extversion FROM pg_extension WHERE extname = 'datrang'")" = "$VERSION" ] || die "the extension was not updated"
  compare_old_tables 'as they were'
  change_old_tables || die "the tables cannot be changed"
  compare_old_tables 'changed'
  command_clean --run-dir "$RUN_DIR"
}

make_old_tables() {
  sql >/dev/null <<'END'
CREATE TABLE kept AS SELECT i AS id, md5(i::text) AS word, i / 7::numeric(12, 4) AS part, now() + i * interval '1 min' AS at
FROM generate_series(1, 50000) i;
ALTER TABLE kept ADD PRIMARY KEY (id);
SELECT datrang.mirror('kept');
SELECT datrang.wait_ready('kept', '120s');
DELETE FROM kept WHERE id % 10 = 0;
UPDATE kept SET word = 'changed' WHERE id % 11 = 0;
ALTER TABLE kept ADD COLUMN later int DEFAULT 5;
SELECT datrang.create_table('native_kept', 'id int, word text');
INSERT INTO native_kept SELECT i, 'n' || i FROM generate_series(1, 20000) i;
DELETE FROM native_kept WHERE id % 4 = 0;
CREATE TABLE native_twin AS SELECT i AS id, 'n' || i AS word FROM generate_series(1, 20000) i WHERE i % 4 > 0;
END
}

change_old_tables() {
  sql >/dev/null <<'END'
INSERT INTO kept SELECT -i, 'new', 1, now(), i FROM generate_series(1, 1000) i;
DELETE FROM kept WHERE id % 3 = 0;
INSERT INTO native_kept VALUES (-1, 'new');
DELETE FROM native_kept WHERE id % 3 = 0;
INSERT INTO native_twin VALUES (-1, 'new');
DELETE FROM native_twin WHERE id % 3 = 0;
END
}

# compare_old_tables WHAT
compare_old_tables() {
  local found
  found=$(sql -c "SELECT (SELECT count(*) FROM ((TABLE kept EXCEPT ALL TABLE columnar.kept) UNION ALL (TABLE columnar.kept EXCEPT ALL TABLE kept)) d)
    + (SELECT count(*) FROM ((TABLE native_twin EXCEPT ALL TABLE native_kept) UNION ALL (TABLE native_kept EXCEPT ALL TABLE native_twin)) d)
    + (SELECT count(*) FROM datrang.check('columnar.kept'))")
  [ "$found" = 0 ] || die "tables of the previous version, $1: $found differences"
  say "Tables of the previous version, $1: equal"
}
