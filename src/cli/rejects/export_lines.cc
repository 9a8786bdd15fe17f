// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/export_lines.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <limits>
#include <optional>

#include "base/iso_time.h"
#include "base/json_writer.h"
#include "base/logging.h"
#include "base/utf8.h"
#include "store/reject_text.h"

namespace salestream::cli {
namespace {

// The member `name` where the bytes are text, and `name_base64` where they are none.
void write_bytes(base::JsonWriter& json, const std::string& name, std::string_view bytes) {
  if (base::is_utf8(bytes))
    json.member(name, bytes);
  else
    json.member(name + "_base64", absl::Base64Escape(absl::string_view(bytes.data(), bytes.size())));
}

// The bytes of `name` or `name_base64`; nothing when neither is there, or it is null.
base::Result<std::optional<std::string>> read_bytes(const simdjson::dom::object& object, const std::string& name) {
  simdjson::dom::element text, base64;
  const bool has_text = object.at_key(name).get(text) == simdjson::SUCCESS;
  const bool has_base64 = object.at_key(name + "_base64").get(base64) == simdjson::SUCCESS;
  if (has_text && has_base64)
    return base::failure(fmt::format("it has both {} and {}_base64: which one is meant?", name, name));
  std::optional<std::string> bytes;
  if (!has_text && !has_base64) return bytes;
  if (has_text && text.is_null()) return bytes;
  std::string_view value;
  if ((has_text ? text : base64).get(value) != simdjson::SUCCESS)
    return base::failure(fmt::format("its {}{} is no string", name, has_text ? "" : "_base64"));
  if (has_text) return std::optional(std::string(value));
  if (!absl::Base64Unescape(absl::string_view(value.data(), value.size()), &bytes.emplace()))
    return base::failure(fmt::format("its {}_base64 is no base64", name));
  return bytes;
}

base::Result<std::int64_t> read_number(const simdjson::dom::object& object, const char* name, std::int64_t most) {
  std::int64_t value = 0;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value < 0 || value > most)
    return base::failure(fmt::format("it has no {} (a whole number that says where the reject stands)", name));
  return value;
}

}  // namespace

std::string reject_line(const core::Reject& reject) {
  base::JsonWriter json;
  json.begin_object().member("partition", reject.partition).member("offset", reject.offset);
  json.member("time", base::iso_time(reject.timestamp_ms)).member("reason", core::name_of(reject.reason));
  json.member("detail", store::as_utf8(store::noted_detail(reject)));
  write_bytes(json, "key", reject.key);
  if (reject.is_null)
    json.key("message").null();
  else
    write_bytes(json, "message", reject.message);
  return json.end_object().take();
}

base::Result<core::Reject> parse_reject_line(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
    return base::failure("it is no JSON object, as each line that `rejects export` writes is one");
  core::Reject reject;
  SALESTREAM_ASSIGN(const std::int64_t partition,
                    read_number(object, "partition", std::numeric_limits<core::PartitionId>::max()));
  reject.partition = static_cast<core::PartitionId>(partition);
  SALESTREAM_ASSIGN(reject.offset, read_number(object, "offset", std::numeric_limits<core::Offset>::max() - 1));
  SALESTREAM_ASSIGN(const auto key, read_bytes(object, "key"));
  reject.key = key.value_or("");
  SALESTREAM_ASSIGN(const auto message, read_bytes(object, "message"));
  if (!message) {
    simdjson::dom::element element;
    if (object.at_key("message").get(element) != simdjson::SUCCESS)
      return base::failure("it has neither message nor message_base64");
    return base::failure(
        "its message is null, and no order can be sent as a null message: put the order there, or leave "
        "the line out");
  }
  reject.message = *message;
  return reject;
}

}  // namespace salestream::cli
