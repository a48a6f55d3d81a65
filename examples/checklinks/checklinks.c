/* checklinks: finds the broken links of a web site. The command line, natively and in Node; the
 * work is in crawl.c, and the page's way in, which needs no command line, in page.c.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>

#include "crawl.h"
#include "progress.h"
#include "report.h"
#include "site.h"

static const char help[] =
    "Usage: checklinks [OPTION ...] URL\n"
    "Checks every link and every #fragment on the pages below URL: on URL's site, with a path "
    "that\n"
    "begins with URL's up to its last slash. Links to other sites are counted.\n"
    "\n"
    "  -j, --workers N    ask for up to N addresses at once (20)\n"
    "      --timeout S    give up on a request after S seconds (30)\n"
    "      --external     ask for links to other sites too\n"
    "      --json         report as JSON\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n"
    "\n"
    "Exit status: 0 if all is well, 1 if a link is broken or the check was interrupted (Ctrl-C "
    "ends\n"
    "it with the report so far), 2 on misuse or if the check could not be done.\n";

enum { ALL_WELL = 0, BROKEN = 1, MISUSE = 2 };

struct arguments {
  struct crawl_options crawl;
  bool json;
  const char *url;
};

static int misuse(const char *problem, const char *detail) {
  fprintf(stderr, "checklinks: %s%s\nTry 'checklinks --help'.\n", problem, detail);
  return MISUSE;
}

static bool read_number(const char *text, double least, double most, double *out) {
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0' && *out >= least && *out <= most;
}

/* Takes one option. -1: go on; else the exit status. */
static int take_option(int option, char **argv, struct arguments *arguments) {
  double number;
  switch (option) {
  case 'j':
    if (!read_number(optarg, 1, 10000, &number) || number != (int)number)
      return misuse("the workers must be a number from 1 to 10000, not ", optarg);
    arguments->crawl.workers = (int)number;
    return -1;
  case 't':
    if (!read_number(optarg, 0.001, 86400, &number))
      return misuse("the timeout must be seconds, from 0.001 to 86400, not ", optarg);
    arguments->crawl.timeout = (uint64_t)(number * 1000);
    return -1;
  case 'e':
    arguments->crawl.external = true;
    return -1;
  case 'J':
    arguments->json = true;
    return -1;
  case 'h':
    fputs(help, stdout);
    return ALL_WELL;
  case 'V':
    printf("checklinks %s\n", GREEN_VERSION);
    return ALL_WELL;
  case ':':
    return misuse("a value is missing behind ", argv[optind - 1]);
  default:
    return misuse("unknown option: ", argv[optind - 1]);
  }
}

static int read_arguments(int argc, char **argv, struct arguments *arguments) {
  static const struct option options[] = {{"workers", required_argument, NULL, 'j'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"external", no_argument, NULL, 'e'},
                                          {"json", no_argument, NULL, 'J'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, ":j:hV", options, NULL)) != -1) {
    int status = take_option(option, argv, arguments);
    if (status >= 0) return status;
  }
  if (optind == argc) return misuse("no URL", "");
  if (argc - optind > 1) return misuse("more than one URL: ", argv[optind + 1]);
  arguments->url = argv[optind];
  return -1;
}

static int check(void *arg) {
  const struct arguments *arguments = arg;
  struct site site;
  if (!site_open(&site, arguments->url))
    return misuse("not an http: or https: URL: ", arguments->url);
  green_future *interrupt = NULL;
  if (green_signal(&interrupt, SIGINT) < 0) interrupt = NULL; /* then it ends the program as ever */

  int rc = crawl(&site, &arguments->crawl, interrupt);
  progress_end(&site);
  int status = ALL_WELL;
  if (rc < 0 && rc != GREEN_ECANCELED) {
    fprintf(stderr, "checklinks: %s\n", green_strerror(rc));
    status = MISUSE;
  } else {
    char *report = arguments->json ? report_json(&site) : report_text(&site);
    fputs(report, stdout);
    free(report);
    if (site.interrupted || site_count_broken(&site)) status = BROKEN;
  }
  if (interrupt) green_cancel(interrupt);
  green_future_release(interrupt);
  site_close(&site);
  return status;
}

int main(int argc, char **argv) {
  struct arguments arguments = {.crawl = {.workers = 20, .timeout = 30000}};
  int status = read_arguments(argc, argv, &arguments);
  if (status >= 0) return status;
  status = green_run(check, &arguments);
  if (status >= 0) return status;
  fprintf(stderr, "checklinks: %s\n", green_strerror(status));
  return MISUSE;
}
