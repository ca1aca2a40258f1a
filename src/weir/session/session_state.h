#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/session/temporary_names.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"
#include "weir/types/data_type.h"
#include "weir/types/value.h"

namespace weir::session {

struct TemporaryView {
  std::vector<std::string> qualifier;  // As it was named: {"v"}, {"global_temp", "v"}.
  std::shared_ptr<const sql::StatementNode> statement;  // Holds the query.
  const sql::Query* query = nullptr;
  Schema schema;  // Its columns when it was made.
  std::optional<std::string> comment;
  // In force where it was made; its names mean the same for as long as it is there.
  std::string catalog;
  std::string schema_name;
  TemporaryNames temporaries;  // Those it reads: only they may come before tables.
  TimeZonePtr zone;            // That it was made under.

  std::string ToString() const;
};

struct TemporaryFunction {
  sql::ResolvedRoutine routine;  // But for whose names its body means.
  std::vector<Field> parameters;
  std::optional<std::string> comment;
  std::string body;
  bool deterministic = true;
  bool reads_data = false;
  // As of temporary views.
  std::string catalog;
  std::string schema_name;
  TemporaryNames temporaries;
};

struct Variable {
  std::string name;  // As it was declared, without what qualifies it.
  DataType type;
  Value value;                                          // Of that type.
  std::shared_ptr<const sql::StatementNode> statement;  // Holds the default.
  const sql::Expr* initial = nullptr;                   // Null: NULL.
};

// What a session holds for itself under names and takes with it when it ends. Nothing here is seen
// by other sessions, or kept.
class SessionState {
 public:
  // The schema of views that are GLOBAL TEMPORARY.
  static constexpr const char* kGlobalSchema = "global_temp";

  // How often it was changed: what was prepared on another revision is prepared again.
  int64_t revision() const { return revision_; }
  void Touch() { ++revision_; }

  // The key of the view that a name means: one part, or global_temp.name. Nothing for names that
  // can't mean a temporary view.
  static std::optional<std::string> ViewKey(const sql::Name& name);
  // Null when there is no such view.
  const TemporaryView* FindView(const sql::Name& name) const;
  const TemporaryView* FindView(const std::string& key) const;
  // In the order of their keys.
  const std::map<std::string, TemporaryView>& views() const { return views_; }
  void PutView(const std::string& key, TemporaryView view);
  void DropView(const std::string& key);
  // How a view, or a function, under `key` that reads `temporaries` would come to read itself: the
  // keys from `key` to `key`. Empty when it would not.
  std::vector<std::string> CycleOfView(const std::string& key,
                                       const TemporaryNames& temporaries) const;
  std::vector<std::string> CycleOfFunction(const std::string& key,
                                           const TemporaryNames& temporaries) const;

  // Null when there is no such function. `key`: its name in lower case.
  const TemporaryFunction* FindFunction(const std::string& key) const;
  const std::map<std::string, TemporaryFunction>& functions() const { return functions_; }
  void PutFunction(const std::string& key, TemporaryFunction function);
  void DropFunction(const std::string& key);

  // The key of the variable that a name means: x, session.x or system.session.x. Nothing for names
  // that can't mean one.
  static std::optional<std::string> VariableKey(const sql::Name& name);
  // Null when there is no such variable.
  const Variable* FindVariable(const std::string& key) const;
  void PutVariable(const std::string& key, Variable variable);
  void DropVariable(const std::string& key);

  // What SET gave, by key as it was written.
  const std::map<std::string, std::string>& settings() const { return settings_; }
  void Set(const std::string& key, const std::string& value);
  void Reset(const std::string& key);
  void ResetAll();

 private:
  // Of views and functions, by their keys.
  struct Node {
    bool is_function = false;
    std::string key;
    auto operator<=>(const Node&) const = default;
  };
  std::vector<std::string> Cycle(const Node& node, const TemporaryNames& temporaries) const;
  const TemporaryNames* ReadBy(const Node& node) const;

  int64_t revision_ = 0;
  std::map<std::string, TemporaryView> views_;
  std::map<std::string, TemporaryFunction> functions_;
  std::map<std::string, Variable> variables_;
  std::map<std::string, std::string> settings_;
};

}  // namespace weir::session
