// SPDX-License-Identifier: Apache-2.0
// Which fields are what: the best by name among those whose values fit. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/field.h"
#include "sample/names.h"
#include "sample/seen_fields.h"

namespace salestream::sample {

// What was seen of some objects: of the messages, or of their line items.
struct Scope {
  std::vector<SeenField> fields;
  std::size_t objects = 0;
  // The steps to the object that the line items stand in: names there say as much as at the top.
  std::vector<std::string> home = {};
  std::vector<core::FieldPath> taken = {};  // no other value may stand there, in it, or around it
};

using Fits = bool (*)(const SeenField& field);

// The fields of that role that are free, the best first.
std::vector<const SeenField*> candidates(const Scope& scope, Role role, Fits fits);

// Of the candidates as many as it takes until one of them is there in every object, and how many objects have none.
struct Cover {
  std::vector<const SeenField*> fields;
  std::size_t uncovered = 0;
};
Cover cover(const std::vector<const SeenField*>& candidates, std::size_t objects, std::size_t most);

void take(Scope& scope, const core::FieldPath& path);
bool is_free(const Scope& scope, const core::FieldPath& path);

bool fits_name(const SeenField& field);
bool fits_number(const SeenField& field);
bool fits_time(const SeenField& field);
bool fits_currency(const SeenField& field);

// What the numbers of a time count, and in how many objects it is a time then. kBySize: texts with a date, or numbers
// of several units.
struct Times {
  core::TimeUnit unit = core::TimeUnit::kBySize;
  std::size_t count = 0;
};
Times times_of(const SeenField& field);

}  // namespace salestream::sample
