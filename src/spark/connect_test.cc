// SPDX-License-Identifier: Apache-2.0
// The connection against a server of gRPC's own that answers as Spark does, for what a real one can't be made to do at
// will: demand TLS and a token, fail in a given way. tests/e2e/test_spark.py has the real one.
#include "spark/connect.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <spark/connect/base.grpc.pb.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "base/mutex.h"

namespace salestream::spark {
namespace {

namespace proto = ::spark::connect;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class FakeSpark final : public proto::SparkConnectService::Service {
 public:
  grpc::Status AnalyzePlan(grpc::ServerContext* context, const proto::AnalyzePlanRequest* request,
                           proto::AnalyzePlanResponse* answer) override {
    const base::MutexLock lock(mutex);
    const auto& headers = context->client_metadata();
    const auto found = headers.find("authorization");
    if (!token.empty() && (found == headers.end() || found->second != "Bearer " + token))
      return {grpc::StatusCode::UNAUTHENTICATED, "Invalid token"};
    const auto team = headers.find("x-team");
    if (team != headers.end()) seen_team = std::string(team->second.data(), team->second.size());
    session_id = request->session_id();
    user_id = request->user_context().user_id();
    answer->mutable_spark_version()->set_version("3.5.7");
    return grpc::Status::OK;
  }

  grpc::Status ExecutePlan(grpc::ServerContext* context, const proto::ExecutePlanRequest* request,
                           grpc::ServerWriter<proto::ExecutePlanResponse>*) override {
    const base::MutexLock lock(mutex);
    if (context->deadline() > std::chrono::system_clock::now() + std::chrono::minutes(10)) return grpc::Status::OK;
    last_plan = request->plan().command().SerializeAsString();
    return failure;
  }

  grpc::Status AddArtifacts(grpc::ServerContext*, grpc::ServerReader<proto::AddArtifactsRequest>* reader,
                            proto::AddArtifactsResponse* answer) override {
    const base::MutexLock lock(mutex);
    for (proto::AddArtifactsRequest request; reader->Read(&request);) {
      if (request.has_batch()) {
        artifact_name = request.batch().artifacts(0).name();
        artifact = request.batch().artifacts(0).data().data();
      } else if (request.has_begin_chunk()) {
        artifact_name = request.begin_chunk().name();
        artifact = request.begin_chunk().initial_chunk().data();
        announced_chunks = request.begin_chunk().num_chunks();
      } else {
        artifact += request.chunk().data();
      }
      ++chunks;
    }
    if (!failure.ok()) return failure;
    answer->add_artifacts()->set_is_crc_successful(crc_fits);
    return grpc::Status::OK;
  }

  base::Mutex mutex;  // of the rest, while calls are under way
  std::string token, seen_team, session_id, user_id, last_plan, artifact_name, artifact;
  std::int64_t chunks = 0, announced_chunks = 0;
  bool crc_fits = true;
  grpc::Status failure = grpc::Status::OK;
};

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class ConnectTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    char folder[] = "/tmp/salestream-connect-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    const std::string made = "cd " + folder_ +
                             " && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem "
                             "-days 2 -subj /CN=spark -addext subjectAltName=IP:127.0.0.1 2>/dev/null";
    ASSERT_EQ(std::system(made.c_str()), 0) << made;
    // Read once in a process, so before the first connection.
    ASSERT_EQ(setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", (folder_ + "/cert.pem").c_str(), 1), 0);
  }
  static void TearDownTestSuite() { EXPECT_EQ(std::system(("rm -rf " + folder_).c_str()), 0); }

  std::string start(bool tls) {
    auto credentials = grpc::InsecureServerCredentials();
    if (tls) {
      grpc::SslServerCredentialsOptions options;
      options.pem_key_cert_pairs.push_back({content_of(folder_ + "/key.pem"), content_of(folder_ + "/cert.pem")});
      credentials = grpc::SslServerCredentials(options);
    }
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterService(&fake_);
    server_ = builder.BuildAndStart();
    return "sc://127.0.0.1:" + std::to_string(port);
  }

  static base::Result<std::unique_ptr<Connect>> connected(const std::string& remote) {
    return connect(parse_remote(remote).value(), "sales");
  }

  static std::string refusal(const base::Result<std::unique_ptr<Connect>>& outcome) {
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? "" : outcome.error().message;
  }

  static std::string folder_;
  FakeSpark fake_;
  std::unique_ptr<grpc::Server> server_;
};

std::string ConnectTest::folder_;

TEST_F(ConnectTest, BelongsToThePipelinesSession) {
  ASSERT_TRUE(connected(start(false) + "/;x-team=sales").ok());
  EXPECT_EQ(fake_.session_id, session_of("sales"));
  EXPECT_EQ(fake_.user_id, kDefaultUser);
  EXPECT_EQ(fake_.seen_team, "sales");
}

TEST_F(ConnectTest, SendsATokenThroughTls) {
  fake_.token = "s3cret";
  const std::string remote = start(true);
  EXPECT_TRUE(connected(remote + "/;use_ssl=true;token=s3cret;user_id=ana").ok());
  EXPECT_EQ(fake_.user_id, "ana");
  EXPECT_THAT(refusal(connected(remote + "/;token=wrong")),
              AllOf(HasSubstr("does not accept the token: Invalid token"), Not(HasSubstr("wrong"))));
  EXPECT_THAT(refusal(connected(remote + "/;use_ssl=true")), HasSubstr("wants a token"));
}

TEST_F(ConnectTest, SaysWhatOfTlsIsWrong) {
  const auto plain = connected(start(true));
  EXPECT_THAT(refusal(plain), HasSubstr("add ;use_ssl=true"));
  EXPECT_EQ(plain.error().kind, base::ErrorKind::kRetriable);
  EXPECT_THAT(refusal(connected(start(false) + "/;use_ssl=true")),
              HasSubstr("a server without TLS does not answer to that"));
}

TEST_F(ConnectTest, SaysThatNobodyAnswers) {
  const std::string remote = start(false);
  server_->Shutdown();
  server_.reset();
  const auto outcome = connected(remote);
  EXPECT_THAT(refusal(outcome), AllOf(HasSubstr(remote), HasSubstr("no Spark Connect server answers there")));
  EXPECT_EQ(outcome.error().kind, base::ErrorKind::kRetriable);
}

TEST_F(ConnectTest, ShowsOfAnErrorWhatAPersonCanUse) {
  const auto session = *connected(start(false));
  fake_.failure = {
      grpc::StatusCode::INTERNAL,
      "org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN] no `x` there.;\n'Project\n\tat a.b(C.java:1)"};
  const base::Status outcome = session->view_sql("v", "SELECT x", "", {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message, AllOf(HasSubstr("making the view v: [UNRESOLVED_COLUMN] no `x` there."),
                                             Not(HasSubstr("Project")), Not(HasSubstr("org.apache"))));
  const auto queries = session->active_queries();
  EXPECT_FALSE(queries.ok()) << "no queries is something else than no answer";
}

TEST_F(ConnectTest, AQueryThatSparkDidNotNameIsNoQuery) {
  const auto session = *connected(start(false));
  EXPECT_FALSE(session->start({}).ok());
}

TEST_F(ConnectTest, SendsAJarInPieces) {
  const auto session = *connected(start(false));
  std::string jar;
  for (int i = 0; i < 70'000; ++i) jar += static_cast<char>(i % 251);
  ASSERT_TRUE(session->add_jar("sink.jar", jar).ok());
  EXPECT_EQ(fake_.artifact, jar);
  EXPECT_EQ(fake_.artifact_name, "jars/sink.jar");
  EXPECT_EQ(fake_.chunks, 3);
  EXPECT_EQ(fake_.announced_chunks, 3);
  ASSERT_TRUE(session->add_jar("small.jar", "PK").ok());
  EXPECT_EQ(fake_.artifact, "PK");

  fake_.crc_fits = false;
  EXPECT_FALSE(session->add_jar("sink.jar", jar).ok());
  fake_.failure = {grpc::StatusCode::UNKNOWN, ""};
  EXPECT_TRUE(session->add_jar("sink.jar", jar).ok()) << "the session has it";
  fake_.failure = {grpc::StatusCode::INTERNAL, "disk full"};
  EXPECT_FALSE(session->add_jar("sink.jar", jar).ok());
}

TEST(Readable, IsOneLineForAPerson) {
  EXPECT_EQ(readable("[TABLE_OR_VIEW_NOT_FOUND] The table or view `x` cannot be found.;\n'Project [*]\n+- 'Unresolved"),
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `x` cannot be found.;");
  EXPECT_EQ(
      readable("org.apache.spark.SparkException: java.lang.IllegalStateException: No: not so\n\tat x.y(Z.java:1)"),
      "No: not so");
  EXPECT_EQ(readable("\n\nIt failed: because"), "It failed: because");
  EXPECT_EQ(readable(""), "it gives no reason");
  EXPECT_EQ(readable("a\x1b[2Jb"), "a\\x1b[2Jb");
}

}  // namespace
}  // namespace salestream::spark
