# How this project declares its libraries and tests: one library a folder,
# sources listed by hand, every header checked to compile alone: by its own
# source, which includes it before all else, or by CMake.

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

# Those headers that the source of the same name includes first.
function(pgmuster_headers_with_source made)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(found "")
  list(FILTER ARGN EXCLUDE REGEX "^/") # what is generated shows nothing
  foreach(source IN LISTS ARGN)
    string(REGEX REPLACE "[.]cpp$" ".hpp" header ${source})
    file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/${source} first LIMIT_COUNT 1
         REGEX "^#include")
    if(first STREQUAL "#include \"${folder}/${header}\"")
      list(APPEND found ${header})
    endif()
  endforeach()
  set(${made}
      ${found}
      PARENT_SCOPE)
endfunction()

# pgmuster_library(NAME SOURCES … HEADERS … DEPENDS … PRIVATE_DEPENDS …)
function(pgmuster_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS"
                        ${ARGN})
  add_library(pgmuster_${name} STATIC ${arg_SOURCES})
  pgmuster_headers_with_source(shown ${arg_SOURCES})
  set(alone ${arg_HEADERS})
  list(REMOVE_ITEM alone ${shown})
  target_sources(
    pgmuster_${name}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS}
    PUBLIC FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES
           ${alone})
  set_target_properties(pgmuster_${name}
                        PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY alone)
  target_include_directories(pgmuster_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(
    pgmuster_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE pgmuster_warnings ${arg_PRIVATE_DEPENDS})
endfunction()

# GoogleTest's header takes longer to read than most tests to compile: it is
# read once. ccache takes it only where it is told to.
function(pgmuster_test_headers)
  file(WRITE ${CMAKE_BINARY_DIR}/test_headers.cpp "")
  add_library(pgmuster_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
  target_link_libraries(pgmuster_test_headers PRIVATE pgmuster_warnings
                                                      GTest::gtest)
  target_precompile_headers(pgmuster_test_headers PRIVATE <gtest/gtest.h>)
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
  target_precompile_headers(test_${target} REUSE_FROM pgmuster_test_headers)
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
