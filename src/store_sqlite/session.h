// SPDX-License-Identifier: Apache-2.0
// One thread's session with a SQLite store: a connection of its own for reading; flushes go through the store's one
// writing connection, in turns. Reading never waits for a flush. One thread.
#pragma once

#include <atomic>
#include <memory>

#include "base/mutex.h"
#include "store/store.h"
#include "store_sqlite/handles.h"
#include "store_sqlite/lock.h"
#include "store_sqlite/writer.h"

namespace salestream::store::sqlite {

// What the sessions of a store share; they keep it alive. A store opened for a run has the lock and the writer.
struct Shared {
  std::string file;
  Identity identity;
  std::shared_ptr<std::atomic<bool>> interrupted = std::make_shared<std::atomic<bool>>(false);  // who only reads
  Limits session_limits;
  RunLock run_lock;  // before the writer: it goes last
  base::Mutex writer_mutex;
  std::unique_ptr<Writer> writer ABSL_GUARDED_BY(writer_mutex);
};

base::Result<std::unique_ptr<Session>> open_session(std::shared_ptr<Shared> shared);

}  // namespace salestream::store::sqlite
