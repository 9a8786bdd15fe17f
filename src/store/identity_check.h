// SPDX-License-Identifier: Apache-2.0
// What a store says of itself, compared with the pipeline that opens it: format, pipeline, definition, source and
// engine. One set of checks and texts for all stores. Asks no database; immutable once made, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace salestream::store {

// How a store is named in messages.
struct StoreWords {
  std::string name;         // "sales.db", "cassandra 127.0.0.1:9042/ecommerce"
  std::string other_place;  // what to do to leave it as it is: "choose another keyspace"
};

// For whom the texts are. A person who only reads is never told to delete anything.
enum class CheckedFor : std::uint8_t { kCounting, kReading };

class IdentityCheck {
 public:
  // `identity` has to live as long. `known_format` is the newest format that this program can read.
  IdentityCheck(StoreWords words, const Identity& identity, std::int64_t known_format,
                CheckedFor checked_for = CheckedFor::kCounting)
      : words_(std::move(words)), identity_(identity), known_format_(known_format), checked_for_(checked_for) {}

  // A store of a newer program may be read wrongly.
  base::Status format(std::int64_t stored) const;

  // `what`: the one table that is looked at, as in "its table product_sales"; nothing: all of the store.
  base::Status pipeline(std::string_view stored, const std::string& what = "") const;

  // Definition and source: totals of two kinds are never mixed.
  base::Status definition(const std::string& stored) const;
  base::Status source(const std::string& stored) const;

  // For what is shown as it is stored: what differs, in one line; empty when nothing does.
  std::string difference(std::string_view pipeline, const std::string& definition, const std::string& source) const;
  // The definition that is stored can't be read, so neither can what was counted with it.
  base::Error unknown_definition() const;

  base::Status engine(Engine stored, Engine wanted) const;

  // Nobody has counted there yet; `what` is the store's state, as in "is not there yet".
  base::Error nothing_there(const std::string& what) const;
  // The row or table that says whose store this is can't be read.
  base::Error unreadable() const;
  // A table of totals or cells is not there any more.
  base::Error table_gone(std::string_view table) const;
  // What to do where something in the store is not as it was made.
  std::string remedy() const;

 private:
  base::Error failure(const std::string& what) const { return base::failure(words_.name + ": " + what); }
  base::Error counted_otherwise(const std::string& how, const std::string& was, const std::string& is) const;

  const StoreWords words_;
  const Identity& identity_;
  const std::int64_t known_format_;
  const CheckedFor checked_for_;
};

}  // namespace salestream::store
