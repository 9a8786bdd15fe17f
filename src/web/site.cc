// SPDX-License-Identifier: Apache-2.0
#include "web/site.h"

#include <fmt/format.h>

#include "base/logging.h"
#include "web/assets.h"
#include "web/csv_download.h"
#include "web/health.h"
#include "web/metrics.h"
#include "web/totals_query.h"
#include "web/view_json.h"

namespace salestream::web {
namespace {

using std::chrono::milliseconds;

constexpr int kUsualPorts = 10;                // 8080 and the next ones
constexpr std::chrono::seconds kWatching{15};  // so long after a request of the API somebody is held to be looking
constexpr milliseconds kLastEvents{300};       // for the end to reach those who look

// What every answer says. No script, style or connection but the page's own; and nobody may frame it or read it from
// another page. Without any referrer browsers would send the login form with the origin `null`.
http::Fields common_headers() {
  return {{"Content-Security-Policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
           "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

http::Response fresh(http::Response response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

http::Server::Handler asset_handler(const Asset& asset) {
  http::Response whole = http::text_response(200, std::string(asset.content));
  whole.content_type = asset.content_type;
  const std::string tag = fmt::format("\"{:016x}\"", core::checksum(asset.content));
  whole.headers = {{"Cache-Control", "no-cache"}, {"ETag", tag}};
  return [whole, tag](const http::Request& request) {
    if (request.header("if-none-match") != tag) return whole;
    http::Response unchanged = whole;
    unchanged.status = 304;
    unchanged.body = nullptr;
    return unchanged;
  };
}

base::Result<std::optional<http::Listener>> find_listener(const SiteOptions& options) {
  if (options.endpoint) {
    auto listener = http::listen_on(*options.endpoint);
    if (listener.ok()) return std::optional<http::Listener>(*std::move(listener));
    return base::failure(listener.error().message + "; choose another address with --http [HOST:]PORT, or --http off");
  }
  http::Endpoint usual;
  const std::uint16_t first_port = usual.port;
  for (int i = 0; i < kUsualPorts; ++i, ++usual.port) {
    auto listener = http::listen_on(usual);
    if (listener.ok()) return std::optional<http::Listener>(*std::move(listener));
    if (listener.error().kind == base::ErrorKind::kRetriable) continue;  // taken
    base::log_warning(listener.error().message + "; the run goes on without it");
    return std::optional<http::Listener>();
  }
  base::log_warning(
      fmt::format("the ports {} to {} are all taken, so there is no web page; choose another with --http PORT",
                  first_port, first_port + kUsualPorts - 1));
  return std::optional<http::Listener>();
}

}  // namespace

base::Result<std::unique_ptr<Site>> Site::listen(const SiteOptions& options) {
  std::optional<std::string> token;
  if (!options.token_file.empty()) {
    SALESTREAM_ASSIGN(token, read_token(options.token_file));
  }
  std::shared_ptr<const http::TlsIdentity> identity;
  if (!options.certificate_file.empty()) {
    SALESTREAM_ASSIGN(identity, http::TlsIdentity::load(options.certificate_file, options.key_file));
  }
  SALESTREAM_ASSIGN(auto listener, find_listener(options));
  if (!listener) return std::unique_ptr<Site>();
  SALESTREAM_ASSIGN(Access access,
                    Access::make(listener->is_loopback, std::move(token), listener->address, identity != nullptr));
  return std::unique_ptr<Site>(new Site(*std::move(listener), std::move(identity), std::move(access)));
}

Site::Site(http::Listener listener, std::shared_ptr<const http::TlsIdentity> identity, Access access)
    : access_(std::move(access)), server_(std::move(listener), common_headers(), std::move(identity)) {}

Site::~Site() = default;

void Site::route(std::string_view method, const std::string& path, Needs needs, http::Server::Handler handler,
                 http::Server::Reach reach) {
  if (needs == Needs::kNothing) open_paths_.insert(path);
  server_.route(method, path, std::move(handler), reach);
}

void Site::add_page() {
  for (const Asset& asset : assets()) {
    const std::string path(asset.path);
    const bool is_of_login =
        path == "/login" || path == "/login.js" || path == "/text.js" || path == "/page.css" || path == "/favicon.svg";
    route("GET", path, is_of_login ? Needs::kNothing : Needs::kToken, asset_handler(asset));
  }
  if (!access_.has_token()) return;
  route("POST", "/login", Needs::kNothing,
        [this](const http::Request& request) { return fresh(access_.login(request)); });
  route("POST", "/logout", Needs::kNothing,
        [this](const http::Request& request) { return fresh(access_.logout(request)); });
}

void Site::add_api(store::Store& store) {
  const auto add = [this](const std::string& path, auto handler) {
    route("GET", path, Needs::kToken, [this, handler](const http::Request& request) {
      note_request();
      return fresh(handler(request));
    });
  };
  add("/api/pipeline", [this](const http::Request&) { return http::json_response(pipeline_json(*run_info_)); });
  add("/api/status", [this](const http::Request&) { return http::json_response(status_json(*view())); });
  add("/api/rejects", [this](const http::Request&) { return http::json_response(rejects_json(*view())); });
  add("/api/rate", [this](const http::Request&) { return http::json_response(rate_json(*view())); });
  add("/api/totals", [this](const http::Request& request) {
    const auto query = parse_totals_query(request, run_info_->definition);
    return query.ok() ? http::json_response(totals_json(*view(), *query))
                      : http::json_error(400, query.error().message);
  });
  add("/api/stream", [](const http::Request&) {
    http::Response response;
    response.content_type = "text/event-stream";
    response.is_event_stream = true;
    return response;
  });
  route("GET", "/api/totals.csv", Needs::kToken,
        [this, &store](const http::Request& request) { return csv(request, store); });
}

// Metrics tell how much is sold, so they need the token, which Prometheus can send; those who ask after health can't,
// and learn nothing from it.
void Site::add_monitoring(const engine::Pipeline& pipeline) {
  // Also when clients that read slowly hold every connection: a run that is well would be restarted otherwise.
  constexpr auto kAlways = http::Server::Reach::kAlways;
  const auto alive = [&pipeline](const http::Request&) { return answer_of(is_alive(pipeline.health())); };
  route("GET", "/healthz", Needs::kNothing, alive, kAlways);
  const auto ready = [this, &pipeline](const http::Request&) {
    return answer_of(is_ready(pipeline.health(), *view(), is_stopping_));
  };
  route("GET", "/readyz", Needs::kNothing, ready, kAlways);
  route("GET", "/metrics", Needs::kToken, [this, &pipeline](const http::Request&) {
    const auto shown = view();
    const engine::Health health = pipeline.health();
    http::Response response =
        http::text_response(200, metrics_text({.view = *shown,
                                               .run = pipeline.status(),
                                               .measured = pipeline.measurements(),
                                               .health = health,
                                               .is_ready = is_ready(health, *shown, is_stopping_).is_good,
                                               .process = process_usage()}));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return fresh(std::move(response));
  });
}

http::Response Site::csv(const http::Request& request, store::Store& store) const {
  const auto query = parse_totals_query(request, run_info_->definition);
  if (!query.ok()) return http::json_error(400, query.error().message);
  CsvDialect dialect = CsvDialect::kPlain;
  if (const auto wanted = request.parameter("for")) {
    if (*wanted != "en" && *wanted != "pt-BR") return http::json_error(400, "for has to be en or pt-BR");
    dialect = *wanted == "en" ? CsvDialect::kEnglish : CsvDialect::kBrazil;
  }
  http::Response response;
  response.slow_work = [this, &store, dialect, index = query->table, shown = view()] {
    const core::TotalsTable& definition = run_info_->definition.totals[index];
    if (shown->tables) {
      const TableView& table = (*shown->tables)[index];
      if (table.all_rows == static_cast<std::int64_t>(table.rows.size()))
        return csv_of(definition, table, dialect, is_stopping_);
    }
    return csv_from_store(definition, static_cast<store::TableIndex>(index), store, dialect, is_stopping_);
  };
  return response;
}

base::Status Site::start(RunInfo run_info, const engine::Pipeline& pipeline, store::Store& store,
                         results::LagWatcher* lag, rejects::OpenRejects& open_rejects) {
  run_info_ = std::make_shared<const RunInfo>(std::move(run_info));
  SALESTREAM_ASSIGN(auto readers, Publisher::open_readers(run_info_->definition, store));
  add_page();
  add_api(store);
  add_monitoring(pipeline);
  server_.set_guard([this](const http::Request& request) {
    return access_.refusal(request, open_paths_.find(request.path) != open_paths_.end());
  });
  Publisher::Parts parts{
      run_info_,
      [&pipeline] { return pipeline.status(); },
      [&pipeline] { return pipeline.health(); },
      lag,
      &open_rejects,
      [this] { return is_watched(); },
      [this](const View& view) { server_.broadcast(std::make_shared<const std::string>(state_event(view))); }};
  publisher_ = std::make_unique<Publisher>(std::move(parts), std::move(readers));
  SALESTREAM_TRY(server_.start());
  publisher_->start();
  base::log_info("web page: " + url(), {{"url", url()}});
  return {};
}

void Site::note_request() { last_request_ = std::chrono::steady_clock::now(); }

bool Site::is_watched() const {
  return server_.streams() > 0 || std::chrono::steady_clock::now() - last_request_.load() < kWatching;
}

void Site::set_stopping() {
  is_stopping_ = true;
  if (publisher_) publisher_->set_stopping();
}

bool Site::stop_within(milliseconds wait) {
  is_stopping_ = true;
  if (!publisher_) return true;
  if (!publisher_->finish_within(wait)) return false;
  server_.stop(kLastEvents);
  publisher_.reset();  // its session ends before the store does
  return true;
}

}  // namespace salestream::web
