// SPDX-License-Identifier: Apache-2.0
#include "audit/reject_records.h"

#include <algorithm>
#include <type_traits>

namespace salestream::audit {
namespace {

constexpr std::int64_t kRecordsPerRead = 256;

}  // namespace

base::Status RejectRecords::add(const RejectRecord& record) {
  if (records_.size() >= std::max<std::size_t>(1, most_in_memory_)) SALESTREAM_TRY(write());
  if (records_.empty()) records_.reserve(most_in_memory_);  // a vector that grows takes three times as much
  records_.push_back(record);
  ++size_;
  return {};
}

base::Status RejectRecords::write() {
  static_assert(std::is_trivially_copyable_v<RejectRecord>);
  if (!file_) {
    SALESTREAM_ASSIGN(file_, base::TemporaryFile::make());
  }
  SALESTREAM_TRY(
      file_->append({reinterpret_cast<const char*>(records_.data()), records_.size() * sizeof(RejectRecord)}));
  in_file_ = size_;
  records_.clear();
  return {};
}

base::Status RejectRecords::read(std::int64_t first, std::int64_t most, std::vector<RejectRecord>& out) const {
  if (first >= in_file_) {
    const auto begin = records_.begin() + (first - in_file_);
    out.assign(begin, begin + std::min<std::int64_t>({most, kRecordsPerRead, records_.end() - begin}));
    return {};
  }
  out.resize(static_cast<std::size_t>(std::min({most, kRecordsPerRead, in_file_ - first})));
  return file_->read(first * static_cast<std::int64_t>(sizeof(RejectRecord)),
                     {reinterpret_cast<char*>(out.data()), out.size() * sizeof(RejectRecord)});
}

base::Result<const RejectRecord*> RejectCursor::peek() {
  if (at_ == page_.size() && next_ < end_) {
    SALESTREAM_TRY(records_->read(next_, end_ - next_, page_));
    next_ += static_cast<std::int64_t>(page_.size());
    at_ = 0;
  }
  return at_ < page_.size() ? &page_[at_] : static_cast<const RejectRecord*>(nullptr);
}

}  // namespace salestream::audit
