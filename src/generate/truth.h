// SPDX-License-Identifier: Apache-2.0
// What the exact totals of generated messages must be, by arithmetic of its own: from the orders as they were made, in
// whole cents, past the decoder and the decimals that the totals proper go through. One owner, one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "calendar/windows.h"
#include "core/definition.h"
#include "generate/message_generator.h"

namespace salestream::generate {

class Truth {
 public:
  // Of what is counted under `definition`; the catalogue is not needed after this. A window of `deduplicate` has to be
  // of kMaxDuplicateDistance messages at least.
  Truth(const core::Definition& definition, const Catalogue& catalogue);

  // `generator` has just written `message`.
  void add(const MessageGenerator& generator, const GeneratedMessage& message);

  // Adds what an earlier truth says, a text from to_json(): two runs into one topic. Nothing is added on an error,
  // which says what is wrong with the text.
  base::Status add_json(std::string_view text);

  // {"pipeline": …, "messages": n, "orders": n, "rejects": n, "wrong_totals": n, "duplicates": n, "late": n,
  //  "tables": {NAME: [{"key": ["Mouse"], "revenue": "123.45", "units": "12", "orders": 9}, …]}}
  // Amounts are exact decimals; rows are ordered by the bytes of their keys. A duplicate is a message like any other
  // and counts again, unless the pipeline deduplicates. An order whose own total is wrong is among the rejected
  // messages where the pipeline says so, and among the wrong totals otherwise.
  std::string to_json() const;

  std::int64_t messages() const { return counts_.messages; }
  std::int64_t rejects() const { return counts_.rejects; }

 private:
  struct Sums {
    __int128 revenue_cents = 0;
    __int128 units = 0;
    std::int64_t orders = 0;
  };
  struct Counts {
    std::int64_t messages = 0, orders = 0, rejects = 0, wrong_totals = 0, duplicates = 0, late = 0;
  };
  // A row's values, in the order of the table's `by`.
  using Key = std::vector<std::string>;
  struct Table {
    std::string name;
    std::vector<core::Dimension> by;
    bool has_product = false;                      // in `by`
    std::vector<Sums> by_product;                  // for a table by product only, which is the usual one
    std::unordered_map<std::string, Sums> by_key;  // for all others, by core::make_key of the values
    std::map<Key, Sums> earlier;                   // from add_json()
  };

  void add_order(const GeneratedOrder& order);
  std::string key_of(const Table& table, const GeneratedOrder& order, std::uint32_t product);
  std::map<Key, Sums> rows(const Table& table) const;
  static void add_to(Sums& sums, const Sums& more);

  std::string pipeline_;
  bool has_price_ = false;
  bool checks_total_ = false;
  bool deduplicates_ = false;
  core::WrongTotal wrong_total_ = core::WrongTotal::kCount;
  std::uint64_t max_message_bytes_ = 0;
  std::vector<bool> kept_;  // a product of the catalogue each
  std::vector<std::string> names_;
  std::optional<calendar::Windows> windows_;  // where a table is by any
  std::vector<Table> tables_;
  Counts counts_;
};

}  // namespace salestream::generate
