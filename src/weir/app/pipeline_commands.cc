#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>

#include "weir/app/commands.h"
#include "weir/app/prompt/terminal.h"
#include "weir/app/stop_on_signal.h"
#include "weir/app/update_display.h"
#include "weir/app/update_text.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/pipeline/check.h"
#include "weir/pipeline/event_log.h"
#include "weir/pipeline/graph_page.h"
#include "weir/pipeline/plan.h"
#include "weir/pipeline/update.h"
#include "weir/pipeline/update_lock.h"

namespace weir::app {
namespace {

using pipeline::FlowEvent;
using pipeline::FlowStatus;

// The whole project checked; throws all that is wrong with it.
pipeline::CheckedProject Check(const pipeline::Spec& spec, session::Session& session) {
  Diagnostics diagnostics;
  auto checked = pipeline::CheckProject(spec, session, diagnostics);
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
  return checked;
}

pipeline::Selection SelectionOf(const PipelineOptions& options) {
  if (options.full_refresh_all && !options.refresh.empty()) {
    throw UsageError(
        "--full-refresh-all empties and reads all tables, so --refresh can't pick some; leave one "
        "of them out, or name tables with --full-refresh");
  }
  pipeline::Selection selection;
  selection.refresh.insert(options.refresh.begin(), options.refresh.end());
  selection.full_refresh.insert(options.full_refresh.begin(), options.full_refresh.end());
  selection.full_refresh_all = options.full_refresh_all;
  return selection;
}

void PrintPlan(const session::DatasetPlan& plan, const pipeline::CheckedProject& checked,
               std::ostream& out) {
  out << fmt::format("  {:<8}  ", session::DatasetActionName(plan.action));
  const auto dataset = checked.project->datasets.find(plan.name);
  const auto schema = checked.schemas.find(plan.name);
  if (dataset == checked.project->datasets.end() ||
      plan.action == session::DatasetPlan::Action::kLeave) {
    out << plan.name.ToString() << "\n";
  } else {
    out << dataset->second.KindName() << " " << plan.name.ToString();
    if (schema != checked.schemas.end()) out << " (" << schema->second.ToDdl() << ")";
    out << "\n";
  }
  for (const std::string& note : plan.notes) out << "            " << note << "\n";
}

// Whether lines written there may be drawn anew.
bool CanRedraw(const std::ostream& err) {
  const char* const kind = std::getenv("TERM");
  return &err == &std::cerr && isatty(STDERR_FILENO) == 1 && kind != nullptr && *kind != '\0' &&
         std::string_view(kind) != "dumb";
}

// The exit code of the gravest failure: what may be tried again later is told from what may not.
int ExitCodeOf(const pipeline::UpdateReport& report) {
  int code = report.Succeeded() ? kSuccess : kFailed;
  for (const FlowEvent& event : report.flows) {
    if (event.error_code) code = std::max(code, app::ExitCodeOf(*event.error_code));
  }
  return code;
}

}  // namespace

pipeline::Spec LoadSpecOrThrow(const std::string& file) {
  auto spec = pipeline::LoadSpec(file.empty() ? pipeline::FindSpec(".") : file);
  if (auto* wrong = std::get_if<Diagnostics>(&spec)) throw DiagnosticError(std::move(*wrong));
  return std::get<pipeline::Spec>(std::move(spec));
}

int RunPipelineDryRun(const GlobalOptions& global, const PipelineOptions& options,
                      std::ostream& out, std::ostream&) {
  const pipeline::Spec spec = LoadSpecOrThrow(options.spec);
  LocalApp app(global);
  pipeline::StorageOf(app.stores, spec);
  const auto session = app.NewSession();
  const pipeline::Selection selection = SelectionOf(options);
  Diagnostics diagnostics;
  const auto checked = pipeline::CheckProject(
      spec, *session, diagnostics, [&](const auto& table) { return selection.StartsAnew(table); });
  if (!pipeline::MayBegin(checked, diagnostics)) throw DiagnosticError(std::move(diagnostics));
  diagnostics.clear();  // Of those that are looked at they come again.
  const auto plans = pipeline::PlanUpdate(checked, *session, selection, diagnostics);
  for (const session::DatasetPlan& plan : plans) {
    if (global.output == OutputFormat::kJson) {
      out << pipeline::ToJson(plan) << "\n";
    } else {
      PrintPlan(plan, checked, out);
    }
  }
  // An update would fail there.
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
  if (global.output != OutputFormat::kJson) {
    out << "pipeline " << spec.name << " is good: " << checked.project->datasets.size()
        << " datasets\n";
  }
  return kSuccess;
}

int RunPipelineGraph(const GlobalOptions& global, const PipelineOptions& options, std::ostream& out,
                     std::ostream&) {
  Diagnostics diagnostics;
  const pipeline::Spec spec = LoadSpecOrThrow(options.spec);
  if (options.graph_format == "html") {
    // Columns are known only once names are bound.
    LocalApp app(global);
    const io::Location storage = pipeline::StorageOf(app.stores, spec);
    const auto session = app.NewSession();
    out << pipeline::ToHtml(Check(spec, *session), pipeline::FindLastUpdate(storage));
    return kSuccess;
  }
  const auto project = pipeline::LoadProject(spec, diagnostics);
  const pipeline::Graph graph(*project, diagnostics);
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
  out << (options.graph_format == "mermaid" ? graph.ToMermaid() : graph.ToText());
  return kSuccess;
}

namespace {

// `weir pipeline run`, with all that its rounds share.
class PipelineRun {
 public:
  PipelineRun(const GlobalOptions& global, const PipelineOptions& options, std::ostream& out,
              std::ostream& err)
      : options_(options),
        json_(global.output == OutputFormat::kJson),
        out_(out),
        err_(err),
        stop_(err),
        spec_(LoadSpecOrThrow(options.spec)),
        app_(global),
        storage_(pipeline::StorageOf(app_.stores, spec_)),
        lock_(app_.app.LockFolder(), spec_, app_.app.principal(), app_.clock) {}

  int Run() {
    if (!json_) err_ << "pipeline " << spec_.name << "\n";
    pipeline::UpdateReport report = Round(SelectionOf(options_));
    if (options_.continuous) report = GoOn(std::move(report));
    if (stop_.signal() == 0) return ExitCodeOf(report);
    // A stop is how a continuous run ends well.
    return options_.continuous && report.Count(FlowStatus::kFailed) == 0 ? kSuccess
                                                                         : 128 + stop_.signal();
  }

 private:
  static constexpr std::chrono::seconds kLongestPause{60};

  // The project is read anew for each round, so an edit counts from the next one on.
  pipeline::UpdateReport Round(const pipeline::Selection& selection) {
    const auto session = app_.NewSession();
    Diagnostics found;
    const auto checked = pipeline::CheckProject(
        spec_, *session, found, [&](const auto& table) { return selection.StartsAnew(table); });
    if (!found.empty() && !pipeline::MayBegin(checked, found)) {
      throw DiagnosticError(std::move(found));
    }
    pipeline::UpdateOptions update;
    update.selection = selection;
    update.retries = options_.retries;
    update.stop = stop_.token();
    update.id = NewUuid();
    const pipeline::SessionFactory sessions = [&] { return app_.NewSession(); };
    pipeline::EventLogOptions logged;
    logged.update_id = update.id;
    logged.tells_of_nothing = rounds_ == 0;
    pipeline::EventLog events(checked, selection, sessions, app_.clock, logged);
    std::optional<UpdateDisplay> display;
    // Later rounds of a continuous run say only what happened, in lines.
    if (rounds_ == 0 && !json_ && CanRedraw(err_)) {
      display.emplace(
          err_, [] { return TerminalSizeOf(STDERR_FILENO); }, WantsColour());
      update.observe_running = [&](const auto& flows) { display->Take(flows); };
    }
    update.observe = [&](const FlowEvent& event) {
      events.Take(event);
      if (display) {
        display->Take(event);
      } else {
        Show(event);
      }
    };
    auto report = pipeline::RunUpdate(checked, sessions, update);
    const auto unwritten = events.Finish(report);
    if (display) display->Finish();
    if (IsShown(report)) {
      if (json_) {
        out_ << report.ToJson() << std::endl;
      } else {
        PrintSummary(report, err_);
      }
      if (unwritten) {
        err_ << "weir: the update ended and its tables are as told, but its event log was not "
                "written: "
             << *unwritten << "\n";
      }
      pipeline::StoreReport(app_.stores, spec_, report);
    }
    ++rounds_;
    return report;
  }

  // Round after round until it is to stop. After a failed one the pause grows.
  pipeline::UpdateReport GoOn(pipeline::UpdateReport report) {
    pipeline::Selection rest = SelectionOf(options_);
    rest.full_refresh.clear();
    rest.full_refresh_all = false;
    const std::chrono::milliseconds interval(options_.interval_millis);
    auto pause = interval;
    while (Wait(pause)) {
      bool good = false;
      try {
        report = Round(rest);
        good = report.Succeeded();
        told_.clear();
      } catch (const Error& error) {
        // The project may be in the middle of an edit, or a source out of reach.
        if (error.code() == ErrorCode::kInternal) throw;
        if (told_ != error.what()) err_ << (told_ = error.what()) << std::endl;
      }
      const auto longer = std::min<std::chrono::milliseconds>(2 * pause, kLongestPause);
      pause = good ? interval : std::max(interval, longer);
    }
    return report;
  }

  // Whether there is to be another round.
  bool Wait(std::chrono::milliseconds pause) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop_.token(), pause, [] { return false; });
    return stop_.signal() == 0;
  }

  // Of later rounds only what happened is worth a line.
  void Show(const FlowEvent& event) {
    if (event.status == FlowStatus::kQueued) return;
    const bool is_idle = event.status == FlowStatus::kRunning ||
                         (event.status == FlowStatus::kCompleted && event.outcome.batches == 0);
    if (rounds_ > 0 && is_idle) return;
    if (json_) {
      out_ << pipeline::ToJson(event) << std::endl;
    } else {
      PrintEvent(event, err_);
    }
  }

  bool IsShown(const pipeline::UpdateReport& report) const {
    return rounds_ == 0 || !report.Succeeded() ||
           std::any_of(report.flows.begin(), report.flows.end(),
                       [](const FlowEvent& event) { return event.outcome.batches > 0; });
  }

  const PipelineOptions& options_;
  const bool json_;
  std::ostream& out_;
  std::ostream& err_;
  const StopOnSignal stop_;  // Before anything that starts threads.
  const pipeline::Spec spec_;
  LocalApp app_;
  const io::Location storage_;
  const pipeline::UpdateLock lock_;
  int64_t rounds_ = 0;
  std::string told_;  // What the last round could not be begun for.
};

}  // namespace

int RunPipelineUpdate(const GlobalOptions& global, const PipelineOptions& options,
                      std::ostream& out, std::ostream& err) {
  return PipelineRun(global, options, out, err).Run();
}

}  // namespace weir::app
