// SPDX-License-Identifier: Apache-2.0
// Whether anybody listens at all where a cluster is said to be: librdkafka tells of a refused connection, but not
// whether there is another address left to try. Any thread; waits for no longer than a few seconds.
#pragma once

#include <string>

namespace salestream::kafka {

// Whether each address of each server in bootstrap.servers ("a:9092,b:9092") refuses connections. A name that can't be
// resolved, or an address that does not answer, may still do better.
bool is_refused_everywhere(const std::string& bootstrap_servers);

}  // namespace salestream::kafka
