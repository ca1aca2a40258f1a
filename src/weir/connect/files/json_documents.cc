#include "weir/connect/files/json_documents.h"

#include <utility>

namespace weir::connect {

namespace {

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Finds where a value ends, as its quotes and brackets tell; whether it is well-formed is not
// looked at. Goes on where it stopped.
class ValueScan {
 public:
  // The end's position in `bytes`; nothing when it is not there yet.
  std::optional<size_t> operator()(std::string_view bytes, size_t from) {
    for (size_t at = from; at < bytes.size(); ++at) {
      const char c = bytes[at];
      if (in_text_) {
        at = InText(bytes, at);
        if (!in_text_ && depth_ == 0) return at + 1;
        continue;
      }
      if (c == '"') {
        if (in_word_) return at;
        in_text_ = true;
      } else if (c == '{' || c == '[') {
        if (in_word_) return at;
        ++depth_;
      } else if (c == '}' || c == ']') {
        if (in_word_) return at;
        if (depth_ <= 1) return at + 1;
        --depth_;
      } else if (depth_ == 0) {
        // A number or a word, or what is none: to the end of the line at most.
        if (in_word_ && (c == ',' || c == '\n' || c == '\r')) return at;
        in_word_ = true;
      }
    }
    return std::nullopt;
  }

 private:
  // To the end of the text, or the last of the bytes.
  size_t InText(std::string_view bytes, size_t at) {
    for (; at < bytes.size(); ++at) {
      if (escaped_) {
        escaped_ = false;
      } else if (bytes[at] == '\\') {
        escaped_ = true;
      } else if (bytes[at] == '"') {
        in_text_ = false;
        return at;
      }
    }
    return bytes.size() - 1;
  }

  int64_t depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
  bool in_word_ = false;
};

}  // namespace

JsonDocuments::JsonDocuments(std::unique_ptr<ByteStream> bytes, size_t longest)
    : TextReader(std::move(bytes), 0, longest, true) {}

// Counts the lines that end in what is passed.
void JsonDocuments::Pass(size_t bytes) {
  const std::string_view passed = Held().substr(0, bytes);
  lines_ += std::count(passed.begin(), passed.end(), '\n');
  Drop(bytes);
}

// False at the end of the file.
bool JsonDocuments::SkipBlanks() {
  while (true) {
    const std::string_view held = Held();
    const auto filled =
        std::find_if(held.begin(), held.end(), [](char c) { return !IsJsonSpace(c); });
    Pass(static_cast<size_t>(filled - held.begin()));
    if (!Held().empty()) return true;
    if (!Fill()) return false;
  }
}

// Passes over what stands between the items of lists; false at the end of the file.
bool JsonDocuments::PassListSigns() {
  while (SkipBlanks()) {
    const char c = Held().front();
    if (!in_list_) {
      if (c != '[') return true;
      in_list_ = true;
      after_item_ = after_comma_ = false;
    } else if (c == ']') {
      if (after_comma_) problem_ = "an item is missing after a comma";
      in_list_ = false;
    } else if (c == ',') {
      if (!after_item_) problem_ = "an item is missing before a comma";
      after_item_ = false;
      after_comma_ = true;
    } else {
      if (after_item_) problem_ = "a comma is missing before it";
      return true;
    }
    Pass(1);
  }
  return false;
}

bool JsonDocuments::Next(TextLine& line) {
  line.problem = nullptr;
  if (!PassListSigns()) return End(line);
  line.problem = std::exchange(problem_, nullptr);
  line.number = lines_ + 1;
  after_item_ = true;
  after_comma_ = false;
  ValueScan scan;
  int64_t ends = 0;
  Take(line, [&](std::string_view held, size_t from) -> std::optional<Extent> {
    const auto end = scan(held, from);
    const auto* const start = held.data();
    ends += std::count(start + from, start + end.value_or(held.size()), '\n');
    if (!end) return std::nullopt;
    return Extent{*end, 0};
  });
  lines_ += ends;
  return true;
}

bool JsonDocuments::End(TextLine& line) {
  if (in_list_) problem_ = "the list is not closed: the file ends early";
  if (problem_ == nullptr) return false;
  in_list_ = false;
  line.problem = std::exchange(problem_, nullptr);
  line.text = {};
  line.offset = offset_;
  line.number = lines_ + 1;
  line.too_long = false;
  return true;
}

}  // namespace weir::connect
