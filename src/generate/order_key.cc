// SPDX-License-Identifier: Apache-2.0
#include "generate/order_key.h"

#include <simdjson.h>

#include <string>

namespace salestream::generate {

class OrderKeyReader::Implementation {
 public:
  explicit Implementation(std::optional<core::FieldPath> id) : id_(std::move(id)) {}

  std::optional<std::string_view> read(std::string_view text) {
    if (!id_) return std::nullopt;
    simdjson::dom::element element;
    if (parser_.parse(text.data(), text.size()).get(element)) return std::nullopt;
    for (const std::string& step : id_->steps) {
      simdjson::dom::object object;
      if (element.get(object) || object.at_key(step).get(element)) return std::nullopt;
    }
    std::string_view string;
    if (!element.get(string)) return string;
    if (!element.is_number()) return std::nullopt;
    digits_ = simdjson::minify(element);
    return digits_;
  }

 private:
  const std::optional<core::FieldPath> id_;
  simdjson::dom::parser parser_;
  std::string digits_;
};

OrderKeyReader::OrderKeyReader(std::optional<core::FieldPath> id)
    : implementation_(std::make_unique<Implementation>(std::move(id))) {}
OrderKeyReader::~OrderKeyReader() = default;

std::optional<std::string_view> OrderKeyReader::read(std::string_view text) { return implementation_->read(text); }

}  // namespace salestream::generate
