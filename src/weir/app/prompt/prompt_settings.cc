#include "weir/app/prompt/prompt_settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "weir/types/data_type.h"

namespace weir::app {

const char* const kPromptHelp =
    "SQL statements end with ';' and may span lines.\n"
    "  TAB            completes the word: keywords, tables, columns, functions, files\n"
    "  Ctrl-R, arrows look for earlier statements\n"
    "  Ctrl-C         cancels the statement that runs, or drops the one being typed\n"
    "  Ctrl-D         leaves, as do \\q, exit and quit\n"
    "  \\d             lists the tables of the current schema\n"
    "  \\d NAME        describes a table or view\n"
    "  \\i FILE        runs the statements of a file, as does source FILE\n"
    "  \\x             a column a line; \\x auto (the default) only where a row does not fit,\n"
    "                 \\x off never\n"
    "  \\rows N        shows N rows of a result; \\rows all shows all\n"
    "  \\timing        turns the time after each statement off or on\n"
    "Examples:\n"
    "  USE main.sales;\n"
    "  SELECT * FROM read_files('data/*.csv', format => 'csv', header => true);\n";

namespace {

using Kind = PromptCommand::Kind;

std::string_view Trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

struct CommandName {
  std::string_view name;
  Kind kind;
};
constexpr std::array kCommands = {
    CommandName{"\\q", Kind::kQuit},     CommandName{"\\h", Kind::kHelp},
    CommandName{"\\?", Kind::kHelp},     CommandName{"\\d", Kind::kDescribe},
    CommandName{"\\x", Kind::kExpanded}, CommandName{"\\timing", Kind::kTiming},
    CommandName{"\\rows", Kind::kRows},  CommandName{"\\i", Kind::kFile},
    CommandName{"exit", Kind::kQuit},    CommandName{"quit", Kind::kQuit},
    CommandName{"help", Kind::kHelp},    CommandName{"source", Kind::kFile},
};

// Whether it takes nothing, something, or either.
bool FitsArgument(Kind kind, bool has_argument) {
  if (kind == Kind::kQuit || kind == Kind::kHelp) return !has_argument;
  return kind != Kind::kFile || has_argument;
}

std::string ChangeLayout(const std::string& to, TableLayout& layout) {
  if (to.empty()) {
    layout = layout == TableLayout::kExpanded ? TableLayout::kAuto : TableLayout::kExpanded;
  } else if (to == "on") {
    layout = TableLayout::kExpanded;
  } else if (to == "off") {
    layout = TableLayout::kRows;
  } else if (to == "auto") {
    layout = TableLayout::kAuto;
  } else {
    return "\\x takes on, off or auto, not " + to;
  }
  if (layout == TableLayout::kExpanded) return "results are shown a column a line";
  if (layout == TableLayout::kRows) return "results are shown a row a line";
  return "results are shown a row a line where they fit, else a column a line";
}

std::string ChangeTiming(const std::string& to, bool& timing) {
  if (!to.empty() && to != "on" && to != "off") return "\\timing takes on or off, not " + to;
  timing = to.empty() ? !timing : to == "on";
  return timing ? "times are shown" : "times are not shown";
}

std::string ChangeRows(const std::string& to, std::optional<int64_t>& max_rows) {
  if (to == "all") {
    max_rows.reset();
  } else if (!to.empty()) {
    int64_t rows = 0;
    const auto read = std::from_chars(to.data(), to.data() + to.size(), rows);
    if (read.ec != std::errc() || read.ptr != to.data() + to.size() || rows < 1) {
      return "\\rows takes a number of rows or all, not " + to;
    }
    max_rows = rows;
  }
  return max_rows ? "at most " + std::to_string(*max_rows) + " rows of a result are shown"
                  : "all rows are shown";
}

}  // namespace

std::optional<PromptCommand> ParseCommand(const std::string& line, bool starts_statement) {
  std::string_view text = Trimmed(line);
  const bool has_backslash = text.starts_with('\\');
  if (!has_backslash && !starts_statement) return std::nullopt;
  while (text.ends_with(';')) text = Trimmed(text.substr(0, text.size() - 1));
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string name = LowerName(text.substr(0, end));
  const std::string argument(Trimmed(text.substr(end)));
  for (const CommandName& command : kCommands) {
    if (name != command.name) continue;
    if (FitsArgument(command.kind, !argument.empty())) return PromptCommand{command.kind, argument};
  }
  if (!has_backslash) return std::nullopt;
  return PromptCommand{Kind::kUnknown, std::string(text)};
}

std::string ChangeSettings(const PromptCommand& command, PromptSettings& settings) {
  const std::string to = LowerName(command.argument);
  if (command.kind == Kind::kExpanded) return ChangeLayout(to, settings.layout);
  if (command.kind == Kind::kTiming) return ChangeTiming(to, settings.timing);
  return ChangeRows(to, settings.max_rows);
}

}  // namespace weir::app
