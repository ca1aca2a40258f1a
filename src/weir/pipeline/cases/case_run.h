#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/connect/source.h"
#include "weir/io/object_store.h"
#include "weir/pipeline/cases/row_diff.h"
#include "weir/pipeline/cases/test_case.h"
#include "weir/session/session.h"

namespace weir::pipeline {

// A catalog and an engine for one test, which knows nothing but what the test gives it.
class CaseHome {
 public:
  virtual ~CaseHome() = default;
  virtual std::unique_ptr<session::Session> NewSession() = 0;
};
// What is passed outlives the home.
using MakeCaseHome = std::function<std::unique_ptr<CaseHome>(
    io::Stores& stores, const connect::Registry& connectors, const Clock& clock)>;

// Something that is not as a test expects it.
struct CaseFailure {
  size_t step = 1;
  std::string dataset;
  Span span;            // Of the expectation.
  std::string message;  // "1 row differs", "failed: ...": one line, or an error of several.
  std::optional<RowDiff> diff;
};

enum class CaseStatus { kPassed, kFailed, kBroken };
std::string_view CaseStatusName(CaseStatus status);  // "PASSED", "FAILED", "BROKEN"

struct CaseOutcome {
  std::string name;
  std::string file;
  size_t line = 1;
  CaseStatus status = CaseStatus::kPassed;
  std::vector<CaseFailure> failures;  // kFailed.
  std::string error;                  // kBroken: why it could not run to its end.
  double seconds = 0;
};

// Runs one test in a world of its own: files and tables in memory, a clock that stands still.
// Nothing is thrown for what is wrong with the test or the project.
CaseOutcome RunCase(const Spec& spec, const TestCase& test, const MakeCaseHome& make_home);

// Runs tests side by side, `parallel` at a time (0: one a core). `observe` gets the outcomes in the
// order of the tests, by one thread at a time, as soon as they are known.
std::vector<CaseOutcome> RunCases(const Spec& spec, const std::vector<TestCase>& tests,
                                  const MakeCaseHome& make_home, size_t parallel,
                                  const std::function<void(const CaseOutcome&)>& observe);

}  // namespace weir::pipeline
