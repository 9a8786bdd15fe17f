// SPDX-License-Identifier: Apache-2.0
#include "spark/kafka_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace salestream::spark {
namespace {

using Properties = std::map<std::string, std::string>;

// librdkafka's name, and Java's where it means the same to both.
struct Renamed {
  std::string_view ours, javas;
};
constexpr auto kRenamed = std::to_array<Renamed>({
    {"bootstrap.servers", "bootstrap.servers"},
    {"client.id", "client.id"},
    {"client.rack", "client.rack"},
    {"sasl.mechanism", "sasl.mechanism"},
    {"sasl.mechanisms", "sasl.mechanism"},
    {"sasl.kerberos.service.name", "sasl.kerberos.service.name"},
    {"ssl.keystore.location", "ssl.keystore.location"},
    {"ssl.keystore.password", "ssl.keystore.password"},
    {"ssl.key.password", "ssl.key.password"},
    {"ssl.ca.location", "ssl.truststore.location"},
    {"ssl.ca.pem", "ssl.truststore.certificates"},
    {"ssl.certificate.pem", "ssl.keystore.certificate.chain"},
    {"ssl.key.pem", "ssl.keystore.key"},
    {"session.timeout.ms", "session.timeout.ms"},
    {"fetch.min.bytes", "fetch.min.bytes"},
    {"fetch.max.bytes", "fetch.max.bytes"},
    {"fetch.wait.max.ms", "fetch.max.wait.ms"},
    {"max.partition.fetch.bytes", "max.partition.fetch.bytes"},
    {"fetch.message.max.bytes", "max.partition.fetch.bytes"},
});

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

// A value in Java's login configuration.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

base::Error no_equal(const std::string& name, std::string_view what_to_do) {
  return base::usage_error(
      fmt::format("source.kafka.{} has no equal in the Kafka client that Spark uses; {}", name, what_to_do));
}

bool has(const Properties& properties, const char* name) { return properties.contains(name); }

// User and password stand in Java's login configuration.
base::Status add_login(const Properties& properties, Properties& out) {
  if (!has(properties, "sasl.username") && !has(properties, "sasl.password")) return {};
  const auto mechanism = out.find("sasl.mechanism");
  const std::string named = mechanism == out.end() ? "GSSAPI" : mechanism->second;
  const char* module = nullptr;
  if (named == "PLAIN") module = "plain.PlainLoginModule";
  if (named.starts_with("SCRAM-SHA-")) module = "scram.ScramLoginModule";
  // Its value may come from an environment variable, and is not shown.
  if (module == nullptr)
    return no_equal("sasl.username",
                    fmt::format("{}, and with a user it has to be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
                                mechanism == out.end() ? "sasl.mechanisms is GSSAPI unless it is set"
                                                       : "sasl.mechanisms is another"));
  const auto value = [&](const char* name) {
    const auto found = properties.find(name);
    return found == properties.end() ? std::string() : found->second;
  };
  out["sasl.jaas.config"] = fmt::format("org.apache.kafka.common.security.{} required username={} password={};", module,
                                        quoted(value("sasl.username")), quoted(value("sasl.password")));
  return {};
}

// The kinds of files differ: librdkafka takes PEM, or PKCS #12 in a key store.
void add_store_types(Properties& out) {
  if (has(out, "ssl.truststore.location") || has(out, "ssl.truststore.certificates"))
    out["ssl.truststore.type"] = "PEM";
  if (has(out, "ssl.keystore.certificate.chain") || has(out, "ssl.keystore.key"))
    out["ssl.keystore.type"] = "PEM";
  else if (has(out, "ssl.keystore.location"))
    out["ssl.keystore.type"] = "PKCS12";
}

}  // namespace

base::Result<KafkaSource> kafka_source(const source::KafkaOptions& kafka) {
  KafkaSource out;
  Properties javas;
  for (const auto& [name, value] : kafka.properties) {
    if (const auto renamed = std::ranges::find(kRenamed, name, &Renamed::ours); renamed != kRenamed.end()) {
      javas[std::string(renamed->javas)] = value;
    } else if (name == "security.protocol") {
      javas[name] = upper_case(value);
    } else if (name == "sasl.username" || name == "sasl.password") {
      // with the mechanism, below
    } else if (name == "ssl.endpoint.identification.algorithm") {
      javas[name] = value == "none" ? "" : value;
    } else if (name == "ssl.certificate.location" || name == "ssl.key.location") {
      return no_equal(name,
                      "put certificate and key into a PKCS #12 file and name that in ssl.keystore.location, or write "
                      "them as ssl.certificate.pem and ssl.key.pem");
    } else if (name == "enable.ssl.certificate.verification" && value == "true") {
      // as it is
    } else if (name.starts_with("ssl") || name.starts_with("sasl") || name.starts_with("enable.s") ||
               name.starts_with("https.") || name == "plugin.library.paths") {
      return no_equal(name, "leave it out, or run the pipeline with `salestream run`");
    } else if (name != "isolation.level") {
      out.left_out.push_back(name);
    }
  }
  SALESTREAM_TRY(add_login(kafka.properties, javas));
  add_store_types(javas);
  javas["isolation.level"] = "read_committed";  // as salestream reads
  for (auto& [name, value] : javas) out.options.emplace("kafka." + name, std::move(value));
  out.options.emplace("subscribe", kafka.topic);
  out.options.emplace("startingOffsets", "earliest");
  out.options.emplace("includeHeaders", "false");
  out.options.emplace("failOnDataLoss", "true");
  return out;
}

}  // namespace salestream::spark
