#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/engine/engine.h"
#include "weir/sql/binder.h"
#include "weir/sql/change_binder.h"

namespace weir::session {

// Relations that a run has by itself, under names of its own, and texts over them that it writes:
// nobody else's names mean anything there. A text that does not bind is our mistake: Error{
// kInternal}.
class NamedInputs final : public sql::NameResolver {
 public:
  // The options outlive it.
  explicit NamedInputs(const sql::BindOptions& options) : options_(options) {}

  // Replaces what had the name.
  void Put(const std::string& name, sql::InputId id, const Schema& schema, engine::Input input);

  sql::PlanPtr Query(const std::string& text);
  // A MERGE into `target`, which the text calls "target".
  sql::BoundChange Merge(const std::string& text, sql::InputId target, const Schema& schema);

  // All of them; all but those of these names.
  const std::map<sql::InputId, engine::Input>& inputs() const { return inputs_; }
  std::map<sql::InputId, engine::Input> InputsBut(const std::vector<std::string>& names) const;

  std::variant<sql::ResolvedRelation, Diagnostic> Table(const sql::Name& name, bool stream,
                                                        const std::optional<Value>& as_of) override;
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      bool stream) override;

 private:
  struct Known {
    sql::InputId id;
    Schema schema;
  };
  const sql::BindOptions& options_;
  std::map<std::string, Known> known_;
  std::map<sql::InputId, engine::Input> inputs_;
};

}  // namespace weir::session
