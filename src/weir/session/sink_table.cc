#include "weir/session/sink_table.h"

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/flow_log.h"
#include "weir/session/volume_path.h"

namespace weir::session {

using catalog::TableInfo;
using catalog::TableKind;

namespace {

TableInfo FolderTable(const Services& services, const PipelineScope& scope, const Sink& sink) {
  TableInfo info;
  info.name = {"", "delta", sink.path};
  info.kind = TableKind::kExternal;
  info.location = ResolveUnjudged(services, sink.path, scope.base_folder).uri;
  return info;
}

}  // namespace

std::optional<TableInfo> FindSinkTable(const Services& services, const PipelineScope& scope,
                                       const Sink& sink) {
  if (sink.table) return services.catalog.FindTable(*sink.table);
  TableInfo info = FolderTable(services, scope, sink);
  return OpenTable(services, info.location).Exists() ? std::optional(info) : std::nullopt;
}

void RequireMayFillSink(const Services& services, const SessionOptions& options,
                        const PipelineScope& scope, const Sink& sink,
                        const std::optional<TableInfo>& there) {
  if (!sink.table) {
    (void)ResolveJudged(services, options.principal, catalog::Privilege::kWriteFiles, sink.path,
                        scope.base_folder);
    return;
  }
  if (!there) return;
  services.catalog.RequireTable(options.principal, catalog::Privilege::kModify, there->name);
  if (there->kind == TableKind::kManaged || there->kind == TableKind::kExternal) return;
  throw Error(ErrorCode::kInvalid,
              there->name.ToString() + " is " + std::string(catalog::TableKindPhrase(there->kind)) +
                  ", which its own definition fills; let the sink write to a table, and flows of "
                  "this pipeline that fill the dataset name it as their target")
      .WithCondition("UNSUPPORTED_FEATURE");
}

void MakeSinkTable(const Services& services, const SessionOptions& options,
                   const PipelineScope& scope, const Dataset& dataset,
                   const TableDeclaration& declaration) {
  const Sink& sink = *dataset.sink;
  TableInfo info = sink.table ? TableInfo() : FolderTable(services, scope, sink);
  if (sink.table) {
    const auto reserved = services.catalog.Reserve({sink.table->catalog, sink.table->schema});
    info.id = reserved.id;
    info.name = *sink.table;
    info.owner = options.principal;
    info.location = reserved.location;
  }
  const delta::Table table = OpenTable(services, info.location);
  if (!sink.table) RequireFreeFolder(table.location());
  TableChange change;
  change.metadata = MetadataOf(declaration, services.clock);
  change.commit.operation = "CREATE TABLE";
  CommitChange(services, table, change);
  if (!sink.table) return;
  try {
    services.catalog.CreateTable(info);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kExists) throw;
    DeleteFolder(table.location());
    throw MadeMeanwhile(dataset);
  }
}

void RestartSink(const Services& services, const PipelineScope& scope, const Dataset& dataset,
                 const TableInfo& info) {
  const delta::Table table = OpenTable(services, info.location);
  const std::string app = scope.GenerationApp(dataset);
  TableChange change;
  change.base = LatestOf(table, info);
  change.progress = {app, GenerationOf(*change.base, app) + 1};
  change.commit.operation = "RESTART SINK";
  CommitChange(services, table, change);
}

}  // namespace weir::session
