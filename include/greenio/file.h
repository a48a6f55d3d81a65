/* Files whose calls wait: natively on libuv's thread pool, in Node by node:fs (the real file
 * system, not Emscripten's), in a page on the origin private file system, which is the page's own
 * and empty at first; there "/" is its root and "." too, and ".." is refused.
 *
 * Every call but a release is made in a task (GREEN_EMAIN outside one, GREEN_ENESTED) and parks. An
 * operation that has begun cannot be withdrawn: memory given to it is in use until the call
 * returns, a cancel is kept for the next wait, and a deadline passes unnoticed until then.
 * GREEN_ECANCELED and GREEN_ETIMEDOUT say that it did not begin. So they are for files, which
 * answer: reading a terminal or a pipe would hold a thread.
 *
 * Statuses are the system's: GREEN_ENOENT, GREEN_EACCES, GREEN_EPERM, GREEN_EEXIST, GREEN_ENOTDIR,
 * GREEN_EISDIR, GREEN_ENOTEMPTY, GREEN_EXDEV, GREEN_ENOSPC, GREEN_EROFS, GREEN_EFBIG, GREEN_EMFILE,
 * GREEN_ELOOP, GREEN_ENAMETOOLONG, GREEN_ENOMEM, GREEN_EINVAL, and GREEN_EIO for what has no name
 * here. A failure leaves a message that names the path (green_message()). Paths are UTF-8. Under
 * Windows one of more than 259 characters begins with "\\?\" and has backslashes alone, unless the
 * program's manifest says longPathAware.
 *
 * What a page cannot do gives GREEN_ENOTSUP: renaming a directory; writing where files have no
 * createWritable() (Safari before 26); and everything where there is no
 * navigator.storage.getDirectory() (an insecure origin, WebKitGTK 2.50). It has no modes and no
 * owners; a write is to a copy that replaces the file when the call returns, so that many small
 * writes are slow.
 */
#ifndef GREENIO_FILE_H
#define GREENIO_FILE_H

#include <greenio/base.h>

GREEN_BEGIN

/* An open file. */
typedef struct green_file green_file;

/* How green_file_open() opens; to be combined. */
enum green_file_flags {
  GREEN_FILE_READ = 1,      /* for reading */
  GREEN_FILE_WRITE = 2,     /* for writing */
  GREEN_FILE_CREATE = 4,    /* if it is not there, with mode 0666 less the umask */
  GREEN_FILE_EXCLUSIVE = 8, /* with CREATE: GREEN_EEXIST if it is there */
  GREEN_FILE_TRUNCATE = 16, /* with WRITE: it is emptied */
};

/* Opens a file.
 *   0: *out is the caller's, green_file_release() it.
 *   GREEN_EINVAL: neither READ nor WRITE, EXCLUSIVE without CREATE, TRUNCATE without WRITE, or
 *     another flag.
 * *out is NULL after a failure. */
GREEN_API int green_file_open(green_file **out, const char *path, int flags);

/* Closes it, with the task's interruptions held back; the handle stays, for green_file_release().
 * Nothing else may be under way on it. A second time does nothing; NULL is allowed. Other calls on
 * it fail from then on with GREEN_ECLOSED.
 *   0, or what went wrong with what was written; it is closed then, too.
 *   GREEN_EMAIN, GREEN_ENESTED, GREEN_ENOMEM: it did not begin, and the file is open. */
GREEN_API int green_file_close(green_file *file);

/* Lets go of the file, and closes it if that was not done: for one that was written to call
 * green_file_close() before, since only that can say that the system failed to keep what was
 * written. (Here a line on stderr does; see <greenio/log.h>.) Natively the closing is made at once,
 * and takes as long as close(2). NULL is allowed. Any stack; never parks. A file that nobody
 * releases keeps its descriptor. */
GREEN_API void green_file_release(green_file *file);

/* Reads up to `size` bytes (and 1 GiB) at `offset`.
 *   >= 0: that many bytes; fewer than asked for at the end of the file, 0 behind it.
 *   GREEN_EBADF: not opened for it. */
GREEN_API int green_file_read(green_file *file, void *data, size_t size, uint64_t offset);

/* Writes all of `size` bytes at `offset`; a gap behind the end is filled with 0 bytes.
 *   0; after a failure part of them may be there. */
GREEN_API int green_file_write(green_file *file, const void *data, size_t size, uint64_t offset);

/* Has what was written put on the medium (in a page it is there when the write returns). */
GREEN_API int green_file_sync(green_file *file);

/* Makes it `size` bytes long: cut, or filled with 0 bytes. */
GREEN_API int green_file_truncate(green_file *file, uint64_t size);

/* What a path names. */
enum green_file_type {
  GREEN_FILE_REGULAR,   /* a file */
  GREEN_FILE_DIRECTORY, /* a directory */
  GREEN_FILE_LINK,      /* a symbolic link, in a list of a directory */
  GREEN_FILE_OTHER,     /* a device, a socket, a pipe */
};

/* What green_file_stat() tells. */
typedef struct green_file_status {
  enum green_file_type type; /* what it is */
  unsigned mode;             /* permission bits; 0 in a page */
  uint64_t size;             /* bytes; 0 of a directory in a page */
  uint64_t modified;         /* ms since 1970; 0 of a directory in a page */
} green_file_status;

/* What an open file, or what a path names, is; links are followed. */
GREEN_API int green_file_stat(green_file *file, green_file_status *out);
GREEN_API int green_path_stat(const char *path, green_file_status *out);

/* Renames a file or, except in a page, a directory; a file that has the new name is replaced. */
GREEN_API int green_path_rename(const char *from, const char *to);

/* Removes a file or a link; GREEN_EISDIR or GREEN_EPERM for a directory. */
GREEN_API int green_path_remove(const char *path);

/* Makes a directory, mode 0777 less the umask; removes an empty one. */
GREEN_API int green_directory_make(const char *path);
GREEN_API int green_directory_remove(const char *path);

/* One entry of a directory. */
typedef struct green_directory_entry {
  const char *name;          /* without the directory; owned by the list */
  enum green_file_type type; /* what it is, of a link that it is one */
} green_directory_entry;

/* Lists a directory, without "." and "..", in the order of the names' bytes. One block of memory
 * holds the entries and their names.
 *   0: *out is an array of *count entries, for green_directory_entries_release().
 * *out is NULL after a failure. */
GREEN_API int green_directory_list(green_directory_entry **out, const char *path, size_t *count);

/* Frees such an array. NULL is allowed. Any stack; never parks. */
GREEN_API void green_directory_entries_release(green_directory_entry *entries);

GREEN_END
#endif
