/* What SQLite does with files in each of its journal modes, told on standard output, so
 * that what it says here can be held against what it says there.
 *
 *     sqlite_work DIR modes    everything within one process
 *     sqlite_work DIR leave    ends in the middle of a transaction in each mode that can
 *                              roll one back, after telling what the databases held before
 *     sqlite_work DIR find     opens them again and tells what they hold
 *
 * Nothing that is said depends on time, chance or the order of a directory.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite3.h"

static const char *DIRECTORY;

typedef struct {
  const char *name;
  int rolls_back; /* OFF keeps nothing to roll back with */
  int survives;   /* MEMORY and OFF leave a torn database behind a crash */
} Mode;

static const Mode MODES[] = {
    {"delete", 1, 1}, {"truncate", 1, 1}, {"persist", 1, 1},
    {"memory", 1, 0}, {"off", 0, 0},      {"wal", 1, 1},
};
#define MODE_COUNT (sizeof MODES / sizeof *MODES)

static void give_up(sqlite3 *db, const char *doing) {
  printf("FAILED: %s: %s\n", doing, db ? sqlite3_errmsg(db) : "no database");
  exit(1);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, 0, 0, 0) != SQLITE_OK) give_up(db, sql);
}

static void runf(sqlite3 *db, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  run(db, sql);
  sqlite3_free(sql);
}

static int tell_row(void *label, int columns, char **values, char **names) {
  (void)names;
  printf("%s:", (const char *)label);
  for (int i = 0; i < columns; i++) printf(" %s", values[i] ? values[i] : "NULL");
  printf("\n");
  return 0;
}

static void tell(sqlite3 *db, const char *label, const char *sql) {
  if (sqlite3_exec(db, sql, tell_row, (void *)label, 0) != SQLITE_OK) give_up(db, sql);
}

/* A statement that has to be refused. */
static void refused(sqlite3 *db, const char *sql) {
  int code = sqlite3_exec(db, sql, 0, 0, 0);
  printf("refused: %d %s\n", code, sqlite3_errmsg(db));
  if (code == SQLITE_OK) exit(1);
}

static char *path(const char *name) {
  return sqlite3_mprintf("%s/%s", DIRECTORY, name);
}

/* Other modes than WAL with exclusive locking need no shared memory, which WASI lacks. */
static sqlite3 *open_database(const char *name, const char *mode) {
  sqlite3 *db = 0;
  char *file = path(name);
  if (sqlite3_open(file, &db) != SQLITE_OK) give_up(db, file);
  sqlite3_free(file);
  if (strcmp(mode, "wal") == 0) run(db, "PRAGMA locking_mode = EXCLUSIVE");
  char *sql = sqlite3_mprintf("PRAGMA journal_mode = %s", mode);
  tell(db, "journal mode", sql);
  sqlite3_free(sql);
  run(db, "PRAGMA synchronous = FULL");
  return db;
}

static void close_database(sqlite3 *db) {
  if (sqlite3_close(db) != SQLITE_OK) give_up(db, "close");
}

static unsigned long long hash_bytes(unsigned long long hash, const void *data, int length) {
  const unsigned char *bytes = data;
  for (int i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 1099511628211ull;
  return hash;
}

/* Whether the database is sound, and all that is in it as one number. */
static void tell_state(sqlite3 *db, const char *when) {
  sqlite3_stmt *rows = 0;
  unsigned long long hash = 14695981039346656037ull;
  long count = 0;
  const char *sql = "SELECT id, name, size, body FROM item ORDER BY id";
  if (sqlite3_prepare_v2(db, sql, -1, &rows, 0) != SQLITE_OK) give_up(db, sql);
  int code;
  while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
    count++;
    for (int i = 0; i < 4; i++) {
      const void *value = sqlite3_column_blob(rows, i);
      hash = hash_bytes(hash, value, sqlite3_column_bytes(rows, i));
    }
  }
  if (code != SQLITE_DONE) give_up(db, sql);
  sqlite3_finalize(rows);
  printf("%s: %ld rows, %016llx\n", when, count, hash);
  tell(db, "integrity", "PRAGMA integrity_check");
}

static int by_name(const void *one, const void *other) {
  return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Where there are no locks, SQLite makes a directory in the place of one. */
static int is_lock(const char *name) {
  size_t length = strlen(name);
  return length > 5 && strcmp(name + length - 5, ".lock") == 0;
}

/* The files whose names begin so, and their sizes. */
static void tell_files(const char *prefix) {
  char *names[64];
  size_t count = 0;
  DIR *directory = opendir(DIRECTORY);
  if (!directory) give_up(0, "opendir");
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && !is_lock(entry->d_name) && count < 64)
      names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  for (size_t i = 0; i < count; i++) {
    struct stat stat_of;
    char *file = path(names[i]);
    if (stat(file, &stat_of) != 0) give_up(0, file);
    printf("file: %s %lld\n", names[i], (long long)stat_of.st_size);
    sqlite3_free(file);
    free(names[i]);
  }
}

static unsigned random_state;

static unsigned below(unsigned limit) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % limit;
}

static void make_tables(sqlite3 *db) {
  run(db, "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INT, body BLOB);"
          "CREATE INDEX by_size ON item(size, name)");
}

/* One insertion, change or removal among the first 400 rows. */
static void change_something(sqlite3 *db) {
  unsigned id = below(400), size = below(50) == 0 ? below(60000) : below(900);
  switch (below(5)) {
  case 0:
    runf(db, "DELETE FROM item WHERE id = %u", id);
    break;
  case 1:
    runf(db, "UPDATE item SET size = size + 1, body = body || 'more' WHERE id BETWEEN %u AND %u",
         id, id + 10);
    break;
  default:
    runf(db, "REPLACE INTO item VALUES(%u, 'name %u', %u, substr(replace(hex(zeroblob(%u)), '00', 'b%u'), 1, %u))",
         id, id, size, size / 2 + 1, id, size);
  }
}

static void transactions(sqlite3 *db, const Mode *mode, int count) {
  for (int i = 0; i < count; i++) {
    run(db, "BEGIN");
    for (unsigned n = below(12) + 1; n; n--) change_something(db);
    if (mode->rolls_back && below(3) == 0) {
      run(db, "SAVEPOINT inner");
      for (unsigned n = below(6) + 1; n; n--) change_something(db);
      run(db, below(2) ? "ROLLBACK TO inner" : "RELEASE inner");
    }
    run(db, mode->rolls_back && below(4) == 0 ? "ROLLBACK" : "COMMIT");
    if (i % 40 == 39) tell_state(db, "transactions");
  }
}

/* A row that fails late takes the statement's earlier ones with it: the statement journal. */
static void statements_that_fail(sqlite3 *db) {
  run(db, "BEGIN; REPLACE INTO item VALUES(399, 'in the way', 1, 'x')");
  refused(db, "INSERT INTO item SELECT id + 4000, CASE id WHEN 399 THEN name ELSE 'copy ' || id END, size, body "
              "FROM item WHERE id < 400 ORDER BY id");
  run(db, "COMMIT");
  tell_state(db, "after a failed statement");
}

/* A sort that has no place in a cache of ten pages, and an index of its result. */
static void large_sort(sqlite3 *db) {
  run(db, "PRAGMA temp_store = FILE; PRAGMA cache_size = 10;"
          "CREATE TEMP TABLE spilled AS"
          " WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 12000)"
          " SELECT (i * 7919) % 12007 AS k, hex(i * 31) AS t FROM n;"
          "CREATE INDEX temp.k ON spilled(t, k)");
  tell(db, "sorted", "SELECT count(*), sum(k), max(t) FROM (SELECT k, t FROM spilled ORDER BY k DESC LIMIT 9000)");
  run(db, "DROP TABLE spilled; PRAGMA cache_size = 200");
}

/* One transaction over two files, which needs a journal above the journals. */
static void two_files(sqlite3 *db, const Mode *mode, const char *name) {
  char *other = sqlite3_mprintf("%s/%s-second.db", DIRECTORY, name);
  runf(db, "ATTACH %Q AS second", other);
  runf(db, "PRAGMA second.journal_mode = %s", mode->name);
  run(db, "CREATE TABLE second.item(id INTEGER PRIMARY KEY, name TEXT, size INT, body BLOB);"
          "BEGIN; INSERT INTO second.item SELECT * FROM main.item WHERE id % 3 = 0;"
          "DELETE FROM main.item WHERE id % 3 = 0; COMMIT");
  tell(db, "in two files", "SELECT (SELECT count(*) FROM main.item), (SELECT sum(size) FROM second.item)");
  if (mode->rolls_back) {
    run(db, "BEGIN; DELETE FROM second.item; UPDATE main.item SET size = 0; ROLLBACK");
    tell(db, "rolled back in two", "SELECT (SELECT sum(size) FROM main.item), (SELECT count(*) FROM second.item)");
  }
  run(db, "DETACH second");
  sqlite3_free(other);
}

/* Bytes within a row, without reading or writing the rest of it. */
static void blob_in_place(sqlite3 *db) {
  sqlite3_blob *blob = 0;
  char read_back[9] = {0};
  run(db, "REPLACE INTO item VALUES(9000, 'large', 300000, zeroblob(300000))");
  if (sqlite3_blob_open(db, "main", "item", "body", 9000, 1, &blob) != SQLITE_OK ||
      sqlite3_blob_write(blob, "in place", 8, 123456) != SQLITE_OK ||
      sqlite3_blob_read(blob, read_back, 8, 123456) != SQLITE_OK ||
      sqlite3_blob_close(blob) != SQLITE_OK)
    give_up(db, "blob");
  printf("blob: %s\n", read_back);
}

static void copy_while_open(sqlite3 *db, const Mode *mode, const char *name) {
  char *copy_name = sqlite3_mprintf("%s-copy.db", name);
  sqlite3 *copy = open_database(copy_name, mode->name);
  sqlite3_backup *backup = sqlite3_backup_init(copy, "main", db, "main");
  if (!backup) give_up(copy, "backup");
  while (sqlite3_backup_step(backup, 7) == SQLITE_OK) {}
  if (sqlite3_backup_finish(backup) != SQLITE_OK) give_up(copy, "backup");
  tell_state(copy, "copy");
  close_database(copy);
  sqlite3_free(copy_name);
}

/* A transaction too large for the cache: pages of the database are overwritten already,
 * and the way back is in the journal alone. */
static void begin_and_spill(sqlite3 *db) {
  run(db, "PRAGMA cache_size = 5; BEGIN;"
          "UPDATE item SET body = hex(name) || body, size = size + 17;"
          "DELETE FROM item WHERE id % 5 = 2");
}

static void copy_file(const char *from, const char *to, const char *suffix) {
  static char buffer[1 << 16];
  char *source = sqlite3_mprintf("%s/%s%s", DIRECTORY, from, suffix);
  char *target = sqlite3_mprintf("%s/%s%s", DIRECTORY, to, suffix);
  FILE *in = fopen(source, "rb");
  if (in) {
    FILE *out = fopen(target, "wb");
    if (!out) give_up(0, target);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, in));)
      if (fwrite(buffer, 1, n, out) != n) give_up(0, target);
    fclose(in);
    if (fclose(out) != 0) give_up(0, target);
  }
  sqlite3_free(source);
  sqlite3_free(target);
}

/* What a crash at this point would leave, opened beside the living database. */
static void crashed_twin(sqlite3 *db, const Mode *mode, const char *name) {
  char *twin = sqlite3_mprintf("%s-crashed.db", name);
  tell_state(db, "before the crash");
  begin_and_spill(db);
  static const char *const SUFFIXES[] = {"", "-journal", "-wal"};
  for (int i = 0; i < 3; i++) copy_file(name, twin, SUFFIXES[i]);
  tell_files(twin);
  run(db, "ROLLBACK; PRAGMA cache_size = 200");
  tell_state(db, "rolled back");
  sqlite3 *crashed = open_database(twin, mode->name);
  tell_state(crashed, "after the crash");
  tell_files(twin);
  close_database(crashed);
  sqlite3_free(twin);
}

static void all_within_one_process(const Mode *mode) {
  char *name = sqlite3_mprintf("%s.db", mode->name);
  random_state = 4711;
  sqlite3 *db = open_database(name, mode->name);
  run(db, "PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; PRAGMA cache_size = 200");
  make_tables(db);
  transactions(db, mode, 160);
  tell_files(name);
  if (mode->rolls_back) statements_that_fail(db);
  large_sort(db);
  two_files(db, mode, name);
  blob_in_place(db);
  copy_while_open(db, mode, name);
  if (mode->survives) crashed_twin(db, mode, name);
  run(db, "DELETE FROM item WHERE id > 100");
  tell_files(name);
  run(db, "PRAGMA auto_vacuum = NONE; VACUUM");
  if (strcmp(mode->name, "wal") == 0) tell(db, "checkpoint", "PRAGMA wal_checkpoint(TRUNCATE)");
  tell_files(name);
  transactions(db, mode, 40);
  close_database(db);
  tell_files(name);
  db = open_database(name, mode->name);
  tell_state(db, "opened again");
  close_database(db);
  sqlite3_free(name);
}

static void leave_a_transaction(const Mode *mode) {
  char *name = sqlite3_mprintf("left-%s.db", mode->name);
  random_state = 815;
  sqlite3 *db = open_database(name, mode->name);
  make_tables(db);
  transactions(db, mode, 40);
  tell_state(db, "kept");
  begin_and_spill(db);
  /* Neither rolled back nor closed. */
  tell_files(name);
  sqlite3_free(name);
}

static void find_it(const Mode *mode) {
  char *name = sqlite3_mprintf("left-%s.db", mode->name);
  tell_files(name);
  /* A directory in the place of a lock outlives who held it. */
  char *lock = sqlite3_mprintf("%s/%s.lock", DIRECTORY, name);
  rmdir(lock);
  sqlite3_free(lock);
  sqlite3 *db = open_database(name, mode->name);
  tell_state(db, "kept");
  random_state = 42;
  transactions(db, mode, 40);
  close_database(db);
  sqlite3_free(name);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  DIRECTORY = arguments[1];
  const char *what = arguments[2];
  for (size_t i = 0; i < MODE_COUNT; i++) {
    const Mode *mode = &MODES[i];
    if (strcmp(what, "modes") == 0) {
      printf("== %s\n", mode->name);
      all_within_one_process(mode);
    } else if (mode->survives) {
      printf("== %s\n", mode->name);
      strcmp(what, "leave") == 0 ? leave_a_transaction(mode) : find_it(mode);
    }
  }
  fflush(stdout);
  _Exit(0);
}
