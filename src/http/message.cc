// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <ctime>

#include "base/json_writer.h"
#include "base/utf8.h"

namespace salestream::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using State = ParsedRequest::State;
using Parser = beast::http::request_parser<beast::http::empty_body>;

ParsedRequest refused(int status) { return {.state = State::kRefused, .status = status}; }

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
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

// False: not a target that this server could have something at.
bool read_target(std::string_view target, Request& request) {
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return false;
  const auto question = target.find('?');
  auto path = decoded(target.substr(0, question), false);
  if (!path) return false;
  request.path = *std::move(path);
  if (question == std::string_view::npos) return true;
  auto parameters = parse_parameters(target.substr(question + 1));
  if (!parameters) return false;
  request.parameters = *std::move(parameters);
  return true;
}

int status_for(const error_code& error, std::string_view request_line) {
  if (error == beast::http::error::body_limit) return 413;
  const auto version = request_line.substr(request_line.rfind(' ') + 1);
  const bool is_another = version.starts_with("HTTP/") && version != "HTTP/1.1" && version != "HTTP/1.0";
  return error == beast::http::error::bad_version && is_another ? 505 : 400;
}

std::ptrdiff_t count_of(const Fields& fields, std::string_view name) {
  return std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
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

  const std::string_view head = bytes.substr(0, head_end + 4);
  // Beast joins a folded line to the one before, as RFC 9112 allows; nobody but an attacker sends one.
  if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos)
    return refused(400);
  Parser parser;
  parser.body_limit(kMaxBodyBytes);
  error_code failed;
  parser.put(boost::asio::buffer(head.data(), head.size()), failed);
  if (failed) return refused(status_for(failed, head.substr(0, head.find("\r\n"))));

  ParsedRequest parsed{.state = State::kDone};
  Request& request = parsed.request;
  const auto text_of = [](auto text) { return std::string(text.data(), text.size()); };
  request.method = text_of(parser.get().method_string());
  if (!read_target(text_of(parser.get().target()), request)) return refused(400);
  for (const auto& field : parser.get())
    request.headers.emplace_back(lower(text_of(field.name_string())), text_of(field.value()));
  request.keeps_connection = parser.keep_alive();

  const auto hosts = count_of(request.headers, "host");
  if (hosts > 1 || (hosts == 0 && parser.get().version() == 11)) return refused(400);  // HTTP/1.0 may do without
  // Beast takes the same length twice, also in one line, which RFC 9112 leaves to it.
  const auto lengths = count_of(request.headers, "content-length");
  if (lengths > 1 || (lengths == 1 && request.header("content-length")->find(',') != std::string_view::npos))
    return refused(400);
  if (request.header("transfer-encoding")) return refused(501);
  if (request.header("expect")) return refused(417);

  const std::size_t body_bytes = parser.content_length().value_or(0);
  parsed.size_bytes = head.size() + body_bytes;
  if (bytes.size() < parsed.size_bytes) return {};
  request.body = bytes.substr(head.size(), body_bytes);
  return parsed;
}

std::string head_of(const Response& response, const Fields& common, std::optional<std::int64_t> length_bytes,
                    bool keeps_connection) {
  beast::http::response<beast::http::empty_body> head;
  head.version(11);
  head.result(static_cast<unsigned>(response.status));
  head.insert("Date", http_date());
  head.insert("Content-Type", response.content_type);
  if (length_bytes) head.insert("Content-Length", std::to_string(*length_bytes));
  for (const Fields* fields : {&common, &response.headers})
    for (const auto& [name, value] : *fields) head.insert(name, value);
  head.insert("Connection", keeps_connection ? "keep-alive" : "close");

  std::string text;
  beast::http::response_serializer<beast::http::empty_body> serializer(head);
  error_code ignored;
  serializer.next(ignored, [&](error_code&, const auto& buffers) {
    for (const auto piece : beast::buffers_range_ref(buffers))
      text.append(static_cast<const char*>(piece.data()), piece.size());
  });
  return text;
}

}  // namespace salestream::http
