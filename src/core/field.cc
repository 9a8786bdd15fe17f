// SPDX-License-Identifier: Apache-2.0
#include "core/field.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace salestream::core {
namespace {

constexpr std::array kTypes = {FieldType::kText,    FieldType::kInteger, FieldType::kDecimal,
                               FieldType::kBoolean, FieldType::kDate,    FieldType::kTime};
constexpr std::array kUnits = {TimeUnit::kSeconds, TimeUnit::kMilliseconds, TimeUnit::kMicroseconds,
                               TimeUnit::kNanoseconds, TimeUnit::kDays};

// ISO 4217, list one: the currencies whose smallest unit is not a hundredth.
constexpr std::string_view kWithoutDigits[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                               "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kWithThree[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view kWithFour[] = {"CLF", "UYW"};

template <typename Codes>
bool contains(const Codes& codes, std::string_view code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

}  // namespace

std::string FieldPath::text() const {
  if (steps.empty()) return ".";
  std::string out;
  for (const std::string& step : steps) out += (out.empty() ? "" : ".") + step;
  return out;
}

bool FieldPath::holds(const FieldPath& other) const {
  return steps.size() < other.steps.size() && std::equal(steps.begin(), steps.end(), other.steps.begin());
}

bool Field::is_plain() const {
  return scope == FieldScope::kUsual && paths.size() <= 1 && type == FieldType::kText && !fallback && !may_be_null &&
         scale_digits == 0 && !is_scaled_by_currency && !is_base64 && unit == TimeUnit::kBySize;
}

std::string header_of(const Field& field) { return field.path().steps.empty() ? "" : field.path().steps.front(); }

std::string ItemsPath::text() const {
  std::string out;
  for (const FieldPath& level : levels) out += (out.empty() ? "" : "[].") + level.text();
  return out.empty() ? "." : out;
}

const char* name_of(FieldType type) {
  switch (type) {
    case FieldType::kText: return "text";
    case FieldType::kInteger: return "integer";
    case FieldType::kDecimal: return "decimal";
    case FieldType::kBoolean: return "boolean";
    case FieldType::kDate: return "date";
    case FieldType::kTime: return "time";
  }
  return "?";
}

const char* name_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kBySize: return "";
    case TimeUnit::kSeconds: return "s";
    case TimeUnit::kMilliseconds: return "ms";
    case TimeUnit::kMicroseconds: return "us";
    case TimeUnit::kNanoseconds: return "ns";
    case TimeUnit::kDays: return "days";
  }
  return "?";
}

std::optional<FieldType> field_type_of(std::string_view name) {
  for (const FieldType type : kTypes)
    if (name == name_of(type)) return type;
  return std::nullopt;
}

std::optional<TimeUnit> time_unit_of(std::string_view name) {
  for (const TimeUnit unit : kUnits)
    if (name == name_of(unit)) return unit;
  return std::nullopt;
}

std::optional<int> minor_unit_digits(std::string_view code) {
  if (code.size() != 3) return std::nullopt;
  std::string upper;
  for (const char c : code) {
    const char letter = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (letter < 'A' || letter > 'Z') return std::nullopt;
    upper += letter;
  }
  if (contains(kWithoutDigits, upper)) return 0;
  if (contains(kWithThree, upper)) return 3;
  return contains(kWithFour, upper) ? 4 : 2;
}

}  // namespace salestream::core
