/* The functions of Module.checklinks, called with JSON and other text; see progress_hooks.c and
 * page.c.
 */
#ifndef CHECKLINKS_HOOKS_H
#define CHECKLINKS_HOOKS_H

void hook_progress(const char *line, const char *json);
void hook_broken(const char *json);
void hook_report(const char *json);

#endif
