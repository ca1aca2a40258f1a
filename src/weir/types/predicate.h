#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "weir/types/value.h"

namespace weir {

// A condition on columns, plain enough to be judged from a file's partition values and statistics
// without an engine. A value; immutable; sharing is safe from many threads.
class Predicate {
 public:
  enum class Op { kEq, kNe, kLt, kLe, kGt, kGe };
  // A column: names from the top level down into structs.
  using Path = std::vector<std::string>;

  struct Constant {
    bool value;
  };
  struct Compare {
    Path column;
    Op op;
    Value value;  // Never NULL.
  };
  struct In {
    Path column;
    std::vector<Value> values;
  };
  struct IsNull {
    Path column;
    bool negated;
  };
  struct And {
    std::vector<Predicate> parts;
  };
  struct Or {
    std::vector<Predicate> parts;
  };
  using Node = std::variant<Constant, Compare, In, IsNull, And, Or>;

  static Predicate True() { return Predicate(Constant{true}); }
  static Predicate False() { return Predicate(Constant{false}); }
  explicit Predicate(Node node) : node_(std::make_shared<const Node>(std::move(node))) {}

  const Node& node() const { return *node_; }
  bool IsTrue() const;
  std::string ToString() const;

 private:
  std::shared_ptr<const Node> node_;
};

}  // namespace weir
