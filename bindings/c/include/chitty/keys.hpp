// Parts of the app that hold keys: secrets, seed, device key. Part of chitty.hpp.
#ifndef CHITTY_KEYS_HPP
#define CHITTY_KEYS_HPP

#include <memory>
#include <optional>
#include <string>

#include "border.hpp"
#include "views.hpp"

namespace chitty {

/// Where the app keeps secrets: `secret:NAME` is looked up here, and wallets keep the key of their file.
/// Used from several threads at once.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual std::optional<std::string> load(const std::string &name) = 0;
  /// Keeps a secret durably, in the place of an older one. Only wallets call it.
  virtual void save(const std::string &name, const std::string &secret) {
    (void)name;
    (void)secret;
    detail::unsupported();
  }
};

/// Takes the seed of a new wallet, 16 or 32 bytes, once, before anything is registered with it. The device
/// itself does not keep it.
class SeedKeeper {
 public:
  virtual ~SeedKeeper() = default;
  /// Returns when the seed is safe.
  virtual void keep(const std::string &seed) = 0;
};

/// What a signer throws to say why it did not sign. Whatever else it throws is
/// CHITTY_SIGNER_ERROR_UNAVAILABLE.
class SignerFailure : public std::exception {
 public:
  explicit SignerFailure(ChittySignerError why) noexcept : why_(why) {}
  const char *what() const noexcept override { return "the device key did not sign"; }
  ChittySignerError why() const noexcept { return why_; }

 private:
  ChittySignerError why_;
};

/// A P-256 key of this device that the platform holds. Used from several threads at once.
class Signer {
 public:
  virtual ~Signer() = default;
  /// 33 or 65 bytes of SEC 1, or a SubjectPublicKeyInfo of 91 bytes.
  virtual std::string public_key() = 0;
  /// ECDSA with SHA-256 over the message: DER, or 64 bytes r, s. May show a prompt to the person.
  virtual std::string sign(const std::string &message) = 0;
  /// Where the platform says that the key lives. A claim.
  virtual ChittySecurityLevel security_level() { return CHITTY_SECURITY_LEVEL_SOFTWARE; }
};

namespace detail {

inline ChittySecretStore secrets(const std::shared_ptr<SecretStore> &own) {
  auto raw = part<ChittySecretStore>(own);
  raw.load = [](void *user, ChittyStr name, ChittySink *out) noexcept {
    return guarded([&] {
      auto secret = from<SecretStore>(user).load(text(name));
      return secret ? chitty_sink_bytes(out, bytes(*secret), nullptr) : CHITTY_CODE_OK;
    });
  };
  raw.save = [](void *user, ChittyStr name, ChittyBytes secret) noexcept {
    return guarded([&] { from<SecretStore>(user).save(text(name), text(secret)); });
  };
  return raw;
}

inline ChittySeedKeeper seed_keeper(const std::shared_ptr<SeedKeeper> &own) {
  auto raw = part<ChittySeedKeeper>(own);
  raw.keep = [](void *user, ChittyBytes seed) noexcept {
    return guarded([&] { from<SeedKeeper>(user).keep(text(seed)); });
  };
  return raw;
}

/// Runs `work`, which answers with a status; whatever it throws stays on this side.
template <class Work>
ChittyStatus signing(Work work) noexcept {
#if defined(__cpp_exceptions)
  try {
    return work();
  } catch (const SignerFailure &failure) {
    return failure.why();
  } catch (...) {
    return CHITTY_SIGNER_ERROR_UNAVAILABLE;
  }
#else
  return work();
#endif
}

inline ChittySigner signer(const std::shared_ptr<Signer> &own) {
  auto raw = part<ChittySigner>(own);
  raw.public_key = [](void *user, ChittySink *out) noexcept {
    return signing([&] { return chitty_sink_bytes(out, bytes(from<Signer>(user).public_key()), nullptr); });
  };
  raw.sign = [](void *user, ChittyBytes message, ChittySink *out) noexcept {
    return signing([&] { return chitty_sink_bytes(out, bytes(from<Signer>(user).sign(text(message))), nullptr); });
  };
  raw.security_level = [](void *user) noexcept -> std::int32_t {
    std::int32_t level = CHITTY_SECURITY_LEVEL_SOFTWARE;
    guarded([&] { level = from<Signer>(user).security_level(); });
    return level;
  };
  return raw;
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_KEYS_HPP
