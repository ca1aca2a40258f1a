#include "weir/sql/row_predicate.h"

#include <algorithm>
#include <optional>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

using Op = Predicate::Op;

Truth Opposite(Truth truth) {
  switch (truth) {
    case Truth::kTrue:
      return Truth::kFalse;
    case Truth::kFalse:
      return Truth::kTrue;
    case Truth::kNotTrue:
      return Truth::kNotFalse;
    case Truth::kNotFalse:
      return Truth::kNotTrue;
  }
  return truth;
}

// Whether rows are wanted on which the condition is TRUE; else those on which it is FALSE.
bool WantsTrue(Truth truth) { return truth == Truth::kTrue || truth == Truth::kNotFalse; }
bool WantsNull(Truth truth) { return truth == Truth::kNotTrue || truth == Truth::kNotFalse; }

std::optional<Op> OpOf(std::string_view name) {
  if (name == "=" || name == "==" || name == "<=>" || name == "equal_null") return Op::kEq;
  if (name == "<>" || name == "!=") return Op::kNe;
  if (name == "<") return Op::kLt;
  if (name == "<=") return Op::kLe;
  if (name == ">") return Op::kGt;
  if (name == ">=") return Op::kGe;
  return std::nullopt;
}

Op Inverse(Op op) {
  switch (op) {
    case Op::kEq:
      return Op::kNe;
    case Op::kNe:
      return Op::kEq;
    case Op::kLt:
      return Op::kGe;
    case Op::kLe:
      return Op::kGt;
    case Op::kGt:
      return Op::kLe;
    case Op::kGe:
      return Op::kLt;
  }
  return op;
}

// The same with its sides exchanged.
Op Flipped(Op op) {
  switch (op) {
    case Op::kLt:
      return Op::kGt;
    case Op::kLe:
      return Op::kGe;
    case Op::kGt:
      return Op::kLt;
    case Op::kGe:
      return Op::kLe;
    default:
      return op;
  }
}

class ConditionReader {
 public:
  explicit ConditionReader(const std::vector<PlanColumn>& columns) : columns_(columns) {}

  Predicate Read(const BoundExpr& expr, Truth truth) const {
    if (const auto* literal = std::get_if<BoundLiteral>(&expr.node)) {
      return ReadLiteral(literal->value, truth);
    }
    if (const auto path = PathOf(expr); path && expr.type.id() == TypeId::kBoolean) {
      return ReadComparison(*path, Op::kEq, Value::Boolean(true), truth);
    }
    const auto* call = std::get_if<BoundCall>(&expr.node);
    return call != nullptr ? ReadCall(*call, truth) : Predicate::True();
  }

 private:
  static Predicate ReadLiteral(const Value& value, Truth truth) {
    const bool holds = value.is_null() ? WantsNull(truth) : value.boolean() == WantsTrue(truth);
    return holds ? Predicate::True() : Predicate::False();
  }

  Predicate ReadCall(const BoundCall& call, Truth truth) const {
    const std::string_view name = call.signature->name;
    const auto& arguments = call.arguments;
    if (name == "not" || name == "!") return Read(*arguments[0], Opposite(truth));
    if (name == "and" || name == "or") {
      std::vector<Predicate> parts{Read(*arguments[0], truth), Read(*arguments[1], truth)};
      // AND is not true where one side is not: what is said of an OR then.
      if ((name == "and") == WantsTrue(truth)) return Predicate(Predicate::And{std::move(parts)});
      return Predicate(Predicate::Or{std::move(parts)});
    }
    if (name == "isnull" || name == "is null" || name == "isnotnull" || name == "is not null") {
      const auto path = PathOf(*arguments[0]);
      if (!path) return Predicate::True();
      const bool says_null = name == "isnull" || name == "is null";
      return Predicate(Predicate::IsNull{*path, says_null != WantsTrue(truth)});
    }
    if (name == "in") return ReadIn(arguments, truth);
    return ReadComparison(name, arguments, truth);
  }

  Predicate ReadComparison(std::string_view name, const std::vector<BoundExprPtr>& arguments,
                           Truth truth) const {
    auto op = OpOf(name);
    if (!op) return Predicate::True();
    auto path = PathOf(*arguments[0]);
    auto value = ConstantOf(*arguments[1]);
    if (!path || !value) {
      path = PathOf(*arguments[1]);
      value = ConstantOf(*arguments[0]);
      op = Flipped(*op);
    }
    if (!path || !value) return Predicate::True();
    if (name != "<=>" && name != "equal_null") return ReadComparison(*path, *op, *value, truth);
    // It is never NULL itself.
    if (value->is_null()) return Predicate(Predicate::IsNull{*path, !WantsTrue(truth)});
    return ReadComparison(*path, Op::kEq, *value,
                          WantsTrue(truth) ? Truth::kTrue : Truth::kNotTrue);
  }

  static Predicate ReadComparison(const Predicate::Path& path, Op op, const Value& value,
                                  Truth truth) {
    // A comparison with NULL is NULL.
    if (value.is_null()) return WantsNull(truth) ? Predicate::True() : Predicate::False();
    const Predicate compared(Predicate::Compare{path, WantsTrue(truth) ? op : Inverse(op), value});
    return OrNull(compared, path, truth);
  }

  static Predicate OrNull(const Predicate& predicate, const Predicate::Path& path, Truth truth) {
    if (!WantsNull(truth)) return predicate;
    return Predicate(Predicate::Or{{predicate, Predicate(Predicate::IsNull{path, false})}});
  }

  Predicate ReadIn(const std::vector<BoundExprPtr>& arguments, Truth truth) const {
    const auto path = PathOf(*arguments[0]);
    if (!path) return Predicate::True();
    std::vector<Value> values;
    bool has_null = false;
    for (size_t i = 1; i < arguments.size(); ++i) {
      const auto value = ConstantOf(*arguments[i]);
      if (!value) return Predicate::True();
      has_null |= value->is_null();
      if (!value->is_null()) values.push_back(*value);
    }
    if (WantsTrue(truth)) {
      if (has_null && WantsNull(truth)) return Predicate::True();
      return OrNull(Predicate(Predicate::In{*path, std::move(values)}), *path, truth);
    }
    // With a NULL among the values it is never false.
    if (has_null && !WantsNull(truth)) return Predicate::False();
    std::vector<Predicate> others;
    for (const Value& value : values) {
      others.push_back(Predicate(Predicate::Compare{*path, Op::kNe, value}));
    }
    return OrNull(Predicate(Predicate::And{std::move(others)}), *path, truth);
  }

  // The column, or the member of one, that an expression is; integers may have been widened.
  std::optional<Predicate::Path> PathOf(const BoundExpr& expr) const {
    if (const auto* column = std::get_if<BoundColumn>(&expr.node)) {
      const auto found = std::find_if(columns_.begin(), columns_.end(),
                                      [&](const PlanColumn& one) { return one.id == column->id; });
      if (found == columns_.end()) return std::nullopt;
      return Predicate::Path{found->name};
    }
    if (const auto* member = std::get_if<BoundField>(&expr.node)) {
      auto path = PathOf(*member->operand);
      if (path) path->push_back(member->operand->type.fields()[member->index].name);
      return path;
    }
    const auto* cast = std::get_if<BoundCast>(&expr.node);
    if (cast == nullptr || cast->mode != CastMode::kAnsi || !expr.type.IsIntegral() ||
        !cast->operand->type.IsIntegral()) {
      return std::nullopt;
    }
    return PathOf(*cast->operand);
  }

  const std::vector<PlanColumn>& columns_;
};

}  // namespace

Predicate PredicateOf(const BoundExpr& condition, Truth truth,
                      const std::vector<PlanColumn>& columns) {
  return ConditionReader(columns).Read(condition, truth);
}

}  // namespace weir::sql
