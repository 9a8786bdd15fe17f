// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (RFC 9112), as much of it as a page and its API need, read strictly: whatever two readers could understand
// in two ways is a bad request. Pure values and functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace salestream::http {

inline constexpr std::size_t kMaxHeadBytes = 8 << 10;  // of the request line and all headers
inline constexpr std::size_t kMaxBodyBytes = 4 << 10;  // of a request

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;   // decoded: valid UTF-8 without control characters, beginning with a slash
  Fields parameters;  // of the query, decoded the same way
  Fields headers;     // names in lower case
  std::string body;
  bool keeps_connection = true;
  std::string client;  // the part of its address that it can't choose as it likes: 192.0.2.1, 2001:db8::/64

  // The first of that name; nothing when there is none.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// A finished file in place of a body in memory; it is read while it is sent.
struct FileBody {
  base::FileDescriptor file;
  std::int64_t size_bytes = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Fields headers;
  std::shared_ptr<const std::string> body;
  std::shared_ptr<const FileBody> file;  // in place of `body`
  bool is_event_stream = false;          // stays open, and gets what Server::broadcast is given
  std::function<Response()> slow_work;   // the answer is what this returns, later and on another thread
};

Response text_response(int status, std::string text);
Response json_response(std::string json);
// {"error": text}, for programs.
Response json_error(int status, std::string_view text);
Response redirect_to(std::string location);

struct ParsedRequest {
  enum class State : std::uint8_t {
    kIncomplete,  // the rest is still to come
    kDone,
    kRefused,  // never a request, or one that is too large: answer `status` and hang up
  };
  State state = State::kIncomplete;
  std::size_t size_bytes = 0;  // kDone: what it took; the next request may follow
  int status = 400;
  Request request;
};
ParsedRequest parse_request(std::string_view bytes);

// `a=1&b=%20`, also as a form is posted; nothing when it is malformed, or has more than kMaxParameters.
inline constexpr std::size_t kMaxParameters = 32;
std::optional<Fields> parse_parameters(std::string_view text);

// Status line and headers, with the empty line. `common` goes into every answer; without `length_bytes` the body ends
// with the connection.
std::string head_of(const Response& response, const Fields& common, std::optional<std::int64_t> length_bytes,
                    bool keeps_connection);

}  // namespace salestream::http
