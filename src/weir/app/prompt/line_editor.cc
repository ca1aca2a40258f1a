#include "weir/app/prompt/line_editor.h"

#include <histedit.h>
#include <poll.h>

#include <algorithm>
#include <csignal>

#include "weir/app/display_width.h"
#include "weir/app/prompt/terminal.h"
#include "weir/base/error.h"

namespace weir::app {
namespace {

constexpr int kRecalled = 1000;
constexpr size_t kMostShown = 200;

size_t CommonLength(const std::string& a, const std::string& b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  size_t length = static_cast<size_t>(differ.first - a.begin());
  // Whole characters only.
  while (length > 0 && length < a.size() &&
         (static_cast<unsigned char>(a[length]) & 0xc0) == 0x80) {
    --length;
  }
  return length;
}

// The longest beginning that all candidates share.
std::string CommonBeginning(const std::vector<std::string>& candidates) {
  std::string common = candidates.front();
  for (const std::string& candidate : candidates) {
    common.resize(CommonLength(common, candidate));
  }
  return common;
}

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

struct LineEditor::Impl {
  Impl(std::FILE* in, std::FILE* out, Completer given)
      : input(in),
        output(out),
        completer(std::move(given)),
        history(history_init()),
        editor(el_init("weir", in, out, out)) {
    if (history == nullptr || editor == nullptr) {
      throw Error(ErrorCode::kUnavailable, "the terminal can't be used to edit lines");
    }
    HistEvent event;
    ::history(history, &event, H_SETSIZE, kRecalled);
    el_set(editor, EL_CLIENTDATA, this);
    el_set(editor, EL_HIST, &::history, history);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_PROMPT, &Prompt);
    // Its own handlers put the terminal in order when a signal ends or stops the program.
    el_set(editor, EL_SIGNAL, 1);
    el_set(editor, EL_ADDFN, "weir-complete", "Complete the word", &OnTab);
    el_set(editor, EL_ADDFN, "weir-interrupt", "Give up the line", &OnInterrupt);
    el_set(editor, EL_ADDFN, "weir-suspend", "Stop the program until it is continued", &OnSuspend);
    el_source(editor, nullptr);  // ~/.editrc
    el_set(editor, EL_BIND, "^I", "weir-complete", nullptr);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(editor, EL_BIND, "^W", "ed-delete-prev-word", nullptr);
    // While a line is edited the terminal sends Ctrl-C and Ctrl-Z as characters.
    el_set(editor, EL_SETTY, "-d", "-isig", nullptr);
    el_set(editor, EL_BIND, "^C", "weir-interrupt", nullptr);
    el_set(editor, EL_BIND, "^Z", "weir-suspend", nullptr);
  }

  ~Impl() {
    if (editor != nullptr) el_end(editor);
    if (history != nullptr) history_end(history);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static Impl& Of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<Impl*>(self);
  }
  static char* Prompt(EditLine* editor) { return Of(editor).prompt.data(); }
  static unsigned char OnInterrupt(EditLine* editor, int) {
    Of(editor).interrupted = true;
    return CC_EOF;
  }
  static unsigned char OnSuspend(EditLine*, int) {
    std::raise(SIGTSTP);
    return CC_REDISPLAY;
  }
  // Nothing may be thrown through the library.
  static unsigned char OnTab(EditLine* editor, int) {
    try {
      return Of(editor).CompleteWord();
    } catch (const std::exception&) {
      return CC_ERROR;
    }
  }

  // A tab within text that is pasted is white space.
  bool IsPasting() const {
    pollfd waiting{fileno(input), POLLIN, 0};
    return poll(&waiting, 1, 0) > 0;
  }

  unsigned char CompleteWord() {
    if (IsPasting()) return el_insertstr(editor, " ") == 0 ? CC_REFRESH : CC_ERROR;
    const LineInfo* const info = el_line(editor);
    const std::string line(info->buffer, info->lastchar);
    const auto cursor = static_cast<size_t>(info->cursor - info->buffer);
    const Completion completion = completer(line, cursor);
    const auto& candidates = completion.candidates;
    if (candidates.empty() || completion.begin > cursor) return CC_ERROR;
    std::string text = CommonBeginning(candidates);
    const std::string typed = line.substr(completion.begin, cursor - completion.begin);
    if (candidates.size() == 1) {
      const char last = text.empty() ? '/' : text.back();
      const bool goes_on = last == '.' || last == '(' || last == '/' || completion.is_quoted;
      if (!goes_on) text += ' ';
    } else if (text.size() <= typed.size()) {
      // Nothing more is sure.
      Show(candidates);
      return CC_REDISPLAY;
    }
    el_deletestr(editor, static_cast<int>(CharactersIn(typed)));
    return el_insertstr(editor, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  // In columns, below the line.
  void Show(const std::vector<std::string>& candidates) const {
    size_t widest = 1;
    for (const std::string& candidate : candidates) {
      widest = std::max(widest, DisplayWidth(candidate) + 2);
    }
    const size_t columns = std::max<size_t>(1, TerminalWidth(fileno(output)) / widest);
    const size_t shown = std::min(candidates.size(), kMostShown);
    const size_t lines = (shown + columns - 1) / columns;
    std::string text = "\n";
    for (size_t line = 0; line < lines; ++line) {
      for (size_t i = line; i < shown; i += lines) {
        text += candidates[i];
        if (i + lines < shown) text += std::string(widest - DisplayWidth(candidates[i]), ' ');
      }
      text += "\n";
    }
    if (shown < candidates.size()) {
      text += "(and " + std::to_string(candidates.size() - shown) + " more)\n";
    }
    std::fputs(text.c_str(), output);
    std::fflush(output);
  }

  std::FILE* const input;
  std::FILE* const output;
  const Completer completer;
  History* const history;
  EditLine* const editor;
  std::string prompt;
  bool interrupted = false;
};

LineEditor::LineEditor(std::FILE* in, std::FILE* out, Completer completer)
    : impl_(std::make_unique<Impl>(in, out, std::move(completer))) {}

LineEditor::~LineEditor() = default;

LineEditor::Result LineEditor::ReadLine(const std::string& prompt) {
  impl_->prompt = prompt;
  impl_->interrupted = false;
  // Before the prompt is seen: a key that answers it must not fall into the mode of before, in
  // which Ctrl-D is lost.
  el_set(impl_->editor, EL_PREP_TERM, 1);
  int length = 0;
  const char* const line = el_gets(impl_->editor, &length);
  if (impl_->interrupted) {
    std::fputs("^C\n", impl_->output);
    std::fflush(impl_->output);
    return Interrupted{};
  }
  if (line == nullptr || length <= 0) return EndOfInput{};
  std::string text(line, static_cast<size_t>(length));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

void LineEditor::Remember(const std::string& entry) {
  HistEvent event;
  ::history(impl_->history, &event, H_ENTER, entry.c_str());
}

}  // namespace weir::app
