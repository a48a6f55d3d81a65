#include "screen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The next field of a line, which ends at a tab. It goes to a terminal: what would steer that is a "?". */
static char *next_field(char **at) {
  char *field = *at;
  size_t length = strcspn(field, "\t");
  *at = field + length + (field[length] != 0);
  field[length] = 0;
  for (unsigned char *byte = (unsigned char *)field; *byte; byte++) {
    bool above = byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0; /* U+0080 to U+009F */
    if (*byte < 0x20 || *byte == 0x7f || above) *byte = '?';
    if (above) *++byte = '?';
  }
  return field;
}

static uint64_t next_number(char **at) {
  return strtoull(next_field(at), NULL, 10);
}

static void read_task(struct row *row, char *at) {
  row->id = (unsigned long)next_number(&at);
  row->maker = (unsigned long)next_number(&at);
  row->name = next_field(&at);
  row->group = next_field(&at);
  row->state = next_field(&at);
  row->waits_for = next_field(&at);
  row->since = next_number(&at);
  row->used = (size_t)next_number(&at);
  row->size = (size_t)next_number(&at);
  row->runs = next_number(&at);
  row->ran = next_number(&at);
}

static void read_pool(struct pool_row *pool, char *at) {
  pool->name = next_field(&at);
  pool->workers = (int)next_number(&at);
  pool->idle = (int)next_number(&at);
  pool->queued = (size_t)next_number(&at);
}

static bool read_line(struct sample *sample, char *at) {
  const char *kind = next_field(&at);
  if (strcmp(kind, "loop") == 0) {
    sample->now = next_number(&at);
    sample->turns = next_number(&at);
    sample->longest = next_number(&at);
    sample->busy = next_number(&at);
  } else if (strcmp(kind, "pool") == 0 && sample->pool_count < 16) {
    read_pool(&sample->pools[sample->pool_count++], at);
  } else if (strcmp(kind, "task") == 0) {
    struct row *rows = realloc(sample->rows, (sample->count + 1) * sizeof *rows);
    if (!rows) return false;
    sample->rows = rows;
    read_task(&rows[sample->count++], at);
  }
  return true;
}

static int compare_ids(const void *a, const void *b) {
  const struct row *one = a, *other = b;
  return one->id < other->id ? -1 : one->id > other->id;
}

/* `before` has been sorted for the screen. */
static void find_lately(struct sample *sample, const struct sample *before) {
  size_t count = before ? before->count : 0;
  struct row *old = count ? malloc(count * sizeof *old) : NULL;
  if (old) {
    memcpy(old, before->rows, count * sizeof *old);
    qsort(old, count, sizeof *old, compare_ids);
  }
  for (size_t i = 0; i < sample->count; i++) {
    struct row *row = &sample->rows[i];
    const struct row *was = old ? bsearch(row, old, count, sizeof *old, compare_ids) : NULL;
    row->lately = was && was->ran <= row->ran ? row->ran - was->ran : row->ran;
  }
  free(old);
}

int sample_read(struct sample *sample, char *text, const struct sample *before) {
  *sample = (struct sample){.text = text};
  if (strncmp(text, "loop\t", 5) != 0) return -1;
  for (char *line = text, *end; *line; line = end) {
    end = line + strcspn(line, "\n");
    if (*end) *end++ = 0;
    if (!read_line(sample, line)) return -1;
  }
  find_lately(sample, before);
  return 0;
}

void sample_free(struct sample *sample) {
  free(sample->text);
  free(sample->rows);
  *sample = (struct sample){0};
}

/* ---- order ----------------------------------------------------------------------------------- */

static int sort_key;

static int compare_numbers(uint64_t one, uint64_t other) {
  return one > other ? -1 : one < other;
}

static int compare_rows(const void *a, const void *b) {
  const struct row *one = a, *other = b;
  int order = sort_key == 't'   ? compare_numbers(one->lately, other->lately)
              : sort_key == 'r' ? compare_numbers(one->runs, other->runs)
              : sort_key == 's' ? compare_numbers(one->used, other->used)
              : sort_key == 'w' ? compare_numbers(one->since, other->since)
              : sort_key == 'n' ? strcmp(one->name, other->name)
                                : 0;
  return order ? order : compare_ids(a, b);
}

bool is_sort_key(int key) {
  return key && strchr("trswin", key) != NULL;
}

void sample_sort(struct sample *sample, int key) {
  sort_key = key;
  if (sample->count) qsort(sample->rows, sample->count, sizeof *sample->rows, compare_rows);
}

/* ---- drawn ----------------------------------------------------------------------------------- */

/* "12.3 ms" */
static const char *duration(char buffer[16], uint64_t ns) {
  double value = (double)ns / 1e3;
  const char *unit = "us";
  if (value >= 1000) value /= 1000, unit = "ms";
  if (value >= 1000 && *unit == 'm') value /= 1000, unit = "s";
  if (value >= 600 && *unit == 's') value /= 60, unit = "min";
  snprintf(buffer, 16, "%.1f %s", value, unit);
  return buffer;
}

static void draw_line(FILE *out, const char *line, int width) {
  if (width > 0)
    fprintf(out, "%.*s\n", width, line);
  else
    fprintf(out, "%s\n", line);
}

static size_t count_state(const struct sample *sample, const char *state) {
  size_t count = 0;
  for (size_t i = 0; i < sample->count; i++) count += strcmp(sample->rows[i].state, state) == 0;
  return count;
}

static int draw_head(FILE *out, const struct sample *sample, const struct sample *before,
                     int width) {
  char line[256], longest[16];
  double seconds =
      before && sample->now > before->now ? (double)(sample->now - before->now) / 1e9 : 0;
  snprintf(line, sizeof line, "tasks: %zu, %zu parked, %zu ready, %zu running", sample->count,
           count_state(sample, "parked"), count_state(sample, "ready"),
           count_state(sample, "running"));
  draw_line(out, line, width);
  if (seconds > 0)
    snprintf(line, sizeof line, "loop:  %.0f turns/s, %.1f%% busy, longest hold %s",
             (double)(sample->turns - before->turns) / seconds,
             (double)(sample->busy - before->busy) / seconds / 1e7,
             duration(longest, sample->longest));
  else
    snprintf(line, sizeof line, "loop:  %" PRIu64 " turns, longest hold %s", sample->turns,
             duration(longest, sample->longest));
  draw_line(out, line, width);
  for (size_t i = 0; i < sample->pool_count; i++) {
    const struct pool_row *pool = &sample->pools[i];
    snprintf(line, sizeof line, "pool:  %s, %d workers, %d idle, %zu queued", pool->name,
             pool->workers, pool->idle, pool->queued);
    draw_line(out, line, width);
  }
  fputc('\n', out);
  return 3 + (int)sample->pool_count;
}

static void draw_row(FILE *out, const struct row *row, double elapsed, int width, bool color) {
  char line[512], since[16], name[64];
  snprintf(name, sizeof name, "%s%s%s", *row->name ? row->name : "-", *row->group ? " in " : "",
           row->group);
  snprintf(line, sizeof line, "%6lu %6lu  %-24.24s %5.1f %8" PRIu64 " %10s %6.1f/%-5zu  %-7s %s",
           row->id, row->maker, name, elapsed > 0 ? (double)row->lately / elapsed * 100 : 0.0,
           row->runs, duration(since, row->since), (double)row->used / 1024, row->size / 1024,
           row->state, row->waits_for);
  if (color && strcmp(row->state, "running") == 0) fputs("\033[1m", out);
  if (color && strcmp(row->state, "parked") == 0 && !row->lately) fputs("\033[2m", out);
  draw_line(out, line, width);
  if (color) fputs("\033[0m", out);
}

static const char *key_name(int key) {
  return key == 't'   ? "time"
         : key == 'r' ? "runs"
         : key == 's' ? "stack"
         : key == 'w' ? "since"
         : key == 'n' ? "name"
                      : "number";
}

void sample_draw(FILE *out, const struct sample *sample, const struct sample *before, int key,
                 int width, int height, bool color) {
  int used = draw_head(out, sample, before, width) + 1;
  double elapsed = before && sample->now > before->now ? (double)(sample->now - before->now) : 0;
  if (color) fputs("\033[7m", out);
  draw_line(out,
            "  TASK  MAKER  NAME                     TIME%     RUNS      SINCE  STACK KiB    STATE "
            "  WAITS FOR",
            width);
  if (color) fputs("\033[0m", out);
  int room = height > 0 ? height - used - 2 : (int)sample->count;
  for (size_t i = 0; i < sample->count && room-- > 0; i++)
    draw_row(out, &sample->rows[i], elapsed, width, color);
  if (color) {
    fprintf(out, "by %s; keys: t time, r runs, s stack, w since, i number, n name, q quit",
            key_name(key));
    fflush(out);
  }
}
