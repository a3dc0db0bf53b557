// What to ask for, and how to stop waiting for it. Part of chitty.hpp.
#ifndef CHITTY_REQUEST_HPP
#define CHITTY_REQUEST_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "views.hpp"

namespace chitty {

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

}  // namespace chitty

#endif  // CHITTY_REQUEST_HPP
