// What processes that were killed left behind.
#include <filesystem>

#include "weir/app/doctor/home_checks.h"
#include "weir/io/key.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

struct Leftovers {
  std::vector<fs::path> files;
  uint64_t bytes = 0;
};

// Of those not changed for `grace`.
void Add(const fs::directory_entry& entry, std::chrono::microseconds grace, Leftovers& found) {
  std::error_code gone;
  const auto changed = entry.last_write_time(gone);
  if (gone || fs::file_time_type::clock::now() - changed < grace) return;
  const uintmax_t size = entry.file_size(gone);
  if (gone) return;
  found.files.push_back(entry.path());
  found.bytes += size;
}

Leftovers Find(const std::string& home, std::chrono::microseconds grace) {
  Leftovers found;
  std::error_code failure;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(home + "/tmp", options, failure), end;
       !failure && at != end; at.increment(failure)) {
    if (at->is_regular_file(failure)) Add(*at, grace, found);
  }
  failure.clear();
  for (fs::recursive_directory_iterator at(home + "/data", options, failure), end;
       !failure && at != end; at.increment(failure)) {
    const bool is_unfinished = at->path().filename().string().starts_with(io::kTemporaryPrefix);
    if (is_unfinished && at->is_regular_file(failure)) Add(*at, grace, found);
  }
  return found;
}

}  // namespace

Finding CheckLeftovers(const std::string& home, Instant grace) {
  const std::chrono::microseconds age(grace.micros);
  const Leftovers found = Find(home, age);
  if (found.files.empty()) return {"leftovers", Verdict::kOk, "no unfinished files", ""};
  const std::string what = std::to_string(found.files.size()) + " files of killed processes (" +
                           SizeText(found.bytes) + ")";
  return {"leftovers", Verdict::kWarning, what + ", such as " + found.files.front().string(),
          "they only take space; weir doctor --fix removes them", [home, age] {
            const Leftovers now = Find(home, age);
            for (const fs::path& file : now.files) fs::remove(file);
            return "removed " + std::to_string(now.files.size()) + " unfinished files (" +
                   SizeText(now.bytes) + ")";
          }};
}

}  // namespace weir::app
