// SPDX-License-Identifier: Apache-2.0
#include "rejects/headers.h"

namespace salestream::rejects {

std::vector<kafka::Header> origin_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject) {
  std::vector<kafka::Header> headers{{kPipelineHeader, pipeline},
                                     {kSourceHeader, source},
                                     {kPartitionHeader, std::to_string(reject.partition)},
                                     {kOffsetHeader, std::to_string(reject.offset)}};
  if (reject.timestamp_ms >= 0) headers.push_back({kTimestampHeader, std::to_string(reject.timestamp_ms)});
  return headers;
}

std::vector<kafka::Header> reject_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject) {
  std::vector<kafka::Header> headers = origin_headers(pipeline, source, reject);
  headers.push_back({kReasonHeader, core::name_of(reject.reason)});
  headers.push_back({kDetailHeader, reject.detail});
  return headers;
}

std::vector<kafka::Header> resend_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject, const std::string& resend) {
  std::vector<kafka::Header> headers = origin_headers(pipeline, source, reject);
  headers.push_back({kResendHeader, resend});
  return headers;
}

}  // namespace salestream::rejects
