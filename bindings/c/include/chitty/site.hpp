// The site that a wallet shows things to. Part of chitty.hpp.
#ifndef CHITTY_SITE_HPP
#define CHITTY_SITE_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "error.hpp"
#include "parts.hpp"
#include "request.hpp"
#include "views.hpp"
#include "wallet.hpp"

namespace chitty {

/// How a site is set up.
struct SiteConfig {
  /// The site's own host, such as shop.example.
  std::string host;
  /// The name of the broker that it trusts: its https origin.
  std::string broker;
  /// Where it is reached, when not under its name.
  std::optional<std::string> broker_url;
  /// How old the broker's keys may get, in seconds, before nothing is judged any more.
  std::uint64_t keys_max_age_s = 86400;
  std::uint64_t deadline_ms = 10000;
  std::shared_ptr<Transport> transport;
  std::shared_ptr<Clock> clock;
};

/// What a site says about a presentation.
struct PresentationVerdict {
  /// Only true passes.
  bool valid;
  ChittyVerdictState state;
  /// Why it did not pass: a stable name; else empty.
  std::string reason;
  /// What follows is empty unless it passed. Who vouches for it.
  std::string issuer;
  /// The last day of the credential, YYYY-MM-DD.
  std::string not_after;
  /// Exactly what the policy asks for: one JSON object {name: {type, value}}.
  std::string attributes_json;
  /// The person's tag at this site, 48 bytes, if the policy wants one.
  std::optional<std::string> tag;
};

/// Asks people what a policy says, and judges what they show. Calls may come from any thread.
class Site {
 public:
  /// Opens a site. Sends nothing.
  static Result<Site> make(const SiteConfig &config) {
    ChittySiteConfig raw{};
    raw.struct_size = sizeof raw;
    raw.host = detail::view(std::string_view(config.host));
    raw.broker = detail::view(std::string_view(config.broker));
    raw.broker_url = detail::view(config.broker_url);
    raw.keys_max_age_s = config.keys_max_age_s;
    raw.deadline_ms = config.deadline_ms;
    ChittyTransport transport{};
    ChittyClock clock{};
    if (config.transport) transport = detail::transport(config.transport), raw.transport = &transport;
    if (config.clock) clock = detail::clock(config.clock), raw.clock = &clock;
    ChittyError error;
    ChittySite *out = nullptr;
    const ChittyStatus status = chitty_site_new(&raw, &out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return Site(out);
  }

  const ChittySite *raw() const noexcept { return raw_.get(); }

  /// A request with a fresh nonce, JSON, to be handed to a wallet.
  Result<std::string> request(std::string_view policy_json, const CancelToken *token = nullptr) const {
    return detail::fetch([&](auto *out, auto *error) {
      return chitty_site_request(raw_.get(), detail::view(policy_json), detail::raw(token), out, error);
    });
  }

  /// Judges a presentation (CBOR) that answers a request with this policy. Its nonce is used up by that.
  Result<PresentationVerdict> verify(std::string_view presentation, std::string_view policy_json,
                                     const CancelToken *token = nullptr) const {
    ChittyError error;
    ChittyPresentationVerdict raw;
    const ChittyStatus status = chitty_site_verify(raw_.get(), detail::bytes(presentation), detail::view(policy_json),
                                                   detail::raw(token), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    struct Guard {
      ChittyPresentationVerdict *raw;
      ~Guard() { chitty_presentation_verdict_free(raw); }
    } guard{&raw};
    PresentationVerdict verdict{raw.valid == 1,          static_cast<ChittyVerdictState>(raw.state),
                                raw.reason,              copied(raw.issuer),
                                raw.not_after,           copied(raw.attributes_json),
                                std::nullopt};
    if (raw.tag_len != 0) verdict.tag = std::string(reinterpret_cast<const char *>(raw.tag), raw.tag_len);
    return verdict;
  }

  /// Fetches the issuer's keys and schemas, for days without a network.
  Result<void> refresh(const CancelToken *token = nullptr) const {
    ChittyError error;
    const ChittyStatus status = chitty_site_refresh(raw_.get(), detail::raw(token), &error);
    return detail::done(status, error);
  }

  /// Closes the site; later calls fail with CHITTY_CODE_CLOSED.
  void close() const noexcept { chitty_site_close(raw_.get(), nullptr); }

 private:
  struct Free {
    void operator()(ChittySite *raw) const noexcept { chitty_site_free(raw); }
  };

  explicit Site(ChittySite *raw) noexcept : raw_(raw) {}

  static std::string copied(const ChittyBuffer &raw) {
    return raw.data == nullptr ? std::string() : std::string(raw.data, raw.len);
  }

  std::unique_ptr<ChittySite, Free> raw_;
};

}  // namespace chitty

#endif  // CHITTY_SITE_HPP
