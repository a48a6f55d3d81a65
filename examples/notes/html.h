/* HTML as it is written: texts are escaped always, markup is what the program's own source says. */
#ifndef NOTES_HTML_H
#define NOTES_HTML_H

#include <greenio/app.h>

/* To be zeroed; html_send() ends it. */
struct html {
  char *data;
  size_t size, room;
  bool failed; /* no memory: html_send() says so */
  int depth;   /* of the page, below the site's root */
};

/* Says at what path of the site the page is. */
void html_begin(struct html *html, const char *path);

/* Adds the format: %s is a text, escaped, NULL as ""; %d an int64_t; %/ what leads to the site's root
 * from the page; %% a per cent sign. */
void html_print(struct html *html, const char *format, ...);

/* Adds a text, escaped, in which what stands between the two characters is marked. */
void html_marked(struct html *html, const char *text, char mark, char unmark);

/* Makes the response. */
int html_send(struct html *html, green_response *response, int status);

#endif
