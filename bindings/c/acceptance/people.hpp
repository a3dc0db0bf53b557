// The calls of the protocol about wallets and sites.
#ifndef CHITTY_ACCEPTANCE_PEOPLE_HPP
#define CHITTY_ACCEPTANCE_PEOPLE_HPP

#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "words.hpp"

namespace people {

using words::Json;
using words::Refused;
using words::text;
using words::value;

/// The system's clock, ahead by the milliseconds that stand in a file.
struct Ahead : chitty::Clock {
  explicit Ahead(std::string path) : path(std::move(path)) {}
  std::int64_t now_ms() override {
    std::int64_t ahead = 0;
    if (!(std::ifstream(path) >> ahead)) throw std::runtime_error("the runner wrote no clock");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() + ahead;
  }
  std::string path;
};

/// A folder with one file per secret, and one for the seed.
struct Folder : chitty::SecretStore, chitty::SeedKeeper {
  explicit Folder(std::string path) : path(std::move(path)) {}
  std::optional<std::string> load(const std::string &name) override {
    std::ifstream file(path + "/" + name, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void save(const std::string &name, const std::string &secret) override {
    std::ofstream file(path + "/" + name, std::ios::binary);
    if (!(file << secret << std::flush)) throw std::runtime_error("a secret cannot be written");
  }
  void keep(const std::string &seed) override { save("seed", seed); }
  std::string path;
};

inline std::string hex(const std::string &bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

inline std::string from_hex(const std::string &digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

inline Json judged(const chitty::PresentationVerdict &verdict) {
  Json answer = words::judged(ChittyVerdict{verdict.valid ? 1U : 0U, verdict.state, 0});
  const std::pair<const char *, const std::string &> texts[] = {{"reason", verdict.reason},
                                                                 {"issuer", verdict.issuer},
                                                                 {"not_after", verdict.not_after},
                                                                 {"attributes_json", verdict.attributes_json}};
  for (const auto &[name, told] : texts) {
    if (!told.empty()) answer[name] = told;
  }
  if (verdict.tag) answer["tag"] = hex(*verdict.tag);
  return answer;
}

/// Wallet and sites, as far as they are open.
class People {
 public:
  Json call(const std::string &name, const Json &args) {
    if (name == "wallet_open") return open_wallet(args);
    if (name == "site_open") return open_site(args);
    if (name == "wallet_close") {
      // Kept: the SDK itself says from now on that it is closed.
      if (wallet_) wallet_->close();
      return Json::object();
    }
    if (name.rfind("wallet_", 0) == 0) {
      if (!wallet_) throw Refused{words::error("InvalidInput", "CHT-1903", "NotSent")};
      return on_wallet(*wallet_, name, args);
    }
    const auto site = sites_.find(text(args, "host"));
    if (site == sites_.end()) throw Refused{words::error("InvalidInput", "CHT-1903", "NotSent")};
    return on_site(site->second, name, args);
  }

 private:
  Json open_wallet(const Json &args) {
    wallet_.reset();
    const auto folder = std::make_shared<Folder>(text(args, "secrets_path"));
    chitty::WalletConfig config;
    config.broker = text(args, "broker");
    config.broker_url = words::optional(args, "broker_url");
    config.store_path = words::optional(args, "store_path");
    config.deadline_ms = args.at("deadline_ms").get<std::uint64_t>();
    config.secrets = folder;
    config.seed_keeper = folder;
    config.clock = std::make_shared<Ahead>(text(args, "clock_path"));
    wallet_ = value(chitty::Wallet::make(config));
    return Json::object();
  }

  Json open_site(const Json &args) {
    chitty::SiteConfig config;
    config.host = text(args, "host");
    config.broker = text(args, "broker");
    config.broker_url = words::optional(args, "broker_url");
    config.keys_max_age_s = args.at("keys_max_age_s").get<std::uint64_t>();
    config.deadline_ms = args.at("deadline_ms").get<std::uint64_t>();
    config.clock = std::make_shared<Ahead>(text(args, "clock_path"));
    sites_.insert_or_assign(config.host, value(chitty::Site::make(config)));
    return Json::object();
  }

  static Json on_wallet(const chitty::Wallet &wallet, const std::string &name, const Json &args) {
    if (name == "wallet_obtain") {
      const chitty::Credential got = value(wallet.obtain(text(args, "schema"), words::optional(args, "enrolment_code")));
      return {{"issuer", got.issuer},
              {"schema", got.schema},
              {"not_after", got.not_after},
              {"attributes_json", got.attributes_json}};
    }
    if (name == "wallet_credentials") {
      Json schemas = Json::array();
      for (const chitty::Credential &held : value(wallet.credentials())) schemas.push_back(held.schema);
      return {{"schemas", schemas}};
    }
    if (name == "wallet_standing") {
      return {{"standing", words::word(std::array{"unknown", "active", "revoked"}, value(wallet.standing()))}};
    }
    if (name == "wallet_present") {
      const chitty::Consent consent{args.at("attributes").get<std::vector<std::string>>(), args.at("tag").get<bool>()};
      return {{"presentation", hex(value(wallet.present(text(args, "origin"), text(args, "request_json"), consent)))}};
    }
    if (name == "wallet_register") {
      value(wallet.register_anchor());
    } else if (name == "wallet_refresh") {
      value(wallet.refresh());
    } else if (name == "wallet_revoke") {
      value(wallet.revoke());
    } else {
      throw std::runtime_error("`" + name + "` is not in the protocol");
    }
    return Json::object();
  }

  static Json on_site(const chitty::Site &site, const std::string &name, const Json &args) {
    if (name == "site_request") {
      const chitty::SiteRequest asked = value(site.request(text(args, "policy_json")));
      return {{"request_json", asked.text}, {"nonce", asked.nonce}};
    }
    if (name == "site_verify") {
      return judged(value(site.verify(from_hex(text(args, "presentation")), text(args, "policy_json"),
                                      text(args, "expected_nonce"))));
    }
    if (name != "site_refresh") throw std::runtime_error("`" + name + "` is not in the protocol");
    value(site.refresh());
    return Json::object();
  }

  std::optional<chitty::Wallet> wallet_;
  std::map<std::string, chitty::Site> sites_;
};

}  // namespace people

#endif  // CHITTY_ACCEPTANCE_PEOPLE_HPP
