// SPDX-License-Identifier: Apache-2.0
// The headers of messages that are made from rejected ones: why, and from where. Their names are part of the program's
// face: docs/rejects.md lists them. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/order.h"
#include "kafka/outgoing.h"

namespace salestream::rejects {

inline constexpr const char* kReasonHeader = "salestream.reason";
inline constexpr const char* kDetailHeader = "salestream.detail";
inline constexpr const char* kPipelineHeader = "salestream.pipeline";
inline constexpr const char* kSourceHeader = "salestream.log";
inline constexpr const char* kPartitionHeader = "salestream.partition";
inline constexpr const char* kOffsetHeader = "salestream.offset";
inline constexpr const char* kTimestampHeader = "salestream.timestamp_ms";  // left out where the source has none
inline constexpr const char* kResendHeader = "salestream.resend";

// Where the rejected message stood.
std::vector<kafka::Header> origin_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject);

// The same, and why it is one.
std::vector<kafka::Header> reject_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject);

// The same as the first, and in which resend it is sent.
std::vector<kafka::Header> resend_headers(const std::string& pipeline, const std::string& source,
                                          const core::Reject& reject, const std::string& resend);

}  // namespace salestream::rejects
