#include "weir/app/update_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "weir/app/display_width.h"
#include "weir/app/update_text.h"

namespace weir::app {
namespace {

using pipeline::FlowEvent;
using pipeline::FlowStatus;
using pipeline::RunningFlow;

constexpr size_t kLongestName = 60;

const char* StateName(FlowStatus status) {
  switch (status) {
    case FlowStatus::kQueued:
      return "waiting";
    case FlowStatus::kRunning:
      return "running";
    case FlowStatus::kCompleted:
      return "done";
    case FlowStatus::kFailed:
      return "FAILED";
    case FlowStatus::kSkipped:
      return "skipped";
    case FlowStatus::kStopped:
      return "stopped";
  }
  return "";
}

const char* ColourOf(FlowStatus status) {
  switch (status) {
    case FlowStatus::kQueued:
      return "\x1b[2m";
    case FlowStatus::kRunning:
      return "\x1b[36m";
    case FlowStatus::kCompleted:
      return "\x1b[32m";
    case FlowStatus::kFailed:
      return "\x1b[31m";
    case FlowStatus::kSkipped:
    case FlowStatus::kStopped:
      return "\x1b[33m";
  }
  return "";
}

std::string Padded(const std::string& text, size_t width) {
  const std::string cut = CutToWidth(text, width);
  return cut + std::string(width - std::min(width, DisplayWidth(cut)), ' ');
}

// A number in its column; nothing where there is nothing to say.
std::string Number(int64_t number, size_t width) {
  return fmt::format("{:>{}}", number > 0 ? Grouped(number) : "", width);
}

// How urgently a flow is to be seen where not all can be.
int Urgency(FlowStatus status) {
  switch (status) {
    case FlowStatus::kRunning:
      return 0;
    case FlowStatus::kFailed:
      return 1;
    case FlowStatus::kQueued:
      return 2;
    case FlowStatus::kSkipped:
    case FlowStatus::kStopped:
      return 3;
    case FlowStatus::kCompleted:
      return 4;
  }
  return 5;
}

int64_t FailedExpectations(const session::FlowOutcome& outcome) {
  int64_t failed = 0;
  for (const auto& count : outcome.statistics.expectations) failed += count.failed;
  return failed;
}

}  // namespace

UpdateDisplay::UpdateDisplay(std::ostream& terminal, std::function<TerminalSize()> size,
                             bool colour)
    : terminal_(terminal), size_(std::move(size)), colour_(colour) {}

void UpdateDisplay::Take(const FlowEvent& event) {
  Line& line = LineOf(event.dataset, event.flow);
  line.event = event;
  line.running = {event.dataset, event.flow, 0, {}};
  // Drawn when all are known.
  if (event.status != FlowStatus::kQueued) Draw();
}

void UpdateDisplay::Take(const std::vector<RunningFlow>& flows) {
  for (const RunningFlow& flow : flows) LineOf(flow.dataset, flow.flow).running = flow;
  Draw();
}

void UpdateDisplay::Finish() {
  Erase();
  if (!lines_.empty()) terminal_ << Heading() << "\n";
  for (const Line& line : lines_) {
    terminal_ << Text(line, 0) << "\n";
    if (line.event.status == FlowStatus::kFailed) {
      terminal_ << "            " << line.event.message << "\n";
      if (line.event.outcome.batches > 0) {
        terminal_ << "            before that: " << OutcomeText(line.event.outcome) << "\n";
      }
    }
    PrintDetails(line.event.outcome, terminal_);
  }
  terminal_ << std::flush;
  lines_.clear();
}

UpdateDisplay::Line& UpdateDisplay::LineOf(const std::string& dataset, const std::string& flow) {
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
    return line.event.dataset == dataset && line.event.flow == flow;
  });
  if (found != lines_.end()) return *found;
  name_width_ = std::min(kLongestName, std::max(name_width_, DisplayWidth(NameOf(dataset, flow))));
  return lines_.emplace_back();
}

void UpdateDisplay::Draw() {
  const TerminalSize size = size_();
  // One column less, so that no terminal wraps a full line; the cursor's line and the heading are
  // left out of the count.
  const size_t width = std::max<size_t>(size.columns, 2) - 1;
  const auto shown = Shown(std::max<size_t>(size.lines, 4) - 3);
  std::string text = CutToWidth(Heading(), width) + "\x1b[K\n";
  for (const size_t at : shown) text += Text(lines_[at], width) + "\x1b[K\n";
  size_t drawn = shown.size() + 1;
  if (shown.size() < lines_.size()) {
    text += CutToWidth(Hidden(shown), width) + "\x1b[K\n";
    ++drawn;
  }
  std::string back = drawn_ > 0 ? fmt::format("\x1b[{}A\r", drawn_) : "";
  // At once, so that nobody sees half of it.
  terminal_ << back + text + "\x1b[J" << std::flush;
  drawn_ = drawn;
}

void UpdateDisplay::Erase() {
  if (drawn_ > 0) terminal_ << fmt::format("\x1b[{}A\r\x1b[J", drawn_);
  drawn_ = 0;
}

std::vector<size_t> UpdateDisplay::Shown(size_t most) const {
  std::vector<size_t> shown(lines_.size());
  for (size_t i = 0; i < shown.size(); ++i) shown[i] = i;
  if (shown.size() <= most) return shown;
  std::stable_sort(shown.begin(), shown.end(), [&](size_t left, size_t right) {
    return Urgency(lines_[left].event.status) < Urgency(lines_[right].event.status);
  });
  shown.resize(most - 1);  // And the line that counts the rest.
  std::sort(shown.begin(), shown.end());
  return shown;
}

std::string UpdateDisplay::Hidden(const std::vector<size_t>& shown) const {
  std::map<FlowStatus, size_t> hidden;
  for (const Line& line : lines_) ++hidden[line.event.status];
  for (const size_t at : shown) --hidden[lines_[at].event.status];
  std::string text;
  for (const auto& [status, count] : hidden) {
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, StateName(status));
  }
  return "  and " + text;
}

std::string UpdateDisplay::Heading() const {
  return fmt::format("  {:<8}  {}  {:>13}  {:>11}  {:>9}  {:>9}  {:>8}", "state",
                     Padded("flow", name_width_), "rows", "rows/s", "dropped", "failed", "time");
}

std::string UpdateDisplay::Text(const Line& line, size_t width) const {
  const FlowEvent& event = line.event;
  const bool runs = event.status == FlowStatus::kRunning;
  const auto& progress = line.running.progress;
  const int64_t rows = runs ? (progress ? progress->rows : 0) : event.outcome.statistics.rows;
  const double seconds = runs ? line.running.seconds : event.seconds;
  const bool has_time =
      runs || event.status == FlowStatus::kCompleted || event.status == FlowStatus::kFailed;
  std::string note;
  if (runs && progress) note = fmt::format("read {:.0f}%", progress->fraction * 100);
  if (event.status == FlowStatus::kCompleted) {
    note = event.outcome.how;
    if (!event.outcome.why.empty()) note += " (" + event.outcome.why + ")";
  }
  if (event.status == FlowStatus::kSkipped || event.status == FlowStatus::kStopped) {
    note = FirstLine(event.message);
  }
  if (event.status == FlowStatus::kFailed && width > 0) note = FirstLine(event.message);
  const std::string state = fmt::format("  {:<8}  ", StateName(event.status));
  std::string rest =
      Padded(NameOf(event.dataset, event.flow), name_width_) + "  " + Number(rows, 13) + "  " +
      Number(seconds > 0 ? static_cast<int64_t>(static_cast<double>(rows) / seconds) : 0, 11) +
      "  " + Number(event.outcome.statistics.dropped_rows, 9) + "  " +
      Number(FailedExpectations(event.outcome), 9) + "  " +
      (has_time ? fmt::format("{:>6.1f} s", seconds) : std::string(8, ' ')) + "  " + note;
  while (rest.ends_with(' ')) rest.pop_back();
  if (width > 0) rest = CutToWidth(rest, width - std::min(width, state.size()));
  return colour_ ? ColourOf(event.status) + state + "\x1b[0m" + rest : state + rest;
}

}  // namespace weir::app
