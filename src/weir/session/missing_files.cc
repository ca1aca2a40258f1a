#include "weir/session/missing_files.h"

#include <algorithm>
#include <mutex>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/parallel.h"

namespace weir::session {
namespace {

constexpr size_t kLookersAtMost = 8;

}  // namespace

std::optional<std::string> VectorKeyOf(const io::Location& table, const delta::AddFile& file) {
  const auto vector = delta::DeletionVectorOf(file);
  return vector ? delta::KeyOf(table, *vector) : std::nullopt;
}

std::vector<MissingFile> FindMissing(const io::Location& table, const delta::AddFiles& files) {
  std::mutex mutex;
  std::vector<MissingFile> missing;
  io::InParallel(files.size(), kLookersAtMost, [&](size_t at) {
    io::CancelScope::ThrowIfCancelled();
    const delta::AddFile file = files.HeadAt(at);
    MissingFile one{at, !table.store->Find(delta::KeyOfPath(table, file.path)), false};
    const auto vector = VectorKeyOf(table, file);
    one.deletion_vector = vector && !table.store->Find(*vector);
    if (!one.data && !one.deletion_vector) return;
    const std::lock_guard lock(mutex);
    missing.push_back(one);
  });
  std::sort(missing.begin(), missing.end(),
            [](const MissingFile& a, const MissingFile& b) { return a.at < b.at; });
  return missing;
}

void CheckCameBack(const io::Location& table, const delta::AddFiles& files,
                   delta::Version version) {
  const auto missing = FindMissing(table, files);
  if (missing.empty()) return;
  throw Error(ErrorCode::kInvalid,
              "version " + std::to_string(version) + " of " + table.uri +
                  " is committed, but its file " + files[missing[0].at].path +
                  ", or its deletion vector, was deleted meanwhile, as VACUUM does (" +
                  std::to_string(missing.size()) + " of " + std::to_string(files.size()) +
                  " files that came back are missing): RESTORE TABLE ... TO VERSION AS OF " +
                  std::to_string(version - 1) + " takes it back")
      .WithCondition("DELTA_FILE_NOT_FOUND_DETAILED");
}

}  // namespace weir::session
