// SPDX-License-Identifier: Apache-2.0
// Finds what stands at some places of a JSON object, all of them in one walk through it, as docs/fields.md says ("What
// decides first", 2). One instance a thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "audit/json.h"
#include "core/field.h"
#include "core/reject_reason.h"

namespace salestream::audit {

class JsonPlaces {
 public:
  // With at least one step. Returns what at() asks for; the same path twice is one place.
  std::size_t add(const core::FieldPath& path);

  // In the order of the document. Fails where a name on the way to a place, or at its end, stands twice, and where
  // something else than an object, or than null, stands on the way.
  std::optional<core::RejectReason> find(const JsonReader& json, std::size_t object);
  // After find(): the place of the value in json.values(); 0: nothing stands there.
  std::size_t at(std::size_t place) const { return nodes_[place].at; }
  // After that nothing stands anywhere.
  void forget();

 private:
  // A name, in the object that the nodes above it lead to.
  struct Node {
    std::string name;
    std::vector<std::size_t> inner;
    std::size_t at = 0;
  };

  std::optional<core::RejectReason> find_in(std::size_t node, const JsonReader& json, std::size_t object);
  // 0: it has no such node.
  std::size_t inner_of(std::size_t node, std::string_view name) const;

  std::vector<Node> nodes_{Node{}};  // the first is the object itself
};

}  // namespace salestream::audit
