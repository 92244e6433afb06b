# SPDX-License-Identifier: Apache-2.0
# How tests are declared. Every test runs in the root of the source tree, so a test opens
# tests/vectors/... by that name.
#
#   schuil_unit_test(name SOURCES file... LIBS library... [INCLUDES folder...])
#                                   cmocka; label unit
#   schuil_fuzz_target(... alike [ARGS option...])
#                                   libFuzzer, with more options; label fuzz (preset fuzz)
#   schuil_ct_test(... alike)       Valgrind; label ct (preset ct)
#
# INCLUDES names the room whose private headers a test reads, such as ${PROJECT_SOURCE_DIR}/engine.
# Outside its preset a fuzz target or ct test is not built, and the fuzz preset builds no unit
# tests. A fuzz target's seeds are the files in tests/fuzz/seeds/<name>/, at least one.
option(SCHUILNAAM_CT "Build the constant-time tests (Valgrind)" OFF)
option(SCHUILNAAM_BENCH "Build the benchmarks and their smoke test" OFF)
set(SCHUILNAAM_FUZZ_SECONDS 60 CACHE STRING "How long the test of one fuzz target runs")

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

function(schuil_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;INCLUDES")
  if(SCHUILNAAM_FUZZ)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${arg_INCLUDES})
  target_link_libraries(${name} PRIVATE schuilnaam_flags ${arg_LIBS} PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS unit ENVIRONMENT "CMOCKA_MESSAGE_OUTPUT=STDOUT")
endfunction()

function(schuil_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;INCLUDES;ARGS")
  if(NOT SCHUILNAAM_FUZZ)
    return()
  endif()
  set(seeds ${PROJECT_SOURCE_DIR}/tests/fuzz/seeds/${name})
  file(GLOB found ${seeds}/*)
  if(NOT found)
    message(FATAL_ERROR "fuzz target ${name} has no seeds in ${seeds}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${arg_INCLUDES})
  target_link_libraries(${name} PRIVATE schuilnaam_flags ${arg_LIBS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  # The first folder takes what is found; the second is only read.
  set(corpus ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${corpus})
  add_test(NAME ${name}
    COMMAND ${name} -max_total_time=${SCHUILNAAM_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
            -print_final_stats=1 ${arg_ARGS}
            -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/${name}-
            ${corpus} ${seeds}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS fuzz)
endfunction()

function(schuil_ct_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;INCLUDES")
  if(NOT SCHUILNAAM_CT)
    return()
  endif()
  find_program(VALGRIND valgrind REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${arg_INCLUDES})
  target_link_libraries(${name} PRIVATE schuilnaam_flags ${arg_LIBS})
  add_test(NAME ${name}
    COMMAND ${VALGRIND} --quiet --error-exitcode=99 --track-origins=yes $<TARGET_FILE:${name}>
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ct)
endfunction()
