// The SDK's values in the words of the protocol: flat objects of texts, numbers and booleans.
#ifndef CHITTY_ACCEPTANCE_WORDS_HPP
#define CHITTY_ACCEPTANCE_WORDS_HPP

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "chitty.hpp"

namespace words {

using Json = nlohmann::json;

template <std::size_t N>
const char *word(const std::array<const char *, N> &words, int number) {
  if (number < 1 || static_cast<std::size_t>(number) > N) {
    throw std::runtime_error("the SDK answered with a number that chitty.h does not name");
  }
  return words[static_cast<std::size_t>(number) - 1];
}

inline const char *class_of(int number) {
  return word(std::array{"standard", "fallback", "error"}, number);
}

inline Json error(const char *kind, const char *code, const char *stage) {
  return {{"kind", kind}, {"code", code}, {"stage", stage}};
}

inline Json told(const chitty::Error &failure) {
  const std::array kinds{"Retry",    "Unavailable", "Unauthorized", "InvalidInput",
                         "Rejected", "Conflict",    "Corrupt",      "Internal"};
  Json answer = error(word(kinds, failure.kind()), failure.code_text(),
                      word(std::array{"NotSent", "MaybeSent", "Answered"}, failure.stage()));
  if (const auto after = failure.retry_after_ms()) answer["retry_after_ms"] = *after;
  return answer;
}

/// What a call answers instead of an `ok`.
struct Refused {
  Json error;
};

/// The value, or the SDK's error in the words of the protocol.
template <class T>
T value(chitty::Result<T> result) {
  if (!result) throw Refused{told(result.error())};
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

inline Json issued(const chitty::Issued &it) {
  return {{"id", it.id}, {"receipt", it.receipt}, {"class", class_of(it.id_class)}, {"temporary", it.temporary}};
}

inline Json described(const ChittyParsedId &id) {
  return {{"profile", word(std::array{"secure-fallback", "canonical"}, id.profile)},
          {"class", class_of(id.id_class)},
          {"check", id.check_ok ? "ok" : "mismatch"},
          {"domain", id.domain},
          {"namespace", id.id_namespace},
          {"sequence", id.sequence},
          {"entity_type", id.entity_type},
          {"year_month", id.year_month}};
}

inline Json judged(const ChittyVerdict &verdict) {
  Json answer = {{"verdict", word(std::array{"valid", "invalid", "indeterminate"}, verdict.state)}};
  if (verdict.code != 0) answer["code"] = "CHT-" + std::to_string(verdict.code);
  return answer;
}

inline Json happened(const std::optional<chitty::Event> &event) {
  if (!event) return {{"event", "none"}};
  switch (event->kind) {
    case CHITTY_EVENT_KIND_FALLBACK_ISSUED:
      return {{"event", "fallback_issued"}, {"id", event->issued->id}};
    case CHITTY_EVENT_KIND_RECONCILED:
      return {{"event", "reconciled"}, {"old", event->old_id}, {"id", event->issued->id}};
    case CHITTY_EVENT_KIND_RECOVERED:
      return {{"event", "recovered"}, {"id", event->issued->id}};
    case CHITTY_EVENT_KIND_WEDGED:
      return {{"event", "wedged"}, {"old", event->old_id}};
    default:
      return {{"event", "other"}};
  }
}

inline std::optional<std::string> optional(const Json &args, const char *name) {
  if (const auto at = args.find(name); at != args.end()) return at->get<std::string>();
  return std::nullopt;
}

inline std::string text(const Json &args, const char *name) { return optional(args, name).value_or(std::string()); }

}  // namespace words

#endif  // CHITTY_ACCEPTANCE_WORDS_HPP
