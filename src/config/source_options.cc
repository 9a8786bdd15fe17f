// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/logging.h"
#include "config/known_keys.h"
#include "config/sections.h"
#include "kafka/properties.h"

namespace salestream::config {
namespace {

// Properties that the protocol of exact totals rests on, and those that are pointers or functions in librdkafka and
// cannot be written as text. The rest is librdkafka's to check.
struct OwnProperty {
  std::string_view name;
  std::string_view why;
};
constexpr std::string_view kCommits = "offsets are committed by salestream, after the totals are in the store";
constexpr std::string_view kIdempotent = "salestream's producer is idempotent and not transactional";
constexpr auto kOwnProperties = std::to_array<OwnProperty>({
    {"enable.auto.commit", kCommits},
    {"auto.commit.enable", kCommits},
    {"auto.commit.interval.ms", kCommits},
    {"enable.auto.offset.store", kCommits},
    {"offset.store.method", kCommits},
    {"enable.partition.eof", "salestream must hear where a partition ends, for --until-end and for its lag"},
    {"auto.offset.reset",
     "salestream begins where the progress in the store says, and at the beginning the first time"},
    {"group.instance.id", "every worker is a member of the group, and members with the same id shut each other out"},
    {"enable.idempotence", kIdempotent},
    {"transactional.id", kIdempotent},
    {"metadata.broker.list", "it is another name for bootstrap.servers; write that"},
});
constexpr auto kNotText = std::to_array<std::string_view>(
    {"opaque", "interceptors", "default_topic_conf", "msg_order_cmp", "ssl_engine_callback_data"});

// Properties by which librdkafka runs code that they name. Where a name ends with a dot, so do all that begin so. The
// first is loaded as soon as it is set, before there is any client.
struct CodeProperty {
  std::string_view name;
  std::string_view what;
};
constexpr auto kCodeProperties = std::to_array<CodeProperty>({
    {"plugin.", "librdkafka loads the libraries that it names"},
    {"ssl.engine.", "OpenSSL loads the library that it names"},
    {"ssl.providers", "OpenSSL loads the libraries that it names"},
    {"sasl.kerberos.kinit.cmd", "it is a command line, which librdkafka gives to a shell"},
});
// These become part of the command line that sasl.kerberos.kinit.cmd is by default.
constexpr auto kShellWords = std::to_array<std::string_view>({"sasl.kerberos.keytab", "sasl.kerberos.principal"});

bool is_harmless_shell_word(std::string_view value) {
  return !value.starts_with('-') && std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/@:+-").find(c) != std::string_view::npos;
  });
}

// What code a property runs; empty: none.
std::string_view code_of(std::string_view name, std::string_view value) {
  for (const auto& [own, what] : kCodeProperties)
    if (own.ends_with('.') ? name.starts_with(own) : name == own) return what;
  if (std::ranges::count(kShellWords, name) > 0 && !is_harmless_shell_word(value))
    return "it becomes part of a command line, and a shell may take it for more than one word";
  return {};
}

constexpr std::size_t kMaxTopicBytes = 249;

bool is_topic_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxTopicBytes && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

bool is_property_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
}

// `section`: the keys on the way to it.
base::Status check_property(const std::string& section, const YamlMap& map, const YamlMember& member,
                            const std::string& value, Code code) {
  const std::string& name = member.key;
  const auto ours = [&](std::string_view why) {
    return map.error_at_key(member, section + "." + name + " cannot be set: " + std::string(why));
  };
  if (!is_property_name(name))
    return map.error_at_key(member, "'" + base::printable(name, 60) +
                                        "' cannot be the name of a librdkafka property; "
                                        "lower case, digits, '.' and '_'");
  // librdkafka's own names with one word, such as acks and debug, are no slips of ours.
  if (const auto meant = closest_key(section, name); !meant.empty() && meant != name)
    return map.error_at_key(member, "unknown key '" + name + "' in " + section + "; " + suggestion(section, name));
  for (const auto& [own, why] : kOwnProperties)
    if (name == own) return ours(why);
  if (name.ends_with("_cb") || std::ranges::count(kNotText, name) > 0)
    return ours("it is a function or a pointer in librdkafka, and cannot be written as text");
  if (name == "isolation.level" && value != "read_committed")
    return ours("it is read_committed, always: other messages may be taken back, and their totals could not be");
  if (name == "partition.assignment.strategy" && value.find("cooperative-sticky") != std::string::npos)
    return ours(
        "cooperative-sticky has known faults in librdkafka 2.0.2 (confluentinc/librdkafka #4312, #4527), and "
        "nothing to offer here: no state moves in a rebalance; use range or roundrobin");
  // Before librdkafka hears of it.
  if (const std::string_view what = code_of(name, value); !what.empty() && code == Code::kRefused)
    return map.error_at_key(member, section + "." + name + " may run code: " + std::string(what) +
                                        ". If you trust all that this file says, give the option --allow-code");
  switch (kafka::check_property(name, value)) {
    case kafka::PropertyStatus::kGood: break;
    case kafka::PropertyStatus::kUnknown:
      return map.error_at_key(member, "unknown key '" + name + "' in " + section + "; " + kafka::library_version() +
                                          " has no such property (its CONFIGURATION.md lists them all)");
    case kafka::PropertyStatus::kBadValue:
      // The value may be a secret, so it is not shown.
      return member.value.error("is no value that " + kafka::library_version() + " takes for " + name);
  }
  return {};
}

base::Result<std::string> read_topic_name(const YamlValue& topic) {
  SALESTREAM_ASSIGN(std::string name, topic.text("the name of a topic"));
  if (is_topic_name(name)) return name;
  return topic.error("is " + topic.shown() +
                     ", which cannot be a topic's name; letters without accents, digits, '.', "
                     "'_' and '-', at most " +
                     std::to_string(kMaxTopicBytes) + ", and not '.' or '..'");
}

base::Result<source::Options> read_kafka(const YamlValue& value, Code code) {
  SALESTREAM_ASSIGN(const YamlMap map, value.map("source.kafka"));
  source::KafkaOptions kafka;

  SALESTREAM_ASSIGN(const YamlValue topic, map.require("topic"));
  SALESTREAM_ASSIGN(kafka.topic, read_topic_name(topic));

  SALESTREAM_ASSIGN(const YamlValue servers, map.require("bootstrap.servers"));
  SALESTREAM_TRY(servers.text("host:port, or several with commas between them,"));

  for (const YamlMember& member : map.members()) {
    if (member.key == "topic") continue;
    if (member.key == "create") {
      SALESTREAM_ASSIGN(const YamlMap create, member.value.map("source.kafka.create"));
      if (const auto partitions = create.find("partitions")) {
        SALESTREAM_ASSIGN(kafka.create_partitions, partitions->integer(1, 10'000));
      }
      if (const auto copies = create.find("replication_factor")) {
        SALESTREAM_ASSIGN(kafka.create_replication_factor, copies->integer(1, 100));
      }
      continue;
    }
    SALESTREAM_ASSIGN(std::string text, member.value.text_or_empty("one value, and no list or map,"));
    SALESTREAM_TRY(check_property("source.kafka", map, member, text, code));
    if (member.key == "group.id" && text.empty()) return member.value.error("is empty; leave it out for the default");
    kafka.properties.emplace(member.key, std::move(text));
  }
  return source::Options(std::move(kafka));
}

base::Result<source::Options> read_file(const YamlValue& value) {
  YamlValue path = value;
  if (value.is_map()) {
    SALESTREAM_ASSIGN(const YamlMap map, value.map("source.file"));
    SALESTREAM_ASSIGN(path, map.require("path"));
  }
  SALESTREAM_ASSIGN(std::string text, path.text("the path of a file, or - for standard input,"));
  return source::Options(source::FileOptions{std::move(text)});
}

base::Result<source::Options> read_generator(const YamlValue& value) {
  source::GeneratorOptions generator;
  if (value.is_null()) return source::Options(generator);  // every key has a default
  SALESTREAM_ASSIGN(const YamlMap map, value.map("source.generator"));
  if (const auto seed = map.find("seed")) {
    SALESTREAM_ASSIGN(generator.seed, seed->integer(0, UINT64_MAX));
  }
  if (const auto partitions = map.find("partitions")) {
    SALESTREAM_ASSIGN(generator.partitions, partitions->integer(1, 1024));
  }
  if (const auto orders = map.find("orders_per_partition")) {
    SALESTREAM_ASSIGN(generator.orders_per_partition, orders->integer(0, 1'000'000'000'000));
  }
  if (const auto rate = map.find("orders_per_second")) {
    SALESTREAM_ASSIGN(generator.orders_per_second, rate->number(0, 1e9));
  }
  return source::Options(generator);
}

}  // namespace

base::Result<source::Options> read_source(const YamlValue& source, Code code) {
  SALESTREAM_ASSIGN(const YamlMap map, source.map("source"));
  SALESTREAM_ASSIGN(const YamlMember member, map.only_member());
  if (member.key == "kafka") return read_kafka(member.value, code);
  if (member.key == "file") return read_file(member.value);
  return read_generator(member.value);
}

base::Result<source::KafkaOptions> read_reject_topic(const YamlValue& rejects, const source::Options& source,
                                                     Code code) {
  SALESTREAM_ASSIGN(const YamlMap map, rejects.map("rejects"));
  const auto* of_source = std::get_if<source::KafkaOptions>(&source);
  source::KafkaOptions kafka;
  if (of_source != nullptr) {
    kafka.properties = of_source->properties;
    kafka.create_replication_factor = of_source->create_replication_factor;
  }
  for (const YamlMember& member : map.members()) {
    if (member.key == "topic") continue;
    SALESTREAM_ASSIGN(std::string text, member.value.text_or_empty("one value, and no list or map,"));
    SALESTREAM_TRY(check_property("rejects", map, member, text, code));
    kafka.properties[member.key] = std::move(text);
  }
  SALESTREAM_ASSIGN(const YamlValue topic, map.require("topic"));
  SALESTREAM_ASSIGN(kafka.topic, read_topic_name(topic));
  const auto servers = kafka.properties.find("bootstrap.servers");
  if (servers == kafka.properties.end() || servers->second.empty())
    return map.error(
        "rejects.bootstrap.servers is missing: the brokers of the topic that gets the rejects, since the "
        "orders come from no Kafka");
  if (of_source != nullptr && of_source->topic == kafka.topic &&
      of_source->properties.at("bootstrap.servers") == servers->second)
    return topic.error(
        "is the topic that the orders come from: each reject would be read again, and rejected again, "
        "without end");
  return kafka;
}

}  // namespace salestream::config
