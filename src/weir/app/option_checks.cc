#include "weir/app/option_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

#include "weir/types/data_type.h"

namespace weir::app {
namespace {

constexpr int64_t kLeastMemory = int64_t{64} << 20;

CLI::Validator ValidatorOf(std::function<std::string(std::string&)> check) {
  return CLI::Validator(std::move(check), "");
}

// "table, csv or json"
std::string ChoiceText(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  }
  return text;
}

std::optional<int64_t> IntegerIn(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The number that CLI11's own conversion makes of a text.
std::optional<int64_t> ConvertedNumber(const CLI::Validator& conversion, std::string text) {
  try {
    if (!conversion(text).empty()) return std::nullopt;
  } catch (const CLI::Error&) {
    return std::nullopt;
  }
  return IntegerIn(text);
}

std::string CommandWords(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return above == nullptr ? command.get_name() : CommandWords(*above) + " " + command.get_name();
}

// The command that was chosen, as far as the command line says.
const CLI::App& Innermost(const CLI::App& command) {
  const auto chosen = command.get_subcommands();
  return chosen.empty() ? command : Innermost(*chosen.back());
}

std::string ListOfCommands(const CLI::App& command) {
  size_t width = 0;
  const auto commands = command.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* one : commands) width = std::max(width, one->get_name().size());
  std::string text = "`" + CommandWords(command) + "` needs a command:";
  for (const CLI::App* one : commands) {
    text += fmt::format("\n  {:<{}}  {}", one->get_name(), width, one->get_description());
  }
  return text;
}

}  // namespace

CLI::Validator PositionAmong(std::vector<std::string> words) {
  return ValidatorOf([words = std::move(words)](std::string& text) -> std::string {
    const auto found = std::find(words.begin(), words.end(), LowerName(text));
    if (found == words.end()) return "'" + text + "' is not " + ChoiceText(words);
    text = std::to_string(found - words.begin());
    return "";
  });
}

CLI::Validator OneOf(std::vector<std::string> words) {
  return ValidatorOf([words = std::move(words)](std::string& text) -> std::string {
    const bool known = std::find(words.begin(), words.end(), text) != words.end();
    return known ? "" : "'" + text + "' is not " + ChoiceText(words);
  });
}

CLI::Validator CountBetween(int least, int most) {
  return ValidatorOf([least, most](std::string& text) -> std::string {
    const auto number = IntegerIn(text);
    if (number && *number >= least && *number <= most) return "";
    return fmt::format("'{}' is no number from {} to {}", text, least, most);
  });
}

CLI::Validator MemorySize() {
  return ValidatorOf([](std::string& text) -> std::string {
    const auto bytes = ConvertedNumber(CLI::AsSizeValue(false), text);
    if (!bytes) return "'" + text + "' is no size; write it as in 512MB or 4GB";
    if (*bytes < kLeastMemory) return "'" + text + "' is too little; 64MB are the least";
    text = std::to_string(*bytes);
    return "";
  });
}

CLI::Validator Duration() {
  return ValidatorOf([](std::string& text) -> std::string {
    static const std::map<std::string, int64_t> kUnits = {
        {"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}};
    const CLI::AsNumberWithUnit conversion(kUnits, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME");
    const auto millis = ConvertedNumber(conversion, text);
    if (!millis || *millis < 0) {
      return "'" + text + "' is no time; write it as in 500ms, 5s, 10min or 2h";
    }
    text = std::to_string(*millis);
    return "";
  });
}

std::string WhatIsWrong(const CLI::App& app, const CLI::ParseError& error) {
  const std::string said = error.what();
  const CLI::App& command = Innermost(app);
  const bool has_commands = !command.get_subcommands([](const CLI::App*) { return true; }).empty();
  if (has_commands && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return ListOfCommands(command);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr &&
      said.find("missing") != std::string::npos) {
    return said.substr(0, said.find(':')) + " needs a value";
  }
  return said;
}

}  // namespace weir::app
