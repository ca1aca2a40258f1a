#include "weir/pipeline/cases/case_run.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "weir/base/error.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/pipeline/cases/case_tables.h"
#include "weir/pipeline/cases/given_tables.h"
#include "weir/pipeline/cases/given_volume.h"
#include "weir/pipeline/cases/scoped_project.h"
#include "weir/pipeline/cases/test_stores.h"
#include "weir/pipeline/check.h"
#include "weir/pipeline/update.h"

namespace weir::pipeline {
namespace {

using catalog::QualifiedName;
using session::Dataset;
using SteadyClock = std::chrono::steady_clock;

// Stands where a step sets it; the threads of an update read it meanwhile.
class CaseClock final : public Clock {
 public:
  Instant Now() const override { return Instant{micros_.load()}; }
  void Set(Instant now) { micros_ = now.micros; }

 private:
  std::atomic<int64_t> micros_{DefaultTestClock().micros};
};

std::string Counted(int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string Describe(const RowDiff& diff) {
  std::string text;
  const auto add = [&](int64_t count, const char* of_one, const char* of_many) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + Counted(count, "row") + (count == 1 ? of_one : of_many);
  };
  add(diff.differing, " differs", " differ");
  add(diff.missing, " is missing", " are missing");
  add(diff.unexpected, " is unexpected", " are unexpected");
  if (diff.out_of_order) {
    text =
        "the rows are in another order from row " + std::to_string(*diff.out_of_order + 1) + " on";
  }
  return text + " (expected " + Counted(diff.expected_rows, "row") + ", found " +
         std::to_string(diff.found_rows) + ")";
}

class CaseRunner {
 public:
  CaseRunner(const Spec& spec, const TestCase& test, const MakeCaseHome& make_home)
      : test_(test),
        stores_(clock_),
        connectors_(Connectors(given_tables_)),
        home_(make_home(stores_, connectors_, clock_)),
        session_(home_->NewSession()),
        project_(spec, test, diagnostics_),
        tables_(*session_, project_, given_tables_) {
    ThrowWrong();
  }

  std::vector<CaseFailure> Run() {
    for (; step_ < test_.steps.size() && failures_.empty(); ++step_) RunStep(test_.steps[step_]);
    return std::move(failures_);
  }

 private:
  static connect::Registry Connectors(GivenTables& tables) {
    auto all = connect::BuiltinConnectors().all();
    all.push_back(tables.Connector());
    return connect::Registry(std::move(all));
  }

  void RunStep(const TestStep& step) {
    if (step.clock) clock_.Set(*step.clock);
    for (const Given& given : step.given) {
      if (given.path) Place(given);
    }
    ThrowWrong();
    tables_.Give(step);
    Selection selection;
    selection.full_refresh_all = step.full_refresh_all;
    for (const Cell& name : step.full_refresh) {
      selection.full_refresh.insert(project_.Qualify(name.text).ToString());
    }
    Diagnostics problems;
    const CheckedProject checked =
        CheckLoaded(project_.Running(), *session_, problems,
                    [&](const QualifiedName& table) { return selection.StartsAnew(table); });
    if (!problems.empty()) {
      ExpectProblems(step, problems);
    } else {
      UpdateOptions options;
      options.selection = selection;
      options.parallel = 1;
      options.retry_pause = {};
      const UpdateReport report = RunUpdate(
          checked, [&] { return home_->NewSession(); }, options);
      ExpectEvents(step, report);
      if (failures_.empty()) ExpectCounts(step, report);
      // Rows of what failed, and of all that reads it, would only say so again.
      if (has_failed_flows_) return;
    }
    for (const ExpectedDataset& expected : step.expect) ExpectRows(expected, checked);
    ThrowWrong();
  }

  void ThrowWrong() {
    if (!diagnostics_.empty()) throw DiagnosticError(std::exchange(diagnostics_, {}));
  }

  void Place(const Given& given) {
    const std::string path = project_.Substituted(given.name, *given.path, diagnostics_);
    MakeVolumeOf(connect::PathPattern(path).base(), *session_);
    PlaceFile(given, *project_.CallOf(path), step_ + 1, stores_, project_.project().spec.folder,
              diagnostics_);
  }

  // What `fails:` says of a dataset in this step.
  const ExpectedFailure* FailureOf(const TestStep& step, const std::string& dataset) const {
    const auto found =
        std::find_if(step.fails.begin(), step.fails.end(), [&](const ExpectedFailure& failure) {
          return project_.Qualify(failure.name.text).ToString() == dataset;
        });
    return found == step.fails.end() ? nullptr : &*found;
  }

  static bool Fits(const ExpectedFailure& expected, const std::string& condition,
                   const std::string& message) {
    const bool same_condition = expected.condition.empty() || condition == expected.condition ||
                                condition.starts_with(expected.condition + ".");
    return same_condition && message.find(expected.message) != std::string::npos;
  }

  static std::string Named(const std::string& condition, const std::string& message) {
    const std::string name = "[" + condition + "] ";
    return condition.empty() || message.find(name) != std::string::npos ? message : name + message;
  }

  static std::string Wanted(const ExpectedFailure& expected) {
    std::string text = expected.condition;
    if (!expected.message.empty()) {
      text += (text.empty() ? "" : " and ") + ("\"" + expected.message + "\"");
    }
    return text;
  }

  // The project could not be checked: `weir pipeline run` would have stopped here, too.
  void ExpectProblems(const TestStep& step, const Diagnostics& problems) {
    std::set<const ExpectedFailure*> met;
    for (const Diagnostic& problem : problems) {
      const auto found =
          std::find_if(step.fails.begin(), step.fails.end(), [&](const ExpectedFailure& failure) {
            return Fits(failure, problem.condition, problem.message);
          });
      if (found == step.fails.end()) throw DiagnosticError(problems);
      met.insert(&*found);
    }
    for (const ExpectedFailure& failure : step.fails) {
      if (!met.count(&failure)) AddNotFailed(failure);
    }
  }

  void AddNotFailed(const ExpectedFailure& failure) {
    Fail(project_.Qualify(failure.name.text), failure.name.span,
         "did not fail; expected was " + Wanted(failure));
  }

  void ExpectEvents(const TestStep& step, const UpdateReport& report) {
    std::set<const ExpectedFailure*> met;
    for (const FlowEvent& event : report.flows) {
      if (event.status != FlowStatus::kFailed) continue;
      const ExpectedFailure* expected = FailureOf(step, event.dataset);
      const std::string message = Named(event.condition, event.message);
      if (expected == nullptr) {
        Fail(event.dataset, step.span, "failed: " + message);
        has_failed_flows_ = true;
        continue;
      }
      met.insert(expected);
      if (!Fits(*expected, event.condition, event.message)) {
        Fail(event.dataset, expected->name.span,
             "failed otherwise than expected (" + Wanted(*expected) + "): " + message);
        has_failed_flows_ = true;
      }
    }
    for (const ExpectedFailure& failure : step.fails) {
      if (!met.count(&failure)) AddNotFailed(failure);
    }
  }

  void ExpectCounts(const TestStep& step, const UpdateReport& report) {
    for (const ExpectedDataset& expected : step.expect) {
      const QualifiedName name = project_.Qualify(expected.name.text);
      engine::RunStatistics sum;
      std::map<std::string, engine::ExpectationCount> counts;
      for (const FlowEvent& event : report.flows) {
        if (event.dataset != name.ToString()) continue;
        sum.dropped_rows += event.outcome.statistics.dropped_rows;
        sum.reject_count += event.outcome.statistics.reject_count;
        for (const auto& count : event.outcome.statistics.expectations) {
          counts[count.name].passed += count.passed;
          counts[count.name].failed += count.failed;
        }
      }
      const auto compare = [&](const Span& span, const std::string& what,
                               const std::optional<int64_t>& wanted, int64_t found) {
        if (!wanted || *wanted == found) return;
        Fail(name, span,
             what + ": expected " + std::to_string(*wanted) + ", found " + std::to_string(found));
      };
      compare(expected.name.span, "dropped rows", expected.dropped, sum.dropped_rows);
      compare(expected.name.span, "malformed records", expected.rejected, sum.reject_count);
      for (const ExpectedCounts& count : expected.expectations) {
        const auto& found = counts[count.name.text];
        const std::string what = "expectation " + count.name.text + ", rows that ";
        compare(count.name.span, what + "passed", count.passed, found.passed);
        compare(count.name.span, what + "failed", count.failed, found.failed);
      }
    }
  }

  void ExpectRows(const ExpectedDataset& expected, const CheckedProject& checked) {
    if (!expected.rows) return;
    const Dataset& dataset = *project_.Find(project_.Qualify(expected.name.text));
    const auto all = AllRows(dataset, checked);
    if (!all) {
      return Fail(dataset.name, expected.name.span,
                  "has no table yet: nothing has filled it so far");
    }
    const TypedRows wanted =
        NamedRows(Written(*expected.rows, diagnostics_), all->columns, diagnostics_);
    RowComparison comparison;
    comparison.ordered = expected.ordered;
    for (const Cell& key : expected.key) {
      const auto at = wanted.columns.Find(key.text);
      if (at) {
        comparison.key.push_back(*at);
      } else {
        diagnostics_.push_back(CaseProblem(
            key.span, "the key `" + key.text + "` is no column of the rows that are expected",
            "they have: " + wanted.columns.ToDdl()));
      }
    }
    if (!diagnostics_.empty()) return;
    RowDiff diff = CompareRows(wanted, Only(*all, wanted.columns), comparison);
    if (diff.IsSame()) return;
    Fail(dataset.name, expected.name.span, Describe(diff));
    failures_.back().diff = std::move(diff);
  }

  // The rows that are there; nothing without a table.
  std::optional<TypedRows> AllRows(const Dataset& dataset, const CheckedProject& checked) {
    const std::string name = project_.Shown(dataset).ToString();
    auto prepared = session_->Prepare(
        std::make_shared<SourceText>(SourceText{"<test>", "SELECT * FROM " + name}));
    if (auto* wrong = std::get_if<Diagnostics>(&prepared)) {
      if (wrong->front().condition != "TABLE_OR_VIEW_NOT_FOUND") throw DiagnosticError(*wrong);
      // What stands on something that failed, as it should, has no rows.
      const auto schema = checked.schemas.find(dataset.name);
      if (schema == checked.schemas.end()) return std::nullopt;
      return TypedRows{schema->second, {}};
    }
    const auto result = session_->Execute(std::get<session::Prepared>(prepared));
    TypedRows rows{result->schema(), {}};
    while (const auto batch = result->Next()) {
      for (int64_t row = 0; row < batch->rows(); ++row) {
        std::vector<Value> values;
        for (size_t i = 0; i < rows.columns.size(); ++i) values.push_back(batch->At(i, row));
        rows.rows.push_back(std::move(values));
      }
    }
    return rows;
  }

  static TypedRows Only(const TypedRows& all, const Schema& columns) {
    TypedRows some{columns, {}};
    std::vector<size_t> positions;
    for (const Field& field : columns.fields()) positions.push_back(*all.columns.Find(field.name));
    for (const auto& row : all.rows) {
      auto& values = some.rows.emplace_back();
      for (const size_t at : positions) values.push_back(row[at]);
    }
    return some;
  }

  void Fail(const QualifiedName& dataset, const Span& span, const std::string& message) {
    Fail(dataset.ToString(), span, message);
  }
  void Fail(const std::string& dataset, const Span& span, const std::string& message) {
    failures_.push_back({step_ + 1, dataset, span, message, std::nullopt});
  }

  const TestCase& test_;
  Diagnostics diagnostics_;
  CaseClock clock_;
  TestStores stores_;
  GivenTables given_tables_;
  connect::Registry connectors_;
  std::unique_ptr<CaseHome> home_;
  std::unique_ptr<session::Session> session_;
  ScopedProject project_;
  CaseTables tables_;
  size_t step_ = 0;
  bool has_failed_flows_ = false;
  std::vector<CaseFailure> failures_;
};

}  // namespace

std::string_view CaseStatusName(CaseStatus status) {
  switch (status) {
    case CaseStatus::kPassed:
      return "PASSED";
    case CaseStatus::kFailed:
      return "FAILED";
    case CaseStatus::kBroken:
      return "BROKEN";
  }
  return "";
}

CaseOutcome RunCase(const Spec& spec, const TestCase& test, const MakeCaseHome& make_home) {
  CaseOutcome outcome{test.name, test.file, test.span.Line(), CaseStatus::kPassed, {}, "", 0};
  const auto start = SteadyClock::now();
  try {
    outcome.failures = CaseRunner(spec, test, make_home).Run();
    if (!outcome.failures.empty()) outcome.status = CaseStatus::kFailed;
  } catch (const DiagnosticError& error) {
    outcome.status = CaseStatus::kBroken;
    outcome.error = error.what();
  } catch (const Error& error) {
    // A defect, or a machine that has no more to give, is not this test's outcome.
    if (error.code() == ErrorCode::kInternal || error.code() == ErrorCode::kExhausted) throw;
    outcome.status = CaseStatus::kBroken;
    outcome.error = error.what();
  }
  outcome.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  return outcome;
}

std::vector<CaseOutcome> RunCases(const Spec& spec, const std::vector<TestCase>& tests,
                                  const MakeCaseHome& make_home, size_t parallel,
                                  const std::function<void(const CaseOutcome&)>& observe) {
  std::vector<std::optional<CaseOutcome>> outcomes(tests.size());
  std::mutex mutex;
  size_t next = 0;
  size_t observed = 0;
  std::exception_ptr fatal;
  const auto work = [&] {
    for (;;) {
      std::unique_lock lock(mutex);
      if (next == tests.size() || fatal) return;
      const size_t mine = next++;
      lock.unlock();
      try {
        CaseOutcome outcome = RunCase(spec, tests[mine], make_home);
        lock.lock();
        outcomes[mine] = std::move(outcome);
        for (; observed < outcomes.size() && outcomes[observed]; ++observed) {
          observe(*outcomes[observed]);
        }
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!fatal) fatal = std::current_exception();
      }
    }
  };
  {
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const size_t threads = std::min(parallel ? parallel : cores, tests.size());
    std::vector<std::jthread> workers;
    for (size_t i = 0; i < threads; ++i) workers.emplace_back(work);
  }
  if (fatal) std::rethrow_exception(fatal);
  std::vector<CaseOutcome> all;
  for (auto& outcome : outcomes) all.push_back(std::move(*outcome));
  return all;
}

}  // namespace weir::pipeline
