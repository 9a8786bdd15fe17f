// SPDX-License-Identifier: Apache-2.0
#include "http/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/tls.h"

namespace salestream::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

auto moved_handler(Transport::Moved done) {
  return [done = std::move(done)](const error_code& error, std::size_t bytes) {
    // A write that moved something and then failed is a failure.
    done(!error, error ? 0 : bytes);
  };
}

// Asio takes an address's family for its own purposes only, such as binding, which is done already.
tcp::socket adopt(asio::io_context& loop, base::FileDescriptor descriptor) {
  tcp::socket socket(loop);
  error_code failed;
  const int fd = descriptor.release();
  if (socket.assign(tcp::v4(), fd, failed); failed) ::close(fd);
  return socket;
}

}  // namespace

class Transport::Implementation {
 public:
  Implementation(asio::io_context& loop, base::FileDescriptor descriptor, const TlsIdentity* identity)
      : socket_(adopt(loop, std::move(descriptor))) {
    if (identity != nullptr) tls_.emplace(socket_, identity->context());
  }

  void handshake(std::function<void(Handshake)> done) {
    if (!tls_) return asio::post(socket_.get_executor(), [done = std::move(done)] { done(Handshake::kDone); });
    tls_->async_handshake(asio::ssl::stream_base::server, [this, done = std::move(done)](const error_code& error) {
      const bool is_plain = error.category() == asio::error::get_ssl_category() &&
                            ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
      if (is_plain) is_plain_ = true;
      done(is_plain ? Handshake::kPlainHttp : error ? Handshake::kFailed : Handshake::kDone);
    });
  }

  bool uses_tls() const { return tls_ && !is_plain_; }

  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  bool is_plain_ = false;
};

Transport::Transport(asio::io_context& loop, base::FileDescriptor socket, const TlsIdentity* identity)
    : implementation_(std::make_unique<Implementation>(loop, std::move(socket), identity)) {}
Transport::~Transport() = default;

void Transport::handshake(std::function<void(Handshake)> done) { implementation_->handshake(std::move(done)); }

void Transport::read_some(std::span<char> buffer, Moved done) {
  const auto into = asio::buffer(buffer.data(), buffer.size());
  if (implementation_->uses_tls())
    implementation_->tls_->async_read_some(into, moved_handler(std::move(done)));
  else
    implementation_->socket_.async_read_some(into, moved_handler(std::move(done)));
}

void Transport::write_some(std::string_view bytes, Moved done) {
  const auto from = asio::buffer(bytes.data(), bytes.size());
  if (implementation_->uses_tls())
    implementation_->tls_->async_write_some(from, moved_handler(std::move(done)));
  else
    implementation_->socket_.async_write_some(from, moved_handler(std::move(done)));
}

void Transport::end(std::function<void()> done) {
  const auto end_socket = [this, done = std::move(done)](const error_code&) {
    error_code ignored;
    implementation_->socket_.shutdown(tcp::socket::shutdown_send, ignored);
    done();
  };
  if (implementation_->uses_tls())
    implementation_->tls_->async_shutdown(end_socket);
  else
    asio::post(implementation_->socket_.get_executor(), [end_socket] { end_socket({}); });
}

void Transport::drain_some(std::span<char> buffer, Moved done) {
  implementation_->socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), moved_handler(std::move(done)));
}

void Transport::set_send_buffer(int bytes) {
  error_code ignored;
  implementation_->socket_.set_option(asio::socket_base::send_buffer_size(bytes), ignored);
}

void Transport::close() {
  error_code ignored;
  implementation_->socket_.close(ignored);
}

}  // namespace salestream::http
