/* The page's way in: a function that JavaScript calls in a task of its own, as in
 *
 *   const run = module.green.wrap('checklinks_run', 'status',
 *                                 ['string', 'number', 'number', 'boolean']);
 *   await run(url, 50, 30, false, {signal});
 *
 * It tells Module.checklinks of progress and broken links (see progress_hooks.c) and in the end,
 * aborted or not, calls Module.checklinks.report(json).
 */
#include <stdlib.h>
#include <emscripten/emscripten.h>
#include <greenio/greenio.h>

#include "crawl.h"
#include "hooks.h"
#include "progress.h"
#include "report.h"
#include "site.h"

int checklinks_run(const char *url, int workers, double timeout, int external);

/* `timeout` in seconds. Parks.
 *   0; GREEN_EINVAL: no URL, or numbers out of range; GREEN_ECANCELED; another status: it could not
 * be done. */
EMSCRIPTEN_KEEPALIVE int checklinks_run(const char *url, int workers, double timeout,
                                        int external) {
  struct crawl_options options = {workers, (uint64_t)(timeout * 1000), external != 0};
  struct site site;
  if (workers < 1 || workers > 10000) return green_fail(GREEN_EINVAL, "workers: 1 to 10000");
  if (!(timeout >= 0.001 && timeout <= 86400)) return green_fail(GREEN_EINVAL, "timeout: seconds");
  if (!site_open(&site, url))
    return green_fail(GREEN_EINVAL, "not an http: or https: URL: %s", url);
  int rc = crawl(&site, &options, NULL);
  progress_end(&site);
  if (rc == 0 || rc == GREEN_ECANCELED) {
    char *json = report_json(&site);
    hook_report(json);
    free(json);
  }
  site_close(&site);
  return rc;
}
