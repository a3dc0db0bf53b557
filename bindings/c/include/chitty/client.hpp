// The client. Part of chitty.hpp.
#ifndef CHITTY_CLIENT_HPP
#define CHITTY_CLIENT_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "border.hpp"
#include "error.hpp"
#include "issued.hpp"
#include "keys.hpp"
#include "parts.hpp"
#include "request.hpp"
#include "store.hpp"
#include "views.hpp"

namespace chitty {

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
  /// How old a fetched key set may be for verdicts, at least 60 000; 0: a day.
  std::uint64_t key_set_max_age_ms = 0;
  std::shared_ptr<Transport> transport;
  std::shared_ptr<SecretStore> secrets;
  std::shared_ptr<Listener> listener;
  std::shared_ptr<Clock> clock;
  /// A store of the app's own, in the place of a file.
  std::shared_ptr<PendingStore> store;
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
    raw.key_set_max_age_ms = config.key_set_max_age_ms;
    ChittyStore store{};
    ChittyTransport transport{};
    ChittySecretStore secrets{};
    ChittyListener listener{};
    ChittyClock clock{};
    if (config.store) store = detail::store(config.store), raw.store = &store;
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

  /// Fetches main's key set now; says whether it is a newer one.
  Result<bool> refresh(const CancelToken *token = nullptr) const {
    ChittyError error;
    std::uint32_t newer = 0;
    const ChittyStatus status = chitty_client_refresh(raw_.get(), detail::raw(token), &newer, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return newer != 0;
  }

  /// Checks that `receipt` proves `id`, offline unless the fetched key set is too old or lacks the key.
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

}  // namespace chitty

#endif  // CHITTY_CLIENT_HPP
