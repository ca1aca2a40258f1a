#pragma once

#include <functional>
#include <string>
#include <vector>

namespace weir::app {

enum class Verdict { kOk, kWarning, kWrong };

// What one check saw.
struct Finding {
  std::string check;  // Its name: "permissions".
  Verdict verdict = Verdict::kOk;
  std::string text;
  std::string hint;  // What to do; "" where nothing is to be done.
  // For what --fix may mend: does it and says what it did, or throws.
  std::function<std::string()> mend = {};
};
using Findings = std::vector<Finding>;

}  // namespace weir::app
