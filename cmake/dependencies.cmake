# SPDX-License-Identifier: Apache-2.0
# Debian 12's versions are the baseline; each folder links only what its room card names.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl>=3.0)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(EVENT REQUIRED IMPORTED_TARGET libevent>=2.1)
pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1>=0.24)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
find_library(CSV_LIBRARY csv REQUIRED)

# Debian's libutf8proc.pc tells an old version, so the header is asked. 2.8 has Unicode 15.0,
# which the normaliser is defined by.
include(CheckCSourceCompiles)
check_c_source_compiles("
  #include <utf8proc.h>
  #if UTF8PROC_VERSION_MAJOR * 100 + UTF8PROC_VERSION_MINOR < 208
  #error too old
  #endif
  int main(void) { return 0; }" SCHUILNAAM_UTF8PROC_28)
if(NOT SCHUILNAAM_UTF8PROC_28)
  message(FATAL_ERROR "libutf8proc 2.8 or later is needed (Unicode 15.0)")
endif()
