/* Whether vfork.S stands in front of vfork(). Included by assembly, too. */
#ifndef GREENIO_SRC_POSIX_VFORK_H
#define GREENIO_SRC_POSIX_VFORK_H

#if defined __LP64__ && (defined __x86_64__ || defined __aarch64__)
#define GREEN__SEES_VFORK 1
#endif

#endif
