// SPDX-License-Identifier: Apache-2.0
// A client's socket, with TLS or without, driven by callbacks: Boost.Asio and OpenSSL behind what a connection needs of
// them. At most one read and one write are under way; a callback always comes, later, on the thread that runs `loop`.
// After close() it comes with kFailed. Used by the server's thread alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"

namespace boost::asio {
class io_context;
}

namespace salestream::http {

class TlsIdentity;

class Transport {
 public:
  // `bytes` is 0 where `is_good` is false: the client has gone, or something failed.
  using Moved = std::function<void(bool is_good, std::size_t bytes)>;
  enum class Handshake : std::uint8_t { kDone, kPlainHttp, kFailed };

  // `identity`: nullptr without TLS; it outlives the transport. The socket does not block.
  Transport(boost::asio::io_context& loop, base::FileDescriptor socket, const TlsIdentity* identity);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Before anything else. kPlainHttp: the client speaks HTTP where TLS was expected, and is answered without TLS.
  void handshake(std::function<void(Handshake)> done);
  // Both move what is there, at most `buffer` or `bytes`, which stay where they are until then.
  void read_some(std::span<char> buffer, Moved done);
  void write_some(std::string_view bytes, Moved done);
  // Tells the client that nothing more will come. What it still sends is read by drain_some(), in whatever form.
  void end(std::function<void()> done);
  void drain_some(std::span<char> buffer, Moved done);
  // What the system keeps for a client that does not read.
  void set_send_buffer(int bytes);
  void close();

 private:
  class Implementation;
  const std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::http
