#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weir/sql/binder.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/parser.h"

// For tests: names in memory, and binding from text to text.
namespace weir::sql {

class MemoryNames final : public NameResolver {
 public:
  // t(a INT, b STRING, c BIGINT, d DATE, price DECIMAL(10,2)), u(a INT, x DOUBLE),
  // nested(id INT, s STRUCT<f: INT, g: STRUCT<h: STRING>>, arr ARRAY<INT>, m MAP<STRING, INT>,
  // items ARRAY<STRUCT<sku: STRING, qty: INT>>), files(k INT, v STRING) with _metadata.
  MemoryNames();

  void AddTable(const std::string& name, const std::string& columns);
  void AddTable(const std::string& name, Schema schema) { tables_[name] = std::move(schema); }
  void AddView(const std::string& name, const Query& query, std::vector<std::string> columns);
  void Remove(const std::string& name);
  void AddView(const std::string& name, const std::string& query,
               std::vector<std::string> columns = {});
  const std::string& NameOf(InputId input) const { return inputs_[input]; }

  std::variant<ResolvedRelation, Diagnostic> Table(const Name& name, bool stream,
                                                   const std::optional<Value>& as_of) override;
  std::variant<ResolvedRelation, Diagnostic> TableFunction(
      const Name& function, const std::vector<NamedArgument>& arguments, bool stream) override;

 private:
  std::map<std::string, Schema> tables_;
  std::map<std::string, ResolvedView> views_;
  std::vector<std::string> inputs_;
};

// What tests bind with: 2024-05-06T07:08:09Z, user ada, main.default.
BindOptions TestOptions();
QueryPtr ParseQueryText(const std::string& sql);
// Null when it did not bind; then `diagnostics` tells.
PlanPtr BindText(const std::string& sql, MemoryNames& names, Diagnostics* diagnostics = nullptr,
                 const BindOptions& options = TestOptions());

// "id INT NOT NULL, name STRING", or the conditions that were reported, one a line.
std::string BoundSchema(const std::string& sql);
// The EXPLAIN tree, or conditions.
std::string BoundPlan(const std::string& sql);
// The text for DuckDB, where tables are read by their names; or conditions.
std::string BoundDuckdb(const std::string& sql);
// "CONDITION at 'text' (hint)" for each diagnostic, one a line; "" when it binds.
std::string BoundErrors(const std::string& sql);

}  // namespace weir::sql
