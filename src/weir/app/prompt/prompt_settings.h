#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "weir/app/output.h"
#include "weir/app/table_printer.h"

namespace weir::app {

// What commands of the prompt change.
struct PromptSettings {
  TableLayout layout = TableLayout::kAuto;
  std::optional<int64_t> max_rows = 100;  // Nothing: all.
  bool timing = true;
};

// A line that is for the prompt and not SQL.
struct PromptCommand {
  enum class Kind { kQuit, kHelp, kDescribe, kExpanded, kTiming, kRows, kFile, kUnknown };
  Kind kind = Kind::kUnknown;
  std::string argument;  // Of kUnknown: the command as typed.
};

// The command that `line` is. Words without a backslash (exit, quit, help, source) are commands
// only where `starts_statement`: nothing is typed of one yet.
std::optional<PromptCommand> ParseCommand(const std::string& line, bool starts_statement);

// Carries out \x, \timing and \rows; gives what to say.
std::string ChangeSettings(const PromptCommand& command, PromptSettings& settings);

// What \h prints.
extern const char* const kPromptHelp;

}  // namespace weir::app
