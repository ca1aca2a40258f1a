#pragma once

#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/session/session.h"

namespace weir::session {

// A folder of managed storage that no row of the catalog names: what is left of a table
// or volume whose creation or dropping was cut off, or of one that is being created now.
struct OrphanFolder {
  std::string uri;
  size_t objects = 0;
  uint64_t bytes = 0;
  Instant changed;  // Its newest object; where it has none, now.
  // Why it may still be somebody's work; "": it is certainly abandoned.
  std::string kept;
};

// `managed_root`: as the catalog has it. A folder is abandoned when nothing in it changed for
// `grace` and no statement that began before its last change runs still. Nothing is written.
std::vector<OrphanFolder> FindOrphans(const Services& services, const std::string& managed_root,
                                      Instant grace);

// Deletes one that is abandoned, which is looked at once more; a statement's record says so. Needs
// MANAGE of the metastore: kDenied. kConflict when it is somebody's after all.
void RemoveOrphan(const Services& services, const std::string& principal,
                  const std::string& managed_root, const OrphanFolder& orphan, Instant grace);

}  // namespace weir::session
