// Text and bytes on their way to C and back. Part of chitty.hpp.
#ifndef CHITTY_VIEWS_HPP
#define CHITTY_VIEWS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../chitty.h"

namespace chitty {

namespace detail {

inline ChittyStr view(std::string_view text) noexcept {
  // An empty view is empty text and not "none".
  return ChittyStr{text.data() == nullptr ? "" : text.data(), text.size()};
}

inline ChittyStr view(const std::optional<std::string> &text) noexcept {
  return text ? view(std::string_view(*text)) : ChittyStr{nullptr, 0};
}

inline ChittyBytes bytes(std::string_view data) noexcept {
  return ChittyBytes{reinterpret_cast<const std::uint8_t *>(data.data() == nullptr ? "" : data.data()),
                     data.size()};
}

inline std::string_view viewed(ChittyStr view) noexcept {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.len);
}

inline std::string text(ChittyStr view) {
  return view.data == nullptr ? std::string() : std::string(view.data, view.len);
}

inline std::string text(ChittyBytes view) {
  return view.data == nullptr ? std::string()
                              : std::string(reinterpret_cast<const char *>(view.data), view.len);
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_VIEWS_HPP
