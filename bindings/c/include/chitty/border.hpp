// Where the SDK calls into the app: what is thrown stays there. Part of chitty.hpp.
#ifndef CHITTY_BORDER_HPP
#define CHITTY_BORDER_HPP

#include <cstdlib>
#include <exception>
#include <memory>
#include <type_traits>

#include "../chitty.h"

namespace chitty {

/// What a part of the app throws to say why it failed: for a transport 1101 to 1107 or 1114 of
/// ChittyCode, for a store 1501 to 1508. Whatever else it throws is CHITTY_CODE_FOREIGN_FAILED.
class Failure : public std::exception {
 public:
  explicit Failure(ChittyCode code) noexcept : code_(code) {}
  const char *what() const noexcept override { return "a part of the app failed"; }
  ChittyCode code() const noexcept { return code_; }

 private:
  ChittyCode code_;
};

namespace detail {

/// Runs `work`, which may answer with a status; whatever it throws stays on this side.
template <class Work>
ChittyStatus guarded(Work work) noexcept {
  const auto run = [&]() -> ChittyStatus {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return CHITTY_CODE_OK;
    } else {
      return work();
    }
  };
#if defined(__cpp_exceptions)
  try {
    return run();
  } catch (const Failure &failure) {
    return failure.code() == CHITTY_CODE_OK ? CHITTY_CODE_FOREIGN_FAILED : failure.code();
  } catch (...) {
    return CHITTY_CODE_FOREIGN_FAILED;
  }
#else
  return run();
#endif
}

/// What a part does that the app left out.
inline void unsupported() {
#if defined(__cpp_exceptions)
  throw Failure(CHITTY_CODE_FOREIGN_FAILED);
#else
  std::abort();
#endif
}

/// The C struct of a part, with a share of the part as its user data.
template <class Raw, class Part>
Raw part(const std::shared_ptr<Part> &part) {
  Raw raw{};
  raw.struct_size = sizeof raw;
  raw.user = new std::shared_ptr<Part>(part);
  raw.drop = [](void *user) noexcept {
    guarded([&] { delete static_cast<std::shared_ptr<Part> *>(user); });
  };
  return raw;
}

template <class Part>
Part &from(void *user) noexcept {
  return **static_cast<std::shared_ptr<Part> *>(user);
}

}  // namespace detail

}  // namespace chitty

#endif  // CHITTY_BORDER_HPP
