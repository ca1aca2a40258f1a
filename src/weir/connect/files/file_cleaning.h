#pragma once

#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/connect/files/options.h"
#include "weir/connect/source.h"
#include "weir/io/object_store.h"

namespace weir::connect {

// `cleanSource`: does away with files that were read.
class FileCleaning {
 public:
  // Judges both places for writing. Throws Error{kDenied}, and DiagnosticError where files would be
  // moved to a place that they are read from.
  FileCleaning(const FileOptions& options, const io::Location& source, const OpenContext& context);

  // What is to become of a file that was read in that version.
  LetGoFile Plan(const std::string& key, uint64_t version, Instant now) const;
  // Deletes or moves each that is still there, and still what was read. A file that is moved keeps
  // its path below the source; where another one has that already, its version goes behind it.
  // Nothing is lost by a failure, and the same call goes on.
  void Run(const std::vector<LetGoFile>& files) const;

 private:
  bool IsThere(const LetGoFile& file) const;
  void Move(const LetGoFile& file) const;
  std::string BelowSource(const std::string& key) const;

  Cleaning mode_;
  io::Location source_;
  io::Location place_;  // For kMove.
};

}  // namespace weir::connect
