// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an Error written for the person who reads it. The one way failures travel in this program:
// no exception leaves an adapter, and nothing that a user or a network can do is an assertion.
// Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace salestream::base {

enum class ErrorKind : std::uint8_t {
  kFailure,    // it failed and will fail again: stop, exit code 1
  kUsage,      // the command line or the pipeline file is wrong: exit code 2
  kRetriable,  // the other side is unavailable or busy: the same call may go through later
};

// What happened, where, and what to do, in one text.
struct Error {
  ErrorKind kind = ErrorKind::kFailure;
  std::string message;
};

inline Error failure(std::string message) { return {ErrorKind::kFailure, std::move(message)}; }
inline Error usage_error(std::string message) { return {ErrorKind::kUsage, std::move(message)}; }
inline Error retriable(std::string message) { return {ErrorKind::kRetriable, std::move(message)}; }

template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns a value or an error as it is. NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    SALESTREAM_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    SALESTREAM_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    SALESTREAM_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    SALESTREAM_CHECK(!ok());
    return std::get<1>(state_);
  }
  Error&& error() && {
    SALESTREAM_CHECK(!ok());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as above.
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const& {
    SALESTREAM_CHECK(!ok());
    return *error_;
  }
  Error&& error() && {
    SALESTREAM_CHECK(!ok());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace salestream::base

// Returns the error of a Result from the enclosing function, and goes on otherwise.
#define SALESTREAM_TRY(expression)                                                                             \
  do {                                                                                                         \
    if (auto salestream_try_ = (expression); !salestream_try_.ok()) return std::move(salestream_try_).error(); \
  } while (false)

// The same, keeping the value: SALESTREAM_ASSIGN(auto cells, session.read_cells(…));
#define SALESTREAM_ASSIGN_CONCAT_(a, b) a##b
#define SALESTREAM_ASSIGN_NAME_(line) SALESTREAM_ASSIGN_CONCAT_(salestream_result_, line)
#define SALESTREAM_ASSIGN_(result, target, expression) \
  auto result = (expression);                          \
  if (!result.ok()) return std::move(result).error();  \
  target = *std::move(result)
#define SALESTREAM_ASSIGN(target, expression) SALESTREAM_ASSIGN_(SALESTREAM_ASSIGN_NAME_(__LINE__), target, expression)
