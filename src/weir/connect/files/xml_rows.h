#pragma once

#include <memory>
#include <string>

#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// Follows the marks of XML from one to the next, byte by byte, without looking at what they mean.
class XmlScan {
 public:
  enum class Tag { kNone, kOpen, kClose, kEmpty };
  struct Found {
    Tag tag = Tag::kNone;
    size_t begin = 0;  // Of its '<'.
    size_t end = 0;    // Behind its '>'.
  };
  // The next tag called `name` in `bytes`, from `from` on; kNone when what is held has none: go on
  // with more behind it, from where it ends. A mark may have begun before `from`.
  Found Next(std::string_view bytes, size_t from, std::string_view name);
  // Where the mark begins that is not ended yet; npos when there is none.
  size_t open_mark() const { return mark_begin_; }
  // What was held before `bytes` is gone.
  void Shift(size_t bytes);

 private:
  enum class In { kText, kMark, kTag, kQuote, kComment, kCData, kInstruction, kDeclaration };
  void Decide(char c);
  void Enter(In in) {
    in_ = in;
    ends_ = 0;
  }

  In in_ = In::kText;
  std::string mark_;  // What follows '<', until it is known what that is.
  size_t mark_begin_ = std::string::npos;
  bool is_closing_ = false;
  char quote_ = 0;
  char before_ = 0;
  int ends_ = 0;  // How many signs of the end of a comment and the like were seen.
};

// The elements of one name, each a record as it stands in the file, with those of the name within
// it. Comments and the like count as they do in XML; whether it is well-formed is not looked at.
class XmlRows final : public TextReader {
 public:
  XmlRows(std::unique_ptr<ByteStream> bytes, std::string row_tag, size_t longest = kLongestLine);
  bool Next(TextLine& line) override;

 private:
  bool FindRow();

  const std::string row_tag_;
};

}  // namespace weir::connect
