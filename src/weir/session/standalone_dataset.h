#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/session/session.h"

namespace weir::session {

// A streaming table or materialised view of no pipeline: the one dataset of a pipeline of its own,
// which the statement that defines it and REFRESH run. Its definition is in the catalog.
class StandaloneDataset {
 public:
  // As it is being defined.
  StandaloneDataset(std::shared_ptr<const sql::StatementNode> statement,
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
  // As it was defined: makes or evolves its table and what is said of it.
  FlowOutcome Define(const Services& services, const SessionOptions& options,
                     const std::stop_token& stop) const;
  // Makes or evolves its table, keeps the definition, and runs its query as far as there is
  // something new. `full` empties the table first.
  FlowOutcome Refresh(const Services& services, const SessionOptions& options, bool full,
                      const std::stop_token& stop) const;

 private:
  // Paths and names mean the same wherever a refresh is asked for.
  SessionOptions OptionsOf(const SessionOptions& options) const;
  PipelineScope ScopeOf() const;
  FlowOutcome Run(const Services& services, const SessionOptions& options, bool full,
                  bool with_keys, const std::stop_token& stop) const;
  Schema CheckIn(Session& session, const PipelineScope& scope) const;

  catalog::DatasetDefinition definition_;
  Dataset dataset_;
};

}  // namespace weir::session
