# SPDX-License-Identifier: Apache-2.0
# One folder of src/ is one layer, one static library and one namespace. A layer names the layers it may include;
# CMake links exactly those, so that an include against the direction of the layers fails to build or link.
#
#   salestream_layer(NAME SOURCES a.cc … [DEPENDS layer …] [PRIVATE_LIBS lib …]
#                    [TESTS a_test.cc …] [ONE_THREAD_TESTS b_test.cc …] [TEST_DEPENDS layer …])
#
# PRIVATE_LIBS are third-party libraries: their headers are seen by this layer's .cc files only.
# ONE_THREAD_TESTS test code that shares nothing between threads: ThreadSanitizer, which makes tests many times as slow,
# has nothing to see there and does without them.

include(Hardening)
add_library(salestream_options INTERFACE)
target_include_directories(salestream_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(salestream_options INTERFACE -Wall -Wextra -Wshadow -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 warns wrongly on `"literal" + std::string` (GCC bug 105651), and on copies of a std::variant of strings
  # (105593).
  target_compile_options(salestream_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
else()
  target_compile_options(salestream_options INTERFACE -Wthread-safety) # base/mutex.h; GCC knows none
endif()
if(SALESTREAM_WERROR)
  target_compile_options(salestream_options INTERFACE -Werror)
endif()
if(SALESTREAM_SANITIZE)
  target_compile_options(salestream_options INTERFACE -fsanitize=${SALESTREAM_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all)
  target_link_options(salestream_options INTERFACE -fsanitize=${SALESTREAM_SANITIZE})
endif()

# Tests are run once or twice after they were compiled: to optimize them takes longer than it saves. The layers that
# they test are optimized as ever. In a release -O1 and not less, since hardening needs some; with sanitizers, which go
# without it, an optimized test takes twice as long to compile.
function(salestream_hardly_optimize target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(SALESTREAM_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

function(salestream_layer name)
  cmake_parse_arguments(L "" "" "SOURCES;DEPENDS;PRIVATE_LIBS;TESTS;ONE_THREAD_TESTS;TEST_DEPENDS" ${ARGN})
  set(target salestream_${name})
  add_library(${target} STATIC ${L_SOURCES})
  if(SALESTREAM_FUZZ) # a fuzzer follows what its inputs reach
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  list(TRANSFORM L_DEPENDS PREPEND salestream_)
  target_link_libraries(${target} PUBLIC salestream_options ${L_DEPENDS} PRIVATE ${L_PRIVATE_LIBS})
  # What a mutant of the simulation replaces has to be an object of its own: tests/simulation/mutants.cmake.
  foreach(source ${L_SOURCES})
    if("src/${name}/${source}" IN_LIST SALESTREAM_MUTATED_SOURCES)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()

  if(NOT SALESTREAM_SANITIZE MATCHES thread)
    list(APPEND L_TESTS ${L_ONE_THREAD_TESTS})
  endif()
  if(SALESTREAM_TESTS AND L_TESTS)
    add_executable(${name}_test ${L_TESTS})
    list(TRANSFORM L_TEST_DEPENDS PREPEND salestream_)
    target_link_libraries(${name}_test PRIVATE ${target} ${L_TEST_DEPENDS} GTest::gmock GTest::gtest_main)
    salestream_hardly_optimize(${name}_test)
    target_compile_definitions(${name}_test PRIVATE SALESTREAM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endif()
endfunction()
