// What a call across the border costs in C++, for `cargo xtask size`: nanoseconds, the median of many
// batches.

#include <algorithm>
#include <chitty.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

template <typename Call>
double median(Call call) {
  constexpr int samples = 2000, calls = 200;
  std::vector<double> took;
  for (int sample = 0; sample < samples; sample++) {
    const auto start = std::chrono::steady_clock::now();
    for (int turn = 0; turn < calls; turn++) call();
    const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
    took.push_back(elapsed.count() / calls);
  }
  std::sort(took.begin(), took.end());
  return took[samples / 2];
}

}  // namespace

int main() {
  std::printf("empty %.1f\n", median([] {
    if (chitty_abi_version() == 0) std::abort();
  }));
  std::printf("parse_id %.1f\n", median([] {
    if (!chitty::parse_id("AA-C-USR-1234-I-25-7-X")) std::abort();
  }));
}
