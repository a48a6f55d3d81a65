/* The report as JSON: an array of the tasks at the top of the tree, each with those under it. */
#include <string.h>
#include "json.h"
#include "report.h"

static void write_characters(FILE *out, const char *text, size_t size) {
  const char *end = text + size;
  while (text < end) {
    char character[GREEN__JSON_CHARACTER];
    size_t length = green__json_character(character, &text);
    fwrite(character, 1, length, out);
  }
}

static void write_string(FILE *out, const char *text, size_t size) {
  fputc('"', out);
  write_characters(out, text, size);
  fputc('"', out);
}

static void write_member(FILE *out, const char *name, const char *text) {
  fprintf(out, ",\"%s\":", name);
  write_string(out, text, strlen(text));
}

static void write_calls(FILE *out, const char *calls) {
  fputs(",\"calls\":[", out);
  for (const char *call = calls; *call; call += strspn(call, "\n")) {
    size_t length = strcspn(call, "\n");
    if (call != calls) fputc(',', out);
    write_string(out, call, length);
    call += length;
  }
  fputc(']', out);
}

/* "main.c:17", or "". */
static void write_place(FILE *out, const green_report_entry *entry) {
  char line[16] = "";
  fputs(",\"madeAt\":\"", out);
  write_characters(out, entry->made_in, strlen(entry->made_in));
  if (*entry->made_in) snprintf(line, sizeof line, ":%d", entry->made_at);
  fprintf(out, "%s\"", line);
}

static void begin_object(const green_report_entry *entry, unsigned depth, void *arg) {
  FILE *out = arg;
  (void)depth;
  fprintf(out, "{\"id\":%lu", entry->id);
  write_member(out, "name", entry->name);
  write_member(out, "state", entry->state);
  write_member(out, "waitsFor", entry->waits_for);
  fprintf(out, ",\"since\":%.3f,\"stackUsed\":%zu,\"stackSize\":%zu", (double)entry->since_ns / 1e6,
          entry->stack_used, entry->stack_size);
  write_calls(out, entry->calls);
  write_place(out, entry);
  fprintf(out, ",\"spawnedBy\":%lu", entry->spawned_by);
  write_member(out, "group", entry->group);
  fprintf(out, ",\"groupMadeBy\":%lu,\"tasks\":[", entry->group_made_by);
}

static void end_object(unsigned depth, bool more, void *out) {
  (void)depth;
  fputs(more ? "]}," : "]}", out);
}

int green_report_json(FILE *out) {
  struct green__report_visitor json = {begin_object, end_object, out};
  fputc('[', out);
  int count = green__report_tree(&json);
  fputs("]\n", out);
  return count;
}
