#pragma once

#include <string>

#include "weir/session/session.h"

namespace weir::pipeline {

// Where a path of a test lies: that of a file in a volume in a folder of the test's own disk, any
// other where it says.
std::string PlaceOfGiven(const std::string& path);

// If the path is one in a volume, makes the volume, whose folder is there, unless it is there.
void MakeVolumeOf(const std::string& path, session::Session& session);

}  // namespace weir::pipeline
