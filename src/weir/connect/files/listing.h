#pragma once

#include <string>
#include <vector>

#include "weir/connect/files/options.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

namespace weir::connect {

// The files that a path with wildcards names, at one moment.
struct Listing {
  bool base_exists = false;
  std::vector<SourceFile> files;  // Oldest first, then by name.
};

// Where the path without its wildcards lies.
io::Location ResolveBase(const std::string& path, const OpenContext& context);

// Lists what `options` ask for below `base`. A folder that is named stands for the files in it.
// Files and folders whose names start with '.' or '_' are passed over, as Spark does ('_' with a
// '=' in the name excepted); one that the path names itself is not.
Listing ListFiles(const FileOptions& options, const io::Location& base);

// Where a path below a location is, as people see it.
std::string UriBelow(const io::Location& base, const std::string& relative);

}  // namespace weir::connect
