#include "weir/sql/evolved_columns.h"

#include <algorithm>
#include <string>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/column_expr.h"
#include "weir/sql/functions.h"
#include "weir/types/column_rules.h"

namespace weir::sql {
namespace {

std::string MemberText(const std::string& operand, const std::string& name) {
  std::string quoted;
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return operand + ".`" + quoted + "`";
}

std::string StringText(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return "'" + quoted + "'";
}

const Field* MemberOf(const DataType& type, const std::string& name) {
  const auto& fields = type.fields();
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return LowerName(field.name) == LowerName(name);
  });
  return found == fields.end() ? nullptr : &*found;
}

bool CanFit(const DataType& from, const DataType& to) {
  if (from.id() != to.id() || !from.IsNested()) return CanCast(from, to);
  switch (to.id()) {
    case TypeId::kStruct:
      // What the table does not have it has taken in by now.
      return std::all_of(from.fields().begin(), from.fields().end(), [&](const Field& field) {
        const Field* const member = MemberOf(to, field.name);
        return member != nullptr && CanFit(field.type, member->type);
      });
    case TypeId::kArray:
      return CanFit(from.element(), to.element());
    case TypeId::kMap:
      return CanFit(from.key(), to.key()) && CanFit(from.value(), to.value());
    default:
      return CanCast(from, to);
  }
}

// Writes the expression that fits one type into another. Members of structs that the value does not
// have are those of `before`, where there is such a text.
class FitWriter {
 public:
  std::string Fit(const std::string& value, const DataType& from, const DataType& to,
                  const std::string& before) {
    if (from.EqualsIgnoringNullability(to)) return value;
    if (from.id() != to.id() || !from.IsNested())
      return "CAST(" + value + " AS " + to.ToSql() + ")";
    switch (to.id()) {
      case TypeId::kStruct:
        return FitStruct(value, from, to, before);
      case TypeId::kArray:
        return Each(value, [&](const std::string& element) {
          return Fit(element, from.element(), to.element(), "");
        });
      default:
        return "map_from_entries(" +
               Each("map_entries(" + value + ")",
                    [&](const auto& entry) {
                      return "named_struct('key', " +
                             Fit(entry + ".key", from.key(), to.key(), "") + ", 'value', " +
                             Fit(entry + ".value", from.value(), to.value(), "") + ")";
                    }) +
               ")";
    }
  }

 private:
  std::string FitStruct(const std::string& value, const DataType& from, const DataType& to,
                        const std::string& before) {
    std::string members;
    for (const Field& field : to.fields()) {
      if (!members.empty()) members += ", ";
      const Field* const given = MemberOf(from, field.name);
      const std::string kept = before.empty() ? "" : MemberText(before, field.name);
      members += StringText(field.name) + ", ";
      if (given != nullptr) {
        members += Fit(MemberText(value, given->name), given->type, field.type, kept);
      } else {
        members += kept.empty() ? "CAST(NULL AS " + field.type.ToSql() + ")" : kept;
      }
    }
    std::string is_null = value + " IS NULL";
    if (!before.empty()) AddKept(before, from, to, is_null);
    return "if(" + is_null + ", NULL, named_struct(" + members + "))";
  }

  // That there is none of what a struct that is NULL leaves as it is.
  static void AddKept(const std::string& before, const DataType& from, const DataType& to,
                      std::string& is_null) {
    for (const Field& field : to.fields()) {
      const std::string member = MemberText(before, field.name);
      const Field* const given = MemberOf(from, field.name);
      if (given == nullptr) {
        is_null += " AND " + member + " IS NULL";
      } else if (field.type.id() == TypeId::kStruct && given->type.id() == TypeId::kStruct) {
        AddKept(member, given->type, field.type, is_null);
      }
    }
  }

  template <typename Body>
  std::string Each(const std::string& list, const Body& body) {
    const std::string element = "e" + std::to_string(++lambdas_);
    return "transform(" + list + ", " + element + " -> " + body(element) + ")";
  }

  int lambdas_ = 0;
};

}  // namespace

Schema EvolvedColumns(const Plan& plan, const Schema& columns, bool by_name, bool accept_new,
                      const Evolution& evolution) {
  std::vector<Field> given;
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    const PlanColumn& column = plan.columns[i];
    const bool is_placed = !by_name && i < columns.size();
    const bool is_known = is_placed || columns.Find(column.name);
    // What the table has and this statement does not fill is not its to change.
    if (!is_known && (!accept_new || evolution.table.Find(column.name))) continue;
    given.push_back(WithoutRules(
        {is_placed ? columns[i].name : column.name, column.type, true, column.metadata}));
  }
  const Schema whole = evolution.with(Schema(std::move(given)));
  std::vector<Field> evolved;
  for (const Field& field : columns.fields()) evolved.push_back(whole[*whole.Find(field.name)]);
  for (size_t i = evolution.table.size(); i < whole.size(); ++i) evolved.push_back(whole[i]);
  return Schema(std::move(evolved));
}

BoundExprPtr FitByName(Binding& binding, BoundExprPtr value, const DataType& type,
                       const BoundExprPtr& before) {
  if (value->type.EqualsIgnoringNullability(type)) return value;
  if (!CanFit(value->type, type)) return nullptr;
  if (!value->type.IsNested() || value->type.id() != type.id()) {
    return CastTo(std::move(value), type);
  }
  std::vector<PlanColumn> places = {
      {binding.NewColumn(), "value", value->type, value->nullable, "{}"}};
  if (before != nullptr) places.push_back({binding.NewColumn(), "before", type, true, "{}"});
  const std::string text =
      FitWriter().Fit("value", value->type, type, before == nullptr ? "" : "before");
  const BoundExprPtr fitted = BindColumnText(binding, places, text, "value by names");
  WEIR_CHECK(fitted != nullptr);
  return CastTo(Rewrite(fitted,
                        [&](const BoundExprPtr& one) -> BoundExprPtr {
                          const BoundColumn* const column = AsColumn(*one);
                          if (column == nullptr) return nullptr;
                          if (column->id == places[0].id) return value;
                          return column->id == places.back().id ? before : nullptr;
                        }),
                type);
}

bool HaveSameMembers(const DataType& from, const DataType& to) {
  if (from.id() != to.id()) return true;
  switch (to.id()) {
    case TypeId::kStruct:
      return from.fields().size() == to.fields().size() &&
             std::all_of(from.fields().begin(), from.fields().end(), [&](const Field& field) {
               const Field* const member = MemberOf(to, field.name);
               return member != nullptr && HaveSameMembers(field.type, member->type);
             });
    case TypeId::kArray:
      return HaveSameMembers(from.element(), to.element());
    case TypeId::kMap:
      return HaveSameMembers(from.key(), to.key()) && HaveSameMembers(from.value(), to.value());
    default:
      return true;
  }
}

}  // namespace weir::sql
