#include "weir/types/batch.h"

#include <utility>

#include "weir/base/check.h"

namespace weir {

namespace {

template <typename T>
T At(const void* buffer, int64_t index) {
  return static_cast<const T*>(buffer)[index];
}

bool BitAt(const void* buffer, int64_t index) {
  return (static_cast<const uint8_t*>(buffer)[index / 8] >> (index % 8) & 1) != 0;
}

std::string TextAt(const ArrowArray& array, int64_t index) {
  const auto begin = At<int32_t>(array.buffers[1], index);
  const auto end = At<int32_t>(array.buffers[1], index + 1);
  const auto size = static_cast<size_t>(end - begin);
  return size == 0 ? "" : std::string(static_cast<const char*>(array.buffers[2]) + begin, size);
}

// Decimals are 16 bytes with no promise of alignment.
Int128 DecimalAt(const ArrowArray& array, int64_t index) {
  Int128 value = 0;
  __builtin_memcpy(&value, static_cast<const char*>(array.buffers[1]) + index * 16, 16);
  return value;
}

Value ReadCell(const ArrowArray& array, const DataType& type, int64_t row);

Value ReadList(const ArrowArray& array, const DataType& type, int64_t index) {
  const auto begin = At<int32_t>(array.buffers[1], index);
  const auto end = At<int32_t>(array.buffers[1], index + 1);
  std::vector<Value> items;
  const ArrowArray& child = *array.children[0];
  for (int64_t i = begin; i < end; ++i) {
    if (type.id() == TypeId::kArray) {
      items.push_back(ReadCell(child, type.element(), i));
    } else {
      items.push_back(ReadCell(*child.children[0], type.key(), i + child.offset));
      items.push_back(ReadCell(*child.children[1], type.value(), i + child.offset));
    }
  }
  return Value(type, std::move(items));
}

// `row` counts from the array's own offset; a struct's children count from the struct's first cell.
Value ReadCell(const ArrowArray& array, const DataType& type, int64_t row) {
  const int64_t index = row + array.offset;
  const bool has_validity = array.n_buffers > 0 && array.buffers[0] && array.null_count != 0;
  if (type.id() == TypeId::kVoid || (has_validity && !BitAt(array.buffers[0], index))) {
    return Value::Null(type);
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return Value(type, BitAt(array.buffers[1], index));
    case TypeId::kByte:
      return Value(type, int64_t{At<int8_t>(array.buffers[1], index)});
    case TypeId::kShort:
      return Value(type, int64_t{At<int16_t>(array.buffers[1], index)});
    case TypeId::kInt:
    case TypeId::kDate:
    case TypeId::kYearMonthInterval:
      return Value(type, int64_t{At<int32_t>(array.buffers[1], index)});
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kTime:
    case TypeId::kDayTimeInterval:
      return Value(type, At<int64_t>(array.buffers[1], index));
    case TypeId::kFloat:
      return Value(type, static_cast<double>(At<float>(array.buffers[1], index)));
    case TypeId::kDouble:
      return Value(type, At<double>(array.buffers[1], index));
    case TypeId::kDecimal:
      return Value(type, DecimalAt(array, index));
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return Value(type, TextAt(array, index));
    case TypeId::kArray:
    case TypeId::kMap:
      return ReadList(array, type, index);
    case TypeId::kStruct: {
      std::vector<Value> members;
      for (size_t i = 0; i < type.fields().size(); ++i) {
        members.push_back(ReadCell(*array.children[i], type.fields()[i].type, index));
      }
      return Value(type, std::move(members));
    }
    case TypeId::kVoid:
      break;
  }
  return Value::Null(type);
}

void ReleaseArray(ArrowArray& array) {
  if (array.release) array.release(&array);
}

}  // namespace

Batch::Batch(Batch&& other) noexcept
    : schema_(std::move(other.schema_)), array_(std::exchange(other.array_, {})) {}

Batch& Batch::operator=(Batch&& other) noexcept {
  if (this != &other) {
    ReleaseArray(array_);
    schema_ = std::move(other.schema_);
    array_ = std::exchange(other.array_, {});
  }
  return *this;
}

Batch::~Batch() { ReleaseArray(array_); }

Value Batch::At(size_t column, int64_t row) const {
  WEIR_CHECK(column < schema_.size() && row >= 0 && row < array_.length);
  return ReadCell(*array_.children[column], schema_[column].type, row + array_.offset);
}

ArrowArray Batch::Release() { return std::exchange(array_, {}); }

}  // namespace weir
