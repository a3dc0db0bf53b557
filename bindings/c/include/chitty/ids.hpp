// Ids as text: parsed, never made. Part of chitty.hpp.
#ifndef CHITTY_IDS_HPP
#define CHITTY_IDS_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "error.hpp"
#include "views.hpp"

namespace chitty {

/// Takes an id apart.
inline Result<ChittyParsedId> parse_id(std::string_view text) {
  ChittyError error;
  ChittyParsedId out{};
  const ChittyStatus status = chitty_parse_id(detail::view(text), &out, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  return out;
}

/// The ids in `held` that differ from `text` by one edit. Nothing that is not in `held` comes out.
inline Result<std::vector<std::string>> suggest(std::string_view text, const std::vector<std::string> &held) {
  std::vector<ChittyStr> views;
  for (const std::string &id : held) views.push_back(detail::view(std::string_view(id)));
  ChittyError error;
  ChittyStrings *raw = nullptr;
  const ChittyStatus status = chitty_suggest(detail::view(text), views.data(), views.size(), &raw, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  struct Free {
    void operator()(ChittyStrings *list) const noexcept { chitty_strings_free(list); }
  };
  const std::unique_ptr<ChittyStrings, Free> list(raw);
  std::vector<std::string> near;
  for (std::size_t i = 0; i < chitty_strings_len(raw); ++i) {
    ChittyStr id{};
    if (chitty_strings_get(raw, i, &id, &error) != CHITTY_CODE_OK) return Error(error);
    near.push_back(detail::text(id));
  }
  return near;
}

}  // namespace chitty

#endif  // CHITTY_IDS_HPP
