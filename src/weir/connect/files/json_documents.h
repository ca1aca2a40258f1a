#pragma once

#include <memory>

#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// The values of a file of JSON documents, on however many lines: objects one after another, and the
// items of lists of them, each a record. What is no value is a record as well, to be refused by who
// reads it; so a mistake within one value spoils no other.
class JsonDocuments final : public TextReader {
 public:
  explicit JsonDocuments(std::unique_ptr<ByteStream> bytes, size_t longest = kLongestLine);

  bool Next(TextLine& line) override;

 private:
  bool SkipBlanks();
  bool PassListSigns();
  bool End(TextLine& line);
  void Pass(size_t bytes);

  bool in_list_ = false;
  bool after_item_ = false;   // A comma, or the list's end, has to come.
  bool after_comma_ = false;  // An item has to come.
  const char* problem_ = nullptr;
};

}  // namespace weir::connect
