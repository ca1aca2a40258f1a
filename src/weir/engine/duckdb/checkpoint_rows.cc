#include "weir/engine/duckdb/checkpoint_rows.h"

#include <optional>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/engine/duckdb/engine_text.h"

namespace weir::engine {
namespace {

// Columns of the statement. Actions about files come as their members, all others as JSON.
enum : duckdb::idx_t {
  kKind,
  kPath,
  kPartitionKeys,
  kPartitionTexts,
  kSize,
  kMillis,
  kDataChange,
  kExtended,
  kStats,
  kTags,
  kVector,
  kBaseRowId,
  kRowVersion,
  kClustering,
  kAction,
};
enum : int8_t { kOther, kAdd, kRemove };

// Of whichever of the two a row is.
std::string Member(const char* add, const char* remove, const std::string& around = "{}") {
  const auto of = [&](const char* action, const char* member) {
    if (member == nullptr) return std::string("NULL");
    std::string text = around;
    return text.replace(text.find("{}"), 2, std::string(action) + ".\"" + member + '"');
  };
  return "CASE kind WHEN 1 THEN " + of("\"add\"", add) + " WHEN 2 THEN " + of("remove", remove) +
         " END";
}

// {"txn":{...}} of the one column that a row has.
std::string ActionText(const Schema& schema) {
  std::string text = "CASE";
  for (const Field& field : schema.fields()) {
    if (field.name == "add" || field.name == "remove") continue;
    const std::string column = QuotedName(field.name);
    text += " WHEN " + column + " IS NOT NULL THEN '{\"" + field.name + "\":' || to_json(" +
            column + ")::VARCHAR || '}'";
  }
  return text + " END";
}

// A column of a flat chunk.
template <typename T>
std::optional<T> At(duckdb::DataChunk& chunk, duckdb::idx_t column, duckdb::idx_t row) {
  duckdb::Vector& vector = chunk.data[column];
  if (duckdb::FlatVector::IsNull(vector, row)) return std::nullopt;
  return duckdb::FlatVector::GetData<T>(vector)[row];
}

std::string_view ViewOf(const duckdb::string_t& text) { return {text.GetData(), text.GetSize()}; }

std::string TextAt(duckdb::DataChunk& chunk, duckdb::idx_t column, duckdb::idx_t row) {
  const auto text = At<duckdb::string_t>(chunk, column, row);
  return text ? std::string(ViewOf(*text)) : std::string();
}

// The texts of a list column, some of which may be NULL.
class TextLists {
 public:
  explicit TextLists(duckdb::Vector& vector)
      : entries_(duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector)),
        validity_(duckdb::FlatVector::Validity(vector)) {
    duckdb::ListVector::GetEntry(vector).ToUnifiedFormat(duckdb::ListVector::GetListSize(vector),
                                                         texts_);
  }

  size_t SizeAt(duckdb::idx_t row) const {
    return validity_.RowIsValid(row) ? entries_[row].length : 0;
  }
  std::optional<std::string_view> At(duckdb::idx_t row, size_t i) const {
    const auto at = texts_.sel->get_index(entries_[row].offset + i);
    if (!texts_.validity.RowIsValid(at)) return std::nullopt;
    return ViewOf(duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(texts_)[at]);
  }

 private:
  const duckdb::list_entry_t* const entries_;
  const duckdb::ValidityMask& validity_;
  duckdb::UnifiedVectorFormat texts_;
};

// Goes through one chunk.
class CheckpointChunk {
 public:
  CheckpointChunk(duckdb::DataChunk& chunk, size_t first, delta::PartitionValues& last)
      : chunk_(chunk),
        first_(first),
        keys_(chunk.data[kPartitionKeys]),
        texts_(chunk.data[kPartitionTexts]),
        last_(last) {}

  void Give(duckdb::idx_t row, delta::CheckpointRows& rows) {
    switch (At<int8_t>(chunk_, kKind, row).value_or(kOther)) {
      case kAdd:
        return rows.Add(AddAt(row));
      case kRemove:
        return rows.Remove(RemoveAt(row));
      default:
        return rows.Action(TextAt(chunk_, kAction, row), Where(row));
    }
  }

 private:
  std::string Where(duckdb::idx_t row) const { return "row " + std::to_string(first_ + row); }

  std::string PathAt(duckdb::idx_t row, const char* action) {
    auto path = At<duckdb::string_t>(chunk_, kPath, row);
    if (path) return std::string(ViewOf(*path));
    throw Error(ErrorCode::kCorrupt,
                Where(row) + ": action `" + action + "` has no `path`, which it needs");
  }

  // Files of a partition, which share one map, mostly come one after the other.
  delta::PartitionValues PartitionAt(duckdb::idx_t row) {
    const size_t size = keys_.SizeAt(row);
    if (!IsLast(row, size)) {
      delta::PartitionValues::Map values;
      for (size_t i = 0; i < size; ++i) {
        const auto text = texts_.At(row, i);
        values.emplace(keys_.At(row, i).value_or(""),
                       text ? std::optional(std::string(*text)) : std::nullopt);
      }
      last_ = delta::PartitionValues(std::move(values));
    }
    return last_;
  }
  bool IsLast(duckdb::idx_t row, size_t size) const {
    if (last_.size() != size) return false;
    for (size_t i = 0; i < size; ++i) {
      const auto found = last_.find(std::string(keys_.At(row, i).value_or("")));
      if (found == last_.end()) return false;
      const auto text = texts_.At(row, i);
      if (text.has_value() != found->second.has_value() || (text && *text != *found->second)) {
        return false;
      }
    }
    return true;
  }

  std::map<std::string, std::string> TagsAt(duckdb::idx_t row) {
    std::map<std::string, std::string> tags;
    const std::string text = TextAt(chunk_, kTags, row);
    if (text.empty() || text == "{}") return tags;
    const Json json = ParseJson(text, Where(row));
    for (const auto& [name, value] : json.items()) {
      if (value.is_string()) tags.emplace(name, value.get<std::string>());
    }
    return tags;
  }

  delta::AddFile AddAt(duckdb::idx_t row) {
    delta::AddFile file;
    file.path = PathAt(row, "add");
    file.partition_values = PartitionAt(row);
    file.size = At<int64_t>(chunk_, kSize, row).value_or(0);
    file.modification_time_millis = At<int64_t>(chunk_, kMillis, row).value_or(0);
    file.data_change = At<bool>(chunk_, kDataChange, row).value_or(true);
    file.stats_json = TextAt(chunk_, kStats, row);
    file.tags = TagsAt(row);
    file.deletion_vector_json = TextAt(chunk_, kVector, row);
    file.base_row_id = At<int64_t>(chunk_, kBaseRowId, row);
    file.default_row_commit_version = At<int64_t>(chunk_, kRowVersion, row);
    file.clustering_provider = TextAt(chunk_, kClustering, row);
    return file;
  }

  delta::RemoveFile RemoveAt(duckdb::idx_t row) {
    delta::RemoveFile file;
    file.path = PathAt(row, "remove");
    file.partition_values = PartitionAt(row);
    file.size = At<int64_t>(chunk_, kSize, row);
    file.deletion_timestamp_millis = At<int64_t>(chunk_, kMillis, row);
    file.data_change = At<bool>(chunk_, kDataChange, row).value_or(true);
    file.extended_file_metadata = At<bool>(chunk_, kExtended, row).value_or(false);
    file.deletion_vector_json = TextAt(chunk_, kVector, row);
    file.base_row_id = At<int64_t>(chunk_, kBaseRowId, row);
    file.default_row_commit_version = At<int64_t>(chunk_, kRowVersion, row);
    return file;
  }

  duckdb::DataChunk& chunk_;
  const size_t first_;
  const TextLists keys_;
  const TextLists texts_;
  delta::PartitionValues& last_;
};

}  // namespace

std::string CheckpointRowsSql(const Schema& schema) {
  const char* const keys = "map_keys({})";
  const char* const texts = "map_values({})";
  const char* const json = "to_json({})::VARCHAR";
  const std::vector<std::string> columns = {
      "kind",
      Member("path", "path"),
      Member("partitionValues", "partitionValues", keys),
      Member("partitionValues", "partitionValues", texts),
      Member("size", "size"),
      Member("modificationTime", "deletionTimestamp"),
      Member("dataChange", "dataChange"),
      Member(nullptr, "extendedFileMetadata"),
      Member("stats", nullptr),
      Member("tags", nullptr, json),
      Member("deletionVector", "deletionVector", json),
      Member("baseRowId", "baseRowId"),
      Member("defaultRowCommitVersion", "defaultRowCommitVersion"),
      Member("clusteringProvider", nullptr),
      "action"};
  std::string text = "SELECT ";
  for (const std::string& column : columns)
    text += (&column == columns.data() ? "" : ", ") + column;
  return text +
         " FROM (SELECT *, CASE WHEN \"add\" IS NOT NULL THEN 1::TINYINT WHEN remove IS NOT NULL "
         "THEN 2::TINYINT ELSE 0::TINYINT END AS kind, " +
         ActionText(schema) + " AS action FROM weir_scan(0)) WHERE kind > 0 OR action IS NOT NULL";
}

delta::CheckpointPart CheckpointRowsOf(CheckpointChunks chunks, size_t first) {
  const auto held = std::make_shared<const CheckpointChunks>(std::move(chunks));
  return [held, first](delta::CheckpointRows& rows) {
    delta::PartitionValues partition;
    size_t number = first;
    for (const auto& chunk : *held) {
      CheckpointChunk of(*chunk, number, partition);
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) of.Give(row, rows);
      number += chunk->size();
    }
  };
}

}  // namespace weir::engine
