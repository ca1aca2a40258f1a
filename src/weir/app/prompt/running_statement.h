#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <ostream>
#include <streambuf>
#include <string>
#include <thread>

#include "weir/engine/engine.h"
#include "weir/types/batch.h"

namespace weir::app {

// Keeps SIGINT from every thread that is started while it lives, so that it waits to be taken.
class HeldInterrupts {
 public:
  HeldInterrupts();
  ~HeldInterrupts();
  HeldInterrupts(const HeldInterrupts&) = delete;
  HeldInterrupts& operator=(const HeldInterrupts&) = delete;

  // Whether one came since it was asked last.
  static bool Take();
};

// "2.3 s, 1234 rows, 45%": what is known of a statement that runs.
std::string ProgressText(std::chrono::milliseconds elapsed, int64_t rows,
                         const std::optional<engine::Progress>& progress);

// What a statement that runs is asked and told, from another thread.
struct StatementControl {
  std::function<std::optional<engine::Progress>()> progress;
  std::function<void()> cancel;
};

// Watches over one statement from its construction to its destruction, with a thread of its own: on
// Ctrl-C it cancels the statement, and after a second it draws a line of progress on the terminal.
// HeldInterrupts must live. All that is written to the terminal meanwhile goes through `out()`,
// which erases that line first.
class RunningStatement {
 public:
  struct Terminal {
    std::ostream& stream;
    size_t width = 80;
    bool shows_progress = true;
    std::chrono::milliseconds progress_after{1000};
  };

  RunningStatement(StatementControl control, Terminal terminal);
  ~RunningStatement();  // Erases the line.
  RunningStatement(const RunningStatement&) = delete;
  RunningStatement& operator=(const RunningStatement&) = delete;

  std::ostream& out() { return out_; }
  void CountRows(int64_t rows) { rows_ += rows; }
  bool was_interrupted() const { return interrupted_; }
  std::chrono::milliseconds elapsed() const;

 private:
  // Passes text on to the terminal.
  class Passing final : public std::streambuf {
   public:
    explicit Passing(RunningStatement& statement) : statement_(statement) {}

   protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

   private:
    RunningStatement& statement_;
  };

  void Watch();
  void Draw();   // With the mutex held.
  void Erase();  // With the mutex held.

  const StatementControl control_;
  const Terminal terminal_;
  const std::chrono::steady_clock::time_point begun_;
  Passing passing_;
  std::ostream out_;
  std::atomic<int64_t> rows_{0};
  std::atomic<bool> interrupted_{false};
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  bool is_drawn_ = false;
  std::string drawn_;
  bool at_line_start_ = true;
  std::thread watcher_;
};

// The rows of a statement that is watched, counted on the way.
class CountedRows final : public BatchStream {
 public:
  CountedRows(BatchStream& rows, RunningStatement& statement)
      : rows_(rows), statement_(statement) {}
  const Schema& schema() const override { return rows_.schema(); }
  std::optional<Batch> Next() override;

 private:
  BatchStream& rows_;
  RunningStatement& statement_;
};

}  // namespace weir::app
