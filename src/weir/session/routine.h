#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"

namespace weir::session {

// A function of a statement as the binder takes it, but for whose names its body means. Its parts
// are held by the statement.
sql::ResolvedRoutine RoutineOf(const std::shared_ptr<const sql::StatementNode>& statement,
                               const sql::CreateFunction& create, const std::string& display_name,
                               std::vector<std::string> qualifier);
// A function of the catalog likewise; its text is parsed.
sql::ResolvedRoutine RoutineOf(const catalog::FunctionInfo& info);
// As the catalog keeps it. `bound`: what its body turned out to be.
catalog::FunctionDefinition RoutineDefinition(const sql::CreateFunction& create,
                                              const sql::BoundRoutine& bound, bool reads_data);
// The text of a parameter's default; nothing: it has none.
std::optional<std::string> DefaultText(const Field& parameter);

// How reads of functions are written down: "function main.default.f".
std::string RoutineObject(const catalog::QualifiedName& name);

}  // namespace weir::session
