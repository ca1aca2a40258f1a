#pragma once

#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/session/dataset.h"
#include "weir/session/flow_log.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"

namespace weir::session {

catalog::TableKind KindOf(DatasetKind kind);

// The table or view that the dataset has, be it still where it was before it became private, or
// public. Whose it is remains to be looked at.
std::optional<catalog::TableInfo> FindDatasetTable(const Services& services,
                                                   const PipelineScope& scope,
                                                   const Dataset& dataset);

// The batches of a flow in the dataset's table as it is.
FlowLog FlowLogOf(const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                  const io::Location& table, const delta::Snapshot& snapshot);

// How the table of a dataset with this schema is to look. Throws DiagnosticError, and Error for
// what can't be honoured.
TableDeclaration DatasetDeclaration(const Dataset& dataset, const Schema& schema);

// What an update does to the keys of a table that is there, one thing each. dataset_keys.cc
std::vector<std::string> KeyChanges(const Services& services, const PipelineScope& scope,
                                    const Dataset& dataset, const catalog::TableInfo& info,
                                    const Schema& schema);

// What the definition makes of how the table is clustered, when its metadata is `next`; nothing
// where it is so already, or can't be before its columns are as declared.
std::vector<delta::DomainMetadata> ClusteringChange(const Dataset& dataset,
                                                    const TableDeclaration& declaration,
                                                    const delta::Metadata& next,
                                                    const delta::Snapshot& base);

// Trying again finds what is there now: Error{kConflict}.
Error MadeMeanwhile(const Dataset& dataset);

// What is told of columns that change, one thing each: those added, of another type, gone.
std::vector<std::string> ColumnChanges(const Schema& before, const Schema& after);
// The same of how it is clustered.
std::vector<std::string> ClusteringChanges(const delta::Snapshot& before,
                                           const TableDeclaration& declaration);

// One dataset's table on its way to what its definition says.
class DatasetTable {
 public:
  DatasetTable(const Services& services, const SessionOptions& options, const PipelineScope& scope,
               const Dataset& dataset)
      : services_(services), options_(options), scope_(scope), dataset_(dataset) {}

  // The log first, then the catalog's row.
  void Create(const TableDeclaration& declaration);
  // Brings columns, comment and properties of a table that is there up to date; `full_refresh`
  // empties it and starts its flows anew. Throws what only a full refresh can do. Gives what
  // changed of the columns.
  std::vector<std::string> Update(const catalog::TableInfo& info,
                                  const TableDeclaration& declaration, bool full_refresh);
  // Puts a table that is there where it belongs now, private or public.
  catalog::TableInfo Move(const catalog::TableInfo& info) const;
  // Throws what Update would; changes nothing.
  void CheckUpdate(const catalog::TableInfo& info, const TableDeclaration& declaration,
                   bool full_refresh) const;
  // The columns after Update of this version without a full refresh; throws as it does.
  Schema SchemaAfter(const delta::Snapshot& base, const TableDeclaration& declaration) const;
  // What a change of definition takes that can't be made in place, as messages say it.
  std::string RebuildHint() const;

 private:
  std::string_view OperationName() const;
  delta::Metadata NextMetadata(const delta::Snapshot& base, const TableDeclaration& declaration,
                               bool full_refresh) const;

  const Services& services_;
  const SessionOptions& options_;
  const PipelineScope& scope_;
  const Dataset& dataset_;
};

}  // namespace weir::session
