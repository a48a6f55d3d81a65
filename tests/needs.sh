# What the parts of the tests (parts.sh) need of Debian and npm. Sourced by ../dev, which gives need, need_file,
# need_library and lacks.

needs_of() {
  case $1 in
    testssl) echo native modules openssl testssl ;;
    fuzz) echo native modules fuzz ;;
    parser) echo native modules openssl tools ;;
    soak) echo native wasm modules tools ;;
    hiredis) echo native wasm node redis sources ;;
    porting) echo native wasm modules redis openssl postgresql browser sources ;;
    porting-all) echo wasm modules tools redis openssl ssh postgresql sources ;;
    psql) echo native wasm modules tools openssl postgresql browser sources ;;
    native | ucontext | ucontext-all | sanitize) echo native curl gdb modules openssl websockets redis valgrind ;;
    posix | posix-all) echo native gdb modules openssl posix ;;
    thread) echo native ;;
    musl) echo native musl sources ;;
    clang) echo native gdb modules posix clang ;;
    valgrind) echo native valgrind ;;
    aarch64) echo aarch64 ;;
    windows) echo windows sources modules openssl ;;
    wasm | wasm-newest | wasm-all) echo wasm modules tools openssl postgresql pgbouncer websockets redis ;;
    jspi | contexts | wasm-basic) echo wasm modules tools ;;
    jspi-all) echo wasm modules tools openssl postgresql pgbouncer redis browser ;;
    no-websocket) echo native wasm modules openssl redis ;;
    variants | variants-all) echo wasm node ;;
    browser) echo native wasm modules postgresql libpq browser firefox redis ;;
    hosts | workerd) echo wasm modules tools hosts openssl postgresql ;;
    deno | bun) echo wasm modules hosts ;;
    firefox) echo native wasm modules postgresql firefox redis ;;
    webkit) echo native wasm modules postgresql webkit redis ;;
    install) echo native wasm modules tools browser docs ;;
    install-wasm) echo wasm modules tools ;;
    package) echo native wasm modules browser tools ;;
    create) echo native wasm modules browser ;;
    debian) echo native modules debian ;;
    release) echo native wasm modules docs git sources ;;
    site) echo native wasm modules docs git browser sources ;;
    port) echo wasm node ;;
    lint) echo modules lint ;;
    raw-peers) echo node nginx ;;
  esac
}

# What dpkg-buildpackage asks for are packages, not commands.
need_debian() {
  need dpkg-buildpackage dpkg-dev
  need lintian
  need fakeroot
  need git
  named=$(sed -n '/^Build-Depends:/,/^Rules/{s/^Build-Depends://;/^Rules/d;s/debhelper-compat/debhelper/;s/[[(<,].*//;p}' debian/control)
  for package in $named; do
    dpkg-query -W "$package" >/dev/null 2>&1 || lacks "$package"
  done
}
need_sources() { # of Debian's packages, which are packed so
  need bzip2
  need xz xz-utils
}
need_openssl() { need openssl; }
need_libpq() { need_library libpq libpq-dev; }
need_websockets() { /usr/bin/python3 -c "import websockets" 2>/dev/null || lacks python3-websockets; }
need_testssl() { need testssl testssl.sh; }
need_tools() { need npm; }
need_hosts() { need npm; }
need_webkit() {
  need WebKitWebDriver webkit2gtk-driver
  need Xvfb xvfb
}
need_git() { need git; }
need_curl() { need curl; }
need_redis() { need redis-server; }
need_musl() { need musl-gcc musl-tools; }
need_clang() { need clang++ clang; }
need_nginx() { need_file /usr/sbin/nginx nginx; } # whoever is not root may not have that folder in PATH
need_gdb() { need gdb; }
need_postgresql() { need_file /usr/lib/postgresql postgresql; }
need_pgbouncer() { need_file /usr/sbin/pgbouncer pgbouncer; }

# Libraries and servers that the tests of greenio_posix use.
need_posix() {
  need_library hiredis libhiredis-dev
  need_library libpq libpq-dev
  need_library libssh2 libssh2-1-dev
  need_library odbc unixodbc-dev
  need_file "/usr/lib/$(uname -m)-linux-gnu/odbc/psqlodbcw.so" odbc-postgresql
  need_library libpqxx libpqxx-dev
  need_library dbi libdbi-dev
  need_file "/usr/lib/$(uname -m)-linux-gnu/dbd/libdbdpgsql.so" libdbd-pgsql
  need redis-server
  need_postgresql
  need_pgbouncer
  need openssl
  need_ssh
}
need_ssh() {
  need_file /usr/sbin/sshd openssh-server
  need ssh-keygen openssh-client
}
