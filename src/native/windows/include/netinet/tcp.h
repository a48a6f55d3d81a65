/* Windows has this in a header of its own; see sys/socket.h here. */
#include <sys/socket.h>
