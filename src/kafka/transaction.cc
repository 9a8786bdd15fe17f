// SPDX-License-Identifier: Apache-2.0
#include "kafka/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/logging.h"
#include "kafka/client.h"
#include "kafka/producer_client.h"

namespace salestream::kafka {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

using Kind = TransactionOutcome::Kind;

// One call into librdkafka at most.
constexpr milliseconds kCallTimeout{2'000};
constexpr milliseconds kFullQueueWait{100};
// The broker ends a transaction by itself when it is open for longer. It has to outlast what one may take here.
constexpr seconds kTransactionTimeout = 2 * TransactionalProducer::kTimeout;

Properties transaction_properties(Properties properties, const std::string& id) {
  for (const char* name : {"group.id", "group.instance.id", "message.timeout.ms", "delivery.timeout.ms",
                           "queue.buffering.max.kbytes", "queue.buffering.max.messages"})
    properties.erase(name);
  properties["transactional.id"] = id;
  properties["transaction.timeout.ms"] = std::to_string(duration_cast<milliseconds>(kTransactionTimeout).count());
  properties["message.timeout.ms"] =
      std::to_string(duration_cast<milliseconds>(TransactionalProducer::kTimeout).count());
  return properties;
}

}  // namespace

class TransactionalProducer::Implementation {
 public:
  Implementation(std::string topic, std::string servers)
      : topic_name_(std::move(topic)), servers_(std::move(servers)) {}

  base::Status start(Configuration configuration) {
    SALESTREAM_ASSIGN(client_, ProducerClient::make(std::move(configuration), topic_name_,
                                                    [this](rd_kafka_resp_err_t code) { on_report(code); }));
    return {};
  }

  base::Status take_over() {
    const ErrorHandle error =
        retry([&] { return rd_kafka_init_transactions(client_->handle(), static_cast<int>(kCallTimeout.count())); });
    if (!error) return {};
    const std::string doing = fmt::format("beginning transactions with Kafka at {}", servers_);
    if (rd_kafka_error_is_retriable(error.get()) != 0 || is_retriable(rd_kafka_error_code(error.get())))
      return base::retriable(
          fmt::format("{}: no answer within {} s: {}; is the broker running, and is "
                      "bootstrap.servers right?",
                      doing, kTimeout.count(), rd_kafka_error_string(error.get())));
    return base::failure(fmt::format("{}: {}", doing, rd_kafka_error_string(error.get())));
  }

  TransactionOutcome send(const Next& next) {
    first_failure_.reset();
    if (const ErrorHandle error{rd_kafka_begin_transaction(client_->handle())})
      return {Kind::kNothingSent, text_of(*error)};
    const auto deadline = steady_clock::now() + kTimeout;
    while (const OutgoingMessage* message = next()) {
      if (auto why = put(*message, deadline)) return abandon(*why);
    }
    // The reason why a single message is refused comes here, in its own words.
    for (;;) {
      const auto code = client_->flush(kCallTimeout);
      if (first_failure_) return abandon(*first_failure_);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (steady_clock::now() >= deadline) return abandon(no_answer());
    }
    return commit();
  }

 private:
  // Why a message can't be queued; nothing when it is.
  std::optional<std::string> put(const OutgoingMessage& message, steady_clock::time_point deadline) {
    for (;;) {
      const rd_kafka_resp_err_t code = client_->produce(message);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
      if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return too_large();
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return first_failure_.value_or(describe(code));
      client_->poll(kFullQueueWait);
      if (first_failure_) return first_failure_;
      if (steady_clock::now() >= deadline) return no_answer();
    }
  }

  // Once this call has begun, only its own answer, or a later take_over(), says what became of the transaction.
  TransactionOutcome commit() {
    const ErrorHandle error =
        retry([&] { return rd_kafka_commit_transaction(client_->handle(), static_cast<int>(kCallTimeout.count())); });
    if (!error) return {Kind::kCommitted, {}};
    if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
      TransactionOutcome outcome = abandon(text_of(*error));
      if (!was_aborted_) outcome.kind = Kind::kUnknown;
      return outcome;
    }
    return {Kind::kUnknown, text_of(*error)};
  }

  // Before a commit was asked for, nothing can come of the transaction, also where aborting fails: the broker does it
  // then.
  TransactionOutcome abandon(std::string why) {
    const ErrorHandle error =
        retry([&] { return rd_kafka_abort_transaction(client_->handle(), static_cast<int>(kCallTimeout.count())); });
    was_aborted_ = error == nullptr;
    return {Kind::kNothingSent, std::move(why)};
  }

  // Repeats a call for as long as librdkafka says that it may be.
  template <typename Call>
  ErrorHandle retry(const Call& call) {
    const auto deadline = steady_clock::now() + kTimeout;
    auto next_line = steady_clock::now() + 2 * kCallTimeout;
    for (;;) {
      ErrorHandle error(call());
      client_->poll(milliseconds(0));  // errors of brokers come as callbacks
      if (!error || rd_kafka_error_is_retriable(error.get()) == 0 || steady_clock::now() >= deadline) return error;
      if (steady_clock::now() < next_line) continue;
      next_line = steady_clock::now() + 2 * kCallTimeout;
      base::log_warning(fmt::format("Kafka at {}: {}; trying again", servers_, rd_kafka_error_string(error.get())));
    }
  }

  void on_report(rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || first_failure_) return;
    first_failure_ = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? too_large()
                     : code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT   ? no_answer()
                                                                  : describe(code);
  }

  // A fatal error comes first: all that the messages themselves tell after it is that they were purged.
  std::string describe(rd_kafka_resp_err_t code) const {
    const ProducerClient::FatalError fatal = client_->fatal_error();
    if (is_fenced(code) || is_fenced(fatal.code)) return fenced();
    if (!fatal.text.empty()) return fmt::format("writing to topic {}: {}", topic_name_, fatal.text);
    return fmt::format("writing to topic {}: Kafka at {} says: {}", topic_name_, servers_, error_text(code));
  }

  std::string text_of(const rd_kafka_error_t& error) const {
    const auto code = rd_kafka_error_code(&error);
    if (is_fenced(code)) return fenced();
    if (first_failure_) return *first_failure_;
    return fmt::format("writing to topic {}: Kafka at {} says: {}", topic_name_, servers_,
                       rd_kafka_error_string(&error));
  }

  static bool is_fenced(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING;
  }

  std::string fenced() const {
    return fmt::format(
        "writing to topic {}: another one has begun to do the same meanwhile, and Kafka lets only the last "
        "one go on",
        topic_name_);
  }
  std::string no_answer() const {
    return fmt::format("writing to topic {}: Kafka at {} did not take it within {} s; is the broker running?",
                       topic_name_, servers_, kTimeout.count());
  }
  std::string too_large() const {
    return fmt::format(
        "writing to topic {}: a message is larger than message.max.bytes allows; set that property in the "
        "pipeline file's source.kafka, and max.message.bytes of the topic, to more",
        topic_name_);
  }

  const std::string topic_name_;
  const std::string servers_;
  std::optional<std::string> first_failure_;
  bool was_aborted_ = false;
  std::unique_ptr<ProducerClient> client_;  // ends first: it reports to this object
};

TransactionalProducer::TransactionalProducer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
TransactionalProducer::~TransactionalProducer() = default;

base::Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::make(
    const std::map<std::string, std::string>& properties, const std::string& topic, const std::string& id) {
  SALESTREAM_ASSIGN(Configuration configuration, make_configuration(transaction_properties(properties, id)));
  auto implementation = std::make_unique<Implementation>(topic, bootstrap_servers(properties));
  SALESTREAM_TRY(implementation->start(std::move(configuration)));
  return std::unique_ptr<TransactionalProducer>(new TransactionalProducer(std::move(implementation)));
}

base::Status TransactionalProducer::take_over() { return implementation_->take_over(); }
TransactionOutcome TransactionalProducer::send(const Next& next) { return implementation_->send(next); }

}  // namespace salestream::kafka
