#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/types/data_type.h"

namespace weir::app {

// The names that completion offers: those that whoever is typing may see. Names are as SQL means
// them, without backticks. What is absent has no names in it.
class CompletionNames {
 public:
  virtual ~CompletionNames() = default;
  virtual std::string CurrentCatalog() const = 0;
  virtual std::string CurrentSchema() const = 0;
  virtual std::vector<std::string> Catalogs() const = 0;
  virtual std::vector<std::string> Schemas(const std::string& catalog) const = 0;
  virtual std::vector<std::string> Tables(const std::string& catalog,
                                          const std::string& schema) const = 0;
  virtual std::vector<std::string> Volumes(const std::string& catalog,
                                           const std::string& schema) const = 0;
  // Of a table or view as a statement would name it.
  virtual std::optional<Schema> Columns(const std::vector<std::string>& name) const = 0;
  // Paths of files and folders (with '/' at the end) that begin so.
  virtual std::vector<std::string> Files(const std::string& beginning) const = 0;
  virtual std::vector<std::string> Settings() const = 0;
};

// What may stand in place of the bytes from `begin` to `end`.
struct Completion {
  size_t begin = 0;
  size_t end = 0;
  std::vector<std::string> candidates;  // In the order of the alphabet, each once.
  bool is_quoted = false;               // Inside quotes, which stay.
};

// What the word at `cursor` can become: keywords by the grammar, and the names that fit its place.
// `text` may hold several statements and go on behind the cursor: tables that the statement names
// there count too.
Completion Complete(const std::string& text, size_t cursor, const CompletionNames& names);

}  // namespace weir::app
