// The app's own store. Part of chitty.hpp.
#ifndef CHITTY_STORE_HPP
#define CHITTY_STORE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "border.hpp"
#include "views.hpp"

namespace chitty {

/// One row of a store. The store compares versions and understands nothing else.
struct StoreRow {
  /// Its name, 32 bytes.
  std::string key;
  /// A number from 1 to 7; rows are listed and counted by it.
  std::uint32_t state = 0;
  /// Not unique.
  std::optional<std::string> fallback_id;
  std::optional<std::string> permanent_id;
  /// Nobody works on it before this time, in milliseconds since 1970.
  std::int64_t due_ms = 0;
  /// Rises by one with each write; 0 for a row that was never stored.
  std::uint64_t version = 0;
  /// Opaque bytes.
  std::string body;
};

/// Durable memory of a client. Every call happens entirely or not at all; a Failure with one of
/// CHITTY_CODE_STORE_FULL to CHITTY_CODE_STORE_FOREIGN says why not. All may block and may call back
/// in. Used from several threads at once.
class PendingStore {
 public:
  virtual ~PendingStore() = default;
  /// The store's secret: 32 random bytes, made when the store is created and never changed.
  virtual std::string store_key() = 0;
  /// The row of that name, if there is one.
  virtual std::optional<StoreRow> get(const std::string &key) = 0;
  /// Writes `row` if the stored version equals `row.version` (0: no such row yet), and answers its new
  /// version, one higher; nothing when another version is stored. With `power_safe` the row must
  /// survive a power cut before the call returns.
  virtual std::optional<std::uint64_t> put(const StoreRow &row, bool power_safe) = 0;
  /// Removes the row if it is in state 1 and its version is still `version`; says whether it did.
  virtual bool remove(const std::string &key, std::uint64_t version) = 0;
  /// The rows whose fallback or permanent id is `id`.
  virtual std::vector<StoreRow> find(const std::string &id) = 0;
  /// At most `limit` rows in one of `states` (one byte each) that are due at or before `due_ms`,
  /// earliest first.
  virtual std::vector<StoreRow> list(const std::string &states, std::int64_t due_ms, std::uint64_t limit) = 0;
  /// The number of rows in state N at index N, for N from 1 to 7.
  virtual std::array<std::uint64_t, 8> counts() = 0;
  /// Takes or renews the right to drain for `owner` until `until_ms`; false when another owner holds
  /// it at `now_ms`. One that is held until later than `until_ms` was taken by a clock that was
  /// ahead, and is free.
  virtual bool lease(const std::string &owner, std::int64_t now_ms, std::int64_t until_ms) = 0;
  /// Gives the right to drain back, if `owner` holds it.
  virtual void release(const std::string &owner) = 0;
  /// The note of that name, if there is one.
  virtual std::optional<std::string> note(const std::string &name) = 0;
  /// Keeps a note.
  virtual void set_note(const std::string &name, const std::string &value) = 0;
  /// Keeps a note if it holds `expected` now (nothing: there is no such note); says whether it did. This
  /// one calls `note` and `set_note`, which is enough for a store of one client; a store that several
  /// clients or processes share overrides it with one step.
  virtual bool swap_note(const std::string &name, const std::optional<std::string> &expected,
                         const std::string &value) {
    if (note(name) != expected) return false;
    set_note(name, value);
    return true;
  }
  /// Finishes writes and lets go of files and locks, until `resume`.
  virtual void suspend() {}
  /// Opens again.
  virtual void resume() {}
};

namespace detail {

inline ChittyStatus give(ChittySink *out, const StoreRow &row) noexcept {
  const ChittyStoreRow raw{bytes(row.key),  row.state,   0,          view(row.fallback_id), view(row.permanent_id),
                           row.due_ms,      row.version, bytes(row.body)};
  return chitty_sink_row(out, &raw, nullptr);
}

inline ChittyStatus give(ChittySink *out, const std::vector<StoreRow> &rows) noexcept {
  for (const StoreRow &row : rows) {
    if (const ChittyStatus status = give(out, row); status != CHITTY_CODE_OK) return status;
  }
  return CHITTY_CODE_OK;
}

inline ChittyStatus give(ChittySink *out, const std::optional<std::string> &found) noexcept {
  return found ? chitty_sink_bytes(out, bytes(*found), nullptr) : CHITTY_CODE_OK;
}

inline std::optional<std::string> optional(ChittyStr view) {
  if (view.data == nullptr) return std::nullopt;
  return text(view);
}

inline StoreRow row(const ChittyStoreRow &raw) {
  return StoreRow{text(raw.key),  raw.state,   optional(raw.fallback_id), optional(raw.permanent_id),
                  raw.due_ms,     raw.version, text(raw.body)};
}

inline ChittyStore store(const std::shared_ptr<PendingStore> &own) {
  using S = PendingStore;
  auto raw = part<ChittyStore>(own);
  raw.store_key = [](void *user, ChittySink *out) noexcept {
    return guarded([&] { return give(out, std::optional(from<S>(user).store_key())); });
  };
  raw.get = [](void *user, ChittyBytes key, ChittySink *out) noexcept {
    return guarded([&] {
      const auto found = from<S>(user).get(text(key));
      return found ? give(out, *found) : ChittyStatus(CHITTY_CODE_OK);
    });
  };
  raw.put = [](void *user, const ChittyStoreRow *given, std::uint32_t power_safe, std::uint64_t *version) noexcept {
    return guarded([&] { *version = from<S>(user).put(row(*given), power_safe != 0).value_or(0); });
  };
  raw.remove = [](void *user, ChittyBytes key, std::uint64_t version, std::uint32_t *removed) noexcept {
    return guarded([&] { *removed = from<S>(user).remove(text(key), version) ? 1 : 0; });
  };
  raw.find = [](void *user, ChittyStr id, ChittySink *out) noexcept {
    return guarded([&] { return give(out, from<S>(user).find(text(id))); });
  };
  raw.list = [](void *user, ChittyBytes states, std::int64_t due_ms, std::uint64_t limit, ChittySink *out) noexcept {
    return guarded([&] { return give(out, from<S>(user).list(text(states), due_ms, limit)); });
  };
  raw.counts = [](void *user, std::uint64_t *counts) noexcept {
    return guarded([&] {
      const auto found = from<S>(user).counts();
      for (std::size_t state = 1; state < found.size(); ++state) counts[state] = found[state];
    });
  };
  raw.lease = [](void *user, ChittyBytes owner, std::int64_t now_ms, std::int64_t until_ms,
                 std::uint32_t *taken) noexcept {
    return guarded([&] { *taken = from<S>(user).lease(text(owner), now_ms, until_ms) ? 1 : 0; });
  };
  raw.release = [](void *user, ChittyBytes owner) noexcept {
    return guarded([&] { from<S>(user).release(text(owner)); });
  };
  raw.note = [](void *user, ChittyStr name, ChittySink *out) noexcept {
    return guarded([&] { return give(out, from<S>(user).note(text(name))); });
  };
  raw.set_note = [](void *user, ChittyStr name, ChittyBytes value) noexcept {
    return guarded([&] { from<S>(user).set_note(text(name), text(value)); });
  };
  raw.swap_note = [](void *user, ChittyStr name, ChittyBytes expected, ChittyBytes value,
                     std::uint32_t *swapped) noexcept {
    return guarded([&] {
      std::optional<std::string> held;
      if (expected.data != nullptr) held = text(expected);
      *swapped = from<S>(user).swap_note(text(name), held, text(value)) ? 1 : 0;
    });
  };
  raw.suspend = [](void *user) noexcept { return guarded([&] { from<S>(user).suspend(); }); };
  raw.resume = [](void *user) noexcept { return guarded([&] { from<S>(user).resume(); }); };
  return raw;
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_STORE_HPP
