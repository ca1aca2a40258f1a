#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::delta {

// `text` as a JSON string, quotes included. UTF-8 passes through as it is.
void AppendJsonString(std::string& out, std::string_view text);

// Writes one JSON object member by member into a string; the closing brace comes with End.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  // The next member's name; its value is then appended by the caller.
  std::string& Key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, name);
    out_ += ':';
    return out_;
  }
  void Text(std::string_view name, std::string_view value) { AppendJsonString(Key(name), value); }
  void Integer(std::string_view name, int64_t value) { Key(name) += std::to_string(value); }
  void Boolean(std::string_view name, bool value) { Key(name) += value ? "true" : "false"; }
  // `json` is JSON text already.
  void Raw(std::string_view name, std::string_view json) { Key(name) += json; }
  bool empty() const { return first_; }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace weir::delta
