// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <malloc.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/logging.h"
#include "instance.h"
#include "person.h"
#include "store_view.h"
#include "verdict.h"

namespace salestream::simulation {
namespace {

constexpr int kLastLooks = 8;
constexpr std::int64_t kStartUs = 1'700'000'000'000'000;
constexpr std::int64_t kMostSteps = 300'000;  // a schedule takes some thousand
constexpr std::size_t kMostInstances = 4;     // alive at a time
constexpr std::size_t kMostStarts = 30;       // in all
constexpr InstanceId kOperator = 0;           // who resets; instances are numbered from 1
constexpr InstanceId kUnderstudy = 1000;      // a task that is nobody's instance

class World {
 public:
  World(std::uint64_t seed, const Rules& rules, const RunOptions& options)
      : random_(seed),
        options_(options),
        the_case_(cases()[random_.below(static_cast<std::uint32_t>(cases().size()))]),
        partitions_(random_.one_in(3) ? random_.between(3, kMaxPartitions) : 2),
        scheduler_(random_),
        store_(random_, scheduler_, the_case_),
        group_(random_, scheduler_, partitions_),
        person_(random_, scheduler_, store_) {
    store_.cluster.acknowledgements = rules.acknowledgements;
    store_.cluster.repairs_on_read = rules.repairs_on_read;
    scheduler_.pass_us(kStartUs);
    histories_.push_back(std::make_unique<History>(the_case_, partitions_));
    set_up();
  }

  ~World() { scheduler_.kill_all(); }  // while everything is there that its tasks use

  Outcome run() {
    while (outcome_.trouble.empty() && step()) {
      if (++outcome_.happened.steps > kMostSteps) fail("it does not come to an end");
      if (is_resetting_)
        first_untruth_.clear();  // there may be a new source already, and what was counted of the old one
      if (!first_untruth_.empty()) fail(first_untruth_);
    }
    if (outcome_.trouble.empty()) outcome_.trouble = first_difference(store_, history());
    Stats& happened = outcome_.happened;
    happened.edits = person_.edits();
    happened.repairs = person_.repairs();
    happened.row_writes = store_.cluster.counts().writes;
    happened.late_writes = store_.cluster.counts().late;
    happened.fenced_writes = store_.cluster.counts().fenced;
    happened.failed_operations = store_.cluster.counts().failed_operations;
    happened.read_repairs = store_.cluster.counts().repairs;
    return std::move(outcome_);
  }

 private:
  enum class Phase : std::uint8_t { kTroubles, kHealed, kStopping, kLastLook, kOver };

  History& history() { return *histories_.back(); }

  void set_up() {
    const store::Generation generation =
        store::first_generation(kStartUs + random_.between(-3'600, 3'600) * 1'000'000LL);
    const bool has_foreign_rows = random_.one_in(4);  // another program has been there
    if (has_foreign_rows) {
      const TableId totals = store_.parts.keyspace.table_id(the_case_.definition.totals[0].name);
      for (const std::string& key : {the_case_.keys[0][0], std::string("a product that no order has")}) {
        store::cassandra::BoundRows key_bytes, columns;
        key_bytes.text(key);
        columns.decimal(core::Decimal::from_integer(77), 0).decimal(core::Decimal::from_integer(7), 0).bigint(1);
        store_.put_everywhere(totals, key_bytes.bytes(), columns.bytes(),
                              generation.base_us - random_.between(0, 1000));
      }
    }
    store_.is_schema_checked = random_.one_in(256);
    store_.init(generation, !has_foreign_rows && !random_.one_in(8));
    messages_left_ = random_.between(3, 24);
    troubles_left_ = random_.between(0, 24);
    has_resets_ = random_.one_in(5);
    has_edits_ = random_.one_in(6);
    trouble_one_in_ = static_cast<std::uint32_t>(random_.between(15, 80));
    append_one_in_ = static_cast<std::uint32_t>(random_.between(5, 60));
    late_one_in_ = static_cast<std::uint32_t>(random_.between(20, 150));
    deliveries_in_16_ = static_cast<std::uint32_t>(random_.between(3, 13));
    group_.unaware_one_in = static_cast<std::uint32_t>(random_.between(0, 4));
    change_weather();
    const int instances = random_.between(1, 3);
    for (int i = 0; i < instances; ++i) start_instance();
  }

  void change_weather() {
    auto& network_faults = store_.cluster.network_faults;
    network_faults.lost_one_in = random_.one_in(2) ? static_cast<std::uint32_t>(random_.between(8, 60)) : 0;
    network_faults.late_one_in = random_.one_in(3) ? 0 : static_cast<std::uint32_t>(random_.between(2, 20));
    network_faults.repeated_one_in = random_.one_in(2) ? 0 : 16;
    network_faults.slow_replica = random_.between(-3, 2);
  }

  // One thing happens. False: nothing more can.
  bool step() {
    scheduler_.pass_us(random_.below(400));
    scheduler_.wake_due();
    if (phase_ == Phase::kTroubles) {
      if (troubles_left_ > 0 && random_.one_in(trouble_one_in_)) {
        --troubles_left_;
        make_trouble();
      }
      if (messages_left_ > 0 && random_.one_in(append_one_in_)) append();
      if (random_.one_in(16)) group_.tick();
      if (troubles_left_ == 0 && messages_left_ == 0) {
        store_.cluster.network_faults = {};
        if (!is_resetting_) heal();
      }
    } else {
      group_.tick();
    }
    if (store_.cluster.late() > 0 && random_.one_in(late_one_in_) && store_.cluster.deliver_late()) return true;
    const bool can_run = scheduler_.ready_tasks() > 0;
    if (store_.cluster.under_way() > 0 && (!can_run || random_.below(16) < deliveries_in_16_))
      return store_.cluster.deliver_one();
    if (can_run) {
      scheduler_.run_one();
      look_after_ended();
      return true;
    }
    return nothing_to_do();
  }

  // Everybody waits for something that is not on its way.
  bool nothing_to_do() {
    if (phase_ == Phase::kTroubles) {
      if (troubles_left_ == 0 || random_.one_in(4)) {
        if (messages_left_ > 0) {
          append();
          return true;
        }
      }
      if (troubles_left_ > 0 && random_.one_in(4)) {
        --troubles_left_;
        make_trouble();
        return true;
      }
      if (!scheduler_.pass_to_next_deadline()) {
        if (troubles_left_ > 0) --troubles_left_, make_trouble();
        scheduler_.pass_us(10'000);
      }
      return true;
    }
    if (phase_ == Phase::kHealed) {
      if (!person_.is_busy() && person_.needs_repair()) {
        // The next start finishes a repair that was killed; so does another repair.
        const bool is_finished = person_.can_be_finished() && instances_.size() < kMostStarts && random_.one_in(2);
        trace("%s", is_finished ? "a repair is left to be finished" : "the last repair begins");
        is_finished ? start_instance() : person_.begin_repair();
        return true;
      }
      if (!person_.is_busy() && is_all_counted()) {
        trace("all is counted; instances stop");
        phase_ = Phase::kStopping;
        for (const auto& instance : instances_)
          if (instance->is_alive()) random_.one_in(2) ? instance->stop() : kill(*instance);
        return true;
      }
      return scheduler_.pass_to_next_deadline() || fail("nobody is there to go on");
    }
    if (phase_ == Phase::kStopping) {
      if (std::any_of(instances_.begin(), instances_.end(), [](const auto& i) { return i->is_alive(); }))
        return scheduler_.pass_to_next_deadline() || fail("an instance does not stop");
      while (store_.cluster.deliver_late()) {}
      // The next starts find what late messages have left behind. One may miss a row that a single replica has: it asks
      // two.
      phase_ = Phase::kLastLook;
      last_look_ = std::make_unique<InstanceStore>(store_, 0, 4);
      scheduler_.spawn(kUnderstudy, [this] {
        bool is_done = last_look_->open().ok();
        for (int look = 0; look < kLastLooks; ++look) is_done = is_done && last_look_->clear_late().ok();
        if (!is_done) fail("the store can't be opened");
      });
      return true;
    }
    return false;
  }

  void heal() {
    trace("troubles end");
    phase_ = Phase::kHealed;
    group_.unaware_one_in = 0;
    for (const auto& instance : instances_) scheduler_.thaw(instance->id());
    person_.thaw_repairs();
    if (alive() == 0 || random_.one_in(4)) start_instance();
    group_.rebalance();
  }

  bool is_all_counted() {
    if (!group_.is_settled() || store_.cluster.under_way() > 0) return false;
    for (const auto& instance : instances_)
      if (!instance->is_idle()) return false;
    StoreView view(store_, 0, 1);
    for (core::PartitionId p = 0; p < partitions_; ++p) {
      if (history().messages(p).empty()) continue;
      if (view.next_offset(p) != history().end(p)) return false;
    }
    return true;
  }

  void append() {
    const auto p = static_cast<core::PartitionId>(random_.below(static_cast<std::uint32_t>(partitions_)));
    --messages_left_;
    if (!history().has_room(p)) return;
    history().append(p, random_);
    ++outcome_.happened.messages;
    for (const auto& instance : instances_) scheduler_.wake_sleepers(instance->id());
  }

  std::size_t alive() const {
    return static_cast<std::size_t>(
        std::count_if(instances_.begin(), instances_.end(), [](const auto& i) { return i->is_alive(); }));
  }

  void start_instance() {
    const auto id = static_cast<InstanceId>(instances_.size() + 1);
    trace("instance %d starts", id);
    instances_.push_back(
        std::make_unique<Instance>(Surroundings{random_, scheduler_, store_, group_, histories_, reject_warnings_,
                                                warnings_, options_.checks_each_write ? &first_untruth_ : nullptr},
                                   id));
  }

  void kill(Instance& instance) {
    trace("instance %d is killed", instance.id());
    ++outcome_.happened.crashes;
    instance.kill();
    instance.is_reaped = true;
    store_.cluster.forget_killed(instance.id());
  }

  // Instances that have ended by themselves: stopped, or after an error that a person would see.
  void look_after_ended() {
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      Instance& instance = *instances_[i];
      if (instance.is_alive() || instance.is_reaped) continue;
      instance.is_reaped = true;
      scheduler_.kill(instance.id());
      const base::Status& status = instance.status();
      if (!status.ok()) {
        trace("instance %d ends: %s", instance.id(), status.error().message.c_str());
        // An instance of a former generation may meet a source that is not its own any more, and has to say so.
        const StoreView view(store_, 0, 1);
        const bool is_former = is_resetting_ || instance.generation().base.base_us != view.generation().base_us;
        const auto says = [&](const char* text) { return status.error().message.find(text) != std::string::npos; };
        const bool is_expected =
            says("no quorum answered") ||
            (is_former && (says("the pipeline was reset while this run went on") || says("recreated")));
        if (!is_expected) fail(status.error().message);
        if (instance.has_given_up()) fail("an instance ended because the store was unavailable for a while");
      } else {
        trace("instance %d has stopped", instance.id());
      }
      // The supervisor of the processes starts one that has failed again.
      const bool is_wanted =
          phase_ == Phase::kHealed ? alive() == 0 : phase_ == Phase::kTroubles && !status.ok() && random_.one_in(2);
      if (is_wanted && instances_.size() < kMostStarts) {
        ++outcome_.happened.restarts;
        start_instance();
      }
    }
  }

  Instance* any_alive() {
    std::vector<Instance*> all;
    for (const auto& instance : instances_)
      if (instance->is_alive()) all.push_back(instance.get());
    return all.empty() ? nullptr : random_.of(all.data(), all.size());
  }

  void make_trouble() {
    Instance* const instance = any_alive();
    constexpr std::uint32_t kFirstReset = 12, kFirstEdit = 14;
    std::uint32_t trouble = random_.below(kFirstReset + (has_resets_ ? 2 : 0) + (has_edits_ ? 5 : 0));
    if (trouble >= kFirstReset && !has_resets_) trouble += kFirstEdit - kFirstReset;
    switch (trouble) {
      case 0:
      case 1:
        if (instance != nullptr) kill(*instance);
        break;
      case 2:
      case 3:
        if (instance != nullptr && !scheduler_.is_frozen(instance->id())) {
          trace("instance %d is frozen", instance->id());
          ++outcome_.happened.freezes;
          scheduler_.freeze(instance->id());
          if (random_.one_in(2)) rebalance();
        }
        break;
      case 4:
      case 5:
        for (const auto& frozen : instances_)
          if (scheduler_.is_frozen(frozen->id()) && random_.one_in(2)) {
            trace("instance %d thaws", frozen->id());
            scheduler_.thaw(frozen->id());
          }
        break;
      case 6: rebalance(); break;
      case 7:
      case 8:
        if (alive() < kMostInstances && instances_.size() < kMostStarts && (!is_resetting_ || random_.one_in(8)))
          start_instance();
        break;
      case 9:
        change_weather();
        for (bool& is_down : store_.cluster.network_faults.is_down) is_down = random_.one_in(4);
        break;
      case 10:
        if (instance != nullptr && !scheduler_.is_frozen(instance->id())) instance->stop();
        break;
      case 11:
        if (instance != nullptr) instance->skip_clock_us(random_.between(0, 3'000'000));
        break;
      case kFirstReset:
      case kFirstReset + 1: reset(); break;
      default: trace("%s", person_.act());
    }
  }

  void rebalance() {
    trace("partitions move");
    ++outcome_.happened.rebalances;
    group_.rebalance();
  }

  // Somebody resets the pipeline, which only works when nobody is in the group: who was, is gone, or frozen for so long
  // that the group has given it up.
  void reset() {
    if (is_resetting_ || outcome_.happened.resets == 2) return;
    ++outcome_.happened.resets;
    is_resetting_ = true;
    const bool is_new_source = random_.one_in(2);
    trace("a reset begins%s", is_new_source ? ", with a new source" : "");
    for (const auto& instance : instances_) {
      if (!instance->is_alive() || scheduler_.is_frozen(instance->id())) continue;
      if (random_.one_in(2))
        kill(*instance);
      else
        scheduler_.freeze(instance->id());
    }
    group_.expel_all();
    if (is_new_source) {
      histories_.push_back(std::make_unique<History>(the_case_, partitions_));
      messages_left_ += random_.between(1, 6);
    }
    operators_.push_back(std::make_unique<InstanceStore>(store_, random_.between(-3'600, 3'600) * 1'000'000LL, 4));
    scheduler_.spawn(kOperator, [this, store = operators_.back().get()] {
      while (!store->reset().ok()) scheduler_.sleep(3'000);
      trace("the reset is done");
      is_resetting_ = false;
      if (random_.one_in(2)) start_instance();
    });
  }

  bool fail(const std::string& trouble) {
    if (outcome_.trouble.empty()) outcome_.trouble = trouble;
    return false;
  }

  [[gnu::format(printf, 2, 3)]] void trace(const char* format, ...) {
    if (!options_.is_traced) return;
    std::fprintf(stderr, "%9lld us: ", static_cast<long long>(scheduler_.now_us() - kStartUs));
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
  }

  Random random_;
  const RunOptions options_;
  Outcome outcome_;
  std::string first_untruth_;
  const Case& the_case_;
  const int partitions_;
  std::vector<std::unique_ptr<History>> histories_;  // a new one for each source; the last counts
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::unique_ptr<InstanceStore>> operators_;
  std::unique_ptr<InstanceStore> last_look_;
  base::RateLimitedWarnings reject_warnings_{1};
  base::RateLimitedWarnings warnings_{1};
  Scheduler scheduler_;
  SimulatedStore store_;
  Group group_;
  Person person_;

  Phase phase_ = Phase::kTroubles;
  int messages_left_ = 0;
  int troubles_left_ = 0;
  bool has_resets_ = false;
  bool has_edits_ = false;
  bool is_resetting_ = false;
  std::uint32_t trouble_one_in_ = 0, append_one_in_ = 0, late_one_in_ = 0, deliveries_in_16_ = 0;
};

// The same memory is asked for again in each schedule: giving it back to the system between them would be a third of
// the time.
void keep_memory() {
  static const bool is_set = mallopt(M_MMAP_THRESHOLD, 64 << 20) != 0 && mallopt(M_TRIM_THRESHOLD, 256 << 20) != 0;
  (void)is_set;
}

}  // namespace

void Stats::add(const Stats& other) {
  steps += other.steps;
  messages += other.messages;
  crashes += other.crashes;
  freezes += other.freezes;
  rebalances += other.rebalances;
  resets += other.resets;
  edits += other.edits;
  repairs += other.repairs;
  restarts += other.restarts;
  row_writes += other.row_writes;
  late_writes += other.late_writes;
  fenced_writes += other.fenced_writes;
  failed_operations += other.failed_operations;
  read_repairs += other.read_repairs;
}

Outcome run_schedule(std::uint64_t seed, const Rules& rules, const RunOptions& options) {
  keep_memory();
  return World(seed, rules, options).run();
}

}  // namespace salestream::simulation
