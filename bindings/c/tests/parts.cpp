// C++: parts of the app that throw, block and call back in; results, exceptions and moves.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "chitty.hpp"
#include "common.h"

namespace {

// Paths are the language's own.
static_assert(std::is_assignable_v<decltype(chitty::Config::store_path) &, std::filesystem::path>);
static_assert(std::is_assignable_v<decltype(chitty::WalletConfig::store_path) &, std::filesystem::path>);

chitty::Config config_for(bool outage) {
  chitty::Config config;
  config.main_url = need(outage ? "CHITTY_DEAD_URL" : "CHITTY_MAIN_URL");
  config.main_key = need("CHITTY_MAIN_KEY");
  config.fallback_url = need("CHITTY_FALLBACK_URL");
  config.fallback_key = need("CHITTY_FALLBACK_KEY");
  config.key_set_json = need("CHITTY_KEYS");
  config.automatic = false;
  return config;
}

chitty::Request request_for(const char *handle) {
  chitty::Request request;
  request.id_namespace = "USR";
  request.handle = handle;
  return request;
}

struct Thrower : chitty::Transport, chitty::Clock, chitty::SecretStore {
  void send(const chitty::HttpRequest &, chitty::Exchange) override { throw std::runtime_error("a secret stack trace"); }
  std::int64_t now_ms() override { throw 42; }
  std::optional<std::string> load(const std::string &) override { throw std::logic_error("locked"); }
};

struct ThrowingLog : chitty::LogSink {
  std::atomic<int> heard{0};
  void log(ChittyLogLevel, std::string_view target, std::string_view) override {
    CHECK(target.rfind("chitty", 0) == 0);
    ++heard;
    throw std::runtime_error("a foreign defect");
  }
};

struct Keychain : chitty::SecretStore {
  std::optional<std::string> load(const std::string &name) override {
    if (name == "main") return need("CHITTY_MAIN_KEY");
    return std::nullopt;
  }
};

struct Listener : chitty::Listener {
  std::mutex mutex;
  std::condition_variable changed;
  int heard = 0;
  std::atomic<const chitty::Client *> client{nullptr};

  void on_event(const chitty::Event &event) override {
    CHECK(event.kind == CHITTY_EVENT_KIND_FALLBACK_ISSUED && event.issued);
    // Calls back in from a thread of the SDK.
    const chitty::Client *inner = client.load();
    CHECK(inner != nullptr && inner->pending().value().size() >= 1);
    std::lock_guard<std::mutex> guard(mutex);
    ++heard;
    changed.notify_all();
    if (heard == 1) throw std::runtime_error("a foreign defect");
  }
};

void throwing() {
  auto thrower = std::make_shared<Thrower>();
  chitty::Config config = config_for(false);
  config.transport = thrower;
  config.clock = thrower;
  chitty::Client client = chitty::Client::make(config).value();
  auto answer = client.verify("AA-C-USR-1234-I-25-7-X");
  CHECK(!answer && answer.error().code() == CHITTY_CODE_FOREIGN_FAILED);
  CHECK(std::strstr(answer.error().reason(), "secret") == nullptr);
  CHECK(client.metrics().value().foreign_failures > 0);
  bool thrown = false;
  try {
    (void)client.verify("nonsense").value();
  } catch (const chitty::Exception &exception) {
    thrown = exception.error().code() == CHITTY_CODE_ID_MALFORMED;
  }
  CHECK(thrown);
  config.main_key = "secret:main";
  config.secrets = thrower;
  CHECK(chitty::Client::make(config).error().code() == CHITTY_CODE_FOREIGN_FAILED);
  config.transport = nullptr;
  config.clock = nullptr;
  config.secrets = std::make_shared<Keychain>();
  CHECK(chitty::Client::make(config).value().request_id(request_for("secret")).has_value());
  config.main_key = "secret:unknown";
  CHECK(chitty::Client::make(config).error().code() == CHITTY_CODE_CONFIGURATION_INVALID);
}

/// A store that cannot say more than that it is broken, or that names the reason.
struct BrokenStore : chitty::PendingStore {
  std::atomic<bool> named{false};

  [[noreturn]] void fail() const {
    if (named) throw chitty::Failure(CHITTY_CODE_STORE_READ_ONLY);
    throw std::runtime_error("a secret stack trace");
  }
  std::string store_key() override { return std::string(32, 'k'); }
  std::optional<chitty::StoreRow> get(const std::string &) override { fail(); }
  std::optional<std::uint64_t> put(const chitty::StoreRow &, bool) override { fail(); }
  bool remove(const std::string &, std::uint64_t) override { fail(); }
  std::vector<chitty::StoreRow> find(const std::string &) override { fail(); }
  std::vector<chitty::StoreRow> list(const std::string &, std::int64_t, std::uint64_t) override { fail(); }
  std::array<std::uint64_t, 8> counts() override { fail(); }
  bool lease(const std::string &, std::int64_t, std::int64_t) override { fail(); }
  void release(const std::string &) override { fail(); }
  std::optional<std::string> note(const std::string &) override { fail(); }
  void set_note(const std::string &, const std::string &) override { fail(); }
  void suspend() override { fail(); }
};

void broken_store() {
  auto store = std::make_shared<BrokenStore>();
  chitty::Config config = config_for(false);
  config.store = store;
  const chitty::Client client = chitty::Client::make(config).value();
  for (const int code : {CHITTY_CODE_FOREIGN_FAILED, CHITTY_CODE_STORE_READ_ONLY}) {
    store->named = code == CHITTY_CODE_STORE_READ_ONLY;
    const chitty::Error error = client.request_id(request_for("a")).error();
    CHECK(error.code() == code && error.stage() == CHITTY_STAGE_NOT_SENT);
    CHECK(std::strstr(error.reason(), "secret") == nullptr);
    CHECK(client.pending().error().code() == code);
    CHECK(client.resolve("AA-E-USR-1234-I-25-7-X").error().code() == code);
    CHECK(client.suspend(1000).error().code() == code);
  }
  CHECK(client.metrics()->sent_main == 0);
}

void listening() {
  auto listener = std::make_shared<Listener>();
  chitty::Config config = config_for(true);
  config.listener = listener;
  chitty::Client client = chitty::Client::make(config).value();
  listener->client = &client;
  auto events = client.events().value();
  const chitty::Issued first = client.request_id(request_for("a")).value();
  CHECK(first.temporary && first.id_class == CHITTY_CLASS_FALLBACK);
  CHECK(client.verify_receipt(first.id, first.receipt).value().valid == 1);
  CHECK(client.refresh().error().code() == CHITTY_CODE_KEY_SET_PINNED);
  (void)client.request_id(request_for("b")).value();
  {
    std::unique_lock<std::mutex> lock(listener->mutex);
    CHECK(listener->changed.wait_for(lock, std::chrono::seconds(10), [&] { return listener->heard == 2; }));
  }
  for (int i = 0; i < 5000 && client.metrics().value().foreign_failures == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(client.metrics().value().foreign_failures == 1);
  CHECK(events.next(1000).value()->issued->id == first.id);
  CHECK(client.resolve(first.id).error().code() == CHITTY_CODE_DEBT_OPEN);
}

void later() {
  chitty::Client made = chitty::Client::make(config_for(false)).value();
  chitty::Client client = std::move(made);
  std::mutex mutex;
  std::condition_variable changed;
  std::string id;
  client.request_id_async(request_for("later"), [&](chitty::Result<chitty::Issued> result) {
    std::lock_guard<std::mutex> guard(mutex);
    id = result.value().id;
    changed.notify_all();
    throw std::runtime_error("from a callback");
  }).value();
  std::unique_lock<std::mutex> lock(mutex);
  CHECK(changed.wait_for(lock, std::chrono::seconds(10), [&] { return !id.empty(); }));
  CHECK(client.request_id(request_for("later"))->id == id);
  CHECK(chitty::parse_id(id).value().check_ok == 1);
  chitty::CancelToken token;
  token.cancel();
  CHECK(client.verify(id, 0, &token).error().code() == CHITTY_CODE_CANCELLED);
  CHECK(client.health()->main.reachable == 1);
  // A moved-from client is NULL to C.
  CHECK(made.metrics().error().code() == CHITTY_CODE_OBJECT_INVALID);
  client.close();
  CHECK(client.pending().error().code() == CHITTY_CODE_CLOSED);
}

}  // namespace

int main() {
  auto log = std::make_shared<ThrowingLog>();
  chitty::set_log_sink(log, CHITTY_LOG_LEVEL_TRACE).value();
  CHECK(chitty::set_log_sink(log, CHITTY_LOG_LEVEL_TRACE).error().code() == CHITTY_CODE_CONFIGURATION_INVALID);
  throwing();
  broken_store();
  listening();
  later();
  // A line whose sink throws is lost, and no other.
  for (int i = 0; i < 5000 && log->heard < 2; ++i) pause_ms(1);
  CHECK(log->heard >= 2);
  CHECK(all_freed());
  std::puts("parts: ok");
  return 0;
}
