/* What libpqxx's configure would say of Emscripten. */
#define PQXX_HAVE_DEPRECATED     1
#define PQXX_HAVE_GCC_CONST      1
#define PQXX_HAVE_GCC_DEPRECATED 1
#define PQXX_HAVE_GCC_PURE       1

/* And what its C++ library has had until LLVM 19: characters of any type. libpqxx 6 has unsigned ones, for which no other says
 * what a string of them is. */
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <ios>
#include <string>

#if defined _LIBCPP_VERSION && _LIBCPP_VERSION >= 190000
namespace std {
template <> struct char_traits<unsigned char> {
  using char_type = unsigned char;
  using int_type = int;
  using off_type = streamoff;
  using pos_type = streampos;
  using state_type = mbstate_t;
  static void assign(char_type &to, const char_type &from) noexcept { to = from; }
  static bool eq(char_type a, char_type b) noexcept { return a == b; }
  static bool lt(char_type a, char_type b) noexcept { return a < b; }
  static int compare(const char_type *a, const char_type *b, size_t count) {
    return count ? memcmp(a, b, count) : 0;
  }
  static size_t length(const char_type *text) {
    return strlen(reinterpret_cast<const char *>(text));
  }
  static const char_type *find(const char_type *text, size_t count, const char_type &wanted) {
    return count ? static_cast<const char_type *>(memchr(text, wanted, count)) : nullptr;
  }
  static char_type *move(char_type *to, const char_type *from, size_t count) {
    return count ? static_cast<char_type *>(memmove(to, from, count)) : to;
  }
  static char_type *copy(char_type *to, const char_type *from, size_t count) {
    return move(to, from, count);
  }
  static char_type *assign(char_type *to, size_t count, char_type value) {
    return count ? static_cast<char_type *>(memset(to, value, count)) : to;
  }
  static int_type not_eof(int_type value) noexcept { return value == EOF ? 0 : value; }
  static char_type to_char_type(int_type value) noexcept { return static_cast<char_type>(value); }
  static int_type to_int_type(char_type value) noexcept { return value; }
  static bool eq_int_type(int_type a, int_type b) noexcept { return a == b; }
  static int_type eof() noexcept { return EOF; }
};
} // namespace std
#endif
