// SPDX-License-Identifier: Apache-2.0
// Values as Cassandra's native protocol has them (protocol version 4, section 6): each is four bytes of length, -1 for
// null, then its bytes; numbers are big-endian. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.h"

namespace salestream::store::cassandra {

// Rows of bound values, one after the other.
class BoundRows {
 public:
  BoundRows& text(std::string_view utf8) { return value(utf8); }
  BoundRows& blob(std::string_view bytes) { return value(bytes); }
  BoundRows& boolean(bool b) { return value(std::string_view(b ? "\1" : "\0", 1)); }
  BoundRows& integer(std::int32_t n);  // int
  BoundRows& bigint(std::int64_t n);   // bigint, timestamp
  BoundRows& date(std::int64_t days);  // since 1970-01-01
  // With at least `least_fraction_digits`, and none beyond that are zero.
  BoundRows& decimal(core::Decimal d, int least_fraction_digits);
  BoundRows& counts(const std::vector<std::pair<std::string_view, std::int64_t>>& entries);  // map<text, bigint>
  BoundRows& null();
  void end_row() { ++rows_; }
  void clear();

  std::size_t rows() const { return rows_; }
  std::string_view bytes() const { return bytes_; }

 private:
  BoundRows& value(std::string_view bytes);

  std::string bytes_;
  std::size_t rows_ = 0;
};

// Reads value after value.
class ValueReader {
 public:
  explicit ValueReader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  // Nothing when it is null.
  std::optional<std::string_view> next();
  void skip(std::size_t values) {
    for (; values > 0; --values) next();
  }

 private:
  std::string_view rest_;
};

// Nothing when the bytes are no such value.
std::optional<std::int32_t> integer_of(std::string_view bytes);
std::optional<std::int64_t> bigint_of(std::string_view bytes);
std::optional<std::int64_t> date_of(std::string_view bytes);  // days since 1970-01-01
std::optional<bool> boolean_of(std::string_view bytes);
std::optional<std::vector<std::pair<std::string_view, std::int64_t>>> counts_of(std::string_view bytes);
// Nothing also when it has more than nine fraction digits, or does not fit into 128 bits with nine of them.
std::optional<core::Decimal> decimal_of(std::string_view bytes);

// The bytes of a decimal: its scale, then its digits as the shortest two's complement.
std::string decimal_bytes(core::Decimal d, int least_fraction_digits);

}  // namespace salestream::store::cassandra
