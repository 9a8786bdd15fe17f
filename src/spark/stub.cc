// SPDX-License-Identifier: Apache-2.0
// Stands in for connect.cc in a build without gRPC.
#include "spark/connect.h"
#include "spark/sink_jar.h"

namespace salestream::spark {

std::string_view sink_jar() { return ""; }

base::Result<std::unique_ptr<Connect>> connect(Remote remote, std::string_view) {
  return base::failure(remote.where() +
                       ": this salestream was built without Spark (CMake option SALESTREAM_SPARK, which needs gRPC: on "
                       "Debian 12 `tools/setup --for cassandra`). The Debian package has it, and so has what "
                       "`cmake --preset release` builds; `./run spark …` builds it by itself");
}

}  // namespace salestream::spark
