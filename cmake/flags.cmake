# SPDX-License-Identifier: Apache-2.0
# Warnings are errors; hardening is always on. Every target links schuilnaam_flags.
include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(schuilnaam_flags INTERFACE)
target_include_directories(schuilnaam_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(schuilnaam_flags INTERFACE _GNU_SOURCE)
target_compile_options(schuilnaam_flags INTERFACE
  -Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual
  -Wcast-align -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef
  -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wformat-security -Wimplicit-fallthrough
  -Wdouble-promotion -Wnull-dereference -Wunused-result -fno-common
  -fstack-protector-strong -fstack-clash-protection -fcf-protection
  -fno-strict-overflow)
target_link_options(schuilnaam_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

# A forgotten variable is zero, never old stack. clang 14 offers a fixed pattern instead.
check_c_compiler_flag(-ftrivial-auto-var-init=zero SCHUILNAAM_HAVE_ZERO_INIT)
if(SCHUILNAAM_HAVE_ZERO_INIT)
  target_compile_options(schuilnaam_flags INTERFACE -ftrivial-auto-var-init=zero)
else()
  target_compile_options(schuilnaam_flags INTERFACE -ftrivial-auto-var-init=pattern)
endif()

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(schuilnaam_flags INTERFACE
    -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init)
else()
  target_compile_options(schuilnaam_flags INTERFACE -Wno-gnu-zero-variadic-macro-arguments)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(schuilnaam_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(SCHUILNAAM_SANITIZE)
  target_compile_options(schuilnaam_flags INTERFACE
    -fsanitize=${SCHUILNAAM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # gcc judges these two on code that the sanitizer has already altered; the other builds judge them.
  target_compile_options(schuilnaam_flags INTERFACE -Wno-conversion -Wno-null-dereference)
  target_link_options(schuilnaam_flags INTERFACE -fsanitize=${SCHUILNAAM_SANITIZE})
endif()
if(SCHUILNAAM_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SCHUILNAAM_FUZZ needs clang: libFuzzer is part of it")
  endif()
  # Every library tells the fuzzer which of its edges ran; only the targets have its main.
  target_compile_options(schuilnaam_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(schuilnaam_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
