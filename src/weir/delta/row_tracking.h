#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// PROTOCOL.md, "Row Tracking".
namespace weir::delta {

constexpr const char* kRowTrackingDomain = "delta.rowTracking";
constexpr const char* kEnableRowTracking = "delta.enableRowTracking";
constexpr const char* kRowIdColumn = "delta.rowTracking.materializedRowIdColumnName";
constexpr const char* kRowVersionColumn =
    "delta.rowTracking.materializedRowCommitVersionColumnName";

// Whether files that are added must get row ids: the protocol says so, and they are not suspended.
bool AssignsRowIds(const Protocol& protocol, const Configuration& configuration);
// Whether rows have ids that last: every file has a first one.
bool TracksRows(const Configuration& configuration);

// Names the columns that keep ids of rows which moved, where row tracking is on and has none yet.
// Throws Error{kInvalid} when it is both on and suspended.
void NameRowTrackingColumns(Configuration& configuration);

// The highest row id given so far, -1 for none, by the domain's metadata. Throws Error{kCorrupt}
// when that can't be read.
int64_t RowIdHighWaterMark(const DomainMetadata& domain);
int64_t RowIdHighWaterMark(const std::map<std::string, DomainMetadata>& domains);

// Gives row ids to files of one commit.
class RowIds {
 public:
  RowIds(int64_t high_water_mark, Version version) : mark_(high_water_mark), version_(version) {}
  // A file that has ids, as one that is copied from another table: later ones come after them. All
  // such files of the commit, before any gets ids.
  void Pass(const AddFile& file);
  // A file that has ids keeps them. Throws Error{kInvalid} with the condition
  // DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS for one whose number of rows is not known.
  void Give(AddFile& file);
  // What the commit has to say of it; nothing when no id was given.
  std::optional<DomainMetadata> Mark() const;

 private:
  int64_t mark_;
  const Version version_;
  bool gave_ = false;
};

}  // namespace weir::delta
