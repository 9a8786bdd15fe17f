// SPDX-License-Identifier: Apache-2.0
#include "source/kafka.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/logging.h"
#include "core/cell.h"
#include "kafka/admin.h"
#include "source/kafka_properties.h"
#include "source/kafka_reader.h"

namespace salestream::source {
namespace {

class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaOptions options, std::unique_ptr<kafka::TopicAdmin> admin)
      : options_(std::move(options)),
        servers_(kafka::bootstrap_servers(options_.properties)),
        admin_(std::move(admin)) {}

  std::string identity() const override { return kafka_identity(options_); }
  std::string where() const override { return "topic " + options_.topic; }

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const std::optional<int> count, admin_->partition_count());
    if (!count)
      return base::failure(
          fmt::format("topic {} does not exist at {}; `salestream init PIPELINE` makes it", options_.topic, servers_));
    SALESTREAM_ASSIGN(const std::vector<kafka::Watermarks> marks, admin_->all_watermarks(*count));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < *count; ++p) {
      const auto& [low, high] = marks[static_cast<std::size_t>(p)];
      ranges.push_back({p, low, high});
    }
    return ranges;
  }

  base::Result<std::vector<PartitionRange>> ranges_with_held_back() override {
    // The ends of the partition logs first: what comes between the two questions is not held back.
    SALESTREAM_ASSIGN(const std::optional<int> count, admin_->partition_count());
    SALESTREAM_ASSIGN(const std::vector<std::int64_t> log_ends, admin_->log_ends(count.value_or(0)));
    SALESTREAM_ASSIGN(std::vector<PartitionRange> all, ranges());
    for (std::size_t i = 0; i < std::min(all.size(), log_ends.size()); ++i)
      all[i].held_back = std::max<core::Offset>(0, log_ends[i] - all[i].end);
    return all;
  }

  base::Result<std::optional<MessageAt>> message_at(core::PartitionId partition, core::Offset offset) override {
    SALESTREAM_ASSIGN(const std::optional<kafka::TopicMessage> found, admin_->message_at(partition, offset));
    if (!found) return std::optional<MessageAt>();
    return std::optional(MessageAt{found->offset, found->timestamp_ms, core::checksum(found->payload)});
  }

  base::Result<std::vector<std::string>> readers() override {
    return admin_->group_members(options_.properties.at("group.id"));
  }

  int max_workers() const override { return 256; }

  base::Result<std::unique_ptr<Reader>> open(int worker, int, AssignmentListener& listener) override {
    KafkaReaderLimits limits;
    if (worker == 0 && options_.needs_each_message) warn_of_compaction();
    if (worker > 0) limits.usual_join.reset();  // all of them wait for the same: one says it
    return open_kafka_reader(options_.topic, options_.properties, *admin_, listener, limits, options_.headers);
  }

 private:
  // Where the policy can't be asked for, nothing is known of it.
  void warn_of_compaction() {
    const auto policy = admin_->cleanup_policy();
    if (policy.ok() && policy->find("compact") != std::string::npos)
      base::log_warning(
          "topic " + options_.topic +
          " is compacted (cleanup.policy), so that changes of a row may be gone before they are read, and "
          "totals by changes would be wrong: docs/fields.md, Orders that change");
  }

  const KafkaOptions options_;
  const std::string servers_;
  const std::unique_ptr<kafka::TopicAdmin> admin_;
};

}  // namespace

std::string kafka_identity(const KafkaOptions& options) { return "kafka topic " + options.topic; }

base::Result<std::unique_ptr<Source>> make_kafka_source(const KafkaOptions& options) {
  KafkaOptions with_defaults = options;
  with_defaults.properties = with_consumer_defaults(options.properties);
  SALESTREAM_ASSIGN(auto admin, kafka::TopicAdmin::connect(with_defaults.properties, options.topic));
  return std::unique_ptr<Source>(std::make_unique<KafkaSource>(std::move(with_defaults), std::move(admin)));
}

}  // namespace salestream::source
