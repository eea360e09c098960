// Test texts from testdata/*.txt: templates such as {A36} become made-up keys, [[ and ]] mark what
// must be found. The same seed gives the same texts. Used by tests, the fuzzer and the benchmark.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "guard/rule_set.h"

namespace tandem::guard::testing {

struct Case {
  std::string rule;  // id of the block
  int line = 0;      // in the file
  bool positive = false;
  std::string text;             // expanded, without marks
  std::vector<Extent> secrets;  // of a positive case
};

// "\n" and "\\" as escapes, {X12} as 12 bytes of alphabet X (testdata/rules.txt lists them).
std::string expand(std::string_view pattern, std::mt19937& random);

std::vector<Case> read_cases(const std::string& path, uint32_t seed);

}  // namespace tandem::guard::testing
