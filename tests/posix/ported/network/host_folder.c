/* In Node, the host's folder GREENIO_FOLDER under its own path, so that libraries find files there. */
#include <emscripten/emscripten.h>

EM_JS(void, mount_folder, (void), {
  var folder = process.env.GREENIO_FOLDER;
  FS.mkdirTree(folder);
  FS.mount(NODEFS, {root : folder}, folder);
});

__attribute__((constructor)) static void mount(void) {
  mount_folder();
}
