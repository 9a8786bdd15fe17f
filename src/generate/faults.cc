// SPDX-License-Identifier: Apache-2.0
#include "generate/faults.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "generate/random.h"

namespace salestream::generate {
namespace {

// A duplicate of a duplicate repeats the first of them, unless so many stand in a row that finding it would take long.
constexpr int kMaxConsecutiveDuplicates = 64;

constexpr const char* kExpected =
    "expected NAME=RATE, separated by commas, such as duplicate=0.01,malformed=0.001; the names are duplicate, "
    "malformed, wrong_total and late, a rate is the share of messages, from 0 to 1";

}  // namespace

base::Result<Faults> parse_faults(std::string_view text) {
  Faults faults;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto wrong = [&](const std::string& what) {
      return base::usage_error("faults: " + what + " in '" + std::string(part) + "': " + kExpected);
    };
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return wrong("no rate");
    const std::string_view name = part.substr(0, equals), rate_text = part.substr(equals + 1);
    double* const rate = name == "duplicate"     ? &faults.duplicate
                         : name == "malformed"   ? &faults.malformed
                         : name == "wrong_total" ? &faults.wrong_total
                         : name == "late"        ? &faults.late
                                                 : nullptr;
    if (!rate) return wrong("an unknown name");
    const auto [end, error] = std::from_chars(rate_text.data(), rate_text.data() + rate_text.size(), *rate);
    if (error != std::errc() || end != rate_text.data() + rate_text.size()) return wrong("a rate that is not a number");
    if (!(*rate >= 0 && *rate <= 1)) return wrong("a rate that is not from 0 to 1");
  }
  return faults;
}

DrawnFaults draw_faults(const Faults& faults, std::uint64_t seed, core::PartitionId partition, core::Offset offset) {
  const auto random_at = [&](Random::Stream stream, core::Offset at) {
    return Random(seed, stream, static_cast<std::uint64_t>(partition), static_cast<std::uint64_t>(at));
  };
  DrawnFaults drawn;
  drawn.origin = offset;
  if (faults.duplicate > 0) {
    for (int i = 0; i < kMaxConsecutiveDuplicates && drawn.origin > 0; ++i) {
      Random random = random_at(Random::Stream::kDuplicates, drawn.origin);
      if (random.unit() >= faults.duplicate) break;
      drawn.origin -= 1 + static_cast<std::int64_t>(
                              random.below(static_cast<std::uint64_t>(std::min(drawn.origin, kMaxDuplicateDistance))));
    }
  }
  Random random = random_at(Random::Stream::kFaults, drawn.origin);
  drawn.malformed = random.unit() < faults.malformed;
  if (random.unit() < faults.wrong_total) drawn.wrong_total_cents = 1 + static_cast<std::int64_t>(random.below(5'000));
  if (random.unit() < faults.late)
    drawn.late_s = 86'400 + static_cast<std::int64_t>(random.below(kMaxLateS - 86'400 + 1));
  return drawn;
}

}  // namespace salestream::generate
