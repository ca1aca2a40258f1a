#include "weir/session/cdc_columns.h"

#include <utility>

#include "weir/sql/functions.h"

namespace weir::session {
namespace {

std::string Ticked(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) quoted += c == '`' ? "``" : std::string(1, c);
  return quoted + "`";
}

std::string Dotted(const std::string& of) { return of.empty() ? "" : of + "."; }

template <typename Each>
std::string List(size_t count, const char* between, const Each& each) {
  std::string list;
  for (size_t i = 0; i < count; ++i) list += (i == 0 ? "" : between) + each(i);
  return list;
}

std::string Numbered(const char* letter, size_t i) { return letter + std::to_string(i); }

}  // namespace

CdcColumns::CdcColumns(const CdcShape& shape, const CdcTable& table)
    : shape_(shape), table_(table) {
  for (size_t i = 0; i < values().size(); ++i) AddLeaves(i, {}, values()[i].type);
}

void CdcColumns::AddLeaves(size_t value, std::vector<std::string> path, const DataType& type) {
  if (type.id() != TypeId::kStruct || type.fields().empty()) {
    std::string name = Ticked(values()[value].name);
    for (const std::string& part : path) name += "." + Ticked(part);
    leaves_.push_back({value, std::move(path), type, std::move(name)});
    return;
  }
  for (const Field& field : type.fields()) {
    std::vector<std::string> below = path;
    below.push_back(field.name);
    AddLeaves(value, std::move(below), field.type);
  }
}

std::string CdcColumns::Keys(const std::string& of) const {
  return List(keys().size(), ", ", [&](size_t i) { return Dotted(of) + Numbered("k", i); });
}

std::string CdcColumns::Values(const std::string& of) const {
  return List(values().size(), ", ", [&](size_t i) { return Dotted(of) + Numbered("v", i); });
}

std::string CdcColumns::SameKeys(const std::string& left, const std::string& right) const {
  return List(keys().size(), " AND ", [&](size_t i) {
    return left + "." + Numbered("k", i) + " = " + right + "." + Numbered("k", i);
  });
}

std::string CdcColumns::SameKeysAsTable(const std::string& other) const {
  return List(keys().size(), " AND ", [&](size_t i) {
    return "target." + NameOf(keys()[i]) + " = " + other + "." + Numbered("k", i);
  });
}

std::string CdcColumns::RowKey(const std::string& of, bool tracked) const {
  std::string list;
  for (size_t i = 0; i < values().size(); ++i) {
    if (tracked && !shape_.IsTracked(values()[i].name)) continue;
    list += (list.empty() ? "" : ", ") + OrderOf(Dotted(of) + Numbered("v", i), values()[i].type) +
            " AS " + Numbered("f", i);
  }
  return "struct(" + (list.empty() ? "1 AS f" : list) + ")";
}

std::string CdcColumns::TableRowKey() const {
  if (values().empty()) return "struct(1 AS f)";
  return "struct(" +
         List(values().size(), ", ",
              [&](size_t i) {
                return OrderOf("target." + NameOf(values()[i]), values()[i].type) + " AS " +
                       Numbered("f", i);
              }) +
         ")";
}

std::string CdcColumns::TableColumns() const {
  std::string list = List(keys().size(), ", ", [&](size_t i) {
    return "target." + NameOf(keys()[i]) + " AS " + Numbered("k", i);
  });
  for (size_t i = 0; i < values().size(); ++i) {
    list += ", target." + NameOf(values()[i]) + " AS " + Numbered("v", i);
  }
  return list;
}

std::string CdcColumns::KeyNames() const {
  return List(keys().size(), ", ", [&](size_t i) { return NameOf(keys()[i]); });
}

std::string CdcColumns::ValueNames() const {
  return List(values().size(), ", ", [&](size_t i) { return NameOf(values()[i]); });
}

std::string CdcColumns::NameOf(const Field& field) const { return Ticked(field.name); }

std::string CdcColumns::LeafOf(const CdcLeaf& leaf, const std::string& of) const {
  std::string expr = Dotted(of) + Numbered("v", leaf.value);
  for (const std::string& part : leaf.path) expr += "." + Ticked(part);
  return expr;
}

std::string CdcColumns::LeafInTable(const CdcLeaf& leaf) const { return "target." + leaf.name; }

// Maps and variants have no order: their texts have one, which is all that a tie asks for.
std::string CdcColumns::OrderOf(const std::string& expr, const DataType& type) {
  return sql::IsOrderable(type) ? expr : "to_json(struct(" + expr + " AS x))";
}

std::vector<std::string> CdcColumns::Rebuilt(const std::vector<std::string>& leaves) const {
  std::vector<std::string> rebuilt;
  size_t next = 0;
  for (const Field& field : values()) rebuilt.push_back(Rebuild(leaves, field.type, next));
  return rebuilt;
}

// A struct of which nobody gave any part is NULL.
std::string CdcColumns::Rebuild(const std::vector<std::string>& leaves, const DataType& type,
                                size_t& next) const {
  if (type.id() != TypeId::kStruct || type.fields().empty()) return leaves[next++];
  const size_t first = next;
  std::string members;
  for (const Field& field : type.fields()) {
    members += (members.empty() ? "" : ", ") + Rebuild(leaves, field.type, next) + " AS " +
               Ticked(field.name);
  }
  std::string any;
  for (size_t i = first; i < next; ++i) {
    any += (any.empty() ? "(" : " OR (") + leaves[i] + ") IS NOT NULL";
  }
  return "CASE WHEN " + any + " THEN struct(" + members + ") END";
}

}  // namespace weir::session
