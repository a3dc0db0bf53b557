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
  /// Where wallets post their answers to signed requests: an https address of this host.
  std::optional<std::string> response_uri;
  /// The name under which the site publishes the key that signs its requests.
  std::optional<std::string> request_kid;
  /// That key: the 32 bytes of a P-256 secret, big-endian. A secret.
  std::optional<std::string> request_key;
  /// Whether signed requests for sessions on another device are allowed. Whoever makes somebody scan such a
  /// request is let in as them.
  bool cross_device = false;
};

/// A site's question for one session.
struct SiteRequest {
  /// What the wallet gets: JSON or, signed, a compact JWS.
  std::string text;
  /// What the session keeps on the server, where its visitor cannot change it, and passes when the answer is
  /// judged.
  std::string nonce;
};

/// What a site thinks of what was posted to it, and what it answers the wallet.
struct ResponseAnswer {
  /// Only true passes. It logs nobody in: whose session asked is not known yet.
  bool valid;
  ChittyVerdictState state;
  /// Why it did not pass: a stable name; else empty.
  std::string reason;
  /// When it passed: the body of the answer to the wallet, application/json. Not to be cached or logged.
  std::string answer_json;
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
    raw.response_uri = detail::view(config.response_uri);
    raw.request_kid = detail::view(config.request_kid);
    if (config.request_key) raw.request_key = detail::bytes(*config.request_key);
    raw.cross_device = config.cross_device ? 1 : 0;
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

  /// A request with a fresh nonce, JSON, to be handed to a wallet. The session that asks keeps the nonce.
  Result<SiteRequest> request(std::string_view policy_json, const CancelToken *token = nullptr) const {
    return asked([&](auto *out, auto *error) {
      return chitty_site_request(raw_.get(), detail::view(policy_json), detail::raw(token), out, error);
    });
  }

  /// A signed request with a fresh nonce, a compact JWS, to be handed to a wallet by a link or as a picture. The
  /// wallet posts its answer to the site's response_uri.
  Result<SiteRequest> signed_request(std::string_view policy_json, ChittyFlow flow,
                                     const CancelToken *token = nullptr) const {
    return asked([&](auto *out, auto *error) {
      return chitty_site_signed_request(raw_.get(), detail::view(policy_json), flow, detail::raw(token), out, error);
    });
  }

  /// Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
  /// `expected_nonce`, which is used up by that.
  Result<PresentationVerdict> verify(std::string_view presentation, std::string_view policy_json,
                                     std::string_view expected_nonce, const CancelToken *token = nullptr) const {
    return judged([&](auto *out, auto *error) {
      return chitty_site_verify(raw_.get(), detail::bytes(presentation), detail::view(policy_json),
                                detail::view(expected_nonce), detail::raw(token), out, error);
    });
  }

  /// Takes what a wallet posted to response_uri (CBOR), and judges it. The request is used up by that. Logs nobody
  /// in: answer the wallet with `answer_json`.
  Result<ResponseAnswer> receive(std::string_view presentation, const CancelToken *token = nullptr) const {
    ChittyError error;
    ChittyResponseAnswer raw;
    const ChittyStatus status =
        chitty_site_receive(raw_.get(), detail::bytes(presentation), detail::raw(token), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return ResponseAnswer{raw.valid == 1, static_cast<ChittyVerdictState>(raw.state), raw.reason,
                          detail::taken(raw.answer_json)};
  }

  /// What was shown to the session that brings `response_code` and kept `expected_nonce`: once, within 300 seconds.
  Result<PresentationVerdict> accept(std::string_view response_code, std::string_view expected_nonce,
                                     const CancelToken *token = nullptr) const {
    return judged([&](auto *out, auto *error) {
      return chitty_site_accept(raw_.get(), detail::view(response_code), detail::view(expected_nonce),
                                detail::raw(token), out, error);
    });
  }

  /// What was shown in answer to a CHITTY_FLOW_CROSS_DEVICE request, once; nothing as long as there is none.
  Result<std::optional<PresentationVerdict>> collect(std::string_view nonce, const CancelToken *token = nullptr) const {
    std::uint32_t arrived = 0;
    auto verdict = judged([&](auto *out, auto *error) {
      *out = ChittyPresentationVerdict{};
      return chitty_site_collect(raw_.get(), detail::view(nonce), detail::raw(token), &arrived, out, error);
    });
    if (!verdict) return verdict.error();
    if (arrived == 0) return std::optional<PresentationVerdict>();
    return std::optional<PresentationVerdict>(std::move(*verdict));
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

  template <typename Call>
  static Result<SiteRequest> asked(Call call) {
    ChittyError error;
    ChittySiteRequest raw;
    const ChittyStatus status = call(&raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return SiteRequest{detail::taken(raw.text), raw.nonce};
  }

  template <typename Call>
  static Result<PresentationVerdict> judged(Call call) {
    ChittyError error;
    ChittyPresentationVerdict raw;
    const ChittyStatus status = call(&raw, &error);
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

  std::unique_ptr<ChittySite, Free> raw_;
};

}  // namespace chitty

#endif  // CHITTY_SITE_HPP
