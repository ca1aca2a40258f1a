#include "weir/app/prompt/prompt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <new>

#include "weir/app/commands.h"
#include "weir/app/findings_text.h"
#include "weir/app/prompt/line_editor.h"
#include "weir/app/prompt/prompt_settings.h"
#include "weir/app/prompt/running_statement.h"
#include "weir/app/prompt/statement_history.h"
#include "weir/app/prompt/statement_input.h"
#include "weir/app/prompt/terminal.h"
#include "weir/app/prompt/visible_names.h"
#include "weir/base/error_text.h"
#include "weir/pipeline/spec.h"
#include "weir/sql/parser.h"

namespace weir::app {
namespace {

constexpr const char* kTyped = "<prompt>";

// The carets under a mistake stand out.
std::string WithColour(const std::string& rendered) {
  std::string text;
  for (size_t at = 0; at < rendered.size();) {
    const size_t end = std::min(rendered.find('\n', at), rendered.size());
    const std::string line = rendered.substr(at, end - at);
    const bool is_carets =
        line.find('^') != std::string::npos && line.find_first_not_of(" ^") == std::string::npos;
    text += is_carets ? "\x1b[1;31m" + line + "\x1b[0m" : line;
    if (end < rendered.size()) text += '\n';
    at = end + 1;
  }
  return text;
}

// The marker of lines that go on, as wide as the prompt before the first.
std::string Continuation(OpenPart open, size_t width) {
  std::string marker = "-> ";
  if (open == OpenPart::kString) marker = "'> ";
  if (open == OpenPart::kQuotedName) marker = "`> ";
  if (open == OpenPart::kComment) marker = "*> ";
  return std::string(width > marker.size() ? width - marker.size() : 0, ' ') + marker;
}

class Prompt {
 public:
  Prompt(LocalApp& app, const std::string& time_zone, OutputFormat format, std::ostream& out,
         std::ostream& err)
      : catalog_(app.app.catalog()),
        session_(app.NewSession(time_zone)),
        names_(*session_, catalog_),
        format_(format),
        out_(out),
        err_(err),
        out_is_terminal_(isatty(STDOUT_FILENO) == 1),
        console_(out_is_terminal_ ? out : err),
        colour_(out_is_terminal_ && WantsColour()),
        editor_(stdin, out_is_terminal_ ? stdout : stderr,
                [this](const std::string& line, size_t cursor) { return Offer(line, cursor); }) {
    OpenHistory(HistoryFile(app));
  }

  void Run() {
    console_ << "Statements end with ';'. \\h for help, \\q or Ctrl-D to leave.\n" << std::flush;
    while (!left_) {
      const LineEditor::Result read = editor_.ReadLine(PromptText());
      if (const auto* line = std::get_if<std::string>(&read)) {
        Handle(*line);
      } else if (std::holds_alternative<LineEditor::Interrupted>(read)) {
        Drop();
      } else {
        console_ << "\n";
        left_ = true;
      }
      console_.flush();
    }
  }

 private:
  static std::string HistoryFile(LocalApp& app) { return app.home + "/sql_history"; }

  void OpenHistory(const std::string& path) {
    KeepingHistory([&] {
      history_.emplace(path);
      for (const std::string& entry : history_->entries()) editor_.Remember(entry);
    });
  }

  // A prompt without history is still one; that it has none is said once.
  template <typename Action>
  void KeepingHistory(Action action) {
    try {
      action();
    } catch (const Error& error) {
      err_ << ErrorText(error) << "; the statements of this run are not kept\n";
      history_.reset();
    }
  }

  void Remember(std::string entry) {
    while (!entry.empty() && (entry.back() == '\n' || entry.back() == ' ')) entry.pop_back();
    if (entry.empty()) return;
    editor_.Remember(entry);
    if (history_) KeepingHistory([&] { history_->Add(entry); });
  }

  std::string PromptText() const {
    const std::string first = session_->options().catalog + "." + session_->options().schema + "> ";
    return input_.IsEmpty() ? first : Continuation(input_.open(), first.size());
  }

  // Completes within all that is typed of the statement, this line and those before.
  Completion Offer(const std::string& line, size_t cursor) const {
    const size_t before = input_.text().size();
    Completion completion = Complete(input_.text() + line, before + cursor, names_);
    if (completion.begin < before) return {0, 0, {}, false};
    completion.begin -= before;
    completion.end -= before;
    return completion;
  }

  void Drop() {
    input_.Clear();
    typed_.clear();
  }

  void Handle(const std::string& line) {
    if (input_.open() == OpenPart::kNothing) {
      if (const auto command = ParseCommand(line, input_.IsEmpty())) {
        Remember(line);
        return Guarded([&] { CarryOut(*command); });
      }
    }
    typed_ += line + "\n";
    input_.AddLine(line);
    if (const auto complete = input_.TakeComplete()) {
      Remember(typed_.substr(0, typed_.size() - input_.text().size()));
      typed_ = input_.text();
      Guarded([&] { RunScript(kTyped, *complete); });
    }
    if (input_.IsEmpty()) Drop();
  }

  void CarryOut(const PromptCommand& command) {
    using Kind = PromptCommand::Kind;
    switch (command.kind) {
      case Kind::kQuit:
        left_ = true;
        break;
      case Kind::kHelp:
        console_ << kPromptHelp;
        break;
      case Kind::kDescribe:
        RunScript(kTyped,
                  command.argument.empty() ? "SHOW TABLES" : "DESCRIBE " + command.argument);
        break;
      case Kind::kFile:
        RunScript(command.argument, pipeline::ReadTextFile(command.argument));
        break;
      case Kind::kUnknown:
        console_ << "there is no command " << command.argument << "; \\h lists them\n";
        break;
      default:
        console_ << ChangeSettings(command, settings_) << "\n";
    }
  }

  // The boundary: what fails is said, and the prompt goes on.
  template <typename Action>
  void Guarded(Action action) {
    try {
      action();
    } catch (const DiagnosticError& error) {
      Say(error.diagnostics());
    } catch (const Error& error) {
      console_ << ErrorText(error) << "\n";
    } catch (const std::bad_alloc&) {
      console_ << "out of memory\n";
    } catch (const std::exception& error) {
      console_ << "a defect in weir, please report it: " << error.what() << "\n";
    }
  }

  void Say(const Diagnostics& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics) {
      const std::string text = diagnostic.Render();
      console_ << (colour_ ? WithColour(text) : text);
    }
  }

  // As with -e and -f: nothing runs of a text with a mistake, and nothing after a failure.
  void RunScript(const std::string& name, const std::string& text) {
    auto script = sql::ParseScript(std::make_shared<SourceText>(SourceText{name, text}));
    if (const Diagnostics wrong = script.AllDiagnostics(); !wrong.empty()) return Say(wrong);
    for (auto& statement : script.statements) {
      RunStatement(std::shared_ptr<const sql::StatementNode>(std::move(statement)));
    }
  }

  void RunStatement(std::shared_ptr<const sql::StatementNode> statement) {
    RunningStatement running(
        {[this] { return session_->Progress(); }, [this] { session_->Cancel(); }},
        {console_, Width(), isatty(out_is_terminal_ ? STDOUT_FILENO : STDERR_FILENO) == 1});
    auto prepared = session_->Prepare(std::move(statement));
    if (auto* wrong = std::get_if<Diagnostics>(&prepared)) throw DiagnosticError(std::move(*wrong));
    if (running.was_interrupted())
      throw Error(ErrorCode::kCancelled, "the statement was cancelled");
    const auto result = session_->Execute(std::get<session::Prepared>(prepared));
    Print(*result, running);
    PrintFindings(result->statistics(), running.out());
    if (settings_.timing) {
      running.out() << fmt::format("{:.3f} s\n",
                                   static_cast<double>(running.elapsed().count()) / 1000);
    }
    running.out().flush();
  }

  void Print(session::Result& result, RunningStatement& running) {
    CountedRows rows(result, running);
    // Rows that go to a file are as everywhere.
    if (!out_is_terminal_ || format_ != OutputFormat::kTable) {
      PrintRows(rows, format_, out_is_terminal_ ? running.out() : out_, Zone());
      out_.flush();
      return;
    }
    TableStyle style;
    style.layout = settings_.layout;
    style.width = Width();
    style.max_rows = settings_.max_rows;
    style.colour = colour_;
    style.marks_null = true;
    style.zone = &Zone();
    PrintTable(rows, style, running.out());
    if (result.schema().size() == 0) running.out() << "done\n";
  }

  const TimeZone& Zone() const { return *session_->options().zone; }
  size_t Width() const { return TerminalWidth(out_is_terminal_ ? STDOUT_FILENO : STDERR_FILENO); }

  catalog::Catalog& catalog_;
  const std::unique_ptr<session::Session> session_;
  const VisibleNames names_;
  const OutputFormat format_;
  std::ostream& out_;
  std::ostream& err_;
  const bool out_is_terminal_;
  std::ostream& console_;  // What is said to whoever types.
  const bool colour_;
  PromptSettings settings_;
  LineEditor editor_;
  std::optional<StatementHistory> history_;
  StatementInput input_;
  std::string typed_;  // As input_, before what was complete was taken.
  bool left_ = false;
};

}  // namespace

bool IsAtTerminal() {
  return isatty(STDIN_FILENO) == 1 && (isatty(STDOUT_FILENO) == 1 || isatty(STDERR_FILENO) == 1);
}

int RunPrompt(const GlobalOptions& global, const std::string& time_zone, std::ostream& out,
              std::ostream& err) {
  const HeldInterrupts held;  // Before the engine starts its threads.
  LocalApp app(global);
  Prompt(app, time_zone, global.output, out, err).Run();
  return kSuccess;
}

}  // namespace weir::app
