#include "weir/delta/change_feed.h"

#include <algorithm>
#include <array>

#include "weir/base/error.h"
#include "weir/delta/commit_rows.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/log.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/statistics.h"
#include "weir/delta/type_widening.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

constexpr std::array kFeedColumns = {kChangeTypeColumn, kCommitVersionColumn,
                                     kCommitTimestampColumn};

bool IsFeedColumn(const std::string& name) {
  return std::find(kFeedColumns.begin(), kFeedColumns.end(), LowerName(name)) != kFeedColumns.end();
}

// Of a file whose rows nobody counted: more than any file has.
constexpr uint64_t kMostRows = uint64_t{1} << 32;

std::string TextOf(const FeedRange& range) {
  return "from version " + std::to_string(range.first) + " to " + std::to_string(range.last);
}

[[noreturn]] void ThrowBadRange(const std::string& start, const std::string& end) {
  throw Error(ErrorCode::kInvalid, "the range of changes from " + start + " to " + end +
                                       " ends before it starts; name the earlier end first")
      .WithCondition("DELTA_INVALID_CDC_RANGE");
}

[[noreturn]] void ThrowTooLate(const Table& table, Instant wanted, int64_t last_millis) {
  throw Error(ErrorCode::kNotFound, "table " + table.location().uri + " has no version as new as " +
                                        FormatIso(wanted) + "; its latest is of " +
                                        FormatIso(Instant{last_millis * 1000}))
      .WithCondition("DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
}

class Bounds {
 public:
  Bounds(const Table& table, const Snapshot& latest)
      : table_(table), log_(table.location()), latest_(latest) {}

  Version Start(const FeedBound& start) {
    if (const auto* version = std::get_if<Version>(&start)) {
      if (*version >= 0 && *version <= latest_.version()) return *version;
      throw Error(ErrorCode::kInvalid,
                  "changes can't start at version " + std::to_string(*version) + ": table " +
                      table_.location().uri + " is at version " + std::to_string(latest_.version()))
          .WithCondition("DELTA_VERSION_NOT_FOUND");
    }
    const Instant wanted = std::get<Instant>(start);
    const auto before = VersionAt(log_, Commits(), Rule(), wanted.millis() - 1);
    if (!before) return Commits().front().version;
    if (*before == Commits().back().version) ThrowTooLate(table_, wanted, LastMillis());
    return *before + 1;
  }

  Version End(const FeedBound& end) {
    if (const auto* version = std::get_if<Version>(&end)) {
      return std::min(*version, latest_.version());
    }
    const Instant wanted = std::get<Instant>(end);
    if (wanted.millis() > LastMillis()) ThrowTooLate(table_, wanted, LastMillis());
    if (const auto last = VersionAt(log_, Commits(), Rule(), wanted.millis())) return *last;
    const int64_t first = TimeOf(log_, Commits().front(), Rule());
    throw Error(ErrorCode::kNotFound, "table " + table_.location().uri +
                                          " has no version as old as " + FormatIso(wanted) +
                                          "; the oldest one left is of " +
                                          FormatIso(Instant{first * 1000}))
        .WithCondition("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
  }

 private:
  const std::vector<CommitFile>& Commits() {
    if (!rule_) ReadTimes();
    return commits_;
  }
  const TimestampRule& Rule() {
    if (!rule_) ReadTimes();
    return *rule_;
  }
  int64_t LastMillis() { return TimeOf(log_, Commits().back(), Rule()); }

  void ReadTimes() {
    commits_ = table_.Commits();
    std::erase_if(commits_,
                  [&](const CommitFile& commit) { return commit.version > latest_.version(); });
    rule_ = table_.RuleOf(log_, commits_);
    // Only a checkpoint is left, and its time is known.
    if (commits_.empty()) {
      commits_.push_back({latest_.version(), latest_.timestamp_millis(), "", 0});
    }
  }

  const Table& table_;
  const Log log_;
  const Snapshot& latest_;
  std::vector<CommitFile> commits_;
  std::optional<TimestampRule> rule_;
};

// Schemas -----------------------------------------------------------------------------------------

// Columns and what files call them.
struct NamedColumns {
  const std::vector<Field>& fields;
  const std::vector<StoredField>& stored;
};

// Whether a value of `older` is read as `newer`: members may only have come, types only have grown.
bool ReadsAs(const DataType& older, const StoredField& older_stored, const DataType& newer,
             const StoredField& newer_stored);

// By what files call them: a column of the same name may be another one.
bool ReadAs(const NamedColumns& older, const NamedColumns& newer) {
  for (size_t i = 0; i < older.fields.size(); ++i) {
    const std::string name = LowerName(older.stored[i].name);
    size_t at = 0;
    while (at < newer.fields.size() && LowerName(newer.stored[at].name) != name) ++at;
    if (at == newer.fields.size()) return false;
    const Field& field = newer.fields[at];
    if (!field.nullable && older.fields[i].nullable) return false;
    if (!ReadsAs(older.fields[i].type, older.stored[i], field.type, newer.stored[at])) return false;
  }
  return true;
}

bool ReadsAs(const DataType& older, const StoredField& older_stored, const DataType& newer,
             const StoredField& newer_stored) {
  if (older.id() != newer.id()) return IsWidening(older, newer);
  const auto& children = older_stored.children;
  const auto& others = newer_stored.children;
  switch (older.id()) {
    case TypeId::kStruct:
      return ReadAs({older.fields(), children}, {newer.fields(), others});
    case TypeId::kArray:
      return ReadsAs(older.element(), children[0], newer.element(), others[0]);
    case TypeId::kMap:
      return ReadsAs(older.key(), children[0], newer.key(), others[0]) &&
             ReadsAs(older.value(), children[1], newer.value(), others[1]);
    default:
      return older == newer || IsWidening(older, newer);
  }
}

// The commits -------------------------------------------------------------------------------------

class FeedReader {
 public:
  FeedReader(const Table& table, const Snapshot& columns, const FeedRange& range)
      : table_(table),
        log_(table.location()),
        columns_(columns),
        stored_(StoredFieldsOf(columns.schema(), columns.metadata().configuration)),
        range_(range),
        commits_(table.Commits()),
        rule_(table.RuleOf(log_, commits_)),
        rows_(table) {}

  std::vector<FeedFile> Read() {
    Check(MetadataAt(range_.first), range_.first);
    constexpr Version kAtOnce = 64;
    for (Version first = range_.first; first <= range_.last; first += kAtOnce) {
      Version version = first;
      for (const auto& commit :
           log_.FindCommits(first, std::min(range_.last, first + kAtOnce - 1))) {
        Read(version++, commit);
      }
    }
    return std::move(files_);
  }

 private:
  Metadata MetadataAt(Version version) const {
    return version == columns_.version() ? columns_.metadata() : table_.At(version)->metadata();
  }

  void Check(const Metadata& metadata, Version version) const {
    if (!PropertiesOf(metadata.configuration).change_feed) {
      throw Error(ErrorCode::kInvalid,
                  "the changes " + TextOf(range_) + " of table " + table_.location().uri +
                      " can't be told, since those of version " + std::to_string(version) +
                      " were not recorded: DESCRIBE HISTORY tells when the table's property "
                      "delta.enableChangeDataFeed became true; ALTER TABLE ... SET TBLPROPERTIES "
                      "(delta.enableChangeDataFeed = true) records them from then on")
          .WithCondition("DELTA_MISSING_CHANGE_DATA");
    }
    CheckColumns(metadata, version);
  }

  void CheckColumns(const Metadata& metadata, Version version) const {
    const Schema schema = SchemaFromJson(metadata.schema_json);
    const auto stored = StoredFieldsOf(schema, metadata.configuration);
    if (ReadAs({schema.fields(), stored}, {columns_.schema().fields(), stored_})) return;
    throw Error(ErrorCode::kInvalid,
                "the changes " + TextOf(range_) + " of table " + table_.location().uri +
                    " can't be read together: version " + std::to_string(version) +
                    " has the columns " + schema.ToDdl() +
                    ", which are not among those of version " + std::to_string(columns_.version()) +
                    ", " + columns_.schema().ToDdl() +
                    "; read the versions up to that one and those from it on by themselves")
        .WithCondition("DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
  }

  void Read(Version version, const std::optional<CommitActions>& found) {
    if (!found) {
      throw Error(ErrorCode::kNotFound, "table " + table_.location().uri +
                                            " no longer has the log entry of version " +
                                            std::to_string(version) + ", so its changes are gone")
          .WithCondition("DELTA_VERSION_NOT_FOUND");
    }
    const CommitActions& commit = *found;
    millis_ = MillisOf(commit);
    if (version > 0 && Replaces(commit)) CheckColumns(MetadataAt(version - 1), version - 1);
    for (const Action& action : commit.actions) {
      if (const auto* metadata = std::get_if<Metadata>(&action)) Check(*metadata, version);
      if (const auto* protocol = std::get_if<Protocol>(&action)) {
        CheckReadable(*protocol, table_.location().uri);
      }
    }
    for (FeedFile& file : rows_.Of(commit)) {
      file.timestamp_millis = millis_;
      files_.push_back(std::move(file));
    }
  }

  // Whether rows go that were written with other columns than those from now on.
  static bool Replaces(const CommitActions& commit) {
    bool has_columns = false, removes = false;
    for (const Action& action : commit.actions) {
      has_columns |= std::holds_alternative<Metadata>(action);
      const auto* const remove = std::get_if<RemoveFile>(&action);
      removes |= remove != nullptr && remove->data_change;
    }
    return has_columns && removes;
  }

  int64_t MillisOf(const CommitActions& commit) const {
    if (rule_.Covers(commit.version)) {
      for (const Action& action : commit.actions) {
        const auto* info = std::get_if<CommitInfo>(&action);
        if (info == nullptr) continue;
        if (const auto own = InCommitTimestamp(*info)) return *own;
      }
    }
    const auto file = std::lower_bound(
        commits_.begin(), commits_.end(), commit.version,
        [](const CommitFile& one, Version version) { return one.version < version; });
    return file == commits_.end() || file->version != commit.version ? 0 : file->timestamp_millis;
  }

  const Table& table_;
  const Log log_;
  const Snapshot& columns_;
  const std::vector<StoredField> stored_;  // What files call them.
  const FeedRange range_;
  const std::vector<CommitFile> commits_;
  const TimestampRule rule_;
  int64_t millis_ = 0;  // Of the commit that is being read.
  CommitRows rows_;
  std::vector<FeedFile> files_;
};

}  // namespace

Schema FeedSchema(const Schema& table) {
  CheckFeedColumns(table, {}, true);
  std::vector<Field> fields = table.fields();
  fields.push_back({kChangeTypeColumn, TypeId::kString, true, "{}"});
  fields.push_back({kCommitVersionColumn, TypeId::kLong, true, "{}"});
  fields.push_back({kCommitTimestampColumn, TypeId::kTimestamp, true, "{}"});
  return Schema(std::move(fields));
}

std::vector<StoredField> StoredFeedFieldsOf(const Schema& feed, const Configuration& table) {
  std::vector<Field> fields = feed.fields();
  std::vector<StoredField> own;
  while (!fields.empty() && IsFeedColumn(fields.back().name)) {
    own.emplace_back().name = fields.back().name;
    fields.pop_back();
  }
  std::vector<StoredField> stored = StoredFieldsOf(Schema(std::move(fields)), table);
  stored.insert(stored.end(), own.rbegin(), own.rend());
  return stored;
}

void CheckFeedColumns(const Schema& table, const Configuration& configuration, bool was_there) {
  std::string taken;
  const auto take = [&](const std::string& name) {
    taken += (taken.empty() ? "" : ", ") + QuoteName(name);
  };
  for (const char* name : kFeedColumns) {
    if (table.Find(name)) take(name);
  }
  // A column that was renamed is still called so in files, where only that one would be in the way.
  for (const StoredField& field : StoredFieldsOf(table, configuration)) {
    if (taken.empty() && LowerName(field.name) == kChangeTypeColumn) take(field.name);
  }
  if (taken.empty()) return;
  throw Error(
      ErrorCode::kInvalid,
      "a table whose property delta.enableChangeDataFeed is true can't have columns called " +
          taken +
          ", for people or in its files: its change feed has those; call them otherwise, or set "
          "the "
          "property to false")
      .WithCondition(was_there ? "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS"
                               : "RESERVED_CDC_COLUMNS_ON_WRITE");
}

FeedRange RangeOf(const Table& table, const Snapshot& latest, const FeedBound& start,
                  const std::optional<FeedBound>& end) {
  Bounds bounds(table, latest);
  const auto* from = std::get_if<Instant>(&start);
  const auto* to = end ? std::get_if<Instant>(&*end) : nullptr;
  const bool both_timed = from != nullptr && to != nullptr;
  if (both_timed && *to < *from) ThrowBadRange(FormatIso(*from), FormatIso(*to));
  const auto* last = end ? std::get_if<Version>(&*end) : nullptr;
  const FeedRange range{bounds.Start(start), end ? bounds.End(*end) : latest.version()};
  // Both times may lie between two versions.
  if (range.last >= range.first || (both_timed && range.last + 1 == range.first)) return range;
  ThrowBadRange("version " + std::to_string(range.first),
                "version " + std::to_string(last != nullptr ? *last : range.last));
}

std::vector<FeedFile> FeedOf(const Table& table, const Snapshot& columns, const FeedRange& range) {
  if (range.last < range.first) return {};
  return FeedReader(table, columns, range).Read();
}

std::shared_ptr<const RowSet> RowsLeftOut(const io::Location& table, const FeedFile& file) {
  const std::string& vector = file.file.deletion_vector_json;
  if (!file.taken_by_json) {
    if (vector.empty()) return nullptr;
    return std::make_shared<const RowSet>(DeletedRows(table, file.file));
  }
  const RowSet taken = NewlyDeletedRows(table, file.file.path, vector, *file.taken_by_json);
  const auto rows = ParseStatistics(file.file.stats_json, Schema()).rows;
  const uint64_t count = rows ? static_cast<uint64_t>(*rows) : kMostRows;
  return std::make_shared<const RowSet>(taken.OthersBelow(count));
}

}  // namespace weir::delta
