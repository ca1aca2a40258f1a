#include "weir/engine/duckdb/data_file_copy.h"

#include "weir/base/check.h"
#include "weir/engine/duckdb/row_router.h"
#include "weir/engine/duckdb/table_writer.h"

namespace weir::engine {
namespace {

using duckdb::ClientContext;
using duckdb::ExecutionContext;
using duckdb::FunctionData;
using duckdb::GlobalFunctionData;
using duckdb::LocalFunctionData;

struct NoData final : FunctionData {
  duckdb::unique_ptr<FunctionData> Copy() const override { return duckdb::make_uniq<NoData>(); }
  bool Equals(const FunctionData&) const override { return true; }
};

struct Routing final : GlobalFunctionData {
  Routing(ClientContext& context, const WriteTarget& target)
      : router(context, target, PartitionPositions(target)) {}
  RowRouter router;
};

struct Sending final : LocalFunctionData {
  std::unique_ptr<RowRouter::Sender> sender;  // From the first rows on.
};

duckdb::unique_ptr<FunctionData> Bind(ClientContext&, duckdb::CopyFunctionBindInput&,
                                      const duckdb::vector<std::string>&,
                                      const duckdb::vector<duckdb::LogicalType>&) {
  return duckdb::make_uniq<NoData>();
}

duckdb::unique_ptr<GlobalFunctionData> Start(ClientContext& context, FunctionData&,
                                             const std::string&) {
  StatementContext& statement = StatementContext::Of(context);
  WEIR_CHECK(statement.writable && statement.writable->target);
  return Guarded(statement, [&]() -> duckdb::unique_ptr<GlobalFunctionData> {
    return duckdb::make_uniq<Routing>(context, *statement.writable->target);
  });
}

duckdb::unique_ptr<LocalFunctionData> StartThread(ExecutionContext&, FunctionData&) {
  return duckdb::make_uniq<Sending>();
}

void Sink(ExecutionContext& context, FunctionData&, GlobalFunctionData& global,
          LocalFunctionData& local, duckdb::DataChunk& rows) {
  Guarded(StatementContext::Of(context.client), [&] {
    auto& sender = local.Cast<Sending>().sender;
    if (!sender) sender = std::make_unique<RowRouter::Sender>(global.Cast<Routing>().router);
    sender->Send(rows);
  });
}

void EndThread(ExecutionContext& context, FunctionData&, GlobalFunctionData&,
               LocalFunctionData& local) {
  auto& sender = local.Cast<Sending>().sender;
  if (sender) Guarded(StatementContext::Of(context.client), [&] { sender->End(); });
}

void Finish(ClientContext& context, FunctionData&, GlobalFunctionData& global) {
  StatementContext& statement = StatementContext::Of(context);
  Guarded(statement, [&] {
    auto [files, rows] = global.Cast<Routing>().router.Finish();
    statement.written = std::move(files);
    statement.written_rows = rows;
  });
}

duckdb::CopyFunctionExecutionMode InAnyOrder(bool, bool) {
  return duckdb::CopyFunctionExecutionMode::PARALLEL_COPY_TO_FILE;
}

}  // namespace

void RegisterDataFileCopy(duckdb::ExtensionLoader& loader) {
  duckdb::CopyFunction function("weir_table");
  function.copy_to_bind = Bind;
  function.copy_to_initialize_global = Start;
  function.copy_to_initialize_local = StartThread;
  function.copy_to_sink = Sink;
  function.copy_to_combine = EndThread;
  function.copy_to_finalize = Finish;
  function.execution_mode = InAnyOrder;
  function.extension = "parquet";
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
