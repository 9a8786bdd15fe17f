# SPDX-License-Identifier: Apache-2.0
# Spark Connect's protocol as the library spark_protocol: messages and client stubs, made at build time from the .proto
# files in Spark's own artifact, which Maven fetches into its usual cache (~/.m2) and fetch.cmake checks. gRPC and what
# it needs are linked statically: see docs/architecture.md. Needs Maven, protoc and its gRPC plug-in.
#   SALESTREAM_SPARK_CONNECT_JAR  the artifact, where it is there already: nothing is fetched then

set(SALESTREAM_SPARK_CONNECT_JAR "" CACHE FILEPATH "spark-connect_2.12-3.5.7.jar, if Maven is not to fetch it")
set(connect_artifact org.apache.spark:spark-connect_2.12:3.5.7)
string(CONCAT connect_sha512
       36ceb863afc1002d1c2a79d4d543ceff1aa71828473b394b3aab08590fa68e3a
       f590b2b98a09229e7d9483cafef690113ce2bcd39b80cce34cd6deaafa4b22eb)

find_program(MVN mvn)
find_program(PROTOC protoc)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin)
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC grpc++ protobuf zlib)
set(protocol_missing "")
if(NOT MVN AND NOT SALESTREAM_SPARK_CONNECT_JAR)
  list(APPEND protocol_missing maven)
endif()
if(NOT PROTOC)
  list(APPEND protocol_missing protobuf-compiler)
endif()
if(NOT GRPC_CPP_PLUGIN)
  list(APPEND protocol_missing protobuf-compiler-grpc)
endif()
if(NOT GRPC_FOUND)
  list(APPEND protocol_missing libgrpc++-dev)
endif()
if(protocol_missing)
  list(JOIN protocol_missing " " protocol_missing)
  message(FATAL_ERROR "Spark needs these packages, by their names in Debian 12: ${protocol_missing}. "
                      "tools/setup --for cassandra installs them there. Without Spark: -DSALESTREAM_SPARK=OFF")
endif()

set(protocol_names base catalog commands common expressions relations types)
set(protocol_dir ${CMAKE_CURRENT_BINARY_DIR}/protocol)
set(protocol_files "")
set(protocol_sources "")
foreach(name IN LISTS protocol_names)
  list(APPEND protocol_files ${protocol_dir}/spark/connect/${name}.proto)
  list(APPEND protocol_sources ${protocol_dir}/spark/connect/${name}.pb.cc)
endforeach()
list(APPEND protocol_sources ${protocol_dir}/spark/connect/base.grpc.pb.cc)
string(REPLACE ".pb.cc" ".pb.h" protocol_headers "${protocol_sources}")

add_custom_command(
  OUTPUT ${protocol_files}
  COMMAND ${CMAKE_COMMAND} -DMVN=${MVN} -DARTIFACT=${connect_artifact} -DSHA512=${connect_sha512}
          -DJAR=${SALESTREAM_SPARK_CONNECT_JAR} -DINTO=${protocol_dir} -P ${CMAKE_CURRENT_LIST_DIR}/fetch.cmake
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/fetch.cmake
  COMMENT "Fetching Spark Connect's protocol files with Maven"
  VERBATIM)
# lite: no descriptors and no reflection, which half of the code would be for.
add_custom_command(
  OUTPUT ${protocol_sources} ${protocol_headers}
  COMMAND ${PROTOC} -I${protocol_dir} --cpp_out=lite:${protocol_dir} ${protocol_files}
  COMMAND ${PROTOC} -I${protocol_dir} --grpc_out=${protocol_dir} --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}
          ${protocol_dir}/spark/connect/base.proto
  DEPENDS ${protocol_files}
  COMMENT "Making C++ of Spark Connect's protocol"
  VERBATIM)

# Whatever has an archive is linked from it; what the program needs anyway, and the C library's parts, stay shared.
set(protocol_libraries "")
foreach(library IN LISTS GRPC_STATIC_LIBRARIES)
  if(library MATCHES "^(grpc\\+\\+|grpc|gpr|address_sorting|upb|cares|re2|protobuf|absl_.*)$")
    list(APPEND protocol_libraries -l:lib${library}.a)
  elseif(NOT library STREQUAL "atomic")
    list(APPEND protocol_libraries -l${library})
  endif()
endforeach()
list(REMOVE_DUPLICATES protocol_libraries)

# Without xDS (service meshes), two megabytes: gRPC's own smaller library has an object that stands in for it, and the
# linker takes what is named first.
find_library(GRPC_UNSECURE NAMES libgrpc_unsecure.a HINTS ${GRPC_LIBRARY_DIRS} ${GRPC_LIBDIR})
set(without_xds ${protocol_dir}/grpc_plugin_registry_noextra.cc.o)
set(protocol_extra "")
if(GRPC_UNSECURE)
  file(MAKE_DIRECTORY ${protocol_dir})
  execute_process(COMMAND ${CMAKE_AR} x ${GRPC_UNSECURE} grpc_plugin_registry_noextra.cc.o
                  WORKING_DIRECTORY ${protocol_dir} ERROR_QUIET)
  if(EXISTS ${without_xds})
    set(protocol_extra ${without_xds})
  endif()
endif()

add_library(spark_protocol STATIC ${protocol_sources})
target_include_directories(spark_protocol SYSTEM PUBLIC ${protocol_dir} ${GRPC_INCLUDE_DIRS})
target_compile_options(spark_protocol PRIVATE -w -Os -g0 -ffunction-sections -fdata-sections)
target_link_libraries(spark_protocol PUBLIC ${protocol_extra}
                      -Wl,--start-group ${protocol_libraries} -Wl,--end-group -Wl,--gc-sections)
