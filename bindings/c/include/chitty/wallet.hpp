// A person's wallet. Part of chitty.hpp.
#ifndef CHITTY_WALLET_HPP
#define CHITTY_WALLET_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error.hpp"
#include "keys.hpp"
#include "parts.hpp"
#include "request.hpp"
#include "views.hpp"

namespace chitty {

/// How a wallet is set up.
struct WalletConfig {
  /// The broker's name: its https origin.
  std::string broker;
  /// Where it is reached, when not under its name.
  std::optional<std::string> broker_url;
  /// Nothing: memory.
  std::optional<std::string> store_path;
  std::uint64_t deadline_ms = 10000;
  /// Where the key of the wallet's file lives. A wallet in a file needs it.
  std::shared_ptr<SecretStore> secrets;
  /// Who takes the seed of a new wallet.
  std::shared_ptr<SeedKeeper> seed_keeper;
  std::shared_ptr<Transport> transport;
  std::shared_ptr<Clock> clock;
  /// The device's own key, if it has one.
  std::shared_ptr<Signer> signer;
};

/// A credential that a wallet holds.
struct Credential {
  std::string issuer;
  /// The digest of its schema, base64url.
  std::string schema;
  /// Its last day, YYYY-MM-DD.
  std::string not_after;
  /// One JSON object: {name: {type, value}}.
  std::string attributes_json;
};

/// What the person agreed to show. Nothing is shown that is not in it.
struct Consent {
  std::vector<std::string> attributes;
  /// Whether the site may recognise the person again.
  bool tag = false;
};

/// A signed request that was checked, for the person to look at.
struct SignedRequestInfo {
  /// The site that signed it, and that the answer goes to.
  std::string host;
  /// What it wants to know.
  std::string policy_json;
  /// How the session that asks gets to know of the answer.
  ChittyFlow flow;
  /// What the person has to be told before they agree; empty for CHITTY_FLOW_SAME_DEVICE.
  std::string warning;
};

/// What a site said to the answer that the wallet posted to it.
struct SiteAnswer {
  /// The one-time response code, for CHITTY_FLOW_SAME_DEVICE, else empty: it belongs to the browser that asked, on
  /// this device.
  std::string response_code;
  /// Where the app sends that browser: the site's own address with the response code; else empty.
  std::string return_uri;
  /// The whole body.
  std::string body;
};

namespace detail {

/// Copies a text or bytes that the SDK wrote, and releases it.
inline std::string taken(ChittyBuffer &raw) {
  struct Guard {
    ChittyBuffer *raw;
    ~Guard() { chitty_buffer_free(raw); }
  } guard{&raw};
  return raw.data == nullptr ? std::string() : std::string(raw.data, raw.len);
}

/// Calls `call(out, error)` and copies the text or bytes that it wrote.
template <class Call>
Result<std::string> fetch(Call call) {
  ChittyError error;
  ChittyBuffer raw;
  const ChittyStatus status = call(&raw, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  return taken(raw);
}

}  // namespace detail

/// Holds a person's keys and credentials, and shows of them what the person agrees to. Calls may come from
/// any thread.
class Wallet {
 public:
  /// Sets a wallet up. Sends, reads and writes nothing: the first call tells what is wrong with its file.
  static Result<Wallet> make(const WalletConfig &config) {
    ChittyWalletConfig raw{};
    raw.struct_size = sizeof raw;
    raw.broker = detail::view(std::string_view(config.broker));
    raw.broker_url = detail::view(config.broker_url);
    raw.store_path = detail::view(config.store_path);
    raw.deadline_ms = config.deadline_ms;
    ChittySecretStore secrets{};
    ChittySeedKeeper seed_keeper{};
    ChittyTransport transport{};
    ChittyClock clock{};
    ChittySigner signer{};
    if (config.secrets) secrets = detail::secrets(config.secrets), raw.secrets = &secrets;
    if (config.seed_keeper) seed_keeper = detail::seed_keeper(config.seed_keeper), raw.seed_keeper = &seed_keeper;
    if (config.transport) transport = detail::transport(config.transport), raw.transport = &transport;
    if (config.clock) clock = detail::clock(config.clock), raw.clock = &clock;
    if (config.signer) signer = detail::signer(config.signer), raw.signer = &signer;
    ChittyError error;
    ChittyWallet *out = nullptr;
    const ChittyStatus status = chitty_wallet_new(&raw, &out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return Wallet(out);
  }

  const ChittyWallet *raw() const noexcept { return raw_.get(); }

  /// Makes what a wallet needs, if it is new, and registers. Repeating it is harmless.
  Result<void> register_anchor(const CancelToken *token = nullptr) const {
    return act([&](auto *error) { return chitty_wallet_register(raw_.get(), detail::raw(token), error); });
  }

  /// Gets a credential of `schema` (its digest, base64url), the first or a newer one.
  Result<Credential> obtain(std::string_view schema, const std::optional<std::string> &enrolment_code = std::nullopt,
                            const CancelToken *token = nullptr) const {
    auto got = list([&](auto **out, auto *error) {
      return chitty_wallet_obtain(raw_.get(), detail::view(schema), detail::view(enrolment_code), detail::raw(token),
                                  out, error);
    });
    if (!got) return got.error();
    return std::move(got->front());
  }

  /// The credentials that the wallet holds.
  Result<std::vector<Credential>> credentials() const {
    return list([&](auto **out, auto *error) { return chitty_wallet_credentials(raw_.get(), out, error); });
  }

  /// Answers a site's request: a presentation, CBOR. `origin` is the site's https origin as the platform
  /// verified it, never what the request says.
  Result<std::string> present(std::string_view origin, std::string_view request_json, const Consent &consent,
                              const CancelToken *token = nullptr) const {
    const Agreed agreed(consent);
    return detail::fetch([&](auto *out, auto *error) {
      return chitty_wallet_present(raw_.get(), detail::view(origin), detail::view(request_json), &agreed.raw,
                                   detail::raw(token), out, error);
    });
  }

  /// Opens a request that its site signed, for the person to look at: the site's keys are fetched and decide.
  Result<SignedRequestInfo> open_request(std::string_view signed_request, ChittyArrival arrival,
                                         const CancelToken *token = nullptr) const {
    ChittyError error;
    ChittySignedRequestInfo raw;
    const ChittyStatus status = chitty_wallet_open_request(raw_.get(), detail::view(signed_request), arrival,
                                                           detail::raw(token), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return SignedRequestInfo{raw.host, detail::taken(raw.policy_json), static_cast<ChittyFlow>(raw.flow),
                             raw.warning};
  }

  /// Answers a request that its site signed: the site's keys are fetched and decide, and the presentation is posted
  /// to the address in the request and handed to nobody else. Send the browser that asked to `return_uri`.
  Result<SiteAnswer> present_signed(std::string_view signed_request, ChittyArrival arrival, const Consent &consent,
                                    const CancelToken *token = nullptr) const {
    const Agreed agreed(consent);
    ChittyError error;
    ChittySiteAnswer raw;
    const ChittyStatus status = chitty_wallet_present_signed(raw_.get(), detail::view(signed_request), arrival,
                                                             &agreed.raw, detail::raw(token), &raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return SiteAnswer{raw.response_code, detail::taken(raw.return_uri), detail::taken(raw.body)};
  }

  /// Asks the broker where the wallet's anchor stands.
  Result<ChittyAnchorStanding> standing(const CancelToken *token = nullptr) const {
    ChittyError error;
    std::int32_t out = 0;
    const ChittyStatus status = chitty_wallet_standing(raw_.get(), detail::raw(token), &out, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    return static_cast<ChittyAnchorStanding>(out);
  }

  /// Revokes the anchor, for good: nothing is issued to this wallet any more.
  Result<void> revoke(const CancelToken *token = nullptr) const {
    return act([&](auto *error) { return chitty_wallet_revoke(raw_.get(), detail::raw(token), error); });
  }

  /// Fetches keys, schemas and the status snapshot, for days without a network.
  Result<void> refresh(const CancelToken *token = nullptr) const {
    return act([&](auto *error) { return chitty_wallet_refresh(raw_.get(), detail::raw(token), error); });
  }

  /// Closes the wallet; later calls fail with CHITTY_CODE_CLOSED.
  void close() const noexcept { chitty_wallet_close(raw_.get(), nullptr); }

 private:
  struct Free {
    void operator()(ChittyWallet *raw) const noexcept { chitty_wallet_free(raw); }
  };
  struct FreeList {
    void operator()(ChittyCredentials *raw) const noexcept { chitty_credentials_free(raw); }
  };

  /// A consent as C reads it, for as long as a call lasts.
  struct Agreed {
    explicit Agreed(const Consent &consent) {
      for (const std::string &name : consent.attributes) names.push_back(detail::view(std::string_view(name)));
      raw.struct_size = sizeof raw;
      raw.attributes = names.data();
      raw.attributes_len = names.size();
      raw.tag = consent.tag ? 1 : 0;
    }
    std::vector<ChittyStr> names;
    ChittyConsent raw{};
  };

  explicit Wallet(ChittyWallet *raw) noexcept : raw_(raw) {}

  template <class Call>
  static Result<void> act(Call call) {
    ChittyError error;
    const ChittyStatus status = call(&error);
    return detail::done(status, error);
  }

  template <class Call>
  static Result<std::vector<Credential>> list(Call call) {
    ChittyError error;
    ChittyCredentials *raw = nullptr;
    const ChittyStatus status = call(&raw, &error);
    if (status != CHITTY_CODE_OK) return Error(error);
    const std::unique_ptr<ChittyCredentials, FreeList> held(raw);
    std::vector<Credential> credentials;
    for (std::size_t i = 0; i < chitty_credentials_len(raw); ++i) {
      ChittyCredential one;
      if (chitty_credentials_get(raw, i, &one, &error) != CHITTY_CODE_OK) return Error(error);
      credentials.push_back(Credential{detail::text(one.issuer), detail::text(one.schema), detail::text(one.not_after),
                                       detail::text(one.attributes_json)});
    }
    return credentials;
  }

  std::unique_ptr<ChittyWallet, Free> raw_;
};

}  // namespace chitty

#endif  // CHITTY_WALLET_HPP
