#include "weir/connect/files/xml_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::connect {

namespace {

constexpr std::string_view kCommentMark = "!--";
constexpr std::string_view kCDataMark = "![CDATA[";

bool IsXmlSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void XmlScan::Shift(size_t bytes) {
  if (mark_begin_ != std::string::npos) mark_begin_ -= std::min(mark_begin_, bytes);
}

// One more character of what follows '<'.
void XmlScan::Decide(char c) {
  mark_ += c;
  if (mark_ == kCommentMark) return Enter(In::kComment);
  if (mark_ == kCDataMark) return Enter(In::kCData);
  if (mark_[0] == '?') return Enter(In::kInstruction);
  if (mark_[0] == '!') {
    const bool undecided = kCommentMark.starts_with(mark_) || kCDataMark.starts_with(mark_);
    if (!undecided) Enter(In::kDeclaration);
    return;
  }
  const bool closing = mark_[0] == '/';
  if (!IsXmlSpace(c) && c != '>' && !(c == '/' && mark_.size() > 1)) return;
  is_closing_ = closing;
  mark_.pop_back();
  if (closing) mark_.erase(0, 1);
  before_ = 0;
  Enter(In::kTag);
}

XmlScan::Found XmlScan::Next(std::string_view bytes, size_t from, std::string_view name) {
  for (size_t at = from; at < bytes.size(); ++at) {
    const char c = bytes[at];
    switch (in_) {
      case In::kText: {
        const void* const open = std::memchr(bytes.data() + at, '<', bytes.size() - at);
        if (open == nullptr) return {};
        at = static_cast<size_t>(static_cast<const char*>(open) - bytes.data());
        mark_begin_ = at;
        mark_.clear();
        in_ = In::kMark;
        continue;
      }
      case In::kMark:
        Decide(c);
        if (in_ != In::kTag) continue;
        break;
      case In::kQuote:
        if (c == quote_) in_ = In::kTag;
        continue;
      case In::kTag:
        break;
      case In::kComment:
        if (c == '>' && ends_ >= 2) Enter(In::kText);
        ends_ = c == '-' ? ends_ + 1 : 0;
        if (in_ == In::kText) mark_begin_ = std::string::npos;
        continue;
      case In::kCData:
        if (c == '>' && ends_ >= 2) Enter(In::kText);
        ends_ = c == ']' ? ends_ + 1 : 0;
        if (in_ == In::kText) mark_begin_ = std::string::npos;
        continue;
      case In::kInstruction:
        if (c == '>' && ends_ >= 1) Enter(In::kText);
        ends_ = c == '?' ? 1 : 0;
        if (in_ == In::kText) mark_begin_ = std::string::npos;
        continue;
      case In::kDeclaration:
        ends_ += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == '>' && ends_ <= 0) {
          Enter(In::kText);
          mark_begin_ = std::string::npos;
        }
        continue;
    }
    // Within a tag.
    if (c == '"' || c == '\'') {
      quote_ = c;
      in_ = In::kQuote;
    } else if (c == '>') {
      in_ = In::kText;
      const Found found{is_closing_      ? Tag::kClose
                        : before_ == '/' ? Tag::kEmpty
                                         : Tag::kOpen,
                        std::exchange(mark_begin_, std::string::npos), at + 1};
      if (mark_ == name) return found;
    }
    before_ = c;
  }
  return {};
}

XmlRows::XmlRows(std::unique_ptr<ByteStream> bytes, std::string row_tag, size_t longest)
    : TextReader(std::move(bytes), 0, longest, true), row_tag_(std::move(row_tag)) {}

// Passes over what stands before the next row; false when there is none.
bool XmlRows::FindRow() {
  XmlScan scan;
  size_t from = 0;
  for (;;) {
    const std::string_view held = Held();
    for (XmlScan::Found found = scan.Next(held, from, row_tag_); found.tag != XmlScan::Tag::kNone;
         found = scan.Next(held, from, row_tag_)) {
      if (found.tag != XmlScan::Tag::kClose) {
        lines_ +=
            std::count(held.begin(), held.begin() + static_cast<ptrdiff_t>(found.begin), '\n');
        Drop(found.begin);
        return true;
      }
      from = found.end;
    }
    // A mark that is not ended stays, unless it is a long comment or the like.
    const size_t keep = std::min(scan.open_mark(), held.size());
    const size_t dropped = held.size() - keep > longest_ ? held.size() : keep;
    lines_ += std::count(held.begin(), held.begin() + static_cast<ptrdiff_t>(dropped), '\n');
    scan.Shift(dropped);
    Drop(dropped);
    from = Held().size();
    if (!Fill()) return false;
  }
}

bool XmlRows::Next(TextLine& line) {
  line.problem = nullptr;
  if (!FindRow()) return false;
  line.number = lines_ + 1;
  XmlScan scan;
  int64_t depth = 0;
  int64_t ends = 0;
  Take(line, [&](std::string_view held, size_t from) -> std::optional<Extent> {
    size_t at = from;
    ends += std::count(held.begin() + static_cast<ptrdiff_t>(at), held.end(), '\n');
    for (XmlScan::Found found = scan.Next(held, at, row_tag_); found.tag != XmlScan::Tag::kNone;
         found = scan.Next(held, at, row_tag_)) {
      at = found.end;
      depth += found.tag == XmlScan::Tag::kOpen ? 1 : found.tag == XmlScan::Tag::kClose ? -1 : 0;
      if (depth > 0) continue;
      ends -= std::count(held.begin() + static_cast<ptrdiff_t>(at), held.end(), '\n');
      return Extent{at, 0};
    }
    return std::nullopt;
  });
  lines_ += ends;
  return true;
}

}  // namespace weir::connect
