// The Chitty SDK for C++17: a header over chitty.h.
//
// Objects are move-only and release themselves. Every call returns a Result: look at it, or take
// value(), which throws Exception (and aborts where exceptions are switched off). Parts of the app
// derive from the interfaces below; what they throw is caught at the border.
#ifndef CHITTY_HPP
#define CHITTY_HPP

#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chitty.h"

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

inline ChittyStr view(std::string_view text) noexcept {
  // An empty view is empty text and not "none".
  return ChittyStr{text.data() == nullptr ? "" : text.data(), text.size()};
}

inline ChittyStr view(const std::optional<std::string> &text) noexcept {
  return text ? view(std::string_view(*text)) : ChittyStr{nullptr, 0};
}

inline ChittyBytes bytes(std::string_view data) noexcept {
  return ChittyBytes{reinterpret_cast<const std::uint8_t *>(data.data() == nullptr ? "" : data.data()),
                     data.size()};
}

inline std::string text(ChittyStr view) {
  return view.data == nullptr ? std::string() : std::string(view.data, view.len);
}

inline std::string text(ChittyBytes view) {
  return view.data == nullptr ? std::string()
                              : std::string(reinterpret_cast<const char *>(view.data), view.len);
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

/// An id that a service issued, with the proof.
struct Issued {
  std::string id;
  std::string receipt;
  ChittyClass id_class;
  bool temporary;
};

namespace detail {

inline Issued issued(const ChittyIssued &raw) {
  return Issued{raw.id, raw.receipt.data == nullptr ? std::string() : std::string(raw.receipt.data, raw.receipt.len),
                static_cast<ChittyClass>(raw.id_class), raw.temporary != 0};
}

inline Result<void> done(ChittyStatus status, const ChittyError &error) {
  if (status == CHITTY_CODE_OK) return {};
  return Error(error);
}

/// Calls `call(out, error)` and copies what it wrote.
template <class Call>
Result<Issued> issue(Call call) {
  ChittyError error;
  ChittyIssued raw;
  // The status comes first: arguments of one call are evaluated in any order.
  const ChittyStatus status = call(&raw, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  struct Guard {
    ChittyIssued *raw;
    ~Guard() { chitty_issued_free(raw); }
  } guard{&raw};
  return issued(raw);
}

}  // namespace detail

/// Something that happened in the background.
struct Event {
  ChittyEventKind kind;
  /// For a wedged id: why.
  int code;
  /// For a newer key set: its version.
  std::uint64_t version;
  /// For a replaced or wedged id: the fallback id.
  std::string old_id;
  /// The id that was issued, if one was.
  std::optional<Issued> issued;
};

namespace detail {

inline Event event(const ChittyEvent &raw) {
  Event event{static_cast<ChittyEventKind>(raw.kind), raw.code, raw.version, raw.old_id, std::nullopt};
  if (raw.issued.id[0] != '\0') event.issued = issued(raw.issued);
  return event;
}

}  // namespace detail

/// Stops the waiting of the calls it was given to, once and for all.
class CancelToken {
 public:
  CancelToken() : raw_(chitty_cancel_token_new()) {}
  void cancel() const noexcept { chitty_cancel_token_cancel(raw_.get(), nullptr); }
  const ChittyCancelToken *raw() const noexcept { return raw_.get(); }

 private:
  struct Free {
    void operator()(ChittyCancelToken *raw) const noexcept { chitty_cancel_token_free(raw); }
  };
  std::unique_ptr<ChittyCancelToken, Free> raw_;
};

namespace detail {

inline const ChittyCancelToken *raw(const CancelToken *token) noexcept {
  return token == nullptr ? nullptr : token->raw();
}

}  // namespace detail

/// What to ask for.
struct Request {
  std::string id_namespace = "GEN";
  std::string entity_type = "I";
  /// Names the thing, 1 to 256 bytes: repeating the request yields the same id.
  std::optional<std::string> handle;
  /// The text of one JSON object.
  std::optional<std::string> metadata_json;
  std::optional<std::string> parent;
  std::optional<std::string> profile;
  bool require_standard = false;
  /// 0: the client's.
  std::uint64_t deadline_ms = 0;

  ChittyRequest raw() const noexcept {
    ChittyRequest raw{};
    raw.struct_size = sizeof raw;
    raw.id_namespace = detail::view(std::string_view(id_namespace));
    raw.entity_type = detail::view(std::string_view(entity_type));
    if (handle) raw.handle = detail::bytes(*handle);
    raw.metadata_json = detail::view(metadata_json);
    raw.parent = detail::view(parent);
    raw.profile = detail::view(profile);
    raw.require_standard = require_standard ? 1 : 0;
    raw.deadline_ms = deadline_ms;
    return raw;
  }
};

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

/// Where `secret:NAME` is looked up. Used from several threads at once.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual std::optional<std::string> load(const std::string &name) = 0;
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

namespace detail {

/// Runs `work`; whatever it throws stays on this side.
template <class Work>
ChittyStatus guarded(Work work) noexcept {
#if defined(__cpp_exceptions)
  try {
    work();
    return CHITTY_CODE_OK;
  } catch (...) {
    return CHITTY_CODE_FOREIGN_FAILED;
  }
#else
  work();
  return CHITTY_CODE_OK;
#endif
}

/// The C struct of a part, with a share of the part as its user data.
template <class Raw, class Part>
Raw part(const std::shared_ptr<Part> &part) {
  Raw raw{};
  raw.struct_size = sizeof raw;
  raw.user = new std::shared_ptr<Part>(part);
  raw.drop = [](void *user) noexcept {
    guarded([&] { delete static_cast<std::shared_ptr<Part> *>(user); });
  };
  return raw;
}

template <class Part>
Part &from(void *user) noexcept {
  return **static_cast<std::shared_ptr<Part> *>(user);
}

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

inline ChittySecretStore secrets(const std::shared_ptr<SecretStore> &own) {
  auto raw = part<ChittySecretStore>(own);
  raw.load = [](void *user, ChittyStr name, ChittySink *out) noexcept {
    return guarded([&] {
      if (auto secret = from<SecretStore>(user).load(text(name))) chitty_sink_bytes(out, bytes(*secret), nullptr);
    });
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

/// How a client is set up.
struct Config {
  std::string main_url;
  /// A key, or `secret:NAME`.
  std::string main_key;
  std::optional<std::string> fallback_url;
  std::optional<std::string> fallback_key;
  /// Nothing: main's own key set is fetched.
  std::optional<std::string> key_set_json;
  /// Nothing: memory.
  std::optional<std::string> store_path;
  std::uint64_t deadline_ms = 10000;
  std::uint64_t reconcile_interval_ms = 0;
  std::uint32_t batch = 0;
  bool automatic = true;
  std::shared_ptr<Transport> transport;
  std::shared_ptr<SecretStore> secrets;
  std::shared_ptr<Listener> listener;
  std::shared_ptr<Clock> clock;
  /// A store of the app's own, as C sees it; or nullptr.
  const ChittyStore *store = nullptr;
};

/// Hears what happens in the background from its making on.
class EventSubscription {
 public:
  explicit EventSubscription(ChittyEvents *raw) noexcept : raw_(raw) {}

  /// The next event; nothing when none came in time.
  Result<std::optional<Event>> next(std::uint64_t timeout_ms, const CancelToken *token = nullptr) const {
    ChittyError error;
    ChittyEvent raw;
    const ChittyStatus status = chitty_events_next(raw_.get(), timeout_ms, detail::raw(token), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    struct Guard {
      ChittyEvent *raw;
      ~Guard() { chitty_event_free(raw); }
    } guard{&raw};
    if (raw.kind == 0) return std::optional<Event>();
    return std::optional<Event>(detail::event(raw));
  }

 private:
  struct Free {
    void operator()(ChittyEvents *raw) const noexcept { chitty_events_free(raw); }
  };
  std::unique_ptr<ChittyEvents, Free> raw_;
};

/// Requests ids and keeps its promises about them. Calls may come from any thread.
class Client {
 public:
  static Result<Client> make(const Config &config) {
    ChittyConfig raw{};
    raw.struct_size = sizeof raw;
    raw.main_url = detail::view(std::string_view(config.main_url));
    raw.main_key = detail::view(std::string_view(config.main_key));
    raw.fallback_url = detail::view(config.fallback_url);
    raw.fallback_key = detail::view(config.fallback_key);
    raw.key_set_json = detail::view(config.key_set_json);
    raw.store_path = detail::view(config.store_path);
    raw.deadline_ms = config.deadline_ms;
    raw.reconcile_interval_ms = config.reconcile_interval_ms;
    raw.batch = config.batch;
    raw.manual = config.automatic ? 0 : 1;
    raw.store = config.store;
    ChittyTransport transport{};
    ChittySecretStore secrets{};
    ChittyListener listener{};
    ChittyClock clock{};
    if (config.transport) transport = detail::transport(config.transport), raw.transport = &transport;
    if (config.secrets) secrets = detail::secrets(config.secrets), raw.secrets = &secrets;
    if (config.listener) listener = detail::listener(config.listener), raw.listener = &listener;
    if (config.clock) clock = detail::clock(config.clock), raw.clock = &clock;
    ChittyError error;
    ChittyClient *out = nullptr;
    const ChittyStatus status = chitty_client_new(&raw, &out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return Client(out);
  }

  const ChittyClient *raw() const noexcept { return raw_.get(); }

  /// Requests an id and waits for it.
  Result<Issued> request_id(const Request &request, const CancelToken *token = nullptr) const {
    const ChittyRequest wanted = request.raw();
    return detail::issue([&](ChittyIssued *out, ChittyError *error) {
      return chitty_client_request_id(raw_.get(), &wanted, detail::raw(token), out, error);
    });
  }

  /// As request_id, but returns at once; `then` is called once, on a thread of the SDK.
  Result<void> request_id_async(const Request &request, std::function<void(Result<Issued>)> then,
                                const CancelToken *token = nullptr) const {
    using Then = std::function<void(Result<Issued>)>;
    const ChittyRequest wanted = request.raw();
    auto held = std::make_unique<Then>(std::move(then));
    ChittyError error;
    const ChittyStatus status = chitty_client_request_id_async(
        raw_.get(), &wanted, detail::raw(token),
        [](void *user, ChittyStatus status, const ChittyError *error, const ChittyIssued *issued) noexcept {
          std::unique_ptr<Then> then(static_cast<Then *>(user));
          detail::guarded([&] {
            if (status == CHITTY_CODE_OK) {
              (*then)(detail::issued(*issued));
            } else {
              (*then)(Error(*error));
            }
          });
        },
        held.get(), &error);
    if (status == CHITTY_CODE_OK) static_cast<void>(held.release());
    return detail::done(status, error);
  }

  /// Asks main whether an id is real and current.
  Result<ChittyVerification> verify(std::string_view id, std::uint64_t deadline_ms = 0,
                                    const CancelToken *token = nullptr) const {
    return ask<ChittyVerification>([&](auto *out, auto *error) {
      return chitty_client_verify(raw_.get(), detail::view(id), deadline_ms, detail::raw(token), out, error);
    });
  }

  /// Checks offline that `receipt` proves `id`.
  Result<ChittyVerdict> verify_receipt(std::string_view id, std::string_view receipt) const {
    return ask<ChittyVerdict>([&](auto *out, auto *error) {
      return chitty_client_verify_receipt(raw_.get(), detail::view(id), detail::view(receipt), out, error);
    });
  }

  /// The fallback ids that are still owed a permanent one.
  Result<std::vector<ChittyPending>> pending() const {
    ChittyError error;
    ChittyPendingList *raw = nullptr;
    const ChittyStatus status = chitty_client_pending(raw_.get(), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    std::unique_ptr<ChittyPendingList, FreePending> list(raw);
    std::vector<ChittyPending> out(chitty_pending_len(raw));
    for (std::size_t i = 0; i < out.size(); ++i) chitty_pending_get(raw, i, &out[i], nullptr);
    return out;
  }

  /// Replaces one fallback id now.
  Result<Issued> reconcile(std::string_view fallback_id, std::uint64_t deadline_ms = 0,
                           const CancelToken *token = nullptr) const {
    return detail::issue([&](ChittyIssued *out, ChittyError *error) {
      return chitty_client_reconcile(raw_.get(), detail::view(fallback_id), deadline_ms, detail::raw(token), out, error);
    });
  }

  /// The id to use in the place of `old`: the permanent one, for ever.
  Result<Issued> resolve(std::string_view old, std::uint64_t deadline_ms = 0, const CancelToken *token = nullptr) const {
    return detail::issue([&](ChittyIssued *out, ChittyError *error) {
      return chitty_client_resolve(raw_.get(), detail::view(old), deadline_ms, detail::raw(token), out, error);
    });
  }

  /// Answers open requests and replaces fallback ids until nothing is due or the deadline passes.
  Result<ChittyDrainReport> drain(std::uint64_t deadline_ms = 0, const CancelToken *token = nullptr) const {
    return ask<ChittyDrainReport>([&](auto *out, auto *error) {
      return chitty_client_drain(raw_.get(), deadline_ms, detail::raw(token), out, error);
    });
  }

  /// Gives refused debts another chance; tells how many.
  Result<std::uint64_t> retry_wedged() const {
    return ask<std::uint64_t>(
        [&](auto *out, auto *error) { return chitty_client_retry_wedged(raw_.get(), out, error); });
  }

  /// Gives one debt up for good, with the reason on record.
  Result<void> abandon(std::string_view fallback_id, std::string_view why) const {
    return act([&](auto *error) {
      return chitty_client_abandon(raw_.get(), detail::view(fallback_id), detail::view(why), error);
    });
  }

  /// Counters since the client was made.
  Result<ChittyMetrics> metrics() const {
    return ask<ChittyMetrics>([&](auto *out, auto *error) { return chitty_client_metrics(raw_.get(), out, error); });
  }

  /// How both services and the store look from here.
  Result<ChittyHealth> health(const CancelToken *token = nullptr) const {
    return ask<ChittyHealth>(
        [&](auto *out, auto *error) { return chitty_client_health(raw_.get(), detail::raw(token), out, error); });
  }

  /// Listens to what happens in the background from now on.
  Result<EventSubscription> events() const {
    ChittyError error;
    ChittyEvents *out = nullptr;
    const ChittyStatus status = chitty_client_events(raw_.get(), &out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return EventSubscription(out);
  }

  /// Lets go of the store's files.
  Result<void> suspend(std::uint64_t deadline_ms) const {
    return act([&](auto *error) { return chitty_client_suspend(raw_.get(), deadline_ms, error); });
  }

  /// Opens the store again.
  Result<void> resume() const {
    return act([&](auto *error) { return chitty_client_resume(raw_.get(), error); });
  }

  /// Ends the client; later calls fail with CHITTY_CODE_CLOSED.
  void close() const noexcept { chitty_client_close(raw_.get(), nullptr); }

 private:
  struct Free {
    void operator()(ChittyClient *raw) const noexcept { chitty_client_free(raw); }
  };
  struct FreePending {
    void operator()(ChittyPendingList *raw) const noexcept { chitty_pending_free(raw); }
  };

  explicit Client(ChittyClient *raw) noexcept : raw_(raw) {}

  template <class T, class Call>
  static Result<T> ask(Call call) {
    ChittyError error;
    T out{};
    const ChittyStatus status = call(&out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return out;
  }

  template <class Call>
  static Result<void> act(Call call) {
    ChittyError error;
    const ChittyStatus status = call(&error);
    return detail::done(status, error);
  }

  std::unique_ptr<ChittyClient, Free> raw_;
};

/// Takes an id apart.
inline Result<ChittyParsedId> parse_id(std::string_view text) {
  ChittyError error;
  ChittyParsedId out{};
  const ChittyStatus status = chitty_parse_id(detail::view(text), &out, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  return out;
}

}  // namespace chitty

#endif  // CHITTY_HPP
