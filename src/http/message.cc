// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/json_writer.h"
#include "base/utf8.h"

namespace salestream::web {
namespace {

using State = ParsedRequest::State;

ParsedRequest refused(int status) { return {.state = State::kRefused, .status = status}; }

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

// What may stand in a header's value, or in a request line: no control characters, and so no line ends.
bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || c == '\t';
  });
}

bool is_clean_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = base::utf8_sequence_length(text, at);
    if (length == 0 || byte < 0x20 || byte == 0x7F) return false;
    at += length;
  }
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  if (!is_clean_utf8(out)) return std::nullopt;
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return std::nullopt;
}

// 0: it is one.
int read_request_line(std::string_view line, Request& request) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return 400;
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
                         version = line.substr(last + 1);
  if (!is_token(method) || target.find(' ') != std::string_view::npos || !target.starts_with('/')) return 400;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return version.starts_with("HTTP/") ? 505 : 400;
  request.method = method;
  request.keeps_connection = version == "HTTP/1.1";
  const auto question = target.find('?');
  auto path = decoded(target.substr(0, question), false);
  if (!path || target.find('#') != std::string_view::npos) return 400;
  request.path = *std::move(path);
  if (question != std::string_view::npos) {
    auto parameters = parse_parameters(target.substr(question + 1));
    if (!parameters) return 400;
    request.parameters = *std::move(parameters);
  }
  return 0;
}

int read_header(std::string_view line, Request& request) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
  request.headers.emplace_back(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  return 0;
}

// Bytes of the body; nothing when it can't be told for certain.
std::optional<std::uint64_t> body_size(const Request& request) {
  std::optional<std::uint64_t> size;
  for (const auto& [name, value] : request.headers) {
    if (name != "content-length") continue;
    std::uint64_t n = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (size || value.empty() || failed != std::errc() || end != value.data() + value.size()) return std::nullopt;
    size = n;
  }
  return size.value_or(0);
}

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return status >= 500 ? "Internal Server Error" : "Error";
  }
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const { return find(headers, name); }
std::optional<std::string_view> Request::parameter(std::string_view name) const { return find(parameters, name); }

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

Response json_response(std::string json) {
  Response response = text_response(200, std::move(json));
  response.content_type = "application/json";
  return response;
}

Response json_error(int status, std::string_view text) {
  Response response = json_response(base::JsonWriter().begin_object().member("error", text).end_object().take() + '\n');
  response.status = status;
  return response;
}

Response redirect_to(std::string location) {
  Response response = text_response(303, "");
  response.headers.emplace_back("Location", std::move(location));
  return response;
}

std::optional<Fields> parse_parameters(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (fields.size() == kMaxParameters) return std::nullopt;
    const auto equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals), true);
    auto value = decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

ParsedRequest parse_request(std::string_view bytes) {
  if (bytes.empty()) return {};
  // The first byte tells at once what will never be a request, such as the beginning of a TLS handshake.
  if (!is_token_character(bytes[0])) return refused(400);
  const auto head_end = bytes.substr(0, kMaxHeadBytes).find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    if (bytes.size() < kMaxHeadBytes) return {};
    return refused(bytes.find("\r\n") == std::string_view::npos ? 414 : 431);
  }

  ParsedRequest parsed{.state = State::kDone};
  Request& request = parsed.request;
  bool is_first = true;
  for (std::string_view head = bytes.substr(0, head_end + 2); !head.empty();) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (!is_field_text(line)) return refused(400);
    const int failed = is_first ? read_request_line(line, request) : read_header(line, request);
    if (failed != 0) return refused(failed);
    is_first = false;
  }

  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const auto& header) { return header.first == "host"; });
  if (hosts > 1 || (hosts == 0 && request.keeps_connection)) return refused(400);  // HTTP/1.0 may do without
  if (request.header("transfer-encoding")) return refused(501);
  if (request.header("expect")) return refused(417);
  const auto size = body_size(request);
  if (!size) return refused(400);
  if (*size > kMaxBodyBytes) return refused(413);
  if (const auto connection = request.header("connection"))
    if (lower(*connection).find("close") != std::string::npos) request.keeps_connection = false;

  parsed.size_bytes = head_end + 4 + *size;
  if (bytes.size() < parsed.size_bytes) return {};
  request.body = bytes.substr(head_end + 4, *size);
  return parsed;
}

std::string head_of(const Response& response, const Fields& common, std::optional<std::int64_t> length_bytes,
                    bool keeps_connection) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\n", response.status,
                                 reason_of(response.status), http_date(), response.content_type);
  if (length_bytes) head += fmt::format("Content-Length: {}\r\n", *length_bytes);
  for (const Fields* fields : {&common, &response.headers})
    for (const auto& [name, value] : *fields) head += fmt::format("{}: {}\r\n", name, value);
  head += keeps_connection ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace salestream::web
