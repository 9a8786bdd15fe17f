// SPDX-License-Identifier: Apache-2.0
#include "source/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "generate/message_generator.h"
#include "source/fixed_assignment.h"

namespace salestream::source {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatchBytes = 128 * 1024;
constexpr std::chrono::milliseconds kLongestNap{20};

class GeneratorReader final : public Reader {
 public:
  GeneratorReader(const GeneratorOptions& options, generate::MessageGenerator generator, FixedAssignment assignment)
      : options_(options),
        generator_(std::move(generator)),
        assignment_(std::move(assignment)),
        scratch_(generator_.max_message_bytes()) {}

  base::Status poll(core::MessageBatch& batch, std::chrono::milliseconds wait) override {
    batch.clear();
    if (!assignment_.is_open()) SALESTREAM_TRY(open());
    const auto deadline = steady_clock::now() + wait;
    for (;;) {
      if (!is_paused_) fill(batch);
      if (!batch.messages().empty() || steady_clock::now() >= deadline) return {};
      if (std::all_of(places_.begin(), places_.end(), [&](const Place& p) { return p.next >= end(); }) &&
          !batch.reached_ends().empty())
        wait_until(deadline);
      else
        wait_until(std::min(deadline, steady_clock::now() + kLongestNap));
      if (steady_clock::now() >= deadline) return {};
    }
  }

  void set_paused(bool paused) override { is_paused_ = paused; }
  bool is_finished() const override { return false; }
  void commit(const std::vector<core::PartitionProgress>&) override {}
  base::Status close() override { return assignment_.close(); }

 private:
  struct Place {
    core::PartitionId partition = 0;
    core::Offset next = 0;
    core::Offset began_at = 0;
  };

  static void wait_until(steady_clock::time_point time) { std::this_thread::sleep_until(time); }

  base::Status open() {
    SALESTREAM_ASSIGN(const std::vector<ResumePoint> points, assignment_.open());
    for (const ResumePoint& point : points) {
      Place place;
      place.partition = point.partition;
      // The last message once more, so that a changed seed is noticed.
      if (point.progress) place.next = std::max<core::Offset>(0, point.first_to_read());
      place.began_at = place.next;
      places_.push_back(place);
    }
    began_ = steady_clock::now();
    return {};
  }

  core::Offset end() const {
    return options_.orders_per_partition > 0 ? options_.orders_per_partition : std::numeric_limits<core::Offset>::max();
  }

  // How far a partition may have come by now, at the rate that was asked for.
  core::Offset allowed(const Place& place) const {
    if (options_.orders_per_second <= 0) return end();
    const double seconds = std::chrono::duration<double>(steady_clock::now() - began_).count();
    const double orders = 1 + seconds * options_.orders_per_second / options_.partitions;
    return std::min(end(), place.began_at + static_cast<core::Offset>(orders));
  }

  void fill(core::MessageBatch& batch) {
    for (Place& place : places_) {
      const core::Offset limit = allowed(place);
      const std::size_t share = (batch.payload_bytes() + kBatchBytes / places_.size());
      while (place.next < limit && batch.payload_bytes() < share) {
        core::Message message;
        message.partition = place.partition;
        message.offset = place.next;
        message.next_offset = place.next + 1;
        const auto written = generator_.write(place.partition, place.next, scratch_.data());
        batch.append(message, {scratch_.data(), written.size}, {});
        ++place.next;
      }
      if (place.next >= end()) batch.add_reached_end({place.partition, end()});
    }
  }

  const GeneratorOptions options_;
  generate::MessageGenerator generator_;
  FixedAssignment assignment_;
  std::vector<char> scratch_;
  std::vector<Place> places_;
  steady_clock::time_point began_{};
  bool is_paused_ = false;
};

class GeneratorSource final : public Source {
 public:
  GeneratorSource(const GeneratorOptions& options, const core::Definition& definition)
      : options_(options), definition_(definition) {}

  std::string identity() const override { return generator_identity(options_); }
  std::string where() const override { return "generator"; }

  base::Result<std::vector<PartitionRange>> ranges() override {
    if (options_.orders_per_partition <= 0)
      return base::usage_error(
          "source.generator has no end: set orders_per_partition in the pipeline file to use --until-end or status");
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < options_.partitions; ++p) ranges.push_back({p, 0, options_.orders_per_partition});
    return ranges;
  }

  base::Result<std::optional<MessageAt>> message_at(core::PartitionId, core::Offset) override {
    return std::optional<MessageAt>();
  }

  int max_workers() const override { return options_.partitions; }

  base::Result<std::unique_ptr<Reader>> open(int worker, int workers, AssignmentListener& listener) override {
    SALESTREAM_ASSIGN(const generate::GeneratorProfile profile,
                      generate::choose_profile(options_.catalogue, definition_.keep_products, options_.products));
    SALESTREAM_ASSIGN(generate::MessageGenerator generator,
                      generate::MessageGenerator::create(definition_, profile, {}, options_.seed));
    return std::unique_ptr<Reader>(std::make_unique<GeneratorReader>(
        options_, std::move(generator), FixedAssignment(worker, workers, options_.partitions, listener)));
  }

 private:
  const GeneratorOptions options_;
  const core::Definition definition_;
};

}  // namespace

std::string generator_identity(const GeneratorOptions& options) {
  return fmt::format("generator seed {} partitions {} catalogue '{}' products {}", options.seed, options.partitions,
                     options.catalogue, options.products);
}

base::Result<std::unique_ptr<Source>> make_generator_source(const GeneratorOptions& options,
                                                            const core::Definition& definition) {
  return std::unique_ptr<Source>(std::make_unique<GeneratorSource>(options, definition));
}

}  // namespace salestream::source
