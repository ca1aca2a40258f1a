#include "weir/app/prompt/running_statement.h"

#include <fmt/format.h>

#include <csignal>
#include <ctime>

#include "weir/app/display_width.h"

namespace weir::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWatchInterval{50};

sigset_t Interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

HeldInterrupts::HeldInterrupts() {
  const sigset_t signals = Interrupts();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

HeldInterrupts::~HeldInterrupts() {
  Take();  // One that nobody waited for ends nothing now.
  const sigset_t signals = Interrupts();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool HeldInterrupts::Take() {
  const sigset_t signals = Interrupts();
  const timespec no_time{};
  return sigtimedwait(&signals, nullptr, &no_time) == SIGINT;
}

std::string ProgressText(milliseconds elapsed, int64_t rows,
                         const std::optional<engine::Progress>& progress) {
  std::string text = fmt::format("{:.1f} s", static_cast<double>(elapsed.count()) / 1000);
  if (rows > 0) text += fmt::format(", {} rows", rows);
  if (progress) {
    text += fmt::format(", {:.0f}%", progress->fraction * 100);
    if (progress->rows > 0) text += fmt::format(", {} rows read", progress->rows);
  }
  return text + " (Ctrl-C cancels)";
}

RunningStatement::RunningStatement(StatementControl control, Terminal terminal)
    : control_(std::move(control)),
      terminal_(terminal),
      begun_(std::chrono::steady_clock::now()),
      passing_(*this),
      out_(&passing_) {
  HeldInterrupts::Take();  // Of before.
  watcher_ = std::thread([this] { Watch(); });
}

RunningStatement::~RunningStatement() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_one();
  watcher_.join();
  Erase();
}

milliseconds RunningStatement::elapsed() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun_);
}

void RunningStatement::Watch() {
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, kWatchInterval, [this] { return ended_; })) {
    if (HeldInterrupts::Take()) interrupted_ = true;
    // Again and again: it may have come before the engine began.
    if (interrupted_) control_.cancel();
    if (terminal_.shows_progress && elapsed() >= terminal_.progress_after) Draw();
  }
}

void RunningStatement::Draw() {
  if (!at_line_start_) return;
  std::string text = ProgressText(elapsed(), rows_, control_.progress());
  if (interrupted_) text = "cancelling after " + text.substr(0, text.find(" ("));
  if (is_drawn_ && text == drawn_) return;
  drawn_ = text;
  terminal_.stream << "\r" << CutToWidth(text, terminal_.width - 1) << "\x1b[K" << std::flush;
  is_drawn_ = true;
}

void RunningStatement::Erase() {
  if (!is_drawn_) return;
  terminal_.stream << "\r\x1b[K" << std::flush;
  is_drawn_ = false;
}

RunningStatement::Passing::int_type RunningStatement::Passing::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char letter = traits_type::to_char_type(c);
  return xsputn(&letter, 1) == 1 ? c : traits_type::eof();
}

std::streamsize RunningStatement::Passing::xsputn(const char* text, std::streamsize size) {
  if (size <= 0) return 0;
  const std::lock_guard lock(statement_.mutex_);
  statement_.Erase();
  statement_.terminal_.stream.write(text, size);
  statement_.at_line_start_ = text[size - 1] == '\n';
  return statement_.terminal_.stream ? size : 0;
}

int RunningStatement::Passing::sync() {
  const std::lock_guard lock(statement_.mutex_);
  statement_.terminal_.stream.flush();
  return statement_.terminal_.stream ? 0 : -1;
}

std::optional<Batch> CountedRows::Next() {
  auto batch = rows_.Next();
  if (batch) statement_.CountRows(batch->rows());
  return batch;
}

}  // namespace weir::app
