// SPDX-License-Identifier: Apache-2.0
// The web page of a run, its JSON and its event stream: the routes, who may use them, and what feeds them. Made,
// started and stopped by the main thread; it answers on threads of its own, and no request reaches the pipeline itself.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "engine/pipeline.h"
#include "http/server.h"
#include "results/lag_watcher.h"
#include "store/store.h"
#include "web/access.h"
#include "web/publisher.h"

namespace salestream::web {

struct SiteOptions {
  std::optional<http::Endpoint> endpoint;  // nothing: the usual one, or, where that is taken, one of the next few ports
  std::string token_file;                  // empty: none
  std::string certificate_file, key_file;  // of TLS, in PEM; empty: without TLS
};

class Site {
 public:
  // Takes the address, before anything slow begins: one that was asked for and is taken is an error. nullptr: none of
  // the usual ones is free, which is logged.
  static base::Result<std::unique_ptr<Site>> listen(const SiteOptions& options);
  // After stop(), if it was started.
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // http://127.0.0.1:8080, or https://
  std::string url() const { return (server_.uses_tls() ? "https://" : "http://") + server_.address(); }

  enum class Needs : unsigned char { kToken, kNothing };
  // Before start(). Handlers are bound by what http::Server::route says, and ask view() what there is to tell.
  void route(std::string_view method, const std::string& path, Needs needs, http::Server::Handler handler,
             http::Server::Reach reach = http::Server::Reach::kUsual);

  // All of them outlive the site. `lag`: nullptr where the source has no end.
  base::Status start(RunInfo run_info, const engine::Pipeline& pipeline, store::Store& store, results::LagWatcher* lag,
                     rejects::OpenRejects& open_rejects);

  // After start(): the newest view, never nullptr. Any thread.
  std::shared_ptr<const View> view() const { return publisher_->view(); }

  void set_stopping();
  // Shows the last totals to who is looking, and ends. False: the store does not answer, and only the end of the
  // process is faster than it.
  bool stop_within(std::chrono::milliseconds wait);

 private:
  Site(http::Listener listener, std::shared_ptr<const http::TlsIdentity> identity, Access access);
  void add_page();
  void add_api(store::Store& store);
  void add_monitoring(const engine::Pipeline& pipeline);
  http::Response csv(const http::Request& request, store::Store& store) const;
  void note_request();
  bool is_watched() const;

  Access access_;  // the server's thread only, once it is started
  http::Server server_;
  std::set<std::string, std::less<>> open_paths_;
  std::shared_ptr<const RunInfo> run_info_;
  std::atomic<std::chrono::steady_clock::time_point> last_request_{};
  std::atomic<bool> is_stopping_{false};
  std::unique_ptr<Publisher> publisher_;
};

}  // namespace salestream::web
