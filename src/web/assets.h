// SPDX-License-Identifier: Apache-2.0
// The files of the page, as they were when the program was built: embed.cmake makes page_files.cc of them. Any thread.
#pragma once

#include <span>
#include <string_view>

namespace salestream::web {

struct Asset {
  std::string_view path;  // "/page.js"; the page itself is "/"
  std::string_view content_type;
  std::string_view content;
};
std::span<const Asset> assets();

}  // namespace salestream::web
