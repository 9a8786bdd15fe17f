# SPDX-License-Identifier: Apache-2.0
# The Rust crate in this folder as the library cassandra_crate, and the C++ side of its bridge as a source file for who
# links it: compiled by CMake, so that standard, warnings and sanitizers are the same everywhere.
#   SALESTREAM_CASSANDRA_PROFILE  release (small and optimized as a whole: minutes), or dev (for working on it)

set(SALESTREAM_CASSANDRA_PROFILE release CACHE STRING "Cargo profile of the Cassandra driver: release or dev")
# Compilers and sanitizers make no difference to Rust's part, so all build folders share it.
set(SALESTREAM_CARGO_TARGET_DIR ${CMAKE_SOURCE_DIR}/build/cargo CACHE PATH "Where cargo builds")
include(ProcessorCount)
ProcessorCount(cores)
set(SALESTREAM_CARGO_JOBS ${cores} CACHE STRING "How many compilers cargo runs at once")

# rustup's, or Debian's (package cargo-web; the plain package cargo of Debian 12 is too old): the first that is new
# enough.
function(salestream_accepts_cargo accepted cargo)
  execute_process(COMMAND ${cargo} --version OUTPUT_VARIABLE version ERROR_QUIET)
  if(NOT version MATCHES "^cargo ([0-9.]+)" OR CMAKE_MATCH_1 VERSION_LESS 1.88)
    set(${accepted} FALSE PARENT_SCOPE)
  endif()
endfunction()
find_program(CARGO cargo HINTS $ENV{HOME}/.cargo/bin VALIDATOR salestream_accepts_cargo)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
if(NOT CARGO)
  message(FATAL_ERROR "Cassandra needs Rust 1.88 or newer, and there is none. tools/setup --for cassandra installs it "
                      "on Debian 12; elsewhere, see https://rustup.rs. Without Cassandra: -DSALESTREAM_CASSANDRA=OFF")
endif()

set(crate ${CMAKE_CURRENT_LIST_DIR})
set(cargo_target ${SALESTREAM_CARGO_TARGET_DIR})
set(profile_folder ${SALESTREAM_CASSANDRA_PROFILE})
if(profile_folder STREQUAL dev)
  set(profile_folder debug)
endif()
set(crate_library ${cargo_target}/${profile_folder}/libsalestream_cassandra.a)
set(bridge ${cargo_target}/cxxbridge/salestream-cassandra/src/lib.rs)
set(cassandra_bridge_source ${bridge}.cc)

# A build that is interrupted loses the bridge: ninja removes what a command that has not ended has written, while to
# cargo the script that wrote it has succeeded. So where it is missing, cargo forgets what it knows of this crate; one
# build folder at a time, so that none cleans what another has just built.
set(cargo_options "--quiet --locked --profile ${SALESTREAM_CASSANDRA_PROFILE}")
file(MAKE_DIRECTORY ${cargo_target})
add_custom_command(
  OUTPUT ${crate_library} ${bridge}.cc ${bridge}.h
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${cargo_target} flock ${cargo_target}/.salestream-lock
          sh -c "{ test -e '${bridge}.h' || '${CARGO}' clean ${cargo_options} --package salestream-cassandra; } \
&& '${CARGO}' build ${cargo_options} -j ${SALESTREAM_CARGO_JOBS}"
  DEPENDS ${crate}/Cargo.toml ${crate}/Cargo.lock ${crate}/build.rs
  DEPFILE ${cargo_target}/${profile_folder}/libsalestream_cassandra.d
  WORKING_DIRECTORY ${crate}
  COMMENT "Building the Cassandra driver with cargo (${SALESTREAM_CASSANDRA_PROFILE}; the first time takes minutes)"
  USES_TERMINAL VERBATIM)
add_custom_target(cassandra_crate_build DEPENDS ${crate_library})
# The crate's own tests, for ./test: of the profile that is built anyway, which halves what they take to compile.
add_custom_target(cassandra_crate_test
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${cargo_target} ${CARGO} test --quiet --locked
          --profile ${SALESTREAM_CASSANDRA_PROFILE} -j ${SALESTREAM_CARGO_JOBS}
  WORKING_DIRECTORY ${crate}
  USES_TERMINAL VERBATIM)
set_source_files_properties(${cassandra_bridge_source} PROPERTIES COMPILE_OPTIONS -w)

file(MAKE_DIRECTORY ${cargo_target}/cxxbridge) # CMake wants to see it before cargo has made it
add_library(cassandra_crate STATIC IMPORTED)
set_target_properties(cassandra_crate PROPERTIES IMPORTED_LOCATION ${crate_library})
target_include_directories(cassandra_crate INTERFACE ${cargo_target}/cxxbridge)
target_link_libraries(cassandra_crate INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS} m)
add_dependencies(cassandra_crate cassandra_crate_build)
