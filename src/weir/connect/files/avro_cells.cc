#include "weir/connect/files/avro_cells.h"

#include <limits>

#include "weir/connect/files/avro_decimal.h"
#include "weir/connect/files/utf8.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

using How = AvroPlan::How;

bool IsInRange(int64_t value, TypeId id) {
  const auto within = [value](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return value >= Limits::min() && value <= Limits::max();
  };
  switch (id) {
    case TypeId::kByte:
      return within(int8_t{});
    case TypeId::kShort:
      return within(int16_t{});
    case TypeId::kInt:
      return within(int32_t{});
    default:
      return true;
  }
}

}  // namespace

bool AvroCells::Misfit(const AvroPlan& plan, ColumnBuilder& column) {
  column.AppendNull();
  if (mistake_.empty()) mistake_ = "a value of the file is not " + plan.to.ToSql();
  return false;
}

bool AvroCells::Read(const AvroPlan& plan, AvroInput& input, ColumnBuilder* column) {
  if (plan.from->kind == AvroKind::kNull) {
    if (column != nullptr) column->AppendNull();
    return true;
  }
  if (plan.how == How::kNullable) {
    return Read(plan.parts[input.Choice(plan.parts.size())], input, column);
  }
  if (column == nullptr || plan.how == How::kSkip) {
    SkipAvro(*plan.from, input);
    return true;
  }
  switch (plan.how) {
    case How::kMisfit:
      SkipAvro(*plan.from, input);
      return Misfit(plan, *column);
    case How::kBoolean:
      column->AppendBoolean(input.Boolean());
      return true;
    case How::kWhole:
    case How::kWholeAsReal:
    case How::kWholeAsDecimal:
    case How::kDate:
    case How::kMoment:
      return ReadWhole(plan, input.Long(), *column);
    case How::kReal:
      column->AppendReal(plan.from->kind == AvroKind::kFloat ? input.Float() : input.Double());
      return true;
    case How::kDecimal:
    case How::kText:
    case How::kBinary:
      return ReadBytes(
          plan, plan.from->kind == AvroKind::kFixed ? input.Take(plan.from->size) : input.Bytes(),
          *column);
    case How::kEnum:
      column->AppendText(plan.from->symbols[input.Choice(plan.from->symbols.size())]);
      return true;
    case How::kArray:
    case How::kMap:
      return ReadItems(plan, input, *column);
    case How::kStruct:
      return ReadStruct(plan, input, *column);
    default:
      return ReadMembers(plan, input, *column);
  }
}

bool AvroCells::ReadWhole(const AvroPlan& plan, int64_t value, ColumnBuilder& column) {
  if (plan.how == How::kWholeAsReal) {
    column.AppendReal(static_cast<double>(value));
    return true;
  }
  if (plan.how == How::kWholeAsDecimal) {
    const auto decimal = ParseDecimal(std::to_string(value), plan.to.precision(), plan.to.scale());
    if (!decimal) return Misfit(plan, column);
    column.AppendDecimal(*decimal);
    return true;
  }
  int64_t scaled = 0;
  const TypeId id = plan.how == How::kDate ? TypeId::kInt : plan.to.id();
  if (__builtin_mul_overflow(value, plan.factor, &scaled) || !IsInRange(scaled, id)) {
    return Misfit(plan, column);
  }
  column.AppendInteger(scaled);
  return true;
}

bool AvroCells::ReadBytes(const AvroPlan& plan, std::string_view bytes, ColumnBuilder& column) {
  if (plan.how == How::kBinary) {
    column.AppendText(bytes);
    return true;
  }
  if (plan.how == How::kText) {
    if (IsUtf8(bytes)) {
      column.AppendText(bytes);
    } else {
      column.AppendText(MendUtf8(bytes));
    }
    return true;
  }
  const auto unscaled = AvroDecimal(bytes);
  if (!unscaled) return Misfit(plan, column);
  const auto decimal = ParseDecimal(DecimalToString(*unscaled, plan.from->scale),
                                    plan.to.precision(), plan.to.scale());
  if (!decimal || plan.to.scale() < plan.from->scale) return Misfit(plan, column);
  column.AppendDecimal(*decimal);
  return true;
}

bool AvroCells::ReadItems(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column) {
  const bool is_map = plan.how == How::kMap;
  bool fits = true;
  int64_t items = 0;
  ++in_items_;
  for (int64_t count = input.Items(); count > 0; count = input.Items()) {
    for (int64_t i = 0; i < count; ++i, ++items) {
      if (is_map) {
        const std::string_view key = input.Bytes();
        column.child(0).AppendText(IsUtf8(key) ? std::string(key) : MendUtf8(key));
      }
      fits = Read(plan.parts[0], input, &column.child(is_map ? 1 : 0)) && fits;
    }
  }
  --in_items_;
  column.AppendList(items);
  return fits;
}

bool AvroCells::ReadStruct(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column) {
  bool fits = true;
  const int64_t row = column.length();
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    if (plan.places[i] != SIZE_MAX) {
      if (rescuer_ != nullptr && in_items_ == 0) rescuer_->Enter(plan.labels[i]);
      fits = Read(plan.parts[i], input, &column.child(plan.places[i])) && fits;
      if (rescuer_ != nullptr && in_items_ == 0) rescuer_->Leave();
      continue;
    }
    if (rescuer_ == nullptr) {
      SkipAvro(*plan.from->parts[i], input);
      continue;
    }
    json_.clear();
    AppendAvroJson(*plan.from->parts[i], input, json_);
    if (json_ == "null") continue;
    if (in_items_ == 0) {
      rescuer_->Add(plan.labels[i], json_);
    } else {
      fits = false;  // The whole array or map goes where the member can't go alone.
    }
  }
  for (size_t child = 0; child < plan.to.fields().size(); ++child) {
    if (column.child(child).length() == row) column.child(child).AppendNull();
  }
  column.AppendStruct();
  return fits;
}

bool AvroCells::ReadMembers(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column) {
  const size_t choice = input.Choice(plan.parts.size());
  if (plan.from->parts[choice]->kind == AvroKind::kNull) {
    column.AppendNull();
    return true;
  }
  if (plan.places[choice] == SIZE_MAX) {
    SkipAvro(*plan.from->parts[choice], input);
    return Misfit(plan, column);
  }
  bool fits = true;
  for (size_t child = 0; child < plan.to.fields().size(); ++child) {
    if (child == plan.places[choice]) {
      fits = Read(plan.parts[choice], input, &column.child(child));
    } else {
      column.child(child).AppendNull();
    }
  }
  column.AppendStruct();
  return fits;
}

}  // namespace weir::connect
