#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "weir/app/app.h"
#include "weir/app/command_line.h"
#include "weir/app/doctor/home_checks.h"
#include "weir/app/doctor/home_state.h"
#include "weir/base/error.h"
#include "weir/types/batch.h"

namespace weir::app {
namespace {

const char* NameOf(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kWarning ? "warning" : "wrong";
}

// Adds what a check finds; one that can't be made is wrong itself, and keeps no other from being
// made.
void Add(const char* check, const std::function<Findings()>& make, Findings& findings) {
  try {
    for (Finding& finding : make()) findings.push_back(std::move(finding));
  } catch (const Error& error) {
    findings.push_back({check, Verdict::kWrong, error.what(), "see what is wrong above"});
  }
}

// The findings outlive neither of these, which their mends work with.
struct Examination {
  Examination(const GlobalOptions& global, const std::string& home, const Clock& clock,
              Instant grace) {
    findings.push_back(CheckEngine());
    findings.push_back(CheckFileLimit());
    std::error_code failure;
    if (!std::filesystem::exists(home, failure) && !failure) {
      findings.push_back({"home", Verdict::kWarning, home + " is not there yet",
                          "the first command that needs it makes it; is it the one you meant?"});
      return;
    }
    findings.push_back(CheckFolder(home));
    findings.push_back(CheckFileSystem(home));
    for (Finding& finding : CheckSpace(home)) findings.push_back(std::move(finding));
    findings.push_back(CheckClock(home, clock));
    state.emplace(global, home, clock, grace);
    findings.push_back(state->CheckDatabase());
    findings.push_back(state->CheckLocks());
    Add(
        "statements", [&] { return state->CheckStatements(); }, findings);
    Add(
        "tables", [&] { return state->CheckTables(); }, findings);
    Add(
        "orphan folders", [&] { return state->CheckOrphans(); }, findings);
    Add(
        "leftovers", [&] { return Findings{LeftoversIn(home, grace)}; }, findings);
  }

  // Who runs may have made them.
  Finding LeftoversIn(const std::string& home, Instant grace) const {
    Finding found = CheckLeftovers(home, grace);
    if (found.mend && state->IsInUse()) {
      found.mend = nullptr;
      found.hint = "weir doctor --fix removes them when nothing runs in the home";
    }
    return found;
  }

  std::optional<HomeState> state;
  Findings findings;
};

class FindingRows : public BatchStream {
 public:
  explicit FindingRows(const Findings& findings)
      : schema_({{"check", TypeId::kString, false, "{}"},
                 {"verdict", TypeId::kString, false, "{}"},
                 {"text", TypeId::kString, false, "{}"},
                 {"hint", TypeId::kString, false, "{}"}}),
        findings_(findings) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    if (done_) return std::nullopt;
    done_ = true;
    BatchBuilder builder(schema_);
    for (const Finding& finding : findings_) {
      builder.column(0).Append(Value::String(finding.check));
      builder.column(1).Append(Value::String(NameOf(finding.verdict)));
      builder.column(2).Append(Value::String(finding.text));
      builder.column(3).Append(Value::String(finding.hint));
    }
    return builder.Finish();
  }

 private:
  const Schema schema_;
  const Findings& findings_;
  bool done_ = false;
};

int64_t Count(const Findings& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

void PrintPicture(const std::string& home, const Findings& findings, std::ostream& out) {
  out << "home " << home << "\n";
  for (const Finding& finding : findings) {
    out << fmt::format("  {:<8}  {}: {}\n", NameOf(finding.verdict), finding.check, finding.text);
    if (!finding.hint.empty()) out << "            hint: " << finding.hint << "\n";
  }
  const int64_t wrong = Count(findings, Verdict::kWrong);
  const int64_t warnings = Count(findings, Verdict::kWarning);
  out << fmt::format("{} checks: {} wrong, {} warning{}\n", findings.size(), wrong, warnings,
                     warnings == 1 ? "" : "s");
}

// What could not be mended is still there when the home is examined again.
void Mend(const Findings& findings, std::ostream& err) {
  for (const Finding& finding : findings) {
    if (!finding.mend) continue;
    try {
      err << "mended " << finding.check << ": " << finding.mend() << "\n";
    } catch (const Error& error) {
      err << "can't mend " << finding.check << ": " << error.what() << "\n";
    } catch (const std::filesystem::filesystem_error& error) {
      err << "can't mend " << finding.check << ": " << error.what() << "\n";
    }
  }
}

}  // namespace

int RunDoctor(const GlobalOptions& global, const DoctorOptions& options, std::ostream& out,
              std::ostream& err) {
  const std::string home = HomeFolder(global.home);
  const SystemClock clock;
  const Instant grace{options.grace_millis * 1000};
  if (options.fix) {
    const Examination before(global, home, clock, grace);
    Mend(before.findings, err);
  }
  const Examination now(global, home, clock, grace);
  if (global.output == OutputFormat::kTable) {
    PrintPicture(home, now.findings, out);
  } else {
    FindingRows rows(now.findings);
    PrintRows(rows, global.output, out);
  }
  return Count(now.findings, Verdict::kWrong) == 0 ? kSuccess : kFailed;
}

}  // namespace weir::app
