// When two bound expressions mean the same.
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {

namespace {

bool SameOrNull(const BoundExprPtr& left, const BoundExprPtr& right) {
  if (left == nullptr || right == nullptr) return left == right;
  return SameExpr(*left, *right);
}

bool SameAll(const std::vector<BoundExprPtr>& left, const std::vector<BoundExprPtr>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!SameExpr(*left[i], *right[i])) return false;
  }
  return true;
}

bool SameSorts(const std::vector<BoundSort>& left, const std::vector<BoundSort>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].descending != right[i].descending || left[i].nulls_first != right[i].nulls_first ||
        !SameExpr(*left[i].expr, *right[i].expr)) {
      return false;
    }
  }
  return true;
}

bool SameBound(const BoundFrameBound& left, const BoundFrameBound& right) {
  return left.kind == right.kind && SameOrNull(left.offset, right.offset);
}

// Look-ups may give each call a signature of its own.
bool SameFunction(const Signature& left, const Signature& right) {
  if (!left.deterministic) return false;
  return &left == &right || (left.name == right.name && left.result == right.result &&
                             left.arguments == right.arguments);
}

bool SameZone(const TimeZonePtr& left, const TimeZonePtr& right) {
  return left == right || (left != nullptr && right != nullptr && left->name() == right->name());
}

bool Same(const BoundLiteral& left, const BoundLiteral& right) { return left.value == right.value; }
bool Same(const BoundColumn& left, const BoundColumn& right) { return left.id == right.id; }
bool Same(const BoundCall& left, const BoundCall& right) {
  return SameFunction(*left.signature, *right.signature) &&
         SameAll(left.arguments, right.arguments) && SameZone(left.zone, right.zone);
}
bool Same(const BoundCast& left, const BoundCast& right) {
  return left.mode == right.mode && SameZone(left.zone, right.zone) &&
         SameExpr(*left.operand, *right.operand);
}
bool Same(const BoundCase& left, const BoundCase& right) {
  if (left.branches.size() != right.branches.size()) return false;
  for (size_t i = 0; i < left.branches.size(); ++i) {
    if (!SameExpr(*left.branches[i].first, *right.branches[i].first) ||
        !SameExpr(*left.branches[i].second, *right.branches[i].second)) {
      return false;
    }
  }
  return SameOrNull(left.otherwise, right.otherwise);
}
bool Same(const BoundLambda& left, const BoundLambda& right) {
  if (left.parameters.size() != right.parameters.size()) return false;
  // Parameters have ids of their own: compare with those of the right side put in.
  const BoundExprPtr body = Rewrite(right.body, [&](const BoundExprPtr& expr) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*expr);
    if (column == nullptr) return nullptr;
    for (size_t i = 0; i < right.parameters.size(); ++i) {
      if (right.parameters[i].id == column->id) {
        return MakeExpr(expr->span, expr->type, expr->nullable, left.parameters[i]);
      }
    }
    return nullptr;
  });
  return SameExpr(*left.body, *body);
}
bool Same(const BoundField& left, const BoundField& right) {
  return left.index == right.index && SameExpr(*left.operand, *right.operand);
}
bool Same(const BoundSubquery& left, const BoundSubquery& right) {
  return left.kind == right.kind && left.plan == right.plan && left.negated == right.negated &&
         SameAll(left.operands, right.operands);
}
bool Same(const BoundAggregate& left, const BoundAggregate& right) {
  return SameFunction(*left.signature, *right.signature) && left.distinct == right.distinct &&
         SameAll(left.arguments, right.arguments) && SameOrNull(left.filter, right.filter) &&
         SameSorts(left.order_by, right.order_by);
}
bool Same(const BoundWindow& left, const BoundWindow& right) {
  if (!SameFunction(*left.signature, *right.signature) || left.ignore_nulls != right.ignore_nulls ||
      left.distinct != right.distinct || left.unit != right.unit ||
      !SameZone(left.zone, right.zone) || left.frame.has_value() != right.frame.has_value()) {
    return false;
  }
  if (left.frame && (!SameBound(left.frame->first, right.frame->first) ||
                     !SameBound(left.frame->second, right.frame->second))) {
    return false;
  }
  return SameAll(left.arguments, right.arguments) && SameOrNull(left.filter, right.filter) &&
         SameAll(left.partition_by, right.partition_by) && SameSorts(left.order_by, right.order_by);
}

size_t Mix(size_t seed, size_t value) {
  return seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
}

size_t OwnHash(const BoundExpr& expr) {
  size_t hash = expr.node.index();
  if (const BoundColumn* column = AsColumn(expr)) return Mix(hash, column->id);
  if (const Value* value = AsLiteral(expr)) {
    return Mix(hash, std::hash<std::string>()(value->type().IsNested() ? "" : value->ToString()));
  }
  if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
    return Mix(hash, std::hash<std::string_view>()(call->signature->name));
  }
  if (const auto* call = std::get_if<BoundAggregate>(&expr.node)) {
    return Mix(hash, std::hash<std::string_view>()(call->signature->name) + call->distinct);
  }
  if (const auto* call = std::get_if<BoundWindow>(&expr.node)) {
    return Mix(hash, std::hash<std::string_view>()(call->signature->name));
  }
  if (const auto* field = std::get_if<BoundField>(&expr.node)) return Mix(hash, field->index);
  return hash;
}

}  // namespace

bool SameExpr(const BoundExpr& left, const BoundExpr& right) {
  if (&left == &right) return true;
  if (left.node.index() != right.node.index()) return false;
  if (!left.type.EqualsIgnoringNullability(right.type)) return false;
  return std::visit(
      [&](const auto& node) {
        return Same(node, std::get<std::decay_t<decltype(node)>>(right.node));
      },
      left.node);
}

size_t HashOf(const BoundExpr& expr) {
  size_t hash = OwnHash(expr);
  // A lambda's body holds ids of its own, so it tells nothing here.
  if (std::holds_alternative<BoundLambda>(expr.node)) return hash;
  ForEachChild(expr, [&](const BoundExprPtr& child) { hash = Mix(hash, HashOf(*child)); });
  return hash;
}

std::optional<size_t> ExprMap::Find(const BoundExpr& expr) const {
  if (entries_.empty()) return std::nullopt;
  const auto [begin, end] = entries_.equal_range(HashOf(expr));
  for (auto entry = begin; entry != end; ++entry) {
    if (SameExpr(*entry->second.first, expr)) return entry->second.second;
  }
  return std::nullopt;
}

void ExprMap::Add(BoundExprPtr expr, size_t number) {
  const size_t hash = HashOf(*expr);
  entries_.emplace(hash, std::make_pair(std::move(expr), number));
}

}  // namespace weir::sql
