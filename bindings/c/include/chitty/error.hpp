// Why a call failed, and a value or that. Part of chitty.hpp.
#ifndef CHITTY_ERROR_HPP
#define CHITTY_ERROR_HPP

#include <cstdlib>
#include <cstring>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "../chitty.h"

namespace chitty {

/// Why a call failed.
class Error {
 public:
  Error() noexcept { std::memset(&raw_, 0, sizeof raw_); }
  explicit Error(const ChittyError &raw) noexcept : raw_(raw) {}

  /// What happened: one of ChittyCode, or newer.
  int code() const noexcept { return raw_.code; }
  /// What to do.
  ChittyErrorKind kind() const noexcept { return static_cast<ChittyErrorKind>(raw_.kind); }
  /// How far the request got.
  ChittyStage stage() const noexcept { return static_cast<ChittyStage>(raw_.stage); }
  /// When to come back, in milliseconds, if somebody said so.
  std::optional<std::int64_t> retry_after_ms() const noexcept {
    if (raw_.retry_after_ms < 0) return std::nullopt;
    return raw_.retry_after_ms;
  }
  /// The code that the service itself gave, or 0.
  int service_code() const noexcept { return raw_.service_code; }
  /// The code as text, such as CHT-1306.
  const char *code_text() const noexcept { return raw_.code_text; }
  /// What happened and what to do next, for people.
  const char *reason() const noexcept { return raw_.reason; }

 private:
  ChittyError raw_;
};

/// What value() throws.
class Exception : public std::exception {
 public:
  explicit Exception(const Error &error) noexcept : error_(error) {}
  const char *what() const noexcept override { return error_.reason(); }
  const Error &error() const noexcept { return error_; }

 private:
  Error error_;
};

namespace detail {

[[noreturn]] inline void fail(const Error &error) {
#if defined(__cpp_exceptions)
  throw Exception(error);
#else
  (void)error;
  std::abort();
#endif
}

}  // namespace detail

/// A value or an error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, error) {}

  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  /// The value; throws Exception when there is none.
  T &value() & { return check(), std::get<0>(held_); }
  const T &value() const & { return check(), std::get<0>(held_); }
  T &&value() && { return check(), std::get<0>(std::move(held_)); }
  T &operator*() & { return value(); }
  T &&operator*() && { return std::move(*this).value(); }
  T *operator->() { return &value(); }
  /// The error; one with code 0 when there is a value.
  Error error() const noexcept {
    const Error *error = std::get_if<1>(&held_);
    return error == nullptr ? Error() : *error;
  }

 private:
  void check() const {
    if (!has_value()) detail::fail(error());
  }
  std::variant<T, Error> held_;
};

/// Success or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(error) {}

  bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  /// Throws Exception after a failure.
  void value() const {
    if (error_) detail::fail(*error_);
  }
  Error error() const noexcept { return error_.value_or(Error()); }

 private:
  std::optional<Error> error_;
};

namespace detail {

inline Result<void> done(ChittyStatus status, const ChittyError &error) {
  if (status == CHITTY_CODE_OK) return {};
  return Error(error);
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_ERROR_HPP
