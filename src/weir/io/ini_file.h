#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::io {

struct IniValue {
  std::string text;
  int line = 0;
};

struct IniSection {
  std::string name;  // "profile work" of "[profile work]"
  int line = 0;
  std::map<std::string, IniValue> values =
      {};  // By name in lower case; "s3.region" of nested ones.

  // "" when it is not there.
  const std::string& Get(const std::string& name) const;
};

// A file as ~/.aws/config is: [sections] of `name = value`, comments after '#' or ';', and indented
// lines, which belong to the name above them. Throws Error{kInvalid} with `file` and the line,
// never with what stands there, which may be secret.
std::vector<IniSection> ParseIni(std::string_view text, const std::string& file);

}  // namespace weir::io
