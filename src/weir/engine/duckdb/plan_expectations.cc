#include "weir/engine/duckdb/plan_expectations.h"

#include <type_traits>

namespace weir::engine {
namespace {

void Collect(const sql::Plan& plan, std::vector<std::vector<sql::BoundExpectation>>& found) {
  std::visit(
      [&](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, sql::ExpectPlan>) found.push_back(node.expectations);
        if constexpr (std::is_same_v<Node, sql::CtePlan>) Collect(*node.definition, found);
        if constexpr (std::is_same_v<Node, sql::JoinPlan>) {
          Collect(*node.left, found);
          Collect(*node.right, found);
        } else if constexpr (std::is_same_v<Node, sql::SetPlan>) {
          for (const sql::PlanPtr& input : node.inputs) Collect(*input, found);
        } else if constexpr (requires { node.child; }) {
          Collect(*node.child, found);
        }
      },
      plan.node);
}

}  // namespace

std::vector<std::vector<sql::BoundExpectation>> ExpectationsOf(const sql::Plan& plan) {
  std::vector<std::vector<sql::BoundExpectation>> found;
  Collect(plan, found);
  return found;
}

}  // namespace weir::engine
