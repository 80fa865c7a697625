# How this project declares its libraries and tests: one library a folder,
# sources listed by hand, every header checked to compile alone.

add_library(pgmuster_warnings INTERFACE)
target_compile_options(
  pgmuster_warnings
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
            -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
            -Wcast-align -Wformat=2 -Wextra-semi -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(
    pgmuster_warnings INTERFACE -Wduplicated-cond -Wlogical-op -Wuseless-cast
                                -Wimplicit-fallthrough=5)
endif()

# pgmuster_library(NAME SOURCES … HEADERS … DEPENDS … PRIVATE_DEPENDS …)
function(pgmuster_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS"
                        ${ARGN})
  add_library(pgmuster_${name} STATIC ${arg_SOURCES})
  target_sources(
    pgmuster_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}
                            FILES ${arg_HEADERS})
  target_include_directories(pgmuster_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(
    pgmuster_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE pgmuster_warnings ${arg_PRIVATE_DEPENDS})
endfunction()

# pgmuster_test(PATH DEPENDS … [TIMEOUT s] [LABELS …]): tests/PATH.cpp becomes
# the test binary and the ctest entry PATH. The suffix says what it needs:
# _test nothing, _actor_test CAF, _pgtest a PostgreSQL server,
# _system_test processes.
function(pgmuster_test path)
  cmake_parse_arguments(arg "" "TIMEOUT" "DEPENDS;SOURCES;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  string(REPLACE "/" "_" target ${path})
  add_executable(test_${target} ${PROJECT_SOURCE_DIR}/tests/${path}.cpp
                                ${arg_SOURCES})
  target_link_libraries(
    test_${target} PRIVATE ${arg_DEPENDS} pgmuster_warnings GTest::gtest
                           GTest::gtest_main)
  target_include_directories(test_${target} PRIVATE ${PROJECT_SOURCE_DIR})
  add_test(NAME ${path} COMMAND test_${target})
  # No SKIP_REGULAR_EXPRESSION: to ctest one skipped case would hide a failing
  # one beside it. tests/run counts cases from GoogleTest's own reports.
  set_tests_properties(${path} PROPERTIES TIMEOUT ${arg_TIMEOUT})
  list(APPEND arg_LABELS compiled)
  if(path MATCHES "(_pgtest|_system_test)$")
    list(APPEND arg_LABELS server)
  endif()
  set_tests_properties(${path} PROPERTIES LABELS "${arg_LABELS}")
endfunction()
