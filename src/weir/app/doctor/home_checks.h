#pragma once

#include <cstdint>
#include <string>

#include "weir/app/doctor/finding.h"
#include "weir/base/clock.h"

// The home as a folder, and the machine it is on. Nothing is written, but for what Finding::mend
// does.
namespace weir::app {

// Whether it is there, this user's, and closed to others.
Finding CheckFolder(const std::string& home);
// Whether its file system keeps what it is told to keep.
Finding CheckFileSystem(const std::string& home);
// Free space and inodes of the home, of where large statements spill to, and of the system's folder
// for temporary files.
Findings CheckSpace(const std::string& home);
// How little free space is a warning, and how little is too little.
Verdict VerdictOnSpace(uint64_t free_bytes);
Finding CheckFileLimit();
// Whether the time can be right: not long ago, and not before what the home says.
Finding CheckClock(const std::string& home, const Clock& clock);
// Whether the engine starts and computes.
Finding CheckEngine();
// What killed processes left: spilled rows, and files of managed tables that were never finished.
// Such that are younger than `grace` may be somebody's.
Finding CheckLeftovers(const std::string& home, Instant grace);

// "12.3 GiB".
std::string SizeText(uint64_t bytes);

}  // namespace weir::app
