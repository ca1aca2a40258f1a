#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/base/clock.h"
#include "weir/sql/ast.h"
#include "weir/sql/plan.h"

namespace weir::sql {

// A table or a file source, as the resolver knows it.
struct ResolvedInput {
  InputId input;
  std::string display_name;  // "main.sales.orders"
  Schema schema;
  std::optional<Field> metadata_column;  // The hidden `_metadata` struct, where there is one.
  std::vector<std::string> qualifier;  // What may stand before a column: {"main","sales","orders"}.
  bool tracks_rows = false;            // A table whose `_metadata` is a RowTrackingType().
};
// A column that a view had when it was made.
struct ViewColumn {
  std::string name;
  std::string from;  // As its query named it.
  DataType type;
};
// A view: its query is bound in place of the name, with the names in force where it was created.
struct ResolvedView {
  std::shared_ptr<const Query> query;
  std::string display_name;
  std::vector<std::string> qualifier;
  std::vector<std::string> column_names;      // By position. Empty: as the query gives them.
  std::shared_ptr<class NameResolver> names;  // Null: the one in force.
  // The columns it had; empty: not known. And what it does when its query gives others now.
  std::vector<ViewColumn> columns = {};
  ViewSchema on_change = ViewSchema::kCompensation;
  TimeZonePtr zone = nullptr;  // That of the session that made it; null: the one in force.
};
using ResolvedRelation = std::variant<ResolvedInput, ResolvedView>;

// A function that users defined.
struct ResolvedRoutine {
  struct Parameter {
    std::string name;
    DataType type;
    std::shared_ptr<const Expr> otherwise;  // Its default; may be null.
  };
  std::string display_name;            // "main.sales.net"; "net" of the session's own.
  std::vector<std::string> qualifier;  // What may stand before a parameter: {"main","sales","net"}.
  std::vector<Parameter> parameters;
  bool is_table = false;
  std::vector<Field> columns;          // Of a scalar one its value. Empty: as the body gives them.
  std::shared_ptr<const Expr> body;    // Of a scalar one.
  std::shared_ptr<const Query> query;  // Of a table one.
  std::shared_ptr<class NameResolver> names;  // What its body names; null: the one in force.
  TimeZonePtr zone = nullptr;  // That of the session that made it; null: the one in force.
};

struct NamedArgument {
  std::string name;     // Lower case; "" when positional.
  Value value;          // Constant.
  Span span;            // Of the value.
  Span name_span = {};  // Of the name; that of the value when positional.
};

// A variable of the session.
struct ResolvedVariable {
  std::string name;
  Value value;
};

// Where the binder asks for names. The session implements it over the catalog; tests with a map.
// What it returns as Diagnostic is reported at the given span along with other mistakes.
class NameResolver {
 public:
  virtual ~NameResolver() = default;
  // `as_of`: a BIGINT version or a TIMESTAMP, or NULL.
  virtual std::variant<ResolvedRelation, Diagnostic> Table(const Name& name, bool stream,
                                                           const std::optional<Value>& as_of) = 0;
  // read_files(...) and other table functions that read inputs; range() and such the binder knows.
  virtual std::variant<ResolvedRelation, Diagnostic> TableFunction(
      const Name& function, const std::vector<NamedArgument>& arguments, bool stream) = 0;
  // What is called by a name that no function of the table has; nothing when nobody has it.
  virtual std::optional<std::variant<ResolvedRoutine, Diagnostic>> Routine(const Name&) {
    return std::nullopt;
  }
  // What no column has for a name; nothing when no variable has it either.
  virtual std::optional<std::variant<ResolvedVariable, Diagnostic>> Variable(const Name&) {
    return std::nullopt;
  }
};

struct BindOptions {
  std::string current_user;
  std::string current_catalog;
  std::string current_schema;
  TimeZonePtr zone = UtcZone();  // Of the session.
  // Finds regions that literals name; null: none is known.
  const TimeZones* zones = nullptr;
  Instant now;  // current_timestamp(), current_date(): one for the whole statement.
  std::map<std::string, Value> named_parameters;
  std::vector<Value> positional_parameters;
  bool allow_streams = false;  // STREAM is refused by name unless a flow is bound.
};

// WITH SCHEMA EVOLUTION: what a table's columns become.
struct Evolution {
  Schema table;  // As they are.
  // With what these have more: new columns behind the others, new members of structs, wider types
  // where the table lets its types grow. May throw Error.
  std::function<Schema(const Schema& given)> with;
};

struct BoundQuery {
  PlanPtr plan;
};
using BindResult = std::variant<BoundQuery, Diagnostics>;

// Many mistakes are reported at once: an expression that fails counts as of unknown type, and what
// stands on it is not reported again.
BindResult BindQuery(const Query& query, NameResolver& names, const BindOptions& options);

// The body of a function over its parameters, as it is when it is made.
struct BoundRoutine {
  std::vector<Field> columns;  // That it returns; of a scalar function one.
  bool deterministic = true;
};
std::variant<BoundRoutine, Diagnostics> BindRoutine(const ResolvedRoutine& routine,
                                                    NameResolver& names,
                                                    const BindOptions& options);

// A query whose rows go into columns of `target`: by position or name, with store-assignment casts
// (ANSI: no string -> int, no lossy decimals) and missing columns NULL by name. Adds `Project`.
// Extra columns are an error unless `accept_new_columns`, when they follow at the end.
BindResult BindInsert(const Query& query, const Schema& target, bool by_name,
                      bool accept_new_columns, NameResolver& names, const BindOptions& options,
                      const Evolution* evolution = nullptr);

// A condition that picks rows of a plan, by the names of its columns. Sub-queries and functions
// that give something else each time are refused by name: what it picks must be the same whenever
// it is asked.
struct BoundCondition {
  BoundExprPtr expr;  // BOOLEAN.
};
std::variant<BoundCondition, Diagnostics> BindRowCondition(const Plan& plan, const Expr& condition,
                                                           NameResolver& names,
                                                           const BindOptions& options);

// Puts expectations over a bound query; conditions see its output columns by name.
BindResult BindExpectations(PlanPtr plan, const std::vector<Expectation>& expectations,
                            NameResolver& names, const BindOptions& options);

// The tables and functions a query names, without binding: what the dataflow graph needs.
struct NamedInput {
  Name name;
  bool stream = false;
  bool is_function = false;
  const std::vector<Argument>* arguments = nullptr;  // Of a function: in the query itself.
};
std::vector<NamedInput> InputsOf(const Query& query);
std::vector<NamedInput> InputsOf(const FromItem& item);

}  // namespace weir::sql
