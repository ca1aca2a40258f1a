#include "weir/app/unknown_word.h"

#include <fmt/format.h>

#include <algorithm>

#include "weir/base/edit_distance.h"

namespace weir::app {
namespace {

using Words = std::vector<std::string>;

std::string CommandNameOf(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return above == nullptr ? command.get_name() : CommandNameOf(*above) + " " + command.get_name();
}

Words CommandsOf(const CLI::App& command) {
  Words names;
  for (const CLI::App* one : command.get_subcommands({})) names.push_back(one->get_name());
  return names;
}

Words OptionsOf(const CLI::App& command) {
  Words names;
  for (const CLI::Option* option : command.get_options({})) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// At most a third of the word may be wrong.
std::string DidYouMean(const std::string& word, const Words& known) {
  const auto distance = [&](const std::string& other) { return EditDistance(word, other); };
  const auto nearest = std::min_element(
      known.begin(), known.end(),
      [&](const auto& left, const auto& right) { return distance(left) < distance(right); });
  if (nearest == known.end() || distance(*nearest) > std::max<size_t>(1, nearest->size() / 3)) {
    return "";
  }
  return "did you mean '" + *nearest + "'?";
}

std::string UnknownCommand(const CLI::App& command, const std::string& word) {
  const Words known = CommandsOf(command);
  std::string advice = DidYouMean(word, known);
  if (advice.empty()) advice = fmt::format("there are {}", fmt::join(known, ", "));
  return "`" + CommandNameOf(command) + "` has no command '" + word + "'; " + advice;
}

std::string UnknownOption(const CLI::App& command, const std::string& word) {
  const std::string advice = DidYouMean(word, OptionsOf(command));
  return "`" + CommandNameOf(command) + "` has no option '" + word + "'" +
         (advice.empty() ? "" : "; " + advice);
}

// "--output" of "--output=csv", "-e" of "-eselect 1".
std::string OptionName(const std::string& word) {
  return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

bool TakesNext(const CLI::Option& option, const std::string& word) {
  return option.get_items_expected_max() > 0 && word == OptionName(word);
}

}  // namespace

std::optional<std::string> UnknownWord(const CLI::App& app, const Words& arguments) {
  const CLI::App* command = &app;
  for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if (word.size() > 1 && word[0] == '-') {
      const CLI::Option* option = command->get_option_no_throw(OptionName(word));
      if (option == nullptr) return UnknownOption(*command, OptionName(word));
      if (TakesNext(*option, word)) ++i;
    } else if (const Words known = CommandsOf(*command); !known.empty()) {
      if (std::find(known.begin(), known.end(), word) == known.end()) {
        return UnknownCommand(*command, word);
      }
      command = command->get_subcommand(word);
    }
  }
  return std::nullopt;
}

}  // namespace weir::app
