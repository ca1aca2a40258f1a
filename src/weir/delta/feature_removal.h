#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/table.h"

// Taking table features away from tables: ALTER TABLE ... DROP FEATURE.
namespace weir::delta {

// Whom a feature concerns, for taking it away. One that stays says how every version is to be read,
// or all tables have it.
enum class FeatureConcern { kUnknown, kNobodyElse, kWriters, kReaders, kStays };
FeatureConcern ConcernOf(std::string_view feature);

// The features that take another one, of those that a table has; "" for none.
std::string FeaturesThatNeed(const std::string& feature, const Protocol& protocol);

// What makes a table do without a feature.
struct WithoutUse {
  std::optional<Metadata> metadata;  // Where it has to change.
  std::vector<size_t> written_anew;  // Files, by position, whose rows have to be in other ones.
  std::vector<AddFile> retold;       // Entries that have to say something else.
  std::vector<DomainMetadata> domains;
  bool changes() const {
    return metadata || !written_anew.empty() || !retold.empty() || !domains.empty();
  }
};
// Throws Error{kInvalid} with Delta's condition where somebody else has to do that first.
WithoutUse StopUsing(const std::string& feature, const Snapshot& table);

// Whether a version that the log still holds uses a feature that concerns readers. Reads all of the
// log.
bool HistoryUses(const std::string& feature, const Table& table);

}  // namespace weir::delta
