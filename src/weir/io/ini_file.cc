#include "weir/io/ini_file.h"

#include <algorithm>
#include <cctype>

#include "weir/base/error.h"

namespace weir::io {
namespace {

constexpr std::string_view kIniBlanks = " \t\r";

std::string_view StrippedOfBlanks(std::string_view text) {
  const size_t first = text.find_first_not_of(kIniBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kIniBlanks) - first + 1);
}

// A comment behind a value stands after a blank: values may hold '#' and ';'.
std::string_view WithoutComment(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins = line[i] == '#' || line[i] == ';';
    if (begins && (i == 0 || kIniBlanks.find(line[i - 1]) != std::string_view::npos)) {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string LowerIniName(std::string_view name) {
  std::string lower(StrippedOfBlanks(name));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

const std::string& IniSection::Get(const std::string& name) const {
  static const std::string kNone;
  const auto found = values.find(name);
  return found == values.end() ? kNone : found->second.text;
}

std::vector<IniSection> ParseIni(std::string_view text, const std::string& file) {
  std::vector<IniSection> sections;
  std::string above;  // The name that indented lines belong to.
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view raw = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorCode::kInvalid, file + ":" + std::to_string(number) + ": " + why);
    };
    const std::string_view line = StrippedOfBlanks(WithoutComment(raw));
    if (line.empty()) continue;
    if (line.front() == '[') {
      if (line.back() != ']') refuse("a section's name has no ']' behind it");
      const std::string_view name = StrippedOfBlanks(line.substr(1, line.size() - 2));
      sections.push_back({std::string(name), number});
      above.clear();
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) refuse("this line is neither [section] nor name = value");
    if (sections.empty()) refuse("this line stands before the first [section]");
    const bool is_nested = kIniBlanks.find(raw.front()) != std::string_view::npos && !above.empty();
    std::string name = LowerIniName(line.substr(0, equals));
    if (!is_nested) above = name;
    sections.back().values[is_nested ? above + "." + name : name] = {
        std::string(StrippedOfBlanks(line.substr(equals + 1))), number};
  }
  return sections;
}

}  // namespace weir::io
