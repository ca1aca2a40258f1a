#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/base/clock.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/row_set.h"
#include "weir/delta/table.h"

// What changed in a table from version to version, row by row (PROTOCOL.md, "Change Data Files").
namespace weir::delta {

// The columns that a row of the feed has behind the table's.
inline constexpr const char* kChangeTypeColumn = "_change_type";
inline constexpr const char* kCommitVersionColumn = "_commit_version";
inline constexpr const char* kCommitTimestampColumn = "_commit_timestamp";

// What _change_type says.
inline constexpr const char* kInsert = "insert";
inline constexpr const char* kDelete = "delete";
inline constexpr const char* kUpdatePreimage = "update_preimage";
inline constexpr const char* kUpdatePostimage = "update_postimage";

// Where a writer puts change data files, below the table's folder.
inline constexpr const char* kChangeDataFolder = "_change_data/";

Schema FeedSchema(const Schema& table);
// What files call the columns of a feed, or some of them: a table's, by its configuration, then
// the feed's own, which are called so.
std::vector<StoredField> StoredFeedFieldsOf(const Schema& feed, const Configuration& table);
// Throws Error{kInvalid} that names the columns of a table with a feed that are called as those of
// the feed, by people or in files. `was_there`: the table had them before it had a feed.
void CheckFeedColumns(const Schema& table, const Configuration& configuration, bool was_there);

// A bound of a range as people name it.
using FeedBound = std::variant<Version, Instant>;
// Versions from `first` to `last`; none where `last` is less.
struct FeedRange {
  Version first = 0;
  Version last = 0;
};
// The versions from `start` to `end` (nothing: to `latest`), which is of `table`: those of the time
// of `start` and later, and of the time of `end` and earlier. An `end` behind the latest version is
// that one. Throws Error: kInvalid for ranges that can't be, kNotFound for times outside of the
// log.
FeedRange RangeOf(const Table& table, const Snapshot& latest, const FeedBound& start,
                  const std::optional<FeedBound>& end);

// A file with rows of the feed.
struct FeedFile {
  AddFile file;
  // Only rows that this vector takes from the file, which are there by the file's own.
  std::optional<std::string> taken_by_json;
  std::string change_type;  // Of all of them; "": the file's own column says it.
  Version version = 0;
  int64_t timestamp_millis = 0;
  // How many rows of the feed it may have, as far as the log tells; for estimates only.
  std::optional<int64_t> likely_rows = std::nullopt;
};
// Those of `range`, to be read by the columns of `columns`, a snapshot of `table` not before it
// ends. Columns are the same that files call the same. What the log calls changed rows is taken
// where it does; else rows were inserted and deleted with their files and by deletion vectors. What
// FSCK took out is gone, and is told by nothing.
// Throws Error: kInvalid where the feed was off (DELTA_MISSING_CHANGE_DATA) or the columns were
// others (DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA), kNotFound where entries are gone.
std::vector<FeedFile> FeedOf(const Table& table, const Snapshot& columns, const FeedRange& range);

// Rows of the file that are no rows of the feed; null for none. Reads the store.
std::shared_ptr<const RowSet> RowsLeftOut(const io::Location& table, const FeedFile& file);

}  // namespace weir::delta
