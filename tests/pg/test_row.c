/* Rows as structs. */
#include <greenio/pg_row.h>
#include <stdlib.h>
#include <string.h>
#include "pg_test.h"

enum mood { CALM, MERRY, GRIM };
static const char *const moods[] = {"calm", "merry", "it's grim", NULL};

struct author {
  int64_t id;
  char name[40];
  char *life;
  enum mood mood;
  int64_t born;
  bool birth_unknown;
  char *facts;
};

static const green_pg_field author_fields[] = {
    GREEN_PG_FIELD(struct author, id, INT64, .key = true, .generated = true),
    GREEN_PG_FIELD(struct author, name, CHARS, .unique = true),
    GREEN_PG_FIELD(struct author, life, TEXT, .nullable = true),
    GREEN_PG_FIELD(struct author, mood, ENUM, .names = moods),
    GREEN_PG_FIELD(struct author, born, TIME, GREEN_PG_NULL_IN(struct author, birth_unknown)),
    GREEN_PG_FIELD(struct author, facts, JSON, .nullable = true),
};
static const green_pg_table authors =
    GREEN_PG_TABLE("Author of \"books\"", struct author, author_fields);

struct book {
  int32_t number;
  char *title;
  int64_t author;
  bool anonymous;
  double price;
  bool sold_out;
  green_pg_blob cover;
};

static const green_pg_field book_fields[] = {
    GREEN_PG_FIELD(struct book, number, INT32, .key = true),
    GREEN_PG_FIELD(struct book, title, TEXT),
    GREEN_PG_FIELD(struct book, author, INT64, .parent = &authors,
                   GREEN_PG_NULL_IN(struct book, anonymous)),
    GREEN_PG_FIELD(struct book, price, DOUBLE),
    GREEN_PG_FIELD(struct book, sold_out, BOOL),
    GREEN_PG_FIELD(struct book, cover, BYTES, .nullable = true),
};
static const green_pg_table books = GREEN_PG_TABLE("book", struct book, book_fields);

#define AUTO_AUTHOR __attribute__((unused, cleanup(auto_author)))
static void auto_author(struct author *author) {
  green_pg_row_clear(&authors, author);
}

static int tables(green_pg *pg) {
  int rc = green_pg_run(pg, "drop table if exists book, \"Author of \"\"books\"\"\"");
  if (rc == 0) rc = green_pg_row_create_table(pg, &authors);
  if (rc == 0) rc = green_pg_row_create_table(pg, &books);
  return rc;
}

#define CHECK_TABLES(pg)                                                                           \
  CHECK_CONNECTED(pg);                                                                             \
  CHECK_STATUS(tables(*(pg)), 0)

TEST(a_row_is_inserted_found_updated_and_deleted) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_TABLES(&pg);
  struct author author = {
      .name = "O'Brien", .life = "long", .mood = GRIM, .born = -5, .facts = "{\"a\": 1}"};
  CHECK_STATUS(green_pg_row_insert(pg, &authors, &author), 0);
  CHECK(author.id > 0);

  AUTO_AUTHOR struct author found;
  CHECK_STATUS(green_pg_row_find(pg, &authors, &found, green_pg_int64(author.id)), 0);
  CHECK_NUMBER(found.id, author.id);
  CHECK_STRING(found.name, "O'Brien");
  CHECK_STRING(found.life, "long");
  CHECK_NUMBER(found.mood, GRIM);
  CHECK_NUMBER(found.born, -5);
  CHECK(!found.birth_unknown);
  CHECK_STRING(found.facts, "{\"a\": 1}");

  author.life = author.facts = NULL;
  author.birth_unknown = true;
  author.mood = MERRY;
  CHECK_STATUS(green_pg_row_update(pg, &authors, &author), 0);
  AUTO_AUTHOR struct author again;
  CHECK_STATUS(green_pg_row_find(pg, &authors, &again, green_pg_int64(author.id)), 0);
  CHECK(!again.life && !again.facts && again.birth_unknown && again.mood == MERRY);

  CHECK_STATUS(green_pg_row_delete(pg, &authors, &author), 0);
  CHECK_STATUS(green_pg_row_delete(pg, &authors, &author), GREEN_ENOENT);
  CHECK_STATUS(green_pg_row_update(pg, &authors, &author), GREEN_ENOENT);
  AUTO_AUTHOR struct author gone;
  CHECK_STATUS(green_pg_row_find(pg, &authors, &gone, green_pg_int64(author.id)), GREEN_ENOENT);
  CHECK(!gone.life && gone.id == 0);
  return 0;
}

TEST(what_the_table_forbids_is_an_error_of_its) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_TABLES(&pg);
  struct author author = {.name = "one", .mood = (enum mood)7};
  CHECK_STATUS(green_pg_row_insert(pg, &authors, &author), GREEN_ERANGE);
  author.mood = CALM;
  CHECK_STATUS(green_pg_row_insert(pg, &authors, &author), 0);
  author.id = 0;
  CHECK_STATUS(green_pg_row_insert(pg, &authors, &author), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23505");
  struct book book = {.number = 1, .title = NULL, .anonymous = true};
  CHECK_STATUS(green_pg_row_insert(pg, &books, &book), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23502");
  book.title = "of nobody";
  book.anonymous = false;
  book.author = author.id + 99;
  CHECK_STATUS(green_pg_row_insert(pg, &books, &book), GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23503");
  CHECK_STATUS(green_pg_run(pg, "update \"Author of \"\"books\"\"\" set mood = 'cross'"),
               GREEN_ESQL);
  CHECK_STRING(green_pg_error(pg)->sqlstate, "23514");
  CHECK_STATUS(green_pg_row_create_table(pg, &authors), 0);
  return 0;
}

TEST(rows_are_listed_and_related) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_TABLES(&pg);
  struct author author = {.name = "Writer"};
  CHECK_STATUS(green_pg_row_insert(pg, &authors, &author), 0);
  for (int i = 1; i <= 5; i++) {
    char title[20];
    snprintf(title, sizeof title, "volume %d", i);
    struct book book = {.number = i,
                        .title = title,
                        .author = author.id,
                        .anonymous = i == 5,
                        .price = i * 1.5,
                        .sold_out = i % 2,
                        .cover = {i > 1 ? "\0\1" : NULL, 2}};
    CHECK_STATUS(green_pg_row_insert(pg, &books, &book), 0);
  }
  struct book *list;
  size_t count;
  CHECK_STATUS(green_pg_row_list(pg, &books, &list, "price > $1 order by number desc limit 2",
                                 GREEN_PG_VALUES(green_pg_double(2)), &count),
               0);
  CHECK_NUMBER(count, 2);
  bool right = list[0].number == 5 && list[0].anonymous && list[1].number == 4 &&
               strcmp(list[1].title, "volume 4") == 0 && list[1].cover.size == 2 &&
               memcmp(list[1].cover.data, "\0\1", 2) == 0 && list[1].price == 6 &&
               !list[1].sold_out;

  AUTO_AUTHOR struct author parent, nobody;
  memset(&parent, 0, sizeof parent);
  memset(&nobody, 0, sizeof nobody);
  int rc = green_pg_row_parent(pg, &books, &list[1], &parent, "author");
  int none = green_pg_row_parent(pg, &books, &list[0], &nobody, "author");
  int no_parent = green_pg_row_parent(pg, &books, &list[0], &nobody, "title");
  green_pg_rows_release(&books, list, count);
  CHECK(right);
  CHECK_STATUS(rc, 0);
  CHECK_STRING(parent.name, "Writer");
  CHECK_STATUS(none, GREEN_ENOENT);
  CHECK_STATUS(no_parent, GREEN_EINVAL);

  CHECK_STATUS(green_pg_row_children(pg, &books, &list, "author", &author, &count), 0);
  right = count == 4 && list[0].number == 1 && list[3].number == 4 && !list[0].cover.data;
  green_pg_rows_release(&books, list, count);
  CHECK(right);
  CHECK_STATUS(green_pg_row_list(pg, &books, &list, "number < 0", GREEN_PG_NONE, &count), 0);
  CHECK(!list && !count);
  CHECK_STATUS(green_pg_row_list(pg, &books, &list, NULL, GREEN_PG_NONE, &count), 0);
  green_pg_rows_release(&books, list, count);
  CHECK_NUMBER(count, 5);
  return 0;
}

TEST(a_value_that_does_not_fit_is_refused) {
  AUTO_PG green_pg *pg = NULL;
  CHECK_TABLES(&pg);
  CHECK_STATUS(green_pg_run(pg,
                            "insert into \"Author of \"\"books\"\"\" values (1, repeat('x', 40), "
                            "'life', 'calm', now(), '{}')"),
               0);
  AUTO_AUTHOR struct author found;
  CHECK_STATUS(green_pg_row_find(pg, &authors, &found, green_pg_int64(1)), GREEN_ERANGE);
  if (!test_allocator_failed()) CHECK_CONTAINS(green_message(), "name");
  CHECK(!found.life && !found.id);
  return 0;
}

TEST(a_table_of_fields_that_is_wrong_is_refused) {
  static const green_pg_field no_key[] = {GREEN_PG_FIELD(struct book, price, DOUBLE)};
  static const green_pg_field wrong_size[] = {
      GREEN_PG_FIELD(struct book, price, INT32, .key = true)};
  static const green_pg_field no_flag[] = {
      GREEN_PG_FIELD(struct book, price, DOUBLE, .nullable = true)};
  static const green_pg_table tables_of[] = {GREEN_PG_TABLE("a", struct book, no_key),
                                             GREEN_PG_TABLE("b", struct book, wrong_size),
                                             GREEN_PG_TABLE("c", struct book, no_flag)};
  AUTO_PG green_pg *pg = NULL;
  CHECK_CONNECTED(&pg);
  for (int i = 0; i < 3; i++)
    CHECK_STATUS(green_pg_row_create_table(pg, &tables_of[i]), GREEN_EINVAL);
  return 0;
}
