#include "weir/app/update_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "weir/app/findings_text.h"

namespace weir::app {

using pipeline::FlowEvent;
using pipeline::FlowStatus;

namespace {

void PrintColumnChanges(const session::FlowOutcome& outcome, std::ostream& err) {
  for (const std::string& change : outcome.column_changes) err << "            " << change << "\n";
}

}  // namespace

std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

std::string Counted(int64_t count, const std::string& one) {
  return Grouped(count) + " " + one + (count == 1 ? "" : "s");
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string OutcomeText(const session::FlowOutcome& outcome) {
  if (outcome.batches == 0) return outcome.how;
  std::string text = Counted(outcome.statistics.rows, "row") + ", " + outcome.how;
  if (!outcome.why.empty()) text += " (" + outcome.why + ")";
  if (outcome.files_read > 0) text += ", " + Counted(outcome.files_read, "file") + " read";
  text += ", version " + std::to_string(outcome.table_version);
  return text;
}

void PrintDetails(const session::FlowOutcome& outcome, std::ostream& err) {
  PrintColumnChanges(outcome, err);
  for (const auto& count : outcome.statistics.expectations) {
    if (count.failed == 0) continue;
    err << fmt::format("            expectation {}: {} failed, {} passed\n", count.name,
                       Grouped(count.failed), Grouped(count.passed));
  }
  if (outcome.statistics.dropped_rows > 0) {
    err << "            dropped " << Counted(outcome.statistics.dropped_rows, "row") << "\n";
  }
  for (const std::string& text : {RescuedText(outcome.statistics), LossText(outcome.statistics)}) {
    if (!text.empty()) err << "            " << text << "\n";
  }
  constexpr size_t kShown = 5;
  const auto& rejects = outcome.statistics.rejects;
  for (size_t i = 0; i < rejects.size() && i < kShown; ++i) {
    err << "            " << PlaceAndReason(rejects[i]) << "\n";
  }
  if (outcome.statistics.reject_count > static_cast<int64_t>(kShown)) {
    err << "            ... " << Counted(outcome.statistics.reject_count, "malformed record")
        << " in all\n";
  }
  const bool any_file = std::any_of(rejects.begin(), rejects.end(),
                                    [](const engine::Reject& reject) { return reject.line == 0; });
  if (any_file) {
    err << "            mend such a file and let it come under a new name: each is read once\n";
  }
}

std::string NameOf(const std::string& dataset, const std::string& flow) {
  return flow == dataset ? dataset : flow + " -> " + dataset;
}

void PrintEvent(const FlowEvent& event, std::ostream& err) {
  const std::string name = NameOf(event.dataset, event.flow);
  switch (event.status) {
    case FlowStatus::kQueued:
    case FlowStatus::kRunning:
      return;
    case FlowStatus::kCompleted:
      err << fmt::format("  done      {}: {} ({:.2f} s)\n", name, OutcomeText(event.outcome),
                         event.seconds);
      return PrintDetails(event.outcome, err);
    case FlowStatus::kFailed:
      err << fmt::format("  FAILED    {}: {}\n", name, event.message);
      PrintColumnChanges(event.outcome, err);
      if (event.outcome.batches > 0) {
        err << "            before that: " << OutcomeText(event.outcome) << "\n";
      }
      return;
    case FlowStatus::kSkipped:
      err << fmt::format("  skipped   {}: {}\n", name, event.message);
      return;
    case FlowStatus::kStopped:
      err << fmt::format("  stopped   {}: {}\n", name, event.message);
      return;
  }
}

void PrintSummary(const pipeline::UpdateReport& report, std::ostream& err) {
  int64_t rows = 0;
  int64_t nothing_new = 0;
  for (const FlowEvent& event : report.flows) {
    rows += event.outcome.statistics.rows;
    nothing_new += event.status == FlowStatus::kCompleted && event.outcome.batches == 0;
  }
  const int64_t done = report.Count(FlowStatus::kCompleted);
  const int64_t stopped = report.Count(FlowStatus::kStopped);
  err << fmt::format(
      "{}: {} updated, {} with nothing new, {} failed, {} skipped{}; {} written in "
      "{:.2f} s\n",
      report.Succeeded() ? "completed"
      : stopped > 0      ? "stopped"
                         : "FAILED",
      done - nothing_new, nothing_new, report.Count(FlowStatus::kFailed),
      report.Count(FlowStatus::kSkipped), stopped > 0 ? fmt::format(", {} stopped", stopped) : "",
      Counted(rows, "row"), report.seconds);
}

}  // namespace weir::app
