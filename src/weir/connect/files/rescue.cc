#include "weir/connect/files/rescue.h"

namespace weir::connect {

void AppendJsonText(std::string& into, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  into += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      into += '\\';
      into += c;
    } else if (byte >= 0x20) {
      into += c;
    } else if (c == '\n') {
      into += "\\n";
    } else if (c == '\r') {
      into += "\\r";
    } else if (c == '\t') {
      into += "\\t";
    } else {
      into += "\\u00";
      into += kHex[byte >> 4];
      into += kHex[byte & 15];
    }
  }
  into += '"';
}

Rescuer::Rescuer(std::string_view file_uri) : file_member_("\"_file_path\":") {
  AppendJsonText(file_member_, file_uri);
  file_member_ += '}';
}

void Rescuer::BeginRow() {
  text_.clear();
  path_.clear();
  opened_ = 0;
}

void Rescuer::Enter(std::string_view name_json) { path_.push_back(name_json); }

void Rescuer::Leave() {
  if (opened_ == path_.size()) {
    text_ += '}';
    --opened_;
  }
  path_.pop_back();
}

void Rescuer::Separate() {
  if (text_.empty()) {
    text_ += '{';
  } else if (text_.back() != '{') {
    text_ += ',';
  }
}

void Rescuer::OpenPath() {
  for (; opened_ < path_.size(); ++opened_) {
    Separate();
    text_ += path_[opened_];
    text_ += ":{";
  }
  Separate();
}

void Rescuer::Add(std::string_view name_json, std::string_view value_json) {
  OpenPath();
  text_ += name_json;
  text_ += ':';
  text_ += value_json;
}

void Rescuer::AddText(std::string_view name, std::string_view text) {
  OpenPath();
  AppendJsonText(text_, name);
  text_ += ':';
  AppendJsonText(text_, text);
}

std::string_view Rescuer::Finish() {
  Separate();
  text_ += file_member_;
  return text_;
}

}  // namespace weir::connect
