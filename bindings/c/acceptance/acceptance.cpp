// The C++ program of the acceptance suite: chitty.hpp behind the protocol of
// spec/acceptance/README.md. Translates and nothing else.
#include <openssl/evp.h>

#include <chrono>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <memory>

#include "people.hpp"
#include "words.hpp"

namespace {

using words::Json;
using words::Refused;
using words::text;
using words::value;

chitty::Config config_of(const Json &args) {
  chitty::Config config;
  config.main_url = text(args, "main_url");
  config.main_key = text(args, "main_key");
  config.fallback_url = words::optional(args, "fallback_url");
  config.fallback_key = words::optional(args, "fallback_key");
  config.key_set_json = words::optional(args, "key_set_json");
  config.store_path = words::optional(args, "store_path");
  config.deadline_ms = args.value("deadline_ms", config.deadline_ms);
  config.automatic = args.value("automatic", false);
  return config;
}

chitty::Request request_of(const Json &args) {
  chitty::Request request;
  request.id_namespace = text(args, "namespace");
  request.entity_type = text(args, "entity_type");
  request.handle = words::optional(args, "handle");
  request.metadata_json = words::optional(args, "metadata_json");
  request.require_standard = args.value("require_standard", false);
  request.deadline_ms = args.value("deadline_ms", std::uint64_t{0});
  return request;
}

Json on_client(const chitty::Client &client, const std::string &name, const Json &args) {
  if (name == "request_id") return words::issued(value(client.request_id(request_of(args))));
  if (name == "reconcile") return words::issued(value(client.reconcile(text(args, "id"))));
  if (name == "resolve") return words::issued(value(client.resolve(text(args, "id"))));
  if (name == "verify_receipt") {
    return words::judged(value(client.verify_receipt(text(args, "id"), text(args, "receipt"))));
  }
  if (name == "verify") {
    const ChittyVerification said = value(client.verify(text(args, "id")));
    Json answer = {{"valid", said.valid == 1}, {"status", said.status}};
    if (said.permanent_id[0] != '\0') answer["permanent_id"] = said.permanent_id;
    return answer;
  }
  if (name == "pending") {
    Json ids = Json::array();
    for (const ChittyPending &debt : value(client.pending())) ids.push_back(debt.fallback_id);
    return {{"ids", ids}};
  }
  if (name == "drain") {
    const ChittyDrainReport report = value(client.drain(args.at("deadline_ms").get<std::uint64_t>()));
    return {{"reconciled", report.reconciled},
            {"recovered", report.recovered},
            {"wedged", report.wedged},
            {"remaining", report.remaining}};
  }
  throw std::runtime_error("`" + name + "` is not in the protocol");
}

/// A clock that stands still, for receipts that are judged at a given time.
struct At : chitty::Clock {
  explicit At(std::int64_t now) : now(now) {}
  std::int64_t now_ms() override { return now; }
  std::int64_t now;
};

std::string replayed(const Json &given) {
  try {
    if (text(given, "kind") == "ids") {
      const Json id = words::described(value(chitty::parse_id(text(given, "text"))));
      std::string line = "valid";
      for (const char *name : {"profile", "class", "check", "namespace", "sequence", "entity_type", "year_month"}) {
        line += " " + text(id, name);
      }
      return line;
    }
    chitty::Config config = config_of(given);
    config.main_url = "https://id.example";
    config.main_key = "unused";
    config.clock = std::make_shared<At>(given.at("now").get<std::int64_t>() * 1000);
    const chitty::Client client = value(chitty::Client::make(config));
    const Json verdict = words::judged(value(client.verify_receipt(text(given, "id"), text(given, "receipt"))));
    return verdict.contains("code") ? text(verdict, "verdict") + " " + text(verdict, "code") : text(verdict, "verdict");
  } catch (const Refused &refused) {
    return text(refused.error, "code");
  }
}

std::string sha256(const std::string &bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int len = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &len, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("no SHA-256");
  }
  std::string hex;
  for (unsigned int i = 0; i < len; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Json replay_vectors(const Json &args) {
  std::ifstream cases(text(args, "path"), std::ios::binary);
  std::string lines;
  std::uint64_t count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const Json given = Json::parse(line);
    lines += text(given, "file") + "\t" + text(given, "case") + "\t" + replayed(given) + "\n";
  }
  std::ofstream(text(args, "lines_path"), std::ios::binary) << lines;
  return {{"cases", count}, {"sha256", sha256(lines)}};
}

class Program {
 public:
  Json call(const std::string &name, const Json &args) {
    if (name == "open") return open(args);
    if (name == "close") {
      // Kept: the SDK itself says from now on that it is closed.
      if (client_) client_->close();
      return Json::object();
    }
    if (name == "cancel") {
      ticket(args).token.cancel();
      return Json::object();
    }
    if (name == "wait") return wait(args);
    if (name == "parse_id") return words::described(value(chitty::parse_id(text(args, "text"))));
    if (name == "suggest") {
      const auto held = args.at("held").get<std::vector<std::string>>();
      return {{"ids", value(chitty::suggest(text(args, "text"), held))}};
    }
    if (name == "replay_vectors") return replay_vectors(args);
    if (name.rfind("wallet_", 0) == 0 || name.rfind("site_", 0) == 0) return people_.call(name, args);
    if (!client_) throw Refused{words::error("InvalidInput", "CHT-1903", "NotSent")};
    if (name == "events_next") {
      return words::happened(value(events_->next(args.at("timeout_ms").get<std::uint64_t>())));
    }
    if (name == "start") return start(args);
    return on_client(*client_, name, args);
  }

 private:
  struct Ticket {
    chitty::CancelToken token;
    std::promise<chitty::Result<chitty::Issued>> promise;
    std::future<chitty::Result<chitty::Issued>> answer = promise.get_future();
  };

  Json open(const Json &args) {
    events_.reset();
    client_.reset();
    chitty::Client client = value(chitty::Client::make(config_of(args)));
    events_ = value(client.events());
    client_ = std::move(client);
    return Json::object();
  }

  Json start(const Json &args) {
    auto ticket = std::make_shared<Ticket>();
    value(client_->request_id_async(
        request_of(args),
        [ticket](chitty::Result<chitty::Issued> result) { ticket->promise.set_value(std::move(result)); },
        &ticket->token));
    tickets_[++last_] = ticket;
    return {{"ticket", last_}};
  }

  Ticket &ticket(const Json &args) { return *tickets_.at(args.at("ticket").get<std::uint64_t>()); }

  Json wait(const Json &args) {
    auto &answer = ticket(args).answer;
    const std::chrono::milliseconds limit(args.at("timeout_ms").get<std::uint64_t>());
    if (answer.wait_for(limit) != std::future_status::ready) return {{"waiting", true}};
    auto result = answer.get();
    tickets_.erase(args.at("ticket").get<std::uint64_t>());
    return words::issued(value(std::move(result)));
  }

  std::optional<chitty::Client> client_;
  std::optional<chitty::EventSubscription> events_;
  std::map<std::uint64_t, std::shared_ptr<Ticket>> tickets_;
  std::uint64_t last_ = 0;
  people::People people_;
};

void serve() {
  Program program;
  for (std::string line; std::getline(std::cin, line);) {
    const Json order = Json::parse(line);
    const auto call = order.at("call").get<std::string>();
    if (call == "quit") return;
    Json answer = {{"id", order.at("id")}};
    try {
      answer["ok"] = program.call(call, order.at("args"));
    } catch (const Refused &refused) {
      answer["error"] = refused.error;
    }
    std::cout << answer.dump() << std::endl;
  }
}

}  // namespace

int main() {
  try {
    serve();
  } catch (const std::exception &exception) {
    std::cerr << "acceptance: " << exception.what() << std::endl;
    return 1;
  }
  return 0;
}
