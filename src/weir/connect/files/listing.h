#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "weir/connect/files/options.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

namespace weir::connect {

// Where the path without its wildcards lies.
io::Location ResolveBase(const std::string& path, const OpenContext& context);

struct FileVisitor {
  // Whether a file is of interest, by its key: the others are not looked at.
  std::function<bool(std::string_view key)> wanted;
  std::function<void(io::ObjectInfo file)> take;
};

// Shows `visitor` what `options` ask for below `base`, in no order. A folder that is named stands
// for the files in it. Files and folders whose names start with '.' or '_' are passed over, as
// Spark does ('_' with a '=' in the name excepted); one that the path names itself is not. False
// when there is no such place.
bool VisitFiles(const FileOptions& options, const io::Location& base, const FileVisitor& visitor);

// The same for files that are told of one by one.
class PathFilter {
 public:
  // Both outlive it.
  PathFilter(const FileOptions& options, const io::Location& base);
  // Whether a file of that key would be shown, as far as its name tells.
  bool Takes(std::string_view key) const;
  bool Takes(const io::ObjectInfo& file) const;

 private:
  bool MatchesPattern(std::string_view below) const;

  const FileOptions& options_;
  const io::Location& base_;
  PathPattern pattern_;
  std::optional<LoosePattern> loose_;
  std::optional<NamePattern> name_filter_;
};

// Where a path below a location is, as people see it.
std::string UriBelow(const io::Location& base, const std::string& relative);

}  // namespace weir::connect
