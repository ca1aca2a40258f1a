#include "weir/engine/duckdb/record_scan.h"

#include "weir/engine/duckdb/statement_context.h"
#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

using duckdb::idx_t;

// The type whose Arrow layout the engine takes as what we hold the type as: plain timestamps, and
// intervals as numbers.
DataType ArrowType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kTimestamp:
      return TypeId::kTimestampNtz;
    case TypeId::kDayTimeInterval:
      return TypeId::kLong;
    case TypeId::kYearMonthInterval:
      return TypeId::kInt;
    case TypeId::kCalendarInterval:
      return TypeId::kBinary;
    case TypeId::kArray:
      return DataType::Array(ArrowType(type.element()), type.contains_null());
    case TypeId::kMap:
      return DataType::Map(ArrowType(type.key()), ArrowType(type.value()), type.contains_null());
    case TypeId::kStruct: {
      std::vector<Field> fields = type.fields();
      for (Field& field : fields) field.type = ArrowType(field.type);
      return DataType::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

struct ScanData final : duckdb::TableFunctionData {
  std::shared_ptr<const RecordSource> source;
  duckdb::ArrowTableSchema arrow;  // By position in the schema.
};

struct GlobalState final : duckdb::GlobalTableFunctionState {
  idx_t MaxThreads() const override { return streams; }
  size_t streams = 0;
  std::atomic<size_t> next{0};
  std::vector<size_t> columns;  // Read from the source.
  // For each column that the engine wants: its place in `columns`; nothing: only rows count.
  std::vector<std::optional<size_t>> outputs;
};

struct LocalState final : duckdb::LocalTableFunctionState {
  size_t number = 0;  // Of the stream, for keeping rows in order.
  std::unique_ptr<BatchStream> stream;
  duckdb::shared_ptr<duckdb::ArrowArrayWrapper> batch;
  int64_t batch_rows = 0;
  int64_t row = 0;  // The next of the batch.
  std::vector<std::unique_ptr<duckdb::ArrowArrayScanState>> columns;
};

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<std::string>& names) {
  const StatementContext& statement = StatementContext::Of(context);
  const int64_t number = input.inputs.at(0).GetValue<int64_t>();
  const auto source = statement.records.find(static_cast<sql::InputId>(number));
  if (source == statement.records.end()) {
    throw duckdb::PermissionException("input " + std::to_string(number) +
                                      " was not granted to this statement");
  }
  auto data = duckdb::make_uniq<ScanData>();
  data->source = source->second;
  std::vector<Field> fields;
  for (const Field& field : data->source->schema().fields()) {
    names.push_back(field.name);
    types.push_back(ToDuckdb(field.type));
    fields.push_back({field.name, ArrowType(field.type), field.nullable, "{}"});
  }
  ArrowSchema schema = ExportArrowSchema(Schema(std::move(fields)));
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, data->arrow, schema);
  schema.release(&schema);
  return data;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  const ScanData& data = input.bind_data->Cast<ScanData>();
  auto state = duckdb::make_uniq<GlobalState>();
  state->streams = data.source->streams();
  for (const duckdb::column_t column : input.column_ids) {
    if (duckdb::IsVirtualColumn(column)) {
      state->outputs.push_back(std::nullopt);
      continue;
    }
    state->outputs.push_back(state->columns.size());
    state->columns.push_back(column);
  }
  return state;
}

// The next stream nobody has taken; whether there was one.
bool OpenNext(duckdb::ClientContext& context, const ScanData& data, GlobalState& global,
              LocalState& local) {
  const size_t number = global.next++;
  if (number >= global.streams) return false;
  StatementContext& statement = StatementContext::Of(context);
  local.number = number;
  local.stream =
      Guarded(statement, [&] { return data.source->Open(number, global.columns, statement); });
  return true;
}

// The next batch of the stream; whether there was one.
bool NextBatch(duckdb::ClientContext& context, LocalState& local) {
  auto batch = Guarded(StatementContext::Of(context), [&] { return local.stream->Next(); });
  if (!batch) return false;
  local.batch_rows = batch->rows();
  local.row = 0;
  local.batch = duckdb::make_shared_ptr<duckdb::ArrowArrayWrapper>();
  local.batch->arrow_array = batch->Release();
  return true;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(
    duckdb::ExecutionContext& context, duckdb::TableFunctionInitInput& input,
    duckdb::GlobalTableFunctionState* global_state) {
  auto local = duckdb::make_uniq<LocalState>();
  auto& global = global_state->Cast<GlobalState>();
  for (size_t i = 0; i < global.columns.size(); ++i) {
    local->columns.push_back(std::make_unique<duckdb::ArrowArrayScanState>(context.client));
  }
  if (!OpenNext(context.client, input.bind_data->Cast<ScanData>(), global, *local)) return nullptr;
  return local;
}

void Convert(const ScanData& data, const GlobalState& global, LocalState& local,
             duckdb::DataChunk& output) {
  ArrowArray& batch = local.batch->arrow_array;
  const idx_t rows = output.size();
  const auto& types = data.arrow.GetColumns();
  for (size_t i = 0; i < global.outputs.size(); ++i) {
    duckdb::Vector& vector = output.data[i];
    if (!global.outputs[i]) {
      vector.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
      duckdb::ConstantVector::SetNull(vector, true);
      continue;
    }
    const size_t place = *global.outputs[i];
    ArrowArray& column = *batch.children[place];
    duckdb::ArrowArrayScanState& state = *local.columns[place];
    state.Reset();
    state.owned_data = local.batch;
    const duckdb::ArrowType& type = *types.at(global.columns[place]);
    duckdb::ArrowToDuckDBConversion::SetValidityMask(vector, column, local.row, rows, batch.offset,
                                                     -1);
    duckdb::ArrowToDuckDBConversion::ColumnArrowToDuckDB(vector, column, local.row, state, rows,
                                                         type);
  }
}

void Scan(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
          duckdb::DataChunk& output) {
  if (!input.local_state) return;
  const ScanData& data = input.bind_data->Cast<ScanData>();
  auto& global = input.global_state->Cast<GlobalState>();
  auto& local = input.local_state->Cast<LocalState>();
  while (!local.batch || local.row == local.batch_rows) {
    if (context.interrupted) throw duckdb::InterruptException();
    if (NextBatch(context, local)) continue;
    local.batch.reset();
    if (!OpenNext(context, data, global, local)) return;
  }
  output.SetCardinality(
      std::min<idx_t>(STANDARD_VECTOR_SIZE, static_cast<idx_t>(local.batch_rows - local.row)));
  Convert(data, global, local, output);
  local.row += static_cast<int64_t>(output.size());
}

// Streams are numbered in the order of the files, so that rows can be kept in it.
duckdb::OperatorPartitionData PartitionData(duckdb::ClientContext&,
                                            duckdb::TableFunctionGetPartitionInput& input) {
  if (input.partition_info.RequiresPartitionColumns()) {
    throw duckdb::InvalidInputException("records are not partitioned");
  }
  return duckdb::OperatorPartitionData(input.local_state->Cast<LocalState>().number);
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext&,
                                                       const duckdb::FunctionData* bind_data) {
  return duckdb::make_uniq<duckdb::NodeStatistics>(
      bind_data->Cast<ScanData>().source->bytes() / 64 + 1);  // A guess.
}

// Without it, a query that only counts rows would read the first column.
duckdb::virtual_column_map_t VirtualColumns(duckdb::ClientContext&,
                                            duckdb::optional_ptr<duckdb::FunctionData>) {
  duckdb::virtual_column_map_t columns;
  columns.emplace(duckdb::COLUMN_IDENTIFIER_EMPTY,
                  duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN));
  return columns;
}

}  // namespace

void RegisterRecordScan(duckdb::ExtensionLoader& loader) {
  duckdb::TableFunction scan("weir_records", {duckdb::LogicalType::BIGINT}, Scan, Bind, InitGlobal,
                             InitLocal);
  scan.projection_pushdown = true;
  scan.cardinality = Cardinality;
  scan.get_partition_data = PartitionData;
  scan.get_virtual_columns = VirtualColumns;
  loader.RegisterFunction(std::move(scan));
}

}  // namespace weir::engine
