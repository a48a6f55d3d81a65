/* What greenio's own libraries share beyond the public headers.
 *
 * greenio::server and greenio::pg are libraries beside greenio::greenio and use functions of it that
 * are not for programs. In a static library they are there; a shared one exports what stands between
 * these two, as functions of exactly this version (src/shared.map): libraries of greenio's are
 * installed together, and one of another version is refused when the program is loaded.
 */
#ifndef GREENIO_SRC_SHARED_H
#define GREENIO_SRC_SHARED_H

#ifdef GREENIO_SHARED
#define GREEN__SHARED_BEGIN _Pragma("GCC visibility push(default)")
#define GREEN__SHARED_END   _Pragma("GCC visibility pop")
#else
#define GREEN__SHARED_BEGIN
#define GREEN__SHARED_END
#endif

#endif
