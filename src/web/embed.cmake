# SPDX-License-Identifier: Apache-2.0
# Makes a .cc file of the page's files, run by the build:
#   cmake -DOUTPUT=page_files.cc "-DFILES=/=index.html|/page.js=page.js|…" -P embed.cmake
string(REPLACE "|" ";" pairs "${FILES}")
set(definitions "")
set(entries "")
set(number 0)
foreach(pair IN LISTS pairs)
  string(REGEX MATCH "^([^=]+)=(.+)$" matched "${pair}")
  set(path "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  if(file MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(file MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(file MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(file MATCHES "\\.svg$")
    set(type "image/svg+xml")
  elseif(file MATCHES "\\.yaml$")
    set(type "application/yaml")
  else()
    message(FATAL_ERROR "${file}: of what type is it?")
  endif()
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND definitions "constexpr unsigned char kFile${number}[] = {${bytes}};\n")
  string(APPEND entries
         "    {\"${path}\", \"${type}\", {reinterpret_cast<const char*>(kFile${number}), sizeof kFile${number}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Made by embed.cmake.
#include \"web/assets.h\"

namespace salestream::web {
namespace {
${definitions}
}  // namespace

std::span<const Asset> assets() {
  static const Asset files[] = {
${entries}  };
  return files;
}

}  // namespace salestream::web
")
