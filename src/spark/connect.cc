// SPDX-License-Identifier: Apache-2.0
#include "spark/connect.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <spark/connect/base.grpc.pb.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <utility>

#include "base/logging.h"

namespace salestream::spark {
namespace {

namespace proto = ::spark::connect;
using std::chrono::seconds;

constexpr seconds kAnswerTimeout{30};  // of what a server has at hand
constexpr seconds kPlanTimeout{120};   // of what it must look up first: a first query makes Spark load its classes
constexpr seconds kStopTimeout{60};    // Spark waits for the batch that is under way
constexpr std::size_t kChunkBytes = 32 * 1024;  // of an artifact, as Spark's own clients cut them
constexpr int kFirstReconnectPauseMs = 200, kLongestReconnectPauseMs = 2'000;
constexpr int kMaxAnswerBytes = 16 << 20;
constexpr std::string_view kClientType = "salestream";

// For tags of operations only: each has to be another one.
std::string random_uuid() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const std::uint64_t high = random(), low = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffff'ffff'ffff);
}

proto::Relation sql_relation(const std::string& sql) {
  proto::Relation relation;
  relation.mutable_sql()->set_query(sql);
  return relation;
}

std::int64_t crc32_of(std::string_view bytes) {
  return static_cast<std::int64_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void fill_chunk(proto::AddArtifactsRequest::ArtifactChunk& chunk, std::string_view bytes) {
  chunk.set_data(bytes.data(), bytes.size());
  chunk.set_crc(crc32_of(bytes));
}

class GrpcConnect final : public Connect {
 public:
  GrpcConnect(Remote remote, std::shared_ptr<grpc::Channel> channel)
      : remote_(std::move(remote)), stub_(proto::SparkConnectService::NewStub(std::move(channel))) {}

  const Remote& remote() const override { return remote_; }

  base::Result<std::string> version() override {
    proto::AnalyzePlanRequest request = made<proto::AnalyzePlanRequest>();
    request.mutable_spark_version();
    proto::AnalyzePlanResponse answer;
    grpc::ClientContext context;
    prepare(context, kAnswerTimeout);
    SALESTREAM_TRY(checked("", stub_->AnalyzePlan(&context, request, &answer)));
    return answer.spark_version().version();
  }

  base::Status set(const std::map<std::string, std::string>& configuration) override {
    proto::ConfigRequest request = made<proto::ConfigRequest>();
    auto& pairs = *request.mutable_operation()->mutable_set();
    for (const auto& [key, value] : configuration) {
      proto::KeyValue& pair = *pairs.add_pairs();
      pair.set_key(key);
      pair.set_value(value);
    }
    proto::ConfigResponse answer;
    return configure("setting up the session", request, answer);
  }

  base::Result<std::optional<std::string>> setting(const std::string& name) override {
    proto::ConfigRequest request = made<proto::ConfigRequest>();
    request.mutable_operation()->mutable_get_option()->add_keys(name);
    proto::ConfigResponse answer;
    SALESTREAM_TRY(configure("reading the setting " + name, request, answer));
    for (const proto::KeyValue& pair : answer.pairs())
      if (pair.key() == name && pair.has_value()) return std::optional(pair.value());
    return std::optional<std::string>();
  }

  base::Status add_jar(const std::string& file_name, std::string_view bytes) override {
    const std::string name = "jars/" + file_name;
    grpc::ClientContext context;
    prepare(context, kPlanTimeout);
    proto::AddArtifactsResponse answer;
    const auto writer = stub_->AddArtifacts(&context, &answer);
    bool is_open = true;
    for (std::size_t at = 0; is_open && (at < bytes.size() || at == 0); at += kChunkBytes) {
      proto::AddArtifactsRequest request = made<proto::AddArtifactsRequest>();
      const std::string_view chunk = bytes.substr(at, kChunkBytes);
      if (bytes.size() <= kChunkBytes) {
        auto& artifact = *request.mutable_batch()->add_artifacts();
        artifact.set_name(name);
        fill_chunk(*artifact.mutable_data(), chunk);
      } else if (at == 0) {
        auto& begin = *request.mutable_begin_chunk();
        begin.set_name(name);
        begin.set_total_bytes(static_cast<std::int64_t>(bytes.size()));
        begin.set_num_chunks(static_cast<std::int64_t>((bytes.size() + kChunkBytes - 1) / kChunkBytes));
        fill_chunk(*begin.mutable_initial_chunk(), chunk);
      } else {
        fill_chunk(*request.mutable_chunk(), chunk);
      }
      is_open = writer->Write(request);
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    // Spark 3.5 takes no file twice, and says that by breaking off without a word. The file that it has is the same,
    // since its name has its checksum. Were it something else, the query would not find the sink, and would say so.
    if (status.error_code() == grpc::StatusCode::UNKNOWN) {
      base::log_debug(remote_.where() + ": " + file_name + " was not taken; it is there already, it seems");
      return {};
    }
    SALESTREAM_TRY(checked("sending " + file_name, status));
    for (const auto& summary : answer.artifacts())
      if (!summary.is_crc_successful())
        return base::retriable(remote_.where() + ": " + file_name + " was damaged on its way there: try again");
    return {};
  }

  base::Status view_stream(std::string_view name, const std::string& format,
                           const std::map<std::string, std::string>& options) override {
    proto::Relation relation;
    proto::Read& read = *relation.mutable_read();
    read.set_is_streaming(true);
    read.mutable_data_source()->set_format(format);
    for (const auto& [key, value] : options) (*read.mutable_data_source()->mutable_options())[key] = value;
    return view(name, std::move(relation));
  }

  base::Status view_sql(std::string_view name, const std::string& sql, const std::string& metrics_name,
                        const std::vector<Metric>& metrics) override {
    proto::Relation relation = sql_relation(sql);
    if (!metrics.empty()) {
      proto::Relation observed;
      proto::CollectMetrics& collect = *observed.mutable_collect_metrics();
      *collect.mutable_input() = std::move(relation);
      collect.set_name(metrics_name);
      for (const Metric& metric : metrics) {
        auto& alias = *collect.add_metrics()->mutable_alias();
        alias.add_name(metric.name);
        alias.mutable_expr()->mutable_expression_string()->set_expression(metric.expression);
      }
      relation = std::move(observed);
    }
    return view(name, std::move(relation));
  }

  base::Result<QueryId> start(const NewQuery& query) override {
    proto::Command command;
    proto::WriteStreamOperationStart& start = *command.mutable_write_stream_operation_start();
    *start.mutable_input() = sql_relation(query.sql);
    start.set_format(query.format);
    for (const auto& [key, value] : query.options) (*start.mutable_options())[key] = value;
    start.set_processing_time_interval(fmt::format("{} milliseconds", query.trigger_interval_ms));
    start.set_output_mode("update");
    start.set_query_name(query.name);
    QueryId id;
    SALESTREAM_TRY(
        execute("starting the query " + query.name, std::move(command), kPlanTimeout, [&](const auto& answer) {
          if (!answer.has_write_stream_operation_start_result()) return;
          const auto& started = answer.write_stream_operation_start_result().query_id();
          id = {started.id(), started.run_id()};
        }));
    if (id.id.empty())
      return base::failure(remote_.where() + ": Spark took the query and did not say what it is called");
    return id;
  }

  base::Result<std::vector<Query>> active_queries() override {
    proto::Command command;
    command.mutable_streaming_query_manager_command()->set_active(true);
    std::vector<Query> queries;
    SALESTREAM_TRY(execute("listing queries", std::move(command), kAnswerTimeout, [&](const auto& answer) {
      if (!answer.has_streaming_query_manager_command_result()) return;
      for (const auto& each : answer.streaming_query_manager_command_result().active().active_queries())
        queries.push_back({{each.id().id(), each.id().run_id()}, each.name()});
    }));
    return queries;
  }

  base::Result<QueryStatus> status(const QueryId& query) override {
    proto::StreamingQueryCommand command;
    command.set_status(true);
    QueryStatus status;
    SALESTREAM_TRY(
        ask("asking for a query's status", query, std::move(command), kAnswerTimeout, [&](const auto& result) {
          status = {result.status().is_active(), result.status().is_trigger_active(), result.status().status_message()};
        }));
    return status;
  }

  base::Result<std::optional<std::string>> last_progress(const QueryId& query) override {
    proto::StreamingQueryCommand command;
    command.set_last_progress(true);
    std::optional<std::string> progress;
    SALESTREAM_TRY(
        ask("asking for a query's progress", query, std::move(command), kAnswerTimeout, [&](const auto& result) {
          for (const std::string& json : result.recent_progress().recent_progress_json()) progress = json;
          if (progress) base::log_debug("progress of " + query.id + ": " + *progress);
        }));
    return progress;
  }

  base::Result<std::optional<std::string>> exception(const QueryId& query) override {
    proto::StreamingQueryCommand command;
    command.set_exception(true);
    std::optional<std::string> message;
    SALESTREAM_TRY(ask("asking why a query ended", query, std::move(command), kAnswerTimeout, [&](const auto& result) {
      if (result.exception().has_exception_message()) message = readable(result.exception().exception_message());
    }));
    return message;
  }

  base::Status stop(const QueryId& query) override {
    proto::StreamingQueryCommand command;
    command.set_stop(true);
    return ask("stopping a query", query, std::move(command), kStopTimeout, [](const auto&) {});
  }

 private:
  template <typename Request>
  Request made() const {
    Request request;
    request.set_session_id(remote_.session_id);
    request.mutable_user_context()->set_user_id(remote_.user_id);
    request.mutable_user_context()->set_user_name(remote_.user_id);
    request.set_client_type(kClientType.data(), kClientType.size());
    return request;
  }

  void prepare(grpc::ClientContext& context, seconds timeout) const {
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    if (!remote_.token.empty()) context.AddMetadata("authorization", "Bearer " + remote_.token);
    for (const auto& [name, value] : remote_.headers) context.AddMetadata(name, value);
  }

  base::Status view(std::string_view name, proto::Relation relation) {
    proto::Command command;
    proto::CreateDataFrameViewCommand& create = *command.mutable_create_dataframe_view();
    *create.mutable_input() = std::move(relation);
    create.set_name(name.data(), name.size());
    create.set_replace(true);
    return execute(fmt::format("making the view {}", name), std::move(command), kPlanTimeout, [](const auto&) {});
  }

  base::Status configure(const std::string& doing, const proto::ConfigRequest& request, proto::ConfigResponse& answer) {
    grpc::ClientContext context;
    prepare(context, kAnswerTimeout);
    return checked(doing, stub_->Config(&context, request, &answer));
  }

  template <typename OnResult>
  base::Status ask(const std::string& doing, const QueryId& query, proto::StreamingQueryCommand command,
                   seconds timeout, const OnResult& on_result) {
    command.mutable_query_id()->set_id(query.id);
    command.mutable_query_id()->set_run_id(query.run_id);
    proto::Command whole;
    *whole.mutable_streaming_query_command() = std::move(command);
    return execute(doing, std::move(whole), timeout, [&](const proto::ExecutePlanResponse& answer) {
      if (answer.has_streaming_query_command_result()) on_result(answer.streaming_query_command_result());
    });
  }

  template <typename OnAnswer>
  base::Status execute(const std::string& doing, proto::Command command, seconds timeout, const OnAnswer& on_answer) {
    proto::ExecutePlanRequest request = made<proto::ExecutePlanRequest>();
    request.set_operation_id(random_uuid());
    *request.mutable_plan()->mutable_command() = std::move(command);
    grpc::ClientContext context;
    prepare(context, timeout);
    const auto reader = stub_->ExecutePlan(&context, request);
    for (proto::ExecutePlanResponse answer; reader->Read(&answer);) on_answer(answer);
    return checked(doing, reader->Finish());
  }

  // `doing`: for messages, "starting the query x"; empty: nothing more than being there.
  base::Status checked(const std::string& doing, const grpc::Status& status) const {
    if (status.ok()) return {};
    const std::string said = readable(status.error_message());
    const std::string at = remote_.where() + ": " + (doing.empty() ? "" : doing + ": ");
    switch (status.error_code()) {
      case grpc::StatusCode::UNAVAILABLE:
        return base::retriable(at + "no Spark Connect server answers there (" + said + ")" + of_tls());
      case grpc::StatusCode::DEADLINE_EXCEEDED:
        return base::retriable(at +
                               "no answer in time; its log, or its monitoring page (port 4040 of that host, unless set "
                               "otherwise), says what it is busy with");
      case grpc::StatusCode::UNAUTHENTICATED:
      case grpc::StatusCode::PERMISSION_DENIED:
        return base::failure(at +
                             (remote_.token.empty() ? "it wants a token (--remote sc://…/;token=TOKEN): "
                                                    : "it does not accept the token: ") +
                             said);
      case grpc::StatusCode::UNIMPLEMENTED:
        return base::failure(at + "what answers there is no Spark Connect server of version 3.5 (" + said + ")");
      default: return base::failure(at + said);
    }
  }

  std::string of_tls() const {
    return remote_.uses_tls ? ". It was asked with TLS (use_ssl); a server without TLS does not answer to that"
                            : ". It was asked without TLS; where the server demands it, add ;use_ssl=true";
  }

  const Remote remote_;
  const std::unique_ptr<proto::SparkConnectService::Stub> stub_;
};

// "org.apache.spark.sql.AnalysisException", and not "Table or view".
bool is_java_class(std::string_view text) {
  return text.find('.') != std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '$' ||
                  c == '_';
         });
}

}  // namespace

std::string readable(std::string_view message) {
  constexpr std::size_t kMaxShownErrorBytes = 1000;
  // Spark's plan and Java's stack come on the lines that follow.
  std::string_view line;
  while (line.empty() && !message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  for (;;) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    std::string_view before = line.substr(0, colon);
    if (before.starts_with('(')) before.remove_prefix(1);  // "(org.apache.spark.SparkException) …"
    if (!is_java_class(before)) break;
    line.remove_prefix(colon + 2);
  }
  if (line.empty()) return "it gives no reason";
  return base::printable(line, kMaxShownErrorBytes);
}

base::Result<std::unique_ptr<Connect>> connect(Remote remote, std::string_view session_seed) {
  if (remote.session_id.empty()) remote.session_id = session_of(session_seed);
  if (remote.user_id.empty()) remote.user_id = kDefaultUser;
  // What gRPC says by itself is for debugging; its errors come back from the calls.
  gpr_set_log_function([](gpr_log_func_args* said) { base::log_debug(std::string("gRPC: ") + said->message); });
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetUserAgentPrefix(std::string(kClientType));
  // Its own back-off, up to two minutes, would leave a server that is there again unseen.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectPauseMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectPauseMs);
  const auto credentials =
      remote.uses_tls ? grpc::SslCredentials(grpc::SslCredentialsOptions()) : grpc::InsecureChannelCredentials();
  auto channel = grpc::CreateCustomChannel(remote.address(), credentials, arguments);
  auto session = std::make_unique<GrpcConnect>(std::move(remote), std::move(channel));
  SALESTREAM_ASSIGN(const std::string version, session->version());
  base::log_debug(session->remote().where() + ": Spark " + version);
  return std::unique_ptr<Connect>(std::move(session));
}

}  // namespace salestream::spark
