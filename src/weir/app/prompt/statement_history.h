#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace weir::app {

// What was typed at the prompt, kept in a file for its owner only, from one run to the next. What
// is typed again moves to the end. Several prompts may share the file; each adds to it. A text in
// which a statement's record would hide a secret, or which is too long for one, is not kept; nor is
// one that begins with a space.
class StatementHistory {
 public:
  struct Limits {
    size_t entries = 1000;
    size_t bytes = 1 << 20;
  };

  // The file may be absent. Throws Error when it can't be read.
  explicit StatementHistory(std::string path) : StatementHistory(std::move(path), Limits()) {}
  StatementHistory(std::string path, Limits limits);

  // Oldest first: those of the file when it was opened, and those added since.
  const std::vector<std::string>& entries() const { return entries_; }
  // Throws Error when the file can't be written; the entry then counts for this run.
  void Add(const std::string& entry);

 private:
  const std::string path_;
  const Limits limits_;
  std::vector<std::string> entries_;
};

}  // namespace weir::app
