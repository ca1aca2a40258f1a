#include <algorithm>
#include <limits>
#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/types/batch.h"

namespace weir {

namespace {

// What an array that was built points to.
struct ArrayNode {
  std::vector<std::shared_ptr<const void>> owned;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void ReleaseNode(ArrowArray* array) {
  for (int64_t i = 0; i < array->n_children; ++i) {
    ArrowArray* const child = array->children[i];
    if (child->release) child->release(child);
  }
  delete static_cast<ArrayNode*>(array->private_data);
  array->release = nullptr;
}

template <typename T>
void AddBuffer(ArrayNode& node, std::vector<T>&& data) {
  auto owned = std::make_shared<const std::vector<T>>(std::move(data));
  node.buffers.push_back(owned->data());
  node.owned.push_back(std::move(owned));
}

ArrowArray Wrap(std::unique_ptr<ArrayNode> node, int64_t length, int64_t null_count) {
  for (ArrowArray& child : node->children) node->pointers.push_back(&child);
  ArrowArray array{};
  array.length = length;
  array.null_count = null_count;
  array.n_buffers = static_cast<int64_t>(node->buffers.size());
  array.n_children = static_cast<int64_t>(node->children.size());
  array.buffers = node->buffers.data();
  array.children = node->pointers.data();
  array.release = ReleaseNode;
  array.private_data = node.release();
  return array;
}

class Bits {
 public:
  void Append(bool bit) {
    if (size_ % 8 == 0) bytes_.push_back(0);
    if (bit) bytes_.back() = static_cast<uint8_t>(bytes_.back() | 1u << (size_ % 8));
    ++size_;
  }
  void AppendOnes(int64_t count) {
    while (count > 0 && size_ % 8 != 0) {
      Append(true);
      --count;
    }
    bytes_.resize(bytes_.size() + static_cast<size_t>((count + 7) / 8), 0xFF);
    size_ += count;
    ClearRest();
  }
  // Returns how many zeros went.
  int64_t Truncate(int64_t size) {
    int64_t zeros = 0;
    for (int64_t i = size; i < size_; ++i) {
      if ((bytes_[static_cast<size_t>(i / 8)] >> (i % 8) & 1) == 0) ++zeros;
    }
    if (size < size_) {
      bytes_.resize(static_cast<size_t>((size + 7) / 8));
      size_ = size;
      ClearRest();
    }
    return zeros;
  }
  std::vector<uint8_t> Take() {
    size_ = 0;
    return std::exchange(bytes_, {});
  }

 private:
  // Bits after the last one are zero, so that appending a zero changes nothing.
  void ClearRest() {
    if (size_ % 8 != 0) {
      bytes_.back() = static_cast<uint8_t>(bytes_.back() & ((1u << (size_ % 8)) - 1));
    }
  }

  std::vector<uint8_t> bytes_;
  int64_t size_ = 0;
};

// Begins anew with the room that the last batch needed.
template <typename T>
std::vector<T> TakeAndReserve(std::vector<T>& data) {
  std::vector<T> fresh;
  fresh.reserve(data.size());
  return std::exchange(data, std::move(fresh));
}

// What all columns have: a type, a length, and bits for NULLs that begin with the first NULL.
class TypedColumn : public ColumnBuilder {
 public:
  explicit TypedColumn(DataType type) : type_(std::move(type)) {}

  void AppendBoolean(bool) override { Wrong(); }
  void AppendInteger(int64_t) override { Wrong(); }
  void AppendReal(double) override { Wrong(); }
  void AppendDecimal(Int128) override { Wrong(); }
  void AppendText(std::string_view) override { Wrong(); }
  void AppendList(int64_t) override { Wrong(); }
  void AppendStruct() override { Wrong(); }
  ColumnBuilder& child(size_t) override { Wrong(); }
  int64_t length() const override { return length_; }
  const DataType& type() const override { return type_; }

  virtual ArrowArray Finish() = 0;

 protected:
  void MarkValid() {
    if (nulls_ > 0) valid_.Append(true);
    ++length_;
  }
  void MarkNull() {
    if (nulls_ == 0) valid_.AppendOnes(length_);
    valid_.Append(false);
    ++nulls_;
    ++length_;
  }
  void DropValidity(int64_t length) {
    if (nulls_ > 0) nulls_ -= valid_.Truncate(length);
    if (nulls_ == 0) valid_.Take();
    length_ = std::min(length_, length);
  }
  // The node with its first buffer; the column starts anew.
  std::unique_ptr<ArrayNode> TakeNode(int64_t& length, int64_t& nulls) {
    auto node = std::make_unique<ArrayNode>();
    length = std::exchange(length_, 0);
    nulls = std::exchange(nulls_, 0);
    if (nulls > 0) {
      AddBuffer(*node, valid_.Take());
    } else {
      node->buffers.push_back(nullptr);
    }
    return node;
  }

 private:
  [[noreturn]] void Wrong() const {
    throw Error(ErrorCode::kInternal,
                "a value of another kind was put into a column of type " + type_.ToString());
  }

  DataType type_;
  int64_t length_ = 0;
  int64_t nulls_ = 0;
  Bits valid_;
};

class VoidColumn final : public TypedColumn {
 public:
  using TypedColumn::TypedColumn;
  void AppendNull() override { MarkNull(); }
  void Truncate(int64_t length) override { DropValidity(length); }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    node->buffers.clear();
    return Wrap(std::move(node), length, length);
  }
};

class BooleanColumn final : public TypedColumn {
 public:
  using TypedColumn::TypedColumn;
  void AppendNull() override {
    MarkNull();
    bits_.Append(false);
  }
  void AppendBoolean(bool value) override {
    MarkValid();
    bits_.Append(value);
  }
  void Truncate(int64_t length) override {
    DropValidity(length);
    bits_.Truncate(length);
  }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    AddBuffer(*node, bits_.Take());
    return Wrap(std::move(node), length, nulls);
  }

 private:
  Bits bits_;
};

template <typename T>
class FixedColumn final : public TypedColumn {
 public:
  using TypedColumn::TypedColumn;
  void AppendNull() override {
    MarkNull();
    data_.push_back(T{});
  }
  void AppendInteger(int64_t value) override {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
      Push(static_cast<T>(value));
    } else {
      TypedColumn::AppendInteger(value);
    }
  }
  void AppendReal(double value) override {
    if constexpr (std::is_floating_point_v<T>) {
      Push(static_cast<T>(value));
    } else {
      TypedColumn::AppendReal(value);
    }
  }
  void AppendDecimal(Int128 value) override {
    if constexpr (sizeof(T) == 16) {
      Push(value);
    } else {
      TypedColumn::AppendDecimal(value);
    }
  }
  void Truncate(int64_t length) override {
    DropValidity(length);
    data_.resize(static_cast<size_t>(this->length()));
  }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    AddBuffer(*node, TakeAndReserve(data_));
    return Wrap(std::move(node), length, nulls);
  }

 private:
  void Push(T value) {
    MarkValid();
    data_.push_back(value);
  }

  std::vector<T> data_;
};

int32_t Offset(size_t value) {
  if (value > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw Error(ErrorCode::kExhausted,
                "a batch holds more than 2 GiB of text or items in a column");
  }
  return static_cast<int32_t>(value);
}

class TextColumn final : public TypedColumn {
 public:
  using TypedColumn::TypedColumn;
  void AppendNull() override {
    MarkNull();
    offsets_.push_back(offsets_.back());
  }
  void AppendText(std::string_view value) override {
    const int32_t end = Offset(bytes_.size() + value.size());
    MarkValid();
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    offsets_.push_back(end);
  }
  void Truncate(int64_t length) override {
    DropValidity(length);
    offsets_.resize(static_cast<size_t>(this->length() + 1));
    bytes_.resize(static_cast<size_t>(offsets_.back()));
  }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    AddBuffer(*node, TakeAndReserve(offsets_));
    AddBuffer(*node, TakeAndReserve(bytes_));
    offsets_.push_back(0);
    return Wrap(std::move(node), length, nulls);
  }

 private:
  std::vector<int32_t> offsets_{0};
  std::vector<char> bytes_;
};

std::unique_ptr<TypedColumn> MakeColumn(const DataType& type);

class StructColumn final : public TypedColumn {
 public:
  explicit StructColumn(const DataType& type) : TypedColumn(type) {
    for (const Field& field : type.fields()) fields_.push_back(MakeColumn(field.type));
  }
  void AppendNull() override {
    for (const auto& field : fields_) field->AppendNull();
    MarkNull();
  }
  void AppendStruct() override {
    MarkValid();
    for (const auto& field : fields_) WEIR_CHECK(field->length() == length());
  }
  ColumnBuilder& child(size_t i) override { return *fields_.at(i); }
  void Truncate(int64_t length) override {
    for (const auto& field : fields_) field->Truncate(length);
    DropValidity(length);
  }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    for (const auto& field : fields_) {
      WEIR_CHECK(field->length() == length);
      node->children.push_back(field->Finish());
    }
    return Wrap(std::move(node), length, nulls);
  }

 private:
  std::vector<std::unique_ptr<TypedColumn>> fields_;
};

// Offsets into items; what arrays and maps share.
class ListColumn : public TypedColumn {
 public:
  using TypedColumn::TypedColumn;
  void AppendNull() override {
    MarkNull();
    offsets_.push_back(offsets_.back());
  }
  void AppendList(int64_t count) override {
    const int32_t end = Offset(static_cast<size_t>(offsets_.back()) + static_cast<size_t>(count));
    CheckItems(end);
    MarkValid();
    offsets_.push_back(end);
  }
  void Truncate(int64_t length) override {
    DropValidity(length);
    offsets_.resize(static_cast<size_t>(this->length() + 1));
    TruncateItems(offsets_.back());
  }
  ArrowArray Finish() override {
    int64_t length = 0;
    int64_t nulls = 0;
    auto node = TakeNode(length, nulls);
    const int32_t items = offsets_.back();
    CheckItems(items);
    AddBuffer(*node, TakeAndReserve(offsets_));
    offsets_.push_back(0);
    node->children.push_back(FinishItems(items));
    return Wrap(std::move(node), length, nulls);
  }

 protected:
  virtual void CheckItems(int32_t count) const = 0;
  virtual void TruncateItems(int32_t count) = 0;
  virtual ArrowArray FinishItems(int32_t count) = 0;

 private:
  std::vector<int32_t> offsets_{0};
};

class ArrayColumn final : public ListColumn {
 public:
  explicit ArrayColumn(const DataType& type)
      : ListColumn(type), element_(MakeColumn(type.element())) {}
  ColumnBuilder& child(size_t) override { return *element_; }

 protected:
  void CheckItems(int32_t count) const override { WEIR_CHECK(element_->length() == count); }
  void TruncateItems(int32_t count) override { element_->Truncate(count); }
  ArrowArray FinishItems(int32_t) override { return element_->Finish(); }

 private:
  std::unique_ptr<TypedColumn> element_;
};

class MapColumn final : public ListColumn {
 public:
  explicit MapColumn(const DataType& type)
      : ListColumn(type), key_(MakeColumn(type.key())), value_(MakeColumn(type.value())) {}
  ColumnBuilder& child(size_t i) override { return i == 0 ? *key_ : *value_; }

 protected:
  void CheckItems(int32_t count) const override {
    WEIR_CHECK(key_->length() == count && value_->length() == count);
  }
  void TruncateItems(int32_t count) override {
    key_->Truncate(count);
    value_->Truncate(count);
  }
  ArrowArray FinishItems(int32_t count) override {
    auto entries = std::make_unique<ArrayNode>();
    entries->buffers.push_back(nullptr);
    entries->children.push_back(key_->Finish());
    entries->children.push_back(value_->Finish());
    return Wrap(std::move(entries), count, 0);
  }

 private:
  std::unique_ptr<TypedColumn> key_;
  std::unique_ptr<TypedColumn> value_;
};

std::unique_ptr<TypedColumn> MakeColumn(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return std::make_unique<VoidColumn>(type);
    case TypeId::kBoolean:
      return std::make_unique<BooleanColumn>(type);
    case TypeId::kByte:
      return std::make_unique<FixedColumn<int8_t>>(type);
    case TypeId::kShort:
      return std::make_unique<FixedColumn<int16_t>>(type);
    case TypeId::kInt:
    case TypeId::kDate:
    case TypeId::kYearMonthInterval:
      return std::make_unique<FixedColumn<int32_t>>(type);
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kTime:
    case TypeId::kDayTimeInterval:
      return std::make_unique<FixedColumn<int64_t>>(type);
    case TypeId::kFloat:
      return std::make_unique<FixedColumn<float>>(type);
    case TypeId::kDouble:
      return std::make_unique<FixedColumn<double>>(type);
    case TypeId::kDecimal:
      return std::make_unique<FixedColumn<Int128>>(type);
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return std::make_unique<TextColumn>(type);
    case TypeId::kArray:
      return std::make_unique<ArrayColumn>(type);
    case TypeId::kMap:
      return std::make_unique<MapColumn>(type);
    case TypeId::kStruct:
      return std::make_unique<StructColumn>(type);
  }
  throw Error(ErrorCode::kInternal, "no column for type " + type.ToString());
}

void AppendNested(ColumnBuilder& column, const Value& value) {
  const std::vector<Value>& items = value.items();
  if (column.type().id() == TypeId::kStruct) {
    WEIR_CHECK(items.size() == column.type().fields().size());
    for (size_t i = 0; i < items.size(); ++i) column.child(i).Append(items[i]);
    column.AppendStruct();
  } else if (column.type().id() == TypeId::kMap) {
    WEIR_CHECK(items.size() % 2 == 0);
    for (size_t i = 0; i < items.size(); ++i) column.child(i % 2).Append(items[i]);
    column.AppendList(static_cast<int64_t>(items.size() / 2));
  } else {
    for (const Value& item : items) column.child(0).Append(item);
    column.AppendList(static_cast<int64_t>(items.size()));
  }
}

struct Appender {
  ColumnBuilder& column;
  const Value& value;
  void operator()(std::monostate) const { column.AppendNull(); }
  void operator()(bool data) const { column.AppendBoolean(data); }
  void operator()(int64_t data) const { column.AppendInteger(data); }
  void operator()(double data) const { column.AppendReal(data); }
  void operator()(Int128 data) const { column.AppendDecimal(data); }
  void operator()(const std::string& data) const { column.AppendText(data); }
  void operator()(const std::vector<Value>&) const { AppendNested(column, value); }
};

}  // namespace

void ColumnBuilder::Append(const Value& value) { std::visit(Appender{*this, value}, value.data()); }

struct BatchBuilder::Impl {
  Schema schema;
  std::vector<std::unique_ptr<TypedColumn>> columns;
};

BatchBuilder::BatchBuilder(Schema schema) : impl_(std::make_unique<Impl>()) {
  for (const Field& field : schema.fields()) impl_->columns.push_back(MakeColumn(field.type));
  impl_->schema = std::move(schema);
}

BatchBuilder::~BatchBuilder() = default;

ColumnBuilder& BatchBuilder::column(size_t i) { return *impl_->columns.at(i); }

int64_t BatchBuilder::rows() const {
  int64_t rows = impl_->columns.empty() ? 0 : impl_->columns[0]->length();
  for (const auto& column : impl_->columns) rows = std::min(rows, column->length());
  return rows;
}

Batch BatchBuilder::Finish(int64_t rows_without_columns) {
  const int64_t length = impl_->columns.empty() ? rows_without_columns : rows();
  auto node = std::make_unique<ArrayNode>();
  node->buffers.push_back(nullptr);
  for (const auto& column : impl_->columns) WEIR_CHECK(column->length() == length);
  for (const auto& column : impl_->columns) node->children.push_back(column->Finish());
  return Batch(impl_->schema, Wrap(std::move(node), length, 0));
}

}  // namespace weir
