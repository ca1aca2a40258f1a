#include "weir/pipeline/update.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/error_text.h"
#include "weir/base/uuid.h"

namespace weir::pipeline {
namespace {

using catalog::QualifiedName;
using session::Dataset;
using session::Flow;
using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

// How soon what is to be stopped is told so again: it may not have reached the engine yet.
constexpr std::chrono::milliseconds kCancelTick{50};

// What stopped a flow, with the place of its query where the message has none.
std::string MessageOf(const Error& error, const Flow& flow) {
  const bool tells_place = dynamic_cast<const DiagnosticError*>(&error) != nullptr;
  std::string message = tells_place ? error.what() : ErrorText(error);
  while (message.ends_with('\n')) message.pop_back();
  if (tells_place || !flow.span.source) return message;
  return flow.span.source->name + ":" + std::to_string(flow.span.Line()) + ": " + message;
}

// The datasets that the names of a selection mean.
std::set<QualifiedName> Named(const std::set<std::string>& names, const CheckedProject& checked) {
  std::set<QualifiedName> found;
  for (const std::string& name : names) {
    const size_t before = found.size();
    for (const auto& [full, dataset] : checked.project->datasets) {
      if (Names(name, full) && dataset.IsTable()) found.insert(full);
    }
    if (found.size() == before) {
      std::string tables;
      for (const auto& [full, dataset] : checked.project->datasets) {
        if (dataset.IsTable()) tables += (tables.empty() ? "" : ", ") + full.name;
      }
      throw Error(ErrorCode::kInvalid,
                  "no table of this pipeline is called " + name + "; it has: " + tables);
    }
  }
  return found;
}

class Update {
 public:
  Update(const CheckedProject& checked, const SessionFactory& sessions,
         const UpdateOptions& options)
      : checked_(checked),
        sessions_(sessions),
        options_(options),
        scope_(checked.project->Scope()) {
    scope_.schemas = checked.schemas;
    waiting_ = ChosenBy(options.selection, checked);
    for (const Dataset* dataset : waiting_) {
      chosen_.insert(dataset->name);
      if (dataset->IsTable() && options.selection.StartsAnew(dataset->name)) {
        full_.insert(dataset->name);
      }
    }
    report_.id = options.id.empty() ? NewUuid() : options.id;
  }

  UpdateReport Run() {
    const auto start = SteadyClock::now();
    EmptyFirst();
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const size_t threads = std::min(options_.parallel ? options_.parallel : cores,
                                    std::max<size_t>(1, waiting_.size()));
    Queue();
    {
      std::jthread watcher;
      if (options_.observe_running) watcher = std::jthread([this](auto stop) { Observe(stop); });
      std::vector<std::jthread> workers;
      for (size_t i = 0; i < threads; ++i) workers.emplace_back([this] { Work(); });
      working_ = threads;
      Watch();
    }
    if (fatal_) std::rethrow_exception(fatal_);
    report_.seconds = Seconds(SteadyClock::now() - start).count();
    return std::move(report_);
  }

 private:
  // Streaming tables that are refreshed in full are emptied before anything runs, those that read
  // before those that they read: cut off anywhere, any later update goes on with it by itself.
  void EmptyFirst() {
    const auto session = sessions_();
    if (options_.selection.full_refresh_all) session->DropPrivateLeftovers(scope_);
    for (auto at = waiting_.rbegin(); at != waiting_.rend(); ++at) {
      const Dataset& dataset = **at;
      if (dataset.kind != session::DatasetKind::kStreamingTable || !full_.count(dataset.name) ||
          !checked_.schemas.count(dataset.name)) {
        continue;
      }
      try {
        WithRetries([&] { changed_columns_[dataset.name] = Ensure(*session, dataset, true); });
        full_.erase(dataset.name);
        emptied_.insert(dataset.name);
      } catch (const Error&) {
        // Tried again, and told, when its turn comes.
      }
    }
  }

  std::vector<std::string> Ensure(session::Session& session, const Dataset& dataset, bool full) {
    const Schema& schema = checked_.schemas.at(dataset.name);
    auto changes = session.EnsureDataset(scope_, dataset, schema, full).column_changes;
    session.EnsureKeys(scope_, dataset, schema);
    return changes;
  }
  // Before its first flow runs. Gives what changed of its columns, here or when it was emptied.
  std::vector<std::string> EnsureInTurn(session::Session& session, const Dataset& dataset) {
    std::vector<std::string> changes;
    WithRetries([&] { changes = Ensure(session, dataset, full_.count(dataset.name) > 0); });
    const auto emptied = changed_columns_.find(dataset.name);
    if (emptied == changed_columns_.end()) return changes;
    changes.insert(changes.begin(), emptied->second.begin(), emptied->second.end());
    return changes;
  }

  // Until the workers have ended; stops them when that is asked for.
  void Watch() {
    const std::stop_callback wake(options_.stop, [this] {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    const auto ended = [this] { return ended_ == working_; };
    changed_.wait(lock, [&] { return ended() || options_.stop.stop_requested(); });
    while (!ended()) {
      for (const Dataset* dataset : std::exchange(waiting_, {})) ReportStopped(*dataset);
      for (session::Session* session : running_) session->Cancel();
      changed_.notify_all();
      changed_.wait_for(lock, kCancelTick, ended);
    }
  }

  struct RunningSince {
    const session::Session* session;
    SteadyClock::time_point start;
  };

  // Says that a flow runs, and while it lives, what of it can be asked.
  class RunningMark {
   public:
    RunningMark(Update& update, const FlowEvent& event, const session::Session& session,
                SteadyClock::time_point start)
        : update_(update), key_(event.dataset, event.flow) {
      update_.Notify(event);
      const std::lock_guard lock(update_.mutex_);
      update_.running_flows_.insert_or_assign(key_, RunningSince{&session, start});
    }
    ~RunningMark() {
      const std::lock_guard lock(update_.mutex_);
      update_.running_flows_.erase(key_);
    }

   private:
    Update& update_;
    const std::pair<std::string, std::string> key_;
  };

  void Queue() {
    for (const Dataset* dataset : waiting_) {
      for (const Flow& flow : dataset->flows) {
        Notify({dataset->name.ToString(), flow.name, FlowStatus::kQueued, {}, "", {}, 0});
      }
    }
  }

  // Until the workers have ended. What goes wrong in whoever watches ends the update, as it does
  // when they are told of an event.
  void Observe(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    try {
      while (!watching_.wait_for(lock, stop, options_.running_interval,
                                 [&] { return stop.stop_requested(); })) {
        options_.observe_running(RunningNow());
      }
    } catch (...) {
      Stop(std::current_exception());
    }
  }

  // With the mutex held.
  std::vector<RunningFlow> RunningNow() const {
    std::vector<RunningFlow> flows;
    for (const auto& [names, running] : running_flows_) {
      flows.push_back({names.first, names.second,
                       Seconds(SteadyClock::now() - running.start).count(),
                       running.session->Progress()});
    }
    return flows;
  }

  // With the mutex held.
  void Stop(std::exception_ptr error) {
    if (!fatal_) fatal_ = std::move(error);
    waiting_.clear();
    changed_.notify_all();
  }

  void Work() {
    RunDatasets();
    const std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

  // The task runner's boundary: what goes wrong in a flow becomes its event.
  void RunDatasets() {
    try {
      const auto session = sessions_();
      const Running running(*this, *session);
      while (const Dataset* dataset = Take()) {
        const bool good = RunDataset(*session, *dataset);
        const std::lock_guard lock(mutex_);
        (good ? done_ : failed_).insert(dataset->name);
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      Stop(std::current_exception());
    }
  }

  // A session that may be cancelled.
  class Running {
   public:
    Running(Update& update, session::Session& session) : update_(update), session_(session) {
      const std::lock_guard lock(update_.mutex_);
      update_.running_.insert(&session_);
    }
    ~Running() {
      const std::lock_guard lock(update_.mutex_);
      update_.running_.erase(&session_);
    }

   private:
    Update& update_;
    session::Session& session_;
  };

  // With the mutex held.
  void ReportStopped(const Dataset& dataset) {
    const char* const why = emptied_.count(dataset.name)
                                ? "not begun; its table was emptied, and the next update fills it"
                                : "not begun";
    for (const Flow& flow : dataset.flows) {
      Report({dataset.name.ToString(), flow.name, FlowStatus::kStopped, {}, why, {}, 0});
    }
  }

  // The next dataset whose inputs are all there; null when none is left. Skips what stands on a
  // failed one.
  const Dataset* Take() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (waiting_.empty()) return nullptr;
      for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        const Dataset* dataset = *at;
        bool ready = true;
        const QualifiedName* broken = nullptr;
        for (const QualifiedName& input : checked_.graph->TablesBehind(dataset->name)) {
          if (failed_.count(input)) broken = &*failed_.find(input);
          if (chosen_.count(input) && !done_.count(input)) ready = false;
        }
        if (broken != nullptr) {
          waiting_.erase(at);
          failed_.insert(dataset->name);
          for (const Flow& flow : dataset->flows) {
            Report({dataset->name.ToString(),
                    flow.name,
                    FlowStatus::kSkipped,
                    {},
                    broken->ToString() + " failed",
                    {},
                    0});
          }
          changed_.notify_all();
          break;
        }
        if (ready) {
          waiting_.erase(at);
          return dataset;
        }
        if (std::next(at) == waiting_.end()) {
          changed_.wait(lock);
          break;
        }
      }
    }
  }

  // Of a dataset that could not be checked.
  bool ReportWrong(const Dataset& dataset) {
    const auto wrong = checked_.wrong.find(dataset.name);
    const std::lock_guard lock(mutex_);
    for (const Flow& flow : dataset.flows) {
      FlowEvent event{dataset.name.ToString(),
                      flow.name,
                      FlowStatus::kSkipped,
                      {},
                      "what it reads could not be checked",
                      {},
                      0};
      if (wrong != checked_.wrong.end()) {
        const Diagnostic& first = wrong->second.front();
        event.status = FlowStatus::kFailed;
        event.message = first.Render();
        while (event.message.ends_with('\n')) event.message.pop_back();
        event.error_code = first.code;
        event.condition = first.condition;
      }
      Report(event);
    }
    return false;
  }

  bool RunDataset(session::Session& session, const Dataset& dataset) {
    if (!checked_.schemas.count(dataset.name)) return ReportWrong(dataset);
    bool good = true;
    bool prepared = false;
    for (const Flow& flow : dataset.flows) {
      FlowEvent event{dataset.name.ToString(), flow.name, FlowStatus::kRunning, {}, "", {}, 0};
      const auto start = SteadyClock::now();
      {
        const RunningMark mark(*this, event, session, start);
        try {
          if (!prepared) {
            event.outcome.column_changes = EnsureInTurn(session, dataset);
            prepared = true;
          }
          if (dataset.IsTable()) {
            WithRetries([&] { session.RunFlow(scope_, dataset, flow, event.outcome); });
          } else {
            event.outcome.how = "a view, computed when it is read";
          }
          event.status = FlowStatus::kCompleted;
        } catch (const Error& error) {
          const bool stopped =
              error.code() == ErrorCode::kCancelled && options_.stop.stop_requested();
          event.status = stopped ? FlowStatus::kStopped : FlowStatus::kFailed;
          event.message = MessageOf(error, flow);
          if (!stopped) event.error_code = error.code();
          event.condition = error.condition();
          good = false;
        }
      }
      event.seconds = Seconds(SteadyClock::now() - start).count();
      const std::lock_guard lock(mutex_);
      Report(event);
    }
    return good;
  }

  template <typename Step>
  void WithRetries(const Step& step) {
    for (int attempt = 1;; ++attempt) {
      try {
        return step();
      } catch (const Error& error) {
        if (!MayHelpToRetry(error) || attempt > options_.retries) throw;
        Pause(options_.retry_pause * (1 << std::min(attempt - 1, 10)));
      }
    }
  }

  // Half of it for certain, so that those that met each other do not meet again. Ends when the
  // update is to stop.
  void Pause(std::chrono::milliseconds most) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const auto pause = most / 2 + most / 2 * (random() % 1000) / 1000;
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, options_.stop, pause, [] { return false; });
    if (options_.stop.stop_requested()) throw Error(ErrorCode::kCancelled, "it was stopped");
  }

  void Notify(const FlowEvent& event) {
    const std::lock_guard lock(mutex_);
    if (options_.observe) options_.observe(event);
  }

  // With the mutex held.
  void Report(const FlowEvent& event) {
    report_.flows.push_back(event);
    if (options_.observe) options_.observe(event);
  }

  const CheckedProject& checked_;
  const SessionFactory& sessions_;
  const UpdateOptions& options_;
  session::PipelineScope scope_;
  std::set<QualifiedName> full_;
  std::set<QualifiedName> emptied_;  // Before anything ran.
  std::set<QualifiedName> chosen_;
  std::map<QualifiedName, std::vector<std::string>> changed_columns_;  // By EmptyFirst alone.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable_any stopping_;
  size_t working_ = 0;
  size_t ended_ = 0;
  std::set<session::Session*> running_;
  std::condition_variable_any watching_;
  std::vector<const Dataset*> waiting_;
  std::set<QualifiedName> done_;
  std::set<QualifiedName> failed_;
  std::map<std::pair<std::string, std::string>, RunningSince>
      running_flows_;  // By dataset and flow.
  UpdateReport report_;
  std::exception_ptr fatal_;
};

}  // namespace

bool Names(const std::string& written, const catalog::QualifiedName& table) {
  const std::string lower = LowerName(written);
  return lower == table.name || lower == table.schema + "." + table.name ||
         lower == table.catalog + "." + table.schema + "." + table.name;
}

bool Selection::StartsAnew(const catalog::QualifiedName& table) const {
  return full_refresh_all || std::any_of(full_refresh.begin(), full_refresh.end(),
                                         [&](const auto& name) { return Names(name, table); });
}

std::vector<const Dataset*> ChosenBy(const Selection& selection, const CheckedProject& checked) {
  auto named = Named(selection.full_refresh, checked);
  named.merge(Named(selection.refresh, checked));
  std::vector<const Dataset*> chosen;
  for (const Dataset* dataset : checked.graph->order()) {
    if (dataset->kind == session::DatasetKind::kTemporaryView) continue;
    const bool emptied = selection.full_refresh_all && dataset->IsTable();
    if (named.empty() || emptied || named.contains(dataset->name)) chosen.push_back(dataset);
  }
  return chosen;
}

UpdateReport RunUpdate(const CheckedProject& checked, const SessionFactory& sessions,
                       const UpdateOptions& options) {
  return Update(checked, sessions, options).Run();
}

}  // namespace weir::pipeline
