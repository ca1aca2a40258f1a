#include "weir/engine/duckdb/scan_predicate.h"

#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

using duckdb::ExpressionType;

std::optional<Predicate::Op> OpOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return Predicate::Op::kEq;
    case ExpressionType::COMPARE_NOTEQUAL:
      return Predicate::Op::kNe;
    case ExpressionType::COMPARE_LESSTHAN:
      return Predicate::Op::kLt;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return Predicate::Op::kLe;
    case ExpressionType::COMPARE_GREATERTHAN:
      return Predicate::Op::kGt;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return Predicate::Op::kGe;
    default:
      return std::nullopt;
  }
}

// A column or a member of one, with its type.
struct Target {
  Predicate::Path path;
  DataType type;
};

Predicate Compare(const Target& target, Predicate::Op op, const duckdb::Value& constant) {
  const auto value = FromDuckdb(constant, target.type);
  if (!value) return Predicate::True();
  if (value->is_null()) return Predicate::False();  // A comparison with NULL is never true.
  return Predicate(Predicate::Compare{target.path, op, *value});
}

template <typename Values>
Predicate OneOf(const Target& target, const Values& constants) {
  std::vector<Value> values;
  for (const duckdb::Value& constant : constants) {
    const auto value = FromDuckdb(constant, target.type);
    if (!value) return Predicate::True();
    if (!value->is_null()) values.push_back(*value);
  }
  if (values.empty()) return Predicate::False();
  return Predicate(Predicate::In{target.path, std::move(values)});
}

class ExpressionReader {
 public:
  ExpressionReader(const Schema& schema, const ColumnOfReference& column_of)
      : schema_(schema), column_of_(column_of) {}

  Predicate Read(const duckdb::Expression& expr) const {
    switch (expr.GetExpressionClass()) {
      case duckdb::ExpressionClass::BOUND_COMPARISON:
        return ReadComparison(expr.Cast<duckdb::BoundComparisonExpression>());
      case duckdb::ExpressionClass::BOUND_CONJUNCTION:
        return ReadConjunction(expr.Cast<duckdb::BoundConjunctionExpression>());
      case duckdb::ExpressionClass::BOUND_OPERATOR:
        return ReadOperator(expr.Cast<duckdb::BoundOperatorExpression>());
      case duckdb::ExpressionClass::BOUND_BETWEEN:
        return ReadBetween(expr.Cast<duckdb::BoundBetweenExpression>());
      default:
        return Predicate::True();
    }
  }

 private:
  std::optional<Target> TargetOf(const duckdb::Expression& expr) const {
    if (expr.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
      const auto column = column_of_(expr.Cast<duckdb::BoundColumnRefExpression>());
      if (!column) return std::nullopt;
      return Target{{schema_[*column].name}, schema_[*column].type};
    }
    if (expr.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) return std::nullopt;
    const auto& call = expr.Cast<duckdb::BoundFunctionExpression>();
    if (call.function.name != "struct_extract" || call.children.size() != 2) return std::nullopt;
    const duckdb::Value* const member = ConstantOf(*call.children[1]);
    auto target = TargetOf(*call.children[0]);
    if (!target || target->type.id() != TypeId::kStruct || member == nullptr || member->IsNull() ||
        member->type().id() != duckdb::LogicalTypeId::VARCHAR) {
      return std::nullopt;
    }
    const Schema members(target->type.fields());
    const auto found = members.Find(duckdb::StringValue::Get(*member));
    if (!found) return std::nullopt;
    target->path.push_back(members[*found].name);
    target->type = members[*found].type;
    return target;
  }

  static const duckdb::Value* ConstantOf(const duckdb::Expression& expr) {
    if (expr.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) return nullptr;
    return &expr.Cast<duckdb::BoundConstantExpression>().value;
  }

  Predicate ReadComparison(const duckdb::BoundComparisonExpression& comparison) const {
    ExpressionType type = comparison.GetExpressionType();
    const duckdb::Expression* column = comparison.left.get();
    const duckdb::Value* constant = ConstantOf(*comparison.right);
    if (constant == nullptr) {
      constant = ConstantOf(*comparison.left);
      column = comparison.right.get();
      type = duckdb::FlipComparisonExpression(type);
    }
    const auto op = OpOf(type);
    const auto target = TargetOf(*column);
    if (!op || !target || constant == nullptr) return Predicate::True();
    return Compare(*target, *op, *constant);
  }

  Predicate ReadConjunction(const duckdb::BoundConjunctionExpression& conjunction) const {
    std::vector<Predicate> parts;
    for (const auto& child : conjunction.children) parts.push_back(Read(*child));
    if (conjunction.GetExpressionType() == ExpressionType::CONJUNCTION_AND) {
      return Predicate(Predicate::And{std::move(parts)});
    }
    return Predicate(Predicate::Or{std::move(parts)});
  }

  Predicate ReadOperator(const duckdb::BoundOperatorExpression& op) const {
    const auto target = TargetOf(*op.children[0]);
    if (!target) return Predicate::True();
    switch (op.GetExpressionType()) {
      case ExpressionType::OPERATOR_IS_NULL:
        return Predicate(Predicate::IsNull{target->path, false});
      case ExpressionType::OPERATOR_IS_NOT_NULL:
        return Predicate(Predicate::IsNull{target->path, true});
      case ExpressionType::COMPARE_IN: {
        std::vector<duckdb::Value> constants;
        for (size_t i = 1; i < op.children.size(); ++i) {
          const duckdb::Value* const constant = ConstantOf(*op.children[i]);
          if (constant == nullptr) return Predicate::True();
          constants.push_back(*constant);
        }
        return OneOf(*target, constants);
      }
      default:
        return Predicate::True();
    }
  }

  Predicate ReadBetween(const duckdb::BoundBetweenExpression& between) const {
    const auto target = TargetOf(*between.input);
    if (!target) return Predicate::True();
    std::vector<Predicate> bounds;
    if (const duckdb::Value* const lower = ConstantOf(*between.lower)) {
      bounds.push_back(Compare(
          *target, between.lower_inclusive ? Predicate::Op::kGe : Predicate::Op::kGt, *lower));
    }
    if (const duckdb::Value* const upper = ConstantOf(*between.upper)) {
      bounds.push_back(Compare(
          *target, between.upper_inclusive ? Predicate::Op::kLe : Predicate::Op::kLt, *upper));
    }
    return Predicate(Predicate::And{std::move(bounds)});
  }

  const Schema& schema_;
  const ColumnOfReference& column_of_;
};

Predicate ReadFilter(const duckdb::TableFilter& filter, const Target& target) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON: {
      const auto& comparison = filter.Cast<duckdb::ConstantFilter>();
      const auto op = OpOf(comparison.comparison_type);
      return op ? Compare(target, *op, comparison.constant) : Predicate::True();
    }
    case duckdb::TableFilterType::IS_NULL:
      return Predicate(Predicate::IsNull{target.path, false});
    case duckdb::TableFilterType::IS_NOT_NULL:
      return Predicate(Predicate::IsNull{target.path, true});
    case duckdb::TableFilterType::IN_FILTER:
      return OneOf(target, filter.Cast<duckdb::InFilter>().values);
    case duckdb::TableFilterType::CONJUNCTION_AND: {
      std::vector<Predicate> parts;
      for (const auto& child : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) {
        parts.push_back(ReadFilter(*child, target));
      }
      return Predicate(Predicate::And{std::move(parts)});
    }
    case duckdb::TableFilterType::CONJUNCTION_OR: {
      std::vector<Predicate> parts;
      for (const auto& child : filter.Cast<duckdb::ConjunctionOrFilter>().child_filters) {
        parts.push_back(ReadFilter(*child, target));
      }
      return Predicate(Predicate::Or{std::move(parts)});
    }
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      // Not needed for the answer, but true of every row that comes through.
      const auto& child = filter.Cast<duckdb::OptionalFilter>().child_filter;
      return child ? ReadFilter(*child, target) : Predicate::True();
    }
    case duckdb::TableFilterType::STRUCT_EXTRACT: {
      const auto& member = filter.Cast<duckdb::StructFilter>();
      if (target.type.id() != TypeId::kStruct || member.child_idx >= target.type.fields().size()) {
        return Predicate::True();
      }
      const Field& field = target.type.fields()[member.child_idx];
      Target inner{target.path, field.type};
      inner.path.push_back(field.name);
      return ReadFilter(*member.child_filter, inner);
    }
    default:
      return Predicate::True();
  }
}

}  // namespace

Predicate PredicateOf(const duckdb::Expression& filter, const Schema& schema,
                      const ColumnOfReference& column_of) {
  return ExpressionReader(schema, column_of).Read(filter);
}

Predicate PredicateOf(const duckdb::TableFilter& filter, const Schema& schema, size_t column) {
  return ReadFilter(filter, {{schema[column].name}, schema[column].type});
}

}  // namespace weir::engine
