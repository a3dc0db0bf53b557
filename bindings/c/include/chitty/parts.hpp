// Parts of the app that the SDK uses: transport, listener, clock, log. Part of chitty.hpp.
#ifndef CHITTY_PARTS_HPP
#define CHITTY_PARTS_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "border.hpp"
#include "error.hpp"
#include "issued.hpp"
#include "views.hpp"

namespace chitty {

/// One HTTP exchange: answer it once, from any thread. Unanswered, it times out.
class Exchange {
 public:
  explicit Exchange(ChittyExchange *raw) noexcept : raw_(raw) {}
  Result<void> answer(std::uint16_t status, const std::vector<std::pair<std::string, std::string>> &headers,
                      std::string_view body) const {
    std::vector<ChittyHeader> views;
    for (const auto &[name, value] : headers) {
      views.push_back(ChittyHeader{detail::view(std::string_view(name)), detail::view(std::string_view(value))});
    }
    ChittyError error;
    const ChittyStatus status_of_call =
        chitty_exchange_answer(raw_, status, views.data(), views.size(), detail::bytes(body), &error);
    return detail::done(status_of_call, error);
  }
  void fail(int code, ChittyStage stage) const noexcept { chitty_exchange_fail(raw_, code, stage, nullptr); }

 private:
  ChittyExchange *raw_;
};

/// One request, complete.
struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::uint64_t timeout_ms;
};

/// How requests leave. Used from several threads at once.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(const HttpRequest &request, Exchange exchange) = 0;
};

/// Who is told what happens in the background, one event after the other.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_event(const Event &event) = 0;
};

/// What time it is. Must answer at once and must not call back in.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_ms() = 0;
};

/// Takes the SDK's log lines, one after the other. They carry no ids, keys, receipts or metadata.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void log(ChittyLogLevel level, std::string_view target, std::string_view text) = 0;
};

namespace detail {

inline ChittyTransport transport(const std::shared_ptr<Transport> &own) {
  auto raw = part<ChittyTransport>(own);
  raw.send = [](void *user, const ChittyHttpRequest *request, ChittyExchange *exchange) noexcept {
    const ChittyStatus status = guarded([&] {
      HttpRequest copy{text(request->method), text(request->url), {}, text(request->body), request->timeout_ms};
      for (std::size_t i = 0; i < request->headers_len; ++i) {
        copy.headers.emplace_back(text(request->headers[i].name), text(request->headers[i].value));
      }
      from<Transport>(user).send(copy, Exchange(exchange));
    });
    if (status != CHITTY_CODE_OK) chitty_exchange_fail(exchange, status, CHITTY_STAGE_MAYBE_SENT, nullptr);
  };
  return raw;
}

inline ChittyListener listener(const std::shared_ptr<Listener> &own) {
  auto raw = part<ChittyListener>(own);
  raw.on_event = [](void *user, const ChittyEvent *happened) noexcept {
    return guarded([&] { from<Listener>(user).on_event(event(*happened)); });
  };
  return raw;
}

inline ChittyClock clock(const std::shared_ptr<Clock> &own) {
  auto raw = part<ChittyClock>(own);
  raw.now_ms = [](void *user, std::int64_t *now_ms) noexcept {
    return guarded([&] { *now_ms = from<Clock>(user).now_ms(); });
  };
  return raw;
}

}  // namespace detail

/// Sends the SDK's log lines up to `level` to `sink`, for the whole process and for good; a second
/// sink is refused.
inline Result<void> set_log_sink(const std::shared_ptr<LogSink> &sink, ChittyLogLevel level) {
  auto raw = detail::part<ChittyLogSink>(sink);
  raw.log = [](void *user, std::int32_t line, ChittyStr target, ChittyStr text) noexcept {
    return detail::guarded([&] {
      detail::from<LogSink>(user).log(static_cast<ChittyLogLevel>(line), detail::viewed(target), detail::viewed(text));
    });
  };
  ChittyError error;
  const ChittyStatus status = chitty_set_log_sink(&raw, level, &error);
  return detail::done(status, error);
}

}  // namespace chitty

#endif  // CHITTY_PARTS_HPP
