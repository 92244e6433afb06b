# SPDX-License-Identifier: Apache-2.0
# Warnings are errors; hardening is always on. Every target links schuilnaam_flags.
add_library(schuilnaam_flags INTERFACE)
target_include_directories(schuilnaam_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(schuilnaam_flags INTERFACE _GNU_SOURCE)
target_compile_options(schuilnaam_flags INTERFACE
  -Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual
  -Wcast-align -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef
  -Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wformat-security -Wimplicit-fallthrough
  -Wdouble-promotion -Wnull-dereference -Wunused-result -fno-common
  -fstack-protector-strong -fstack-clash-protection -fcf-protection
  -fno-strict-overflow -ftrivial-auto-var-init=zero)
target_link_options(schuilnaam_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

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
  target_link_options(schuilnaam_flags INTERFACE -fsanitize=${SCHUILNAAM_SANITIZE})
endif()
