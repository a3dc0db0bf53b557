// What the SDK hands out: ids with their proof, and events. Part of chitty.hpp.
#ifndef CHITTY_ISSUED_HPP
#define CHITTY_ISSUED_HPP

#include <cstdint>
#include <optional>
#include <string>

#include "error.hpp"

namespace chitty {

/// An id that a service issued, with the proof.
struct Issued {
  std::string id;
  std::string receipt;
  ChittyClass id_class;
  bool temporary;
};

namespace detail {

inline Issued issued(const ChittyIssued &raw) {
  return Issued{raw.id, raw.receipt.data == nullptr ? std::string() : std::string(raw.receipt.data, raw.receipt.len),
                static_cast<ChittyClass>(raw.id_class), raw.temporary != 0};
}

/// Calls `call(out, error)` and copies what it wrote.
template <class Call>
Result<Issued> issue(Call call) {
  ChittyError error;
  ChittyIssued raw;
  // The status comes first: arguments of one call are evaluated in any order.
  const ChittyStatus status = call(&raw, &error);
  if (status != CHITTY_CODE_OK) return Error(error);
  struct Guard {
    ChittyIssued *raw;
    ~Guard() { chitty_issued_free(raw); }
  } guard{&raw};
  return issued(raw);
}

}  // namespace detail

/// Something that happened in the background.
struct Event {
  ChittyEventKind kind;
  /// For a wedged id: why.
  int code;
  /// For a newer key set: its version.
  std::uint64_t version;
  /// For a replaced or wedged id: the fallback id.
  std::string old_id;
  /// The id that was issued, if one was.
  std::optional<Issued> issued;
};

namespace detail {

inline Event event(const ChittyEvent &raw) {
  Event event{static_cast<ChittyEventKind>(raw.kind), raw.code, raw.version, raw.old_id, std::nullopt};
  if (raw.issued.id[0] != '\0') event.issued = issued(raw.issued);
  return event;
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_ISSUED_HPP
