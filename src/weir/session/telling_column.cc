#include "weir/session/telling_column.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "weir/session/found_rows.h"

namespace weir::session {
namespace {

constexpr int64_t kFewRows = 64;

// Whether equal values, and no others, have equal bytes.
bool IsToldByBytes(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kString:
      return true;
    default:
      return false;
  }
}

size_t WidthOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return 1;
    case TypeId::kShort:
      return 2;
    case TypeId::kInt:
    case TypeId::kDate:
      return 4;
    default:
      return 8;
  }
}

// The bytes of a cell that is not NULL; they live as long as the batch.
std::string_view BytesAt(const Batch& batch, size_t column, int64_t row) {
  const ArrowArray& cells = *batch.array().children[column];
  const int64_t at = cells.offset + batch.array().offset + row;
  const DataType& type = batch.schema()[column].type;
  if (type.id() == TypeId::kString) {
    const auto* const offsets = static_cast<const int32_t*>(cells.buffers[1]);
    const auto* const text = static_cast<const char*>(cells.buffers[2]);
    if (offsets[at] == offsets[at + 1]) return {};
    return {text + offsets[at], static_cast<size_t>(offsets[at + 1] - offsets[at])};
  }
  const size_t width = WidthOf(type);
  const auto* const values = static_cast<const char*>(cells.buffers[1]);
  return {values + static_cast<size_t>(at) * width, width};
}

bool TellsApart(const FoundBatches& found, size_t column, size_t weight) {
  std::unordered_set<std::string_view> seen;
  for (const auto& batch : found.batches()) {
    const int64_t* const weights = LongsOf(*batch, weight);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (weights[row] < 0 && !seen.insert(BytesAt(*batch, column, row)).second) return false;
    }
  }
  return true;
}

std::optional<Value> ValueAt(const DataType& type, std::string_view bytes) {
  if (type.id() == TypeId::kString) return Value::String(std::string(bytes));
  if (type.id() == TypeId::kInt) {
    int32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return Value::Int(number);
  }
  if (type.id() == TypeId::kLong) {
    int64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return Value::Long(number);
  }
  return std::nullopt;
}

bool IsBefore(const DataType& type, std::string_view left, std::string_view right) {
  if (type.id() == TypeId::kString) return left < right;
  if (type.id() == TypeId::kInt) {
    int32_t numbers[2];
    std::memcpy(&numbers[0], left.data(), sizeof(int32_t));
    std::memcpy(&numbers[1], right.data(), sizeof(int32_t));
    return numbers[0] < numbers[1];
  }
  int64_t numbers[2];
  std::memcpy(&numbers[0], left.data(), sizeof(int64_t));
  std::memcpy(&numbers[1], right.data(), sizeof(int64_t));
  return numbers[0] < numbers[1];
}

// The least and the greatest value that rows that go have.
void AddRange(const FoundBatches& found, size_t column, size_t weight, const std::string& name,
              std::vector<Predicate>& ranges) {
  const DataType& type = found.batches().front()->schema()[column].type;
  std::optional<std::string_view> least;
  std::optional<std::string_view> greatest;
  for (const auto& batch : found.batches()) {
    const int64_t* const weights = LongsOf(*batch, weight);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (weights[row] >= 0) continue;
      const std::string_view bytes = BytesAt(*batch, column, row);
      if (!least || IsBefore(type, bytes, *least)) least = bytes;
      if (!greatest || IsBefore(type, *greatest, bytes)) greatest = bytes;
    }
  }
  if (!least) return;
  ranges.push_back(
      Predicate(Predicate::Compare{{name}, Predicate::Op::kGe, *ValueAt(type, *least)}));
  ranges.push_back(
      Predicate(Predicate::Compare{{name}, Predicate::Op::kLe, *ValueAt(type, *greatest)}));
}

// Whether there are more than few rows that go, each of them once.
bool MayBeTold(const FoundBatches& found, size_t weight) {
  int64_t go = 0;
  for (const auto& batch : found.batches()) {
    const int64_t* const weights = LongsOf(*batch, weight);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (weights[row] < -1) return false;
      if (weights[row] < 0) ++go;
    }
  }
  return go > kFewRows;
}

size_t ValuesIn(const FoundBatches& keys, size_t column) {
  std::unordered_set<std::string_view> seen;
  for (const auto& batch : keys.batches()) {
    for (int64_t row = 0; row < batch->rows(); ++row) seen.insert(BytesAt(*batch, column, row));
  }
  return seen.size();
}

}  // namespace

Predicate RangesOfRowsThatGo(const FoundBatches& found, size_t weight, const Schema& schema) {
  std::vector<Predicate> ranges;
  if (found.rows() == 0) return Predicate::True();
  const std::vector<bool> never_null = found.NeverNull();
  const Schema& read = found.batches().front()->schema();
  for (size_t i = 0; i < weight; ++i) {
    const TypeId type = read[i].type.id();
    const bool ordered = type == TypeId::kInt || type == TypeId::kLong || type == TypeId::kString;
    if (never_null[i] && ordered && read[i].type == schema[i].type) {
      AddRange(found, i, weight, schema[i].name, ranges);
    }
  }
  return Predicate(Predicate::And{std::move(ranges)});
}

std::optional<size_t> MostTellingKey(const FoundBatches& keys, size_t count) {
  if (keys.rows() <= kFewRows || count < 2) return std::nullopt;
  const std::vector<bool> never_null = keys.NeverNull();
  const Schema& schema = keys.batches().front()->schema();
  std::optional<size_t> best;
  size_t most = static_cast<size_t>(keys.rows()) / 2;
  for (size_t i = 0; i < count; ++i) {
    if (!never_null[i] || !IsToldByBytes(schema[i].type)) continue;
    const size_t values = ValuesIn(keys, i);
    if (values <= most) continue;
    best = i;
    most = values;
  }
  return best;
}

std::optional<size_t> TellingColumn(const FoundBatches& found, size_t weight) {
  if (!MayBeTold(found, weight)) return std::nullopt;
  const std::vector<bool> never_null = found.NeverNull();
  const Schema& schema = found.batches().front()->schema();
  // Numbers are compared sooner than texts.
  for (const bool texts : {false, true}) {
    for (size_t i = 0; i < weight; ++i) {
      const DataType& type = schema[i].type;
      if (!never_null[i] || !IsToldByBytes(type)) continue;
      if ((type.id() == TypeId::kString) == texts && TellsApart(found, i, weight)) return i;
    }
  }
  return std::nullopt;
}

}  // namespace weir::session
