# SPDX-License-Identifier: Apache-2.0
# Mutants: each patch in mutants/ leaves out one rule of the program, and the simulation must notice. A patch is a
# unified diff against the source from the project's root, begins with a comment that says what it breaks, and may
# change several .cc files of src/. Included by the project before src/, whose layers keep patched sources out of unity
# builds.

file(GLOB simulation_mutants CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/mutants/*.patch)
set(simulation_apply_patch ${CMAKE_CURRENT_LIST_DIR}/apply_patch.cmake)

# The sources that a patch changes, as paths from the root.
function(simulation_patched_sources patch sources)
  file(STRINGS ${patch} lines REGEX "^\\+\\+\\+ b/")
  list(TRANSFORM lines REPLACE "^\\+\\+\\+ b/([^\t ]+).*$" "\\1")
  foreach(source ${lines})
    if(NOT source MATCHES "^src/.+\\.cc$")
      message(FATAL_ERROR "${patch} changes ${source}: a mutant can change .cc files of src/ only")
    endif()
  endforeach()
  if(NOT lines)
    message(FATAL_ERROR "${patch} changes no file")
  endif()
  set(${sources} ${lines} PARENT_SCOPE)
endfunction()

set(SALESTREAM_MUTATED_SOURCES "")
foreach(patch ${simulation_mutants})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  simulation_patched_sources(${patch} sources)
  list(APPEND SALESTREAM_MUTATED_SOURCES ${sources})
endforeach()
list(REMOVE_DUPLICATES SALESTREAM_MUTATED_SOURCES)

# A program of its own from mutant_test.cc (in the library salestream_simulation_mutant) and patched copies of the
# sources: their objects come before the libraries, which then give everything but these.
function(simulation_mutant patch)
  get_filename_component(name ${patch} NAME_WE)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name})
  simulation_patched_sources(${patch} sources)
  list(TRANSFORM sources PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE originals)
  list(TRANSFORM sources PREPEND ${folder}/ OUTPUT_VARIABLE changed)
  string(REPLACE ";" "," listed "${sources}")
  add_custom_command(OUTPUT ${changed}
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DOUT=${folder} -DSOURCES=${listed} -DPATCH=${patch}
            -P ${simulation_apply_patch}
    DEPENDS ${originals} ${patch} ${simulation_apply_patch} VERBATIM)
  file(GENERATE OUTPUT ${folder}/name.cc
       CONTENT "extern const char* const simulation_mutant_name;
const char* const simulation_mutant_name = \"${name}\";
")
  set(target simulation_mutant_${name})
  add_executable(${target} ${folder}/name.cc ${changed})
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_compile_options(${target} PRIVATE -w) # what a mutant leaves unused is its point
  salestream_hardly_optimize(${target})
  target_link_libraries(${target} PRIVATE salestream_simulation_mutant absl::flat_hash_set absl::hash fmt::fmt)
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES TIMEOUT 600)
endfunction()
