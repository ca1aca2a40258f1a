#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "weir/sql/plan.h"

namespace weir::sql {

// One relation of a FROM clause as names see it: a table, a sub-query, a generated row.
// Immutable once it stands in a scope; shared.
class ScopeRelation {
 public:
  // `qualifier`: what may stand before a column, outermost first: {"main", "sales", "orders"}.
  // Columns from `visible` on are found by name, but no star gives them (_metadata).
  ScopeRelation(std::vector<std::string> qualifier, std::vector<PlanColumn> columns,
                std::optional<size_t> visible = std::nullopt);

  const std::vector<PlanColumn>& columns() const { return columns_; }
  size_t visible() const { return visible_; }
  const std::vector<std::string>& qualifier() const { return qualifier_; }  // As written.
  // Whether the last parts of the qualifier are these (lower case).
  bool Matches(const std::vector<std::string>& parts, size_t count) const;
  // Positions of the columns of that name (lower case).
  void Find(const std::string& name, std::vector<size_t>& positions) const;

 private:
  std::vector<std::string> qualifier_;
  std::vector<std::string> lower_qualifier_;
  std::vector<PlanColumn> columns_;
  size_t visible_;
  std::unordered_multimap<std::string, size_t> index_;
};

// A relation where it stands: an outer join may have made its columns nullable, USING may have put
// a joint column in place of some.
struct ScopeEntry {
  std::shared_ptr<const ScopeRelation> relation;
  bool nullable = false;
  std::vector<bool> merged;  // Per column: only found with a qualifier. Empty: none.
};

struct ScopeMatch {
  PlanColumn column;
  size_t parts = 0;  // Of the name that make up the column; struct fields follow.
};
struct ScopeAmbiguity {
  std::vector<std::string> candidates;  // Quoted, qualified.
};
using ScopeLookup = std::variant<std::monostate, ScopeMatch, ScopeAmbiguity>;

// The columns that names may stand for at one place of a query.
class Scope {
 public:
  std::vector<ScopeEntry> entries;
  // Something below could not be bound: a name that is not found may be its.
  bool unknown = false;
  // Of the query around this one, for correlated names. May be null.
  const Scope* outer = nullptr;

  void Add(std::shared_ptr<const ScopeRelation> relation);
  // Everything of `other`, after what is here.
  void Append(const Scope& other, bool nullable);
  void MakeNullable();
  // `parts` in lower case. Longer qualifiers are tried first, as Spark does. This scope only.
  ScopeLookup Find(const std::vector<std::string>& parts) const;
  // What * gives; with a qualifier, of the relations that it names. Nothing: no such relation.
  std::optional<std::vector<PlanColumn>> Star(const std::vector<std::string>& qualifier) const;
  // Quoted names near to `name`, best first, for "did you mean".
  std::vector<std::string> Suggestions(const std::string& name) const;

 private:
  void FindQualified(const std::vector<std::string>& parts, size_t qualifiers,
                     std::vector<std::pair<const ScopeEntry*, size_t>>& found) const;
};

// The lower-case parts of a name.
std::vector<std::string> LowerParts(const Name& name);

}  // namespace weir::sql
