#include <algorithm>

#include "weir/connect/files/avro_cells.h"

namespace weir::connect {

namespace {

using How = AvroPlan::How;

// The column that a field goes to: of its name, else of one that differs in case alone.
size_t PlaceFor(const std::vector<Field>& fields, const std::string& name) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (LowerName(fields[i].name) == LowerName(name)) return i;
  }
  return SIZE_MAX;
}

bool IsDecimal(const AvroType& type) { return type.logical == "decimal"; }

How HowForWhole(const AvroType& from, const DataType& to) {
  if (to.IsIntegral()) return How::kWhole;
  if (to.id() == TypeId::kFloat || to.id() == TypeId::kDouble) return How::kWholeAsReal;
  if (to.id() == TypeId::kDecimal) return How::kWholeAsDecimal;
  return from.kind == AvroKind::kInt && from.logical == "date" && to.id() == TypeId::kDate
             ? How::kDate
             : How::kMisfit;
}

How HowFor(const AvroType& from, const DataType& to) {
  const TypeId id = to.id();
  switch (from.kind) {
    case AvroKind::kNull:
    case AvroKind::kUnion:
      return How::kMisfit;  // Looked at before.
    case AvroKind::kBoolean:
      return id == TypeId::kBoolean ? How::kBoolean : How::kMisfit;
    case AvroKind::kInt:
      return from.logical == "date" ? (id == TypeId::kDate ? How::kDate : How::kMisfit)
                                    : HowForWhole(from, to);
    case AvroKind::kLong: {
      if (from.logical.empty()) return HowForWhole(from, to);
      const bool is_local = from.logical.starts_with("local-");
      return id == (is_local ? TypeId::kTimestampNtz : TypeId::kTimestamp) ? How::kMoment
                                                                           : How::kMisfit;
    }
    case AvroKind::kFloat:
      return id == TypeId::kFloat || id == TypeId::kDouble ? How::kReal : How::kMisfit;
    case AvroKind::kDouble:
      return id == TypeId::kDouble ? How::kReal : How::kMisfit;
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      if (id == TypeId::kBinary) return How::kBinary;
      return id == TypeId::kDecimal && IsDecimal(from) ? How::kDecimal : How::kMisfit;
    case AvroKind::kString:
      return id == TypeId::kString   ? How::kText
             : id == TypeId::kBinary ? How::kBinary
                                     : How::kMisfit;
    case AvroKind::kEnum:
      return id == TypeId::kString ? How::kEnum : How::kMisfit;
    case AvroKind::kArray:
      return id == TypeId::kArray ? How::kArray : How::kMisfit;
    case AvroKind::kMap:
      return id == TypeId::kMap && to.key().id() == TypeId::kString ? How::kMap : How::kMisfit;
    case AvroKind::kRecord:
      return id == TypeId::kStruct ? How::kStruct : How::kMisfit;
  }
  return How::kMisfit;
}

// Whether all that can be in the union goes into one type of column as it is.
bool IsOfOneType(const AvroType& from) {
  return AvroDataType(from).id() != TypeId::kStruct ||
         std::count_if(from.parts.begin(), from.parts.end(),
                       [](const AvroType* part) { return part->kind != AvroKind::kNull; }) == 1;
}

void PlanMembers(AvroPlan& plan) {
  size_t member = 0;
  for (const AvroType* part : plan.from->parts) {
    const bool is_null = part->kind == AvroKind::kNull;
    const size_t place =
        is_null ? SIZE_MAX : PlaceFor(plan.to.fields(), "member" + std::to_string(member++));
    plan.places.push_back(place);
    plan.parts.push_back(place == SIZE_MAX ? AvroPlan{How::kSkip, part, {}, 1, {}, {}, {}}
                                           : PlanAvro(*part, plan.to.fields()[place].type));
  }
}

void PlanFields(AvroPlan& plan) {
  for (size_t i = 0; i < plan.from->parts.size(); ++i) {
    const size_t place = PlaceFor(plan.to.fields(), plan.from->names[i]);
    const bool is_taken =
        std::find(plan.places.begin(), plan.places.end(), place) != plan.places.end();
    plan.places.push_back(is_taken ? SIZE_MAX : place);
    plan.labels.emplace_back();
    AppendJsonText(plan.labels.back(), plan.from->names[i]);
    plan.parts.push_back(plan.places.back() == SIZE_MAX
                             ? AvroPlan{How::kSkip, plan.from->parts[i], {}, 1, {}, {}, {}}
                             : PlanAvro(*plan.from->parts[i], plan.to.fields()[place].type));
  }
}

}  // namespace

AvroPlan PlanAvro(const AvroType& from, const DataType& to) {
  AvroPlan plan;
  plan.from = &from;
  plan.to = to;
  if (from.kind == AvroKind::kUnion) {
    const bool is_plain = IsOfOneType(from);
    plan.how = is_plain                     ? How::kNullable
               : to.id() == TypeId::kStruct ? How::kMembers
                                            : How::kMisfit;
    if (plan.how == How::kMembers) PlanMembers(plan);
    if (plan.how != How::kNullable) return plan;
    for (const AvroType* part : from.parts) plan.parts.push_back(PlanAvro(*part, to));
    return plan;
  }
  plan.how = HowFor(from, to);
  plan.factor = from.logical.ends_with("-millis") ? 1000 : 1;
  if (plan.how == How::kArray) plan.parts.push_back(PlanAvro(*from.parts[0], to.element()));
  if (plan.how == How::kMap) plan.parts.push_back(PlanAvro(*from.parts[0], to.value()));
  if (plan.how == How::kStruct) PlanFields(plan);
  return plan;
}

}  // namespace weir::connect
