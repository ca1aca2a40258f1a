#include "weir/engine/duckdb/parquet_schema.h"

#include "weir/base/error.h"
#include "weir/engine/duckdb/error_translation.h"
#include "weir/io/key.h"

namespace weir::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::ParquetColumnSchema;

bool HasInt96(const ParquetColumnSchema& column) {
  if (column.type_info == duckdb::ParquetExtraTypeInfo::IMPALA_TIMESTAMP) return true;
  return std::any_of(column.children.begin(), column.children.end(), HasInt96);
}

[[noreturn]] void Refuse(const std::string& column, const LogicalType& type) {
  throw Error(ErrorCode::kUnsupported, "column `" + column + "` is of the Parquet type " +
                                           type.ToString() + ", which weir does not read");
}

// `int96`: timestamps are of the old form, which are instants.
DataType TypeOf(const LogicalType& type, const std::string& column, bool int96) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return TypeId::kBoolean;
    case LogicalTypeId::TINYINT:
      return TypeId::kByte;
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return TypeId::kShort;
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return TypeId::kInt;
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
      return TypeId::kLong;
    case LogicalTypeId::UBIGINT:
      return DataType::Decimal(20, 0);
    case LogicalTypeId::FLOAT:
      return TypeId::kFloat;
    case LogicalTypeId::DOUBLE:
      return TypeId::kDouble;
    case LogicalTypeId::DECIMAL:
      return DataType::Decimal(duckdb::DecimalType::GetWidth(type),
                               duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::ENUM:
    case LogicalTypeId::UUID:
      return TypeId::kString;
    case LogicalTypeId::BLOB:
      return TypeId::kBinary;
    case LogicalTypeId::VARIANT:
      return TypeId::kVariant;
    case LogicalTypeId::DATE:
      return TypeId::kDate;
    case LogicalTypeId::TIMESTAMP_TZ:
      return TypeId::kTimestamp;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return int96 ? TypeId::kTimestamp : TypeId::kTimestampNtz;
    case LogicalTypeId::LIST:
      return DataType::Array(TypeOf(duckdb::ListType::GetChildType(type), column, int96));
    case LogicalTypeId::MAP:
      return DataType::Map(TypeOf(duckdb::MapType::KeyType(type), column, int96),
                           TypeOf(duckdb::MapType::ValueType(type), column, int96));
    case LogicalTypeId::STRUCT: {
      std::vector<Field> fields;
      for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
        fields.push_back({name, TypeOf(child, column + "." + name, int96), true, "{}"});
      }
      return DataType::Struct(std::move(fields));
    }
    default:
      Refuse(column, type);
  }
}

}  // namespace

Schema SchemaOfParquet(duckdb::ClientContext& context, const std::string& path) {
  duckdb::ParquetOptions options(context);
  const duckdb::ParquetReader reader(context, duckdb::OpenFileInfo(path), options);
  std::vector<Field> fields;
  for (const ParquetColumnSchema& column : reader.root_schema->children) {
    fields.push_back({column.name, TypeOf(column.type, column.name, HasInt96(column)), true, "{}"});
  }
  return Schema(std::move(fields));
}

Schema ParquetSchemas::ReadSchema(const std::string& format, io::ObjectStore& store,
                                  const std::string& key) {
  if (format != "parquet") {
    throw Error(ErrorCode::kUnsupported, "the engine knows no schemas of format " + format);
  }
  FileSet files;
  files.format = format;
  files.metadata = false;
  files.files.push_back({std::string(io::NameOf(key)), key, 0, {}, ""});
  const auto instance = instances_.Get(std::nullopt);
  const auto connection = instance->Connect();
  const auto context = duckdb::make_shared_ptr<StatementContext>();
  context->parquet.emplace(0, OpenParquetFiles(files, std::shared_ptr<io::ObjectStore>(
                                                          std::shared_ptr<void>(), &store)));
  StatementContext::Attach(*connection, context);
  Schema schema;
  try {
    connection->context->RunFunctionInTransaction(
        [&] { schema = SchemaOfParquet(*connection->context, context->PathOf(0, 0)); });
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    ThrowTranslated(duckdb::ErrorData(error), *context, "");
  }
  return schema;
}

}  // namespace weir::engine
