// SPDX-License-Identifier: Apache-2.0
#include "kafka/producer_client.h"

#include <optional>
#include <string_view>

#include "kafka/client.h"

namespace salestream::kafka {
namespace {

// Each message is in the topic once, and in order within its partition, also when it is sent again.
void set_idempotent(rd_kafka_conf_t* configuration) {
  set(configuration, "enable.idempotence", "true");
  // librdkafka before 2.3.0 takes a request that was lost with its connection for stored. When a broker that does not
  // lead the partition yet refuses it the second time, the next request, already under way, is out of order and ends
  // the producer for good (confluentinc/librdkafka #4438). So only one request is under way at a time. That costs
  // little: of one partition, librdkafka sends no second request while five messages of it are under way.
  constexpr int kFixedVersion = 0x02030000;
  if (rd_kafka_version() < kFixedVersion) set(configuration, "max.in.flight.requests.per.connection", "1");
}

// An empty payload needs an address: without one, librdkafka writes a null message, a tombstone.
void* address_of(const std::optional<std::string_view>& text) {
  static char nothing[1];
  if (!text) return nullptr;
  return text->empty() ? nothing : const_cast<char*>(text->data());  // copied, not written
}

std::size_t size_of(const std::optional<std::string_view>& text) { return text ? text->size() : 0; }

rd_kafka_resp_err_t produce_with_headers(rd_kafka_t* client, rd_kafka_topic_t* topic, const OutgoingMessage& message) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
  for (const Header& header : message.headers)
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()), header.value.data(),
                        static_cast<ssize_t>(header.value.size()));
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(message.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(address_of(message.payload), size_of(message.payload)),
      RD_KAFKA_V_KEY(address_of(message.key), size_of(message.key)), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);  // otherwise they are librdkafka's now
  return code;
}

}  // namespace

base::Result<std::unique_ptr<ProducerClient>> ProducerClient::make(Configuration configuration,
                                                                   const std::string& topic, OnReport on_report) {
  std::unique_ptr<ProducerClient> made(new ProducerClient(std::move(on_report)));
  rd_kafka_conf_set_opaque(configuration.get(), made.get());
  rd_kafka_conf_set_dr_msg_cb(configuration.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    static_cast<ProducerClient*>(opaque)->on_report_(message->err);
  });
  set_idempotent(configuration.get());
  SALESTREAM_ASSIGN(made->client_, make_client(RD_KAFKA_PRODUCER, std::move(configuration)));
  SALESTREAM_ASSIGN(made->topic_, make_topic(made->client_.get(), topic));
  return made;
}

ProducerClient::~ProducerClient() {
  if (client_) rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

rd_kafka_resp_err_t ProducerClient::produce(const OutgoingMessage& message) {
  if (!message.headers.empty()) return produce_with_headers(client_.get(), topic_.get(), message);
  const int queued = rd_kafka_produce(topic_.get(), message.partition, RD_KAFKA_MSG_F_COPY, address_of(message.payload),
                                      size_of(message.payload), address_of(message.key), size_of(message.key), nullptr);
  return queued == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
}

ProducerClient::FatalError ProducerClient::fatal_error() const {
  char text[512] = "";
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_.get(), text, sizeof text);
  return {code, text};
}

}  // namespace salestream::kafka
