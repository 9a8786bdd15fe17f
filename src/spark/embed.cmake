# SPDX-License-Identifier: Apache-2.0
# Makes a .cc file of the sink's jar, run by the build:
#   cmake -DOUTPUT=sink_jar.cc -DJAR=salestream-spark-sink.jar -P embed.cmake
file(READ "${JAR}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "// Made by embed.cmake.
#include \"spark/sink_jar.h\"

namespace salestream::spark {

std::string_view sink_jar() {
  static constexpr unsigned char kBytes[] = {${bytes}};
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

}  // namespace salestream::spark
")
