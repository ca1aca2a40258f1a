#include "weir/engine/duckdb/partition_numbers.h"

#include <duckdb/function/create_sort_key.hpp>

#include "weir/base/check.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

// What file systems allow for a name, in bytes.
constexpr size_t kLongestName = 255;

// The folder is a convention that readers need not know; a value that is too long for one goes
// without.
std::string FolderOf(const std::vector<std::string>& columns,
                     const delta::PartitionValues& values) {
  std::string folder = delta::PartitionFolder(columns, values);
  size_t begin = 0;
  for (size_t end; (end = folder.find('/', begin)) != std::string::npos; begin = end + 1) {
    if (end - begin > kLongestName) return {};
  }
  return folder;
}

}  // namespace

Partitions::Partitions(const WriteTarget& target, std::vector<size_t> positions)
    : positions_(std::move(positions)) {
  for (const size_t position : positions_) columns_.push_back(target.schema[position]);
  for (const auto& stored : delta::StoredFieldsOf(Schema(columns_), target.properties)) {
    names_.push_back(stored.name);
  }
}

Partition Partitions::Make(duckdb::DataChunk& rows, duckdb::idx_t row) const {
  Partition partition;
  for (size_t i = 0; i < positions_.size(); ++i) {
    const auto value = FromDuckdb(rows.GetValue(positions_[i], row), columns_[i].type);
    WEIR_CHECK(value);
    partition.values.emplace(names_[i], delta::PartitionValueToText(*value));
  }
  partition.folder = FolderOf(names_, partition.values);
  return partition;
}

uint32_t Partitions::NumberOf(const std::string& key, duckdb::DataChunk& rows, duckdb::idx_t row) {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(key);
  if (found != numbers_.end()) return found->second;
  Partition& partition = partitions_.emplace_back(Make(rows, row));
  partition.number = static_cast<uint32_t>(partitions_.size() - 1);
  numbers_.emplace(key, partition.number);
  return partition.number;
}

const Partition& Partitions::At(uint32_t number) const {
  const std::lock_guard lock(mutex_);
  return partitions_.at(number);
}

void PartitionNumbers::Append(duckdb::DataChunk& rows, std::vector<uint32_t>& numbers) {
  const duckdb::idx_t count = rows.size();
  const std::vector<size_t>& positions = partitions_.positions();
  if (positions.empty()) {
    if (known_.empty()) known_.emplace("", partitions_.NumberOf("", rows, 0));
    numbers.insert(numbers.end(), count, known_.begin()->second);
    return;
  }
  duckdb::DataChunk keys_of;
  duckdb::vector<duckdb::LogicalType> types;
  for (const size_t position : positions) types.push_back(rows.data[position].GetType());
  keys_of.InitializeEmpty(types);
  for (size_t i = 0; i < positions.size(); ++i) {
    keys_of.data[i].Reference(rows.data[positions[i]]);
  }
  keys_of.SetCardinality(count);
  const duckdb::vector<duckdb::OrderModifiers> order(
      positions.size(),
      duckdb::OrderModifiers(duckdb::OrderType::ASCENDING, duckdb::OrderByNullType::NULLS_LAST));
  duckdb::Vector keys(duckdb::LogicalType::BLOB, count);
  duckdb::CreateSortKeyHelpers::CreateSortKey(keys_of, order, keys);
  duckdb::UnifiedVectorFormat format;
  keys.ToUnifiedFormat(count, format);
  const auto* const texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  std::string_view last;
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const duckdb::string_t& text = texts[format.sel->get_index(row)];
    const std::string_view key(text.GetData(), text.GetSize());
    if (row > 0 && key == last) {
      numbers.push_back(numbers.back());
      continue;
    }
    last = key;
    auto found = known_.find(key);
    if (found == known_.end()) {
      const std::string owned(key);
      found = known_.emplace(owned, partitions_.NumberOf(owned, rows, row)).first;
    }
    numbers.push_back(found->second);
  }
}

}  // namespace weir::engine
