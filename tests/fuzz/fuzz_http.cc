// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a client of the web page sends. What must hold: nothing crashes, throws or takes long; what is
// taken for a request is the same request however it was cut into pieces on its way; and no path, name or value brings
// a line end or a broken character further.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "http/message.h"

namespace {

using namespace salestream::http;
using State = ParsedRequest::State;

[[noreturn]] void broken(const char* what, std::string_view detail) {
  std::fprintf(stderr, "broken: %s\n%.*s\n", what, static_cast<int>(detail.size()), detail.data());
  std::abort();
}

void must_be_clean(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = salestream::base::utf8_sequence_length(text, at);
    if (length == 0 || static_cast<unsigned char>(text[at]) < 0x20) broken("a byte that should not get here", text);
    at += length;
  }
}

bool is_same(const Request& a, const Request& b) {
  return a.method == b.method && a.path == b.path && a.parameters == b.parameters && a.headers == b.headers &&
         a.body == b.body && a.keeps_connection == b.keeps_connection;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ParsedRequest whole = parse_request(bytes);
  if (whole.state == State::kIncomplete) {
    if (bytes.size() > kMaxHeadBytes + kMaxBodyBytes) broken("more is waited for than a request may have", bytes);
    return 0;
  }
  if (whole.state == State::kRefused) {
    if (whole.status < 400) broken("a refusal that is none", bytes);
    return 0;
  }
  if (whole.size_bytes > bytes.size()) broken("a request of more bytes than there are", bytes);
  const ParsedRequest alone = parse_request(bytes.substr(0, whole.size_bytes));
  if (alone.state != State::kDone || !is_same(alone.request, whole.request)) broken("what follows changes it", bytes);
  const std::size_t cut = whole.size_bytes * data[0] / 256;
  if (parse_request(bytes.substr(0, cut)).state != State::kIncomplete) broken("a part of it is something else", bytes);

  const Request& request = whole.request;
  if (!request.path.starts_with('/')) broken("a path without a slash", request.path);
  must_be_clean(request.path);
  for (const auto& [name, value] : request.parameters) {
    must_be_clean(name);
    must_be_clean(value);
  }
  const std::string error = *json_error(404, request.path).body;
  if (std::count(error.begin(), error.end(), '\n') != 1) broken("an error of several lines", error);
  return 0;
}
