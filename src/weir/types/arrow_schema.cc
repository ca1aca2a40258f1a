#include <memory>
#include <string>
#include <vector>

#include "weir/types/batch.h"

namespace weir {

namespace {

// What an exported schema node points to.
struct SchemaNode {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

void ReleaseSchema(ArrowSchema* schema) {
  for (int64_t i = 0; i < schema->n_children; ++i) {
    ArrowSchema* const child = schema->children[i];
    if (child->release) child->release(child);
  }
  delete static_cast<SchemaNode*>(schema->private_data);
  schema->release = nullptr;
}

std::string FormatOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return "n";
    case TypeId::kBoolean:
      return "b";
    case TypeId::kByte:
      return "c";
    case TypeId::kShort:
      return "s";
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return "i";
    case TypeId::kLong:
      return "l";
    case TypeId::kFloat:
      return "f";
    case TypeId::kDouble:
      return "g";
    case TypeId::kDecimal:
      return "d:" + std::to_string(type.precision()) + "," + std::to_string(type.scale());
    case TypeId::kString:
      return "u";
    case TypeId::kBinary:
    case TypeId::kVariant:
      return "z";
    case TypeId::kDate:
      return "tdD";
    case TypeId::kTimestamp:
      return "tsu:UTC";
    case TypeId::kTimestampNtz:
      return "tsu:";
    case TypeId::kTime:
      return "ttu";
    case TypeId::kDayTimeInterval:
      return "tDu";
    case TypeId::kCalendarInterval:
      return "z";  // Its own bytes.
    case TypeId::kArray:
      return "+l";
    case TypeId::kMap:
      return "+m";
    case TypeId::kStruct:
      return "+s";
  }
  return "n";
}

std::vector<Field> ChildrenOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return {{"element", type.element(), type.contains_null()}};
    case TypeId::kMap:
      return {{"entries",
               DataType::Struct(
                   {{"key", type.key(), false}, {"value", type.value(), type.contains_null()}}),
               false}};
    case TypeId::kStruct:
      return type.fields();
    default:
      return {};
  }
}

ArrowSchema Export(const std::string& name, const DataType& type, bool nullable) {
  auto node = std::make_unique<SchemaNode>();
  node->format = FormatOf(type);
  node->name = name;
  for (const Field& child : ChildrenOf(type)) {
    node->children.push_back(Export(child.name, child.type, child.nullable));
  }
  for (ArrowSchema& child : node->children) node->pointers.push_back(&child);
  ArrowSchema schema{};
  schema.format = node->format.c_str();
  schema.name = node->name.c_str();
  schema.flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  schema.n_children = static_cast<int64_t>(node->children.size());
  schema.children = node->pointers.data();
  schema.release = ReleaseSchema;
  schema.private_data = node.release();
  return schema;
}

}  // namespace

ArrowSchema ExportArrowSchema(const Schema& schema) { return Export("", schema.AsStruct(), false); }

}  // namespace weir
