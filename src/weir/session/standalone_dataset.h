#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/session/session.h"

namespace weir::session {

// A streaming table or materialised view of no pipeline: the one dataset of a pipeline of its own,
// which the statement that defines it and REFRESH run. Its definition is in the catalog. The id of
// that pipeline and the name of its flow are those that it was made under, whatever it is called
// now, so that it goes on where it was.
class StandaloneDataset {
 public:
  // As it is being defined, anew or in the place of one that is there.
  StandaloneDataset(const catalog::Catalog& catalog,
                    std::shared_ptr<const sql::StatementNode> statement,
                    const catalog::DatasetDefinition& definition);
  // As the catalog has it. Throws Error: kInvalid where `info` is no such dataset, with who fills
  // it; kUnsupported where its text can't be read any more.
  static StandaloneDataset Load(const catalog::Catalog& catalog, const catalog::TableInfo& info);

  const catalog::QualifiedName& name() const { return dataset_.name; }
  // Binds its query and expectations, and judges what they read. Throws DiagnosticError, Error.
  // Gives the columns that it declares.
  Schema Check(const Services& services, const SessionOptions& options) const;
  // The same as it is being defined, with its keys.
  void CheckDefinition(const Services& services, const SessionOptions& options) const;
  // Makes or evolves its table, keeps the definition, and runs its query as far as there is
  // something new. A table that this made and that took nothing in is gone after a failure.
  FlowOutcome Define(const Services& services, const SessionOptions& options,
                     const std::stop_token& stop) const;
  // Brings its table up to date; `full` empties it first.
  FlowOutcome Refresh(const Services& services, const SessionOptions& options, bool full,
                      const std::stop_token& stop) const;

 private:
  void DropUnfilled(const Services& services, const SessionOptions& options,
                    const catalog::TableInfo& made) const;
  // Paths and names mean the same wherever a refresh is asked for.
  SessionOptions OptionsOf(const SessionOptions& options) const;
  PipelineScope ScopeOf(PipelineScope::RunBy by) const;
  Schema CheckIn(Session& session, const PipelineScope& scope) const;

  catalog::DatasetDefinition definition_;
  Dataset dataset_;
  std::string pipeline_id_;
};

// Whether a statement of its own fills the table.
bool IsStandalone(const catalog::TableInfo& info);
// The statement that defines the dataset of another one under that name.
std::string DefinitionNamed(const std::string& statement, const catalog::QualifiedName& name);

}  // namespace weir::session
