#pragma once

#include <optional>
#include <string>

#include "weir/catalog/catalog.h"
#include "weir/io/object_store.h"
#include "weir/session/session.h"

namespace weir::session {

// A path in a volume, "/Volumes/main/in/landing/2024/a.csv" or "dbfs:/Volumes/...", taken apart.
// The second form is a URI and may be percent-encoded.
struct VolumePath {
  catalog::QualifiedName volume;  // main.in.landing
  std::string rest;               // "2024/a.csv"; "" for the whole volume.
  bool names_folder = false;      // It ends with '/', or is the whole volume.
  // "dbfs:/Volumes/main/in/landing/2024/a.csv", as Databricks shows it.
  std::string ToUri() const;
};

// Nothing for any other path, file:/Volumes/... too, which is one of this machine. Throws
// Error{kInvalid} when it names no volume, or leads out of it with "..".
std::optional<VolumePath> ParseVolumePath(const std::string& path);

// Where a path that a statement names leads, once the principal may read (`use` is READ FILES) or
// write (WRITE FILES) there: in a volume that is decided by READ VOLUME or WRITE VOLUME on it,
// elsewhere by Catalog::RequirePath. A location in a volume has the path's URI as its alias. Throws
// Error{kDenied}, also where a symbolic link leads out of the volume.
io::Location ResolveJudged(const Services& services, const std::string& principal,
                           catalog::Privilege use, const std::string& path,
                           const std::string& base_folder);
// The same place, where it has been judged before.
io::Location ResolveUnjudged(const Services& services, const std::string& path,
                             const std::string& base_folder);

// For what can't be in a volume: throws DiagnosticError if that is where the path leads.
void RefuseVolumePath(const std::string& path, const Span& span, const std::string& why,
                      const std::string& hint);

}  // namespace weir::session
