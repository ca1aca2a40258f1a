#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::connect {

// `text` as a JSON string with its quotes. Bytes that are not UTF-8 must be mended before.
void AppendJsonText(std::string& into, std::string_view text);

// Builds the text of `_rescued_data` for one row: a JSON object of what found no place in the
// columns, members of structs inside objects of their names, and "_file_path" last.
class Rescuer {
 public:
  explicit Rescuer(std::string_view file_uri);

  void BeginRow();
  // `name_json` and `value_json` are JSON as they stand (a name with its quotes); the former must
  // stay valid until Leave, the latter for the call.
  void Enter(std::string_view name_json);
  void Leave();
  void Add(std::string_view name_json, std::string_view value_json);
  // The same from plain texts.
  void AddText(std::string_view name, std::string_view text);

  bool HasAny() const { return !text_.empty(); }
  // The whole text; BeginRow comes next.
  std::string_view Finish();

 private:
  void OpenPath();
  void Separate();

  std::string file_member_;
  std::string text_;
  std::vector<std::string_view> path_;
  size_t opened_ = 0;  // How many of path_ stand in text_.
};

}  // namespace weir::connect
