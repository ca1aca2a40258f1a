// What all branches of an OR ask for, in front of it.
//
// AND and OR distribute over each other for TRUE, FALSE and NULL alike, so (a AND b) OR (a AND c)
// is a AND (b OR c), and a OR (a AND b) is a. Failures are another matter: what is taken out is
// evaluated for more rows, below joins too, so it must not fail; and what is left loses `a` as its
// guard there. Where something that is left may fail, the OR therefore stays as it was, and `a` is
// only said once more before it.
#include <algorithm>
#include <utility>

#include "weir/sql/binding.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

using Parts = std::vector<BoundExprPtr>;

const BoundCall* AsLogic(const BoundExpr& expr, std::string_view name) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  return call != nullptr && call->signature->name == name ? call : nullptr;
}

bool Holds(const Parts& parts, const BoundExpr& expr) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const BoundExprPtr& one) { return SameExpr(*one, expr); });
}

bool ContainsQuery(const BoundExpr& expr) {
  bool found = false;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    found |= std::holds_alternative<BoundSubquery>(one.node);
  });
  return found;
}

bool MayStandInFront(const BoundExpr& expr) {
  return !MayFail(expr) && IsDeterministic(expr) && !ContainsQuery(expr);
}

class SharedConditions {
 public:
  BoundExprPtr Run(const BoundExprPtr& condition) {
    Parts parts;
    return Split(condition, parts) ? Joined(parts, and_) : condition;
  }

 private:
  // Adds what has to hold for `expr` to; true when that is not just its own ANDs taken apart.
  bool Split(const BoundExprPtr& expr, Parts& parts) {
    if (const BoundCall* call = AsLogic(*expr, "and")) {
      and_ = call->signature;
      bool changed = false;
      for (const BoundExprPtr& part : call->arguments) changed |= Split(part, parts);
      return changed;
    }
    if (const BoundCall* call = AsLogic(*expr, "or")) {
      return SplitBranches(expr, call->signature, parts);
    }
    parts.push_back(expr);
    return false;
  }

  // False when the branches share nothing; then `expr` itself is added.
  bool SplitBranches(const BoundExprPtr& expr, const Signature* either, Parts& parts) {
    Parts branches;
    CollectBranches(expr, branches);
    std::vector<Parts> split(branches.size());
    for (size_t i = 0; i < branches.size(); ++i) Split(branches[i], split[i]);
    Parts shared = split[0];
    for (size_t i = 1; i < split.size() && !shared.empty(); ++i) {
      std::erase_if(shared, [&](const BoundExprPtr& one) { return !Holds(split[i], *one); });
    }
    std::erase_if(shared, [](const BoundExprPtr& one) { return !MayStandInFront(*one); });
    if (shared.empty()) {
      parts.push_back(expr);
      return false;
    }
    parts.insert(parts.end(), shared.begin(), shared.end());
    Parts left;
    bool guarded = false;
    bool decided = false;  // A branch asks for no more than what is shared.
    for (Parts& branch : split) {
      std::erase_if(branch, [&](const BoundExprPtr& one) { return Holds(shared, *one); });
      for (const BoundExprPtr& one : branch) guarded |= MayFail(*one);
      decided |= branch.empty();
      if (!branch.empty()) left.push_back(Joined(branch, and_));
    }
    if (guarded) {
      parts.push_back(expr);
    } else if (!decided) {
      parts.push_back(Joined(left, either));
    }
    return true;
  }

  static void CollectBranches(const BoundExprPtr& expr, Parts& branches) {
    const BoundCall* call = AsLogic(*expr, "or");
    if (call == nullptr) {
      branches.push_back(expr);
      return;
    }
    for (const BoundExprPtr& branch : call->arguments) CollectBranches(branch, branches);
  }

  // `parts` with AND or OR between them.
  static BoundExprPtr Joined(const Parts& parts, const Signature* logic) {
    BoundExprPtr whole = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) {
      whole = MakeExpr(whole->span, whole->type, whole->nullable || parts[i]->nullable,
                       BoundCall{logic, {whole, parts[i]}});
    }
    return whole;
  }

  const Signature* and_ = nullptr;  // Seen wherever two parts have to be joined.
};

}  // namespace

BoundExprPtr WithSharedParts(const BoundExprPtr& condition) {
  return SharedConditions().Run(condition);
}

}  // namespace weir::sql
