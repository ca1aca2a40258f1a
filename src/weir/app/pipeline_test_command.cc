#include <fmt/format.h>
#include <fnmatch.h>

#include <fstream>
#include <map>
#include <ostream>

#include "weir/app/command_line.h"
#include "weir/app/commands.h"
#include "weir/app/test_homes.h"
#include "weir/app/test_report.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/pipeline/cases/test_case.h"

// `weir pipeline test`
namespace weir::app {
namespace {

using pipeline::CaseOutcome;
using pipeline::CaseStatus;
using pipeline::TestCase;

// Every test of the project; throws what is wrong with their files, of all files at once.
std::vector<TestCase> ReadTests(const pipeline::Spec& spec) {
  std::vector<TestCase> tests;
  Diagnostics diagnostics;
  for (const std::string& file : pipeline::TestFiles(spec)) {
    auto more = pipeline::ReadTestFile(spec, file, diagnostics);
    tests.insert(tests.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  std::map<std::string, const TestCase*> names;
  for (const TestCase& test : tests) {
    const auto [at, inserted] = names.try_emplace(test.name, &test);
    if (inserted) continue;
    diagnostics.push_back(pipeline::CaseProblem(test.span, "two tests are called " + test.name,
                                                "the other one is at " + at->second->file + ":" +
                                                    std::to_string(at->second->span.Line()) +
                                                    "; give one of them another `name`"));
  }
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
  if (tests.empty()) {
    throw Error(ErrorCode::kNotFound, "there are no tests: no .yml file under " + spec.folder +
                                          "/tests; `weir pipeline test --help` shows one");
  }
  return tests;
}

std::vector<TestCase> Chosen(std::vector<TestCase> tests, const std::vector<std::string>& names) {
  std::vector<TestCase> chosen;
  std::vector<bool> meant(names.size());
  for (TestCase& test : tests) {
    bool is_chosen = names.empty();
    for (size_t i = 0; i < names.size(); ++i) {
      if (fnmatch(names[i].c_str(), test.name.c_str(), 0) != 0) continue;
      meant[i] = true;
      is_chosen = true;
    }
    if (is_chosen) chosen.push_back(std::move(test));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (meant[i]) continue;
    throw Error(ErrorCode::kNotFound,
                "no test is called " + names[i] + "; `weir pipeline test --list` shows them");
  }
  return chosen;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw Error(ErrorCode::kUnavailable, "can't write " + path);
}

void List(const std::vector<TestCase>& tests, OutputFormat format, std::ostream& out) {
  for (const TestCase& test : tests) {
    if (format == OutputFormat::kJson) {
      out << Json{{"test", test.name}, {"file", test.file}, {"line", test.span.Line()}}.dump()
          << "\n";
    } else {
      out << test.name << " (" << test.file << ":" << test.span.Line() << ")\n";
    }
  }
}

}  // namespace

int RunPipelineTest(const GlobalOptions& global, const TestOptions& options, std::ostream& out) {
  if (global.output == OutputFormat::kCsv) {
    throw Error(ErrorCode::kUnsupported,
                "pipeline test prints no csv; use --output json, or --junit FILE for CI");
  }
  const bool json = global.output == OutputFormat::kJson;
  const pipeline::Spec spec = LoadSpecOrThrow(options.spec);
  const auto tests = Chosen(ReadTests(spec), options.names);
  if (options.list) {
    List(tests, global.output, out);
    return kSuccess;
  }
  TestHomes homes;
  if (!json) out << "pipeline " << spec.name << "\n";
  const auto outcomes = pipeline::RunCases(
      spec, tests,
      [&](io::Stores& stores, const connect::Registry& connectors, const Clock& clock) {
        return homes.Make(stores, connectors, clock);
      },
      0,
      [&](const CaseOutcome& outcome) {
        out << (json ? OutcomeJson(outcome) + "\n" : OutcomeText(outcome));
        out.flush();
      });
  const size_t passed = CountOf(outcomes, CaseStatus::kPassed);
  const size_t failed = CountOf(outcomes, CaseStatus::kFailed);
  const size_t broken = CountOf(outcomes, CaseStatus::kBroken);
  const bool good = passed == outcomes.size();
  if (json) {
    out << Json{{"state", good ? "PASSED" : "FAILED"},
                {"passed", passed},
                {"failed", failed},
                {"broken", broken}}
               .dump()
        << "\n";
  } else {
    out << fmt::format("{}: {} passed, {} failed, {} broken\n", good ? "passed" : "FAILED", passed,
                       failed, broken);
  }
  if (!options.junit.empty()) Write(options.junit, JUnit(spec.name, outcomes));
  return good ? kSuccess : kFailed;
}

}  // namespace weir::app
