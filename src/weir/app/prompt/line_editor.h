#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "weir/app/prompt/completion.h"

namespace weir::app {

// Reads lines that are typed and edited on a terminal: the usual keys of Emacs (those of vi when
// ~/.editrc says so), earlier entries with the arrows and Ctrl-R, completion with TAB. While a line
// is edited, Ctrl-C is a key; else it is the terminal's signal. Driven by one thread.
class LineEditor {
 public:
  struct Interrupted {};  // Ctrl-C.
  struct EndOfInput {};   // Ctrl-D, or the terminal is gone.
  using Result = std::variant<std::string, Interrupted, EndOfInput>;
  // What the word before `cursor` in `line` can become.
  using Completer = std::function<Completion(const std::string& line, size_t cursor)>;

  LineEditor(std::FILE* in, std::FILE* out, Completer completer);
  ~LineEditor();

  // Without the line's end; an entry of several lines that was recalled has those between.
  Result ReadLine(const std::string& prompt);
  // Makes it the newest of the earlier entries.
  void Remember(const std::string& entry);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::app
