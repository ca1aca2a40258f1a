#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weir/connect/files/file_progress.h"
#include "weir/connect/files/options.h"
#include "weir/io/object_store.h"

namespace weir::connect {

// What a listing found that no batch has taken yet. Bounded: of many files the oldest are kept, and
// a few of the newest to see what they are like.
struct NewFiles {
  std::vector<SourceFile> files;   // Oldest first, then by name.
  std::vector<SourceFile> newest;  // Of those behind them.
  bool is_whole = true;            // There are no others.
  // Files that were taken, and that cleanSource is due for, by key.
  std::vector<std::string> spent;

  // The oldest and the newest, to see what columns they have.
  std::vector<SourceFile> Sample() const;
};

// Lists, and looks at new names only, unless a change of a file that was taken matters. At most
// `most` files are kept. Throws DiagnosticError PATH_NOT_FOUND when the place is not there.
NewFiles FindNewFiles(const FileOptions& options, const io::Location& base,
                      const FileProgress& done, Instant now, size_t most);

// Adds those of the files of these keys that such a listing would find now.
void AddNewFiles(const FileOptions& options, const io::Location& base, const FileProgress& done,
                 Instant now, const std::vector<std::string>& keys, NewFiles& found);

}  // namespace weir::connect
