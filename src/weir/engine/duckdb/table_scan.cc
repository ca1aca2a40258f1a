#include "weir/engine/duckdb/table_scan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "weir/engine/duckdb/file_list.h"
#include "weir/engine/duckdb/instant_function.h"
#include "weir/engine/duckdb/parquet_rescue.h"
#include "weir/engine/duckdb/statement_context.h"
#include "weir/engine/duckdb/stored_columns.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/engine/duckdb/variant_columns.h"

namespace weir::engine {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::MultiFileColumnDefinition;

// kFileColumn and kRowColumn, as the engine numbers columns that no schema has. Its own number of a
// file would be that in the list of those that filters left.
constexpr duckdb::column_t kFileId = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX + 100;
constexpr duckdb::column_t kRowId = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER;

// A column with its children, NULL where a file does not have it, at every level.
MultiFileColumnDefinition Definition(const std::string& name, const LogicalType& type) {
  MultiFileColumnDefinition column(name, type);
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(type));
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      for (const auto& [child_name, child_type] : duckdb::StructType::GetChildTypes(type)) {
        column.children.push_back(Definition(child_name, child_type));
      }
      break;
    case LogicalTypeId::LIST:
      column.children.push_back(Definition("list", duckdb::ListType::GetChildType(type)));
      break;
    case LogicalTypeId::MAP:
      column.children.push_back(Definition("key", duckdb::MapType::KeyType(type)));
      column.children.push_back(Definition("value", duckdb::MapType::ValueType(type)));
      break;
    default:
      break;
  }
  return column;
}

// Files name what a list repeats as their writers liked (`array`, `bag`); it goes by `list` here.
void NameLists(MultiFileColumnDefinition& column) {
  if (column.type.id() == LogicalTypeId::LIST && column.children.size() == 1) {
    column.children.front().name = "list";
  }
  for (MultiFileColumnDefinition& child : column.children) NameLists(child);
}

bool IsMicrosTimestamp(const LogicalType& type) {
  return type.id() == LogicalTypeId::TIMESTAMP || type.id() == LogicalTypeId::TIMESTAMP_TZ;
}

// Whether a filter on the table's type means the same with its constants cast to the file's.
bool FiltersCarryOver(const LogicalType& table, const LogicalType& file) {
  if (table == file) return true;
  return (table.IsIntegral() && file.IsIntegral()) ||
         (IsMicrosTimestamp(table) && IsMicrosTimestamp(file));
}

// Whether a filter looks for a number that files may hold as other bits: -0.0 is 0.0, and NaNs are
// many. What Bloom filters know is bits.
bool SeeksOneOfManyBits(const duckdb::TableFilter& filter) {
  const auto any = [](const auto& filters) {
    return std::any_of(filters.begin(), filters.end(),
                       [](const auto& child) { return SeeksOneOfManyBits(*child); });
  };
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON: {
      const auto& comparison = filter.Cast<duckdb::ConstantFilter>();
      const LogicalTypeId type = comparison.constant.type().id();
      if (comparison.comparison_type != duckdb::ExpressionType::COMPARE_EQUAL ||
          (type != LogicalTypeId::FLOAT && type != LogicalTypeId::DOUBLE)) {
        return false;
      }
      const auto number = comparison.constant.GetValue<double>();
      return number == 0 || std::isnan(number);
    }
    case duckdb::TableFilterType::CONJUNCTION_AND:
      return any(filter.Cast<duckdb::ConjunctionAndFilter>().child_filters);
    case duckdb::TableFilterType::CONJUNCTION_OR:
      return any(filter.Cast<duckdb::ConjunctionOrFilter>().child_filters);
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& child = filter.Cast<duckdb::OptionalFilter>().child_filter;
      return child && SeeksOneOfManyBits(*child);
    }
    default:
      return false;
  }
}

// The expression as one of the type, by our own casts.
duckdb::unique_ptr<duckdb::Expression> As(duckdb::unique_ptr<duckdb::Expression> expr,
                                          const LogicalType& type) {
  if (expr->return_type == type) return expr;
  auto cast = PlainCast(expr->return_type, type);
  return duckdb::make_uniq<duckdb::BoundCastExpression>(std::move(expr), type, std::move(cast));
}

// DuckDB casts the constants of pushed filters down to the file's type, which changes what they
// mean for some types (5.5 to INT). Such a filter is made an expression, which is evaluated on the
// column after its cast, and so is one that a Bloom filter must not judge; one that only saves work
// is left out.
// `read` are the columns as they come out of the file, before their variants are joined.
duckdb::unique_ptr<duckdb::TableFilterSet> FiltersFor(
    const duckdb::BaseFileReader& reader,
    const duckdb::vector<MultiFileColumnDefinition>& table_columns,
    const duckdb::vector<MultiFileColumnDefinition>& read,
    const duckdb::vector<duckdb::ColumnIndex>& column_ids, const duckdb::TableFilterSet& filters) {
  auto own = filters.Copy();
  for (const auto& [position, filter] : filters.filters) {
    const idx_t id = column_ids[position].GetPrimaryIndex();
    if (duckdb::IsVirtualColumn(id)) continue;
    const MultiFileColumnDefinition& column = table_columns[id];
    const MultiFileColumnDefinition* in_file = nullptr;
    for (const MultiFileColumnDefinition& local : reader.GetColumns()) {
      if (duckdb::StringUtil::CIEquals(local.name, column.name)) in_file = &local;
    }
    if (in_file == nullptr) continue;
    if (FiltersCarryOver(column.type, in_file->type) && !SeeksOneOfManyBits(*filter)) continue;
    if (filter->filter_type == duckdb::TableFilterType::OPTIONAL_FILTER) {
      own->filters.erase(position);
      continue;
    }
    const auto value =
        As(duckdb::make_uniq<duckdb::BoundReferenceExpression>(read[id].type, 0), column.type);
    own->filters[position] =
        duckdb::make_uniq<duckdb::ExpressionFilter>(filter->ToExpression(*value));
  }
  return own;
}

// Instants come as TIMESTAMP WITH TIME ZONE and go on as they are.
void KeepInstants(duckdb::unique_ptr<duckdb::Expression>& expr) {
  duckdb::ExpressionIterator::EnumerateChildren(
      *expr, [](duckdb::unique_ptr<duckdb::Expression>& child) { KeepInstants(child); });
  if (expr->GetExpressionClass() != duckdb::ExpressionClass::BOUND_CAST) return;
  auto& cast = expr->Cast<duckdb::BoundCastExpression>();
  cast.bound_cast = PlainCast(cast.child->return_type, cast.return_type);
}

// Leaves out rows as they are scanned, by their positions in the file.
class DeletedRowFilter final : public duckdb::DeleteFilter {
 public:
  explicit DeletedRowFilter(std::shared_ptr<const delta::RowSet> deleted)
      : deleted_(std::move(deleted)) {}

  // Asked from several threads at once.
  idx_t Filter(duckdb::row_t first, idx_t count, duckdb::SelectionVector& kept) override {
    kept.Initialize(STANDARD_VECTOR_SIZE);
    return deleted_->Kept(static_cast<uint64_t>(first), count, kept.data());
  }

 private:
  const std::shared_ptr<const delta::RowSet> deleted_;
};

class Reader final : public duckdb::MultiFileReader {
 public:
  duckdb::unique_ptr<MultiFileReader> Copy() const override {
    return duckdb::make_uniq<Reader>(*this);
  }

  duckdb::vector<std::string> ParsePaths(const duckdb::Value& input) override {
    return {std::to_string(input.GetValue<int64_t>())};
  }

  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(duckdb::ClientContext& context,
                                                           const duckdb::vector<std::string>& paths,
                                                           const duckdb::FileGlobInput&) override {
    const StatementContext& statement = StatementContext::Of(context);
    const auto input = static_cast<sql::InputId>(std::stoul(paths.at(0)));
    const auto source = statement.parquet.find(input);
    if (source == statement.parquet.end()) {
      throw duckdb::PermissionException("input " + paths.at(0) +
                                        " was not granted to this statement");
    }
    return duckdb::make_shared_ptr<FileList>(source->second, statement.root() + paths.at(0) + "/");
  }

  bool Bind(duckdb::MultiFileOptions&, duckdb::MultiFileList& files,
            duckdb::vector<LogicalType>& types, duckdb::vector<std::string>& names,
            duckdb::MultiFileReaderBindData& bind_data) override {
    for (const Field& field : files.Cast<FileList>().source().schema().fields()) {
      names.push_back(field.name);
      types.push_back(ToDuckdb(field.type));
      bind_data.schema.push_back(Definition(field.name, types.back()));
    }
    bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_NAME;
    return true;
  }

  void BindOptions(duckdb::MultiFileOptions&, duckdb::MultiFileList&, duckdb::vector<LogicalType>&,
                   duckdb::vector<std::string>&, duckdb::MultiFileReaderBindData&) override {}

  // How InitializeReader finds the list in force.
  duckdb::unique_ptr<duckdb::MultiFileReaderGlobalState> InitializeGlobalState(
      duckdb::ClientContext&, const duckdb::MultiFileOptions&,
      const duckdb::MultiFileReaderBindData&, const duckdb::MultiFileList& files,
      const duckdb::vector<MultiFileColumnDefinition>&,
      const duckdb::vector<duckdb::ColumnIndex>&) override {
    return duckdb::make_uniq<duckdb::MultiFileReaderGlobalState>(duckdb::vector<LogicalType>{},
                                                                 &files);
  }

  duckdb::ReaderInitializeType InitializeReader(
      duckdb::MultiFileReaderData& data, const duckdb::MultiFileBindData& bind_data,
      const duckdb::vector<MultiFileColumnDefinition>& columns,
      const duckdb::vector<duckdb::ColumnIndex>& column_ids,
      duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::ClientContext& context,
      duckdb::MultiFileGlobalState& state) override {
    const auto& files = state.multi_file_reader_state->file_list->Cast<FileList>();
    AddConstants(files, data, column_ids);
    ReadVariantsAsStored(*data.reader);
    for (MultiFileColumnDefinition& column : data.reader->columns) NameLists(column);
    const auto renamed = RenamedIn(*data.reader, files.source().renamed_columns());
    if (const auto& stored = files.source().stored_columns()) {
      NameAsInSchema(data.reader->columns, files.source().schema().fields(), *stored);
    }
    for (const auto& [at, name] : renamed) {
      data.reader->columns[at].name = name;
    }
    const auto rescued = files.source().rescued_column();
    auto wanted = columns;
    Unplaced unplaced;
    if (rescued) unplaced = TakeOut(*data.reader, *rescued, files.source().schema(), wanted);
    WantGroups(*data.reader, files.source().schema(), wanted);
    duckdb::unique_ptr<duckdb::TableFilterSet> own;
    if (filters) own = FiltersFor(*data.reader, columns, wanted, column_ids, *filters);
    const auto result = CreateMapping(context, data, wanted, column_ids, own.get(), state.file_list,
                                      bind_data.reader_bind, bind_data.virtual_columns);
    if (result == duckdb::ReaderInitializeType::SKIP_READING_FILE) return result;
    LeaveOutDeleted(context, files, *data.reader);
    if (!unplaced.all.empty() && !Rescue(context, files, data, *rescued, unplaced, column_ids)) {
      CountLoss(data, unplaced, column_ids);
    }
    for (auto& expr : data.expressions) KeepInstants(expr);
    for (auto& [column, expr] : data.reader->expression_map) KeepInstants(expr);
    MakeVariants(data, files.source().schema(), columns, column_ids);
    return result;
  }

 private:
  static void LeaveOutDeleted(duckdb::ClientContext& context, const FileList& files,
                              duckdb::BaseFileReader& reader) {
    const size_t file = files.At(reader.file_list_idx.GetIndex());
    auto deleted =
        Guarded(StatementContext::Of(context), [&] { return files.source().DeletedRowsOf(file); });
    if (deleted == nullptr || deleted->empty()) return;
    reader.deletion_filter = duckdb::make_uniq<DeletedRowFilter>(std::move(deleted));
  }

  // The engine changes the members of structs by their names, but makes no value of a struct: it is
  // to leave variants the groups that they are.
  static void WantGroups(const duckdb::BaseFileReader& reader, const Schema& schema,
                         duckdb::vector<MultiFileColumnDefinition>& wanted) {
    for (size_t i = 0; i < schema.size() && i < wanted.size(); ++i) {
      if (!schema[i].type.Holds(TypeId::kVariant)) continue;
      for (const MultiFileColumnDefinition& local : reader.GetColumns()) {
        if (!duckdb::StringUtil::CIEquals(local.name, wanted[i].GetIdentifierName())) continue;
        wanted[i] = Definition(wanted[i].name, ShapeInFile(schema[i].type, local));
      }
    }
  }

  static void MakeVariants(duckdb::MultiFileReaderData& data, const Schema& schema,
                           const duckdb::vector<MultiFileColumnDefinition>& columns,
                           const duckdb::vector<duckdb::ColumnIndex>& column_ids) {
    for (size_t i = 0; i < column_ids.size() && i < data.expressions.size(); ++i) {
      const idx_t id = column_ids[i].GetPrimaryIndex();
      if (duckdb::IsVirtualColumn(id) || id >= schema.size()) continue;
      if (!schema[id].type.Holds(TypeId::kVariant)) continue;
      auto& expr = data.expressions[i];
      if (expr) expr = As(std::move(expr), columns[id].type);
    }
  }

  // The columns of a file that go to the rescued column, by position: those of names that nobody
  // asked for, and those that don't fit what was asked for.
  struct Unplaced {
    std::vector<size_t> all;
    std::map<size_t, size_t> unfit;  // By the column that was asked for.
  };

  // Columns that are not to be filled as they are in the file are then wanted no more.
  static Unplaced TakeOut(const duckdb::BaseFileReader& reader, size_t rescued,
                          const Schema& schema, duckdb::vector<MultiFileColumnDefinition>& wanted) {
    wanted[rescued].identifier = duckdb::Value(kNoName);
    Unplaced unplaced;
    const auto& columns = reader.GetColumns();
    for (size_t i = 0; i < columns.size(); ++i) {
      bool taken = false;
      for (size_t j = 0; j < wanted.size(); ++j) {
        MultiFileColumnDefinition& column = wanted[j];
        if (!duckdb::StringUtil::CIEquals(column.GetIdentifierName(), columns[i].name)) continue;
        taken = FitsInto(columns[i].type, schema[j].type);
        if (taken) continue;
        column.identifier = duckdb::Value(kNoName);
        unplaced.unfit.emplace(j, i);
      }
      if (!taken) unplaced.all.push_back(i);
    }
    return unplaced;
  }

  // Whether the rescued column is read, which then takes what has no place.
  static bool Rescue(duckdb::ClientContext& context, const FileList& files,
                     duckdb::MultiFileReaderData& data, size_t rescued, const Unplaced& unplaced,
                     const duckdb::vector<duckdb::ColumnIndex>& column_ids) {
    for (size_t i = 0; i < column_ids.size(); ++i) {
      if (column_ids[i].GetPrimaryIndex() != rescued) continue;
      const size_t file = files.At(data.reader->file_list_idx.GetIndex());
      data.expressions[i] =
          RescueExpression(context, *data.reader, unplaced.all, files.source().UriOf(file));
      return true;
    }
    return false;
  }

  // Of the columns that are read, those that don't fit are lost; the first of them counts for all.
  static void CountLoss(duckdb::MultiFileReaderData& data, const Unplaced& unplaced,
                        const duckdb::vector<duckdb::ColumnIndex>& column_ids) {
    std::vector<size_t> lost;
    std::optional<size_t> first;
    for (size_t i = 0; i < column_ids.size(); ++i) {
      const auto unfit = unplaced.unfit.find(column_ids[i].GetPrimaryIndex());
      if (unfit == unplaced.unfit.end()) continue;
      if (!first) first = i;
      lost.push_back(unfit->second);
    }
    if (!first) return;
    const LogicalType type = data.expressions[*first]->return_type;
    data.expressions[*first] = LossExpression(*data.reader, lost, type);
  }

  // Columns of a file that have another name in the schema, by position.
  static std::map<size_t, std::string> RenamedIn(const duckdb::BaseFileReader& reader,
                                                 const std::map<std::string, std::string>& names) {
    std::map<size_t, std::string> renamed;
    if (names.empty()) return renamed;
    for (size_t i = 0; i < reader.columns.size(); ++i) {
      const auto found = names.find(reader.columns[i].name);
      if (found != names.end()) renamed.emplace(i, found->second);
    }
    return renamed;
  }

  static void AddConstants(const FileList& files, duckdb::MultiFileReaderData& data,
                           const duckdb::vector<duckdb::ColumnIndex>& column_ids) {
    const size_t file = files.At(data.reader->file_list_idx.GetIndex());
    for (size_t i = 0; i < column_ids.size(); ++i) {
      if (column_ids[i].GetPrimaryIndex() != kFileId) continue;
      const auto position = static_cast<int64_t>(files.source().PositionOf(file));
      data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), duckdb::Value::BIGINT(position));
    }
    for (const auto& [column, value] : files.source().OwnConstantsOf(file)) {
      for (size_t i = 0; i < column_ids.size(); ++i) {
        if (column_ids[i].GetPrimaryIndex() != column) continue;
        data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), ToDuckdb(value));
      }
    }
    const auto& constants = files.source().constant_columns();
    if (constants.empty()) return;
    const std::vector<Value> values = files.source().ConstantsOf(file);
    for (size_t i = 0; i < column_ids.size(); ++i) {
      for (size_t constant = 0; constant < constants.size(); ++constant) {
        if (column_ids[i].GetPrimaryIndex() != constants[constant]) continue;
        data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), ToDuckdb(values[constant]));
      }
    }
  }
};

const FileList& ListOf(const duckdb::FunctionData& bind_data) {
  return bind_data.Cast<duckdb::MultiFileBindData>().file_list->Cast<FileList>();
}

duckdb::unique_ptr<duckdb::BaseStatistics> ColumnStatistics(duckdb::ClientContext&,
                                                            const duckdb::FunctionData* bind_data,
                                                            duckdb::column_t column) {
  const FileList& files = ListOf(*bind_data);
  if (column >= files.source().schema().size()) return nullptr;
  return files.statistics().Of(column);
}

// count(*) is answered from these.
duckdb::vector<duckdb::PartitionStatistics> PartitionRows(duckdb::ClientContext&,
                                                          duckdb::GetPartitionStatsInput& input) {
  duckdb::vector<duckdb::PartitionStatistics> partitions;
  const FileList& files = ListOf(*input.bind_data);
  const auto& rows = files.statistics().rows();
  if (!rows || rows->empty()) return partitions;
  idx_t start = 0;
  for (const int64_t count : *rows) {
    duckdb::PartitionStatistics partition;
    partition.row_start = start;
    partition.count = static_cast<idx_t>(count);
    partition.count_type = duckdb::CountType::COUNT_EXACT;
    start += partition.count;
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

duckdb::virtual_column_map_t TableVirtualColumns(
    duckdb::ClientContext&, duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  duckdb::virtual_column_map_t columns;
  columns.insert({duckdb::COLUMN_IDENTIFIER_EMPTY, {"", LogicalType::BOOLEAN}});
  columns.insert({kFileId, {sql::kFileColumn, LogicalType::BIGINT}});
  columns.insert({kRowId, {sql::kRowColumn, LogicalType::BIGINT}});
  bind_data->Cast<duckdb::MultiFileBindData>().virtual_columns = columns;
  return columns;
}

}  // namespace

void RegisterTableScan(duckdb::ExtensionLoader& loader) {
  duckdb::TableFunction scan =
      loader.GetTableFunction("parquet_scan").functions.GetFunctionByOffset(0);
  // Where an expression is bound; which cast it runs is for KeepInstants to say.
  RegisterVariantCasts(duckdb::CastFunctionSet::Get(loader.GetDatabaseInstance()));
  scan.name = "weir_scan";
  scan.arguments = {LogicalType::BIGINT};
  scan.named_parameters.clear();
  scan.get_multi_file_reader =
      [](const duckdb::TableFunction&) -> duckdb::unique_ptr<duckdb::MultiFileReader> {
    return duckdb::make_uniq<Reader>();
  };
  scan.statistics = ColumnStatistics;
  scan.statistics_extended = nullptr;
  scan.get_partition_stats = PartitionRows;
  scan.get_virtual_columns = TableVirtualColumns;
  scan.get_row_id_columns = nullptr;
  // A rescued column is known only once the file was read.
  scan.supports_pushdown_type = [](const duckdb::FunctionData& bind_data, idx_t column) {
    return ListOf(bind_data).source().rescued_column() != column;
  };
  scan.late_materialization = false;
  scan.pushdown_expression = nullptr;
  scan.get_bind_info = nullptr;
  scan.serialize = nullptr;
  scan.deserialize = nullptr;
  scan.verify_serialization = false;
  loader.RegisterFunction(std::move(scan));
}

}  // namespace weir::engine
