#include "weir/connect/files/inference.h"

#include <algorithm>
#include <functional>

#include "weir/base/error.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/sample.h"
#include "weir/types/whole_digits.h"

namespace weir::connect {

namespace {

DataType MergeTypes(const DataType& left, const DataType& right);

std::vector<Field> MergeFields(std::vector<Field> fields, const std::vector<Field>& more) {
  for (const Field& field : more) {
    const auto same = std::find_if(fields.begin(), fields.end(), [&](const Field& other) {
      return LowerName(other.name) == LowerName(field.name);
    });
    if (same == fields.end()) {
      fields.push_back(field);
    } else {
      same->type = MergeTypes(same->type, field.type);
      same->nullable = same->nullable || field.nullable;
    }
  }
  return fields;
}

DataType MergeNumbers(const DataType& left, const DataType& right) {
  const auto is_real = [](const DataType& type) {
    return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
  };
  if (is_real(left) || is_real(right)) return TypeId::kDouble;
  if (left.IsIntegral() && right.IsIntegral()) return left.id() > right.id() ? left : right;
  const int left_scale = left.IsIntegral() ? 0 : left.scale();
  const int right_scale = right.IsIntegral() ? 0 : right.scale();
  const int scale = std::max(left_scale, right_scale);
  const int precision = std::max(WholeDigits(left), WholeDigits(right)) + scale;
  return precision > 38 ? DataType(TypeId::kDouble) : DataType::Decimal(precision, scale);
}

// Of types that don't go together the first counts; the values of the others are rescued.
DataType MergeTypes(const DataType& left, const DataType& right) {
  if (left == right) return left;
  if (left.IsNumeric() && right.IsNumeric()) return MergeNumbers(left, right);
  if (left.id() != right.id()) return left;
  switch (left.id()) {
    case TypeId::kStruct:
      return DataType::Struct(MergeFields(left.fields(), right.fields()));
    case TypeId::kArray:
      return DataType::Array(MergeTypes(left.element(), right.element()));
    case TypeId::kMap:
      return DataType::Map(left.key(), MergeTypes(left.value(), right.value()));
    default:
      return left;
  }
}

// Of files that say what columns they have.
Schema InferDeclared(const std::vector<SourceFile>& sample,
                     const std::function<Schema(const SourceFile& file)>& read) {
  std::vector<Field> fields;
  std::optional<Error> failure;
  for (const SourceFile& file : sample) {
    try {
      fields = MergeFields(std::move(fields), read(file).fields());
    } catch (const Error& error) {
      // A damaged file is reported when it is read; it does not hide the others.
      failure = error.WithContext(file.uri);
      if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) {
        throw *failure;
      }
    }
  }
  if (fields.empty() && failure) throw *failure;
  for (Field& field : fields) field.nullable = true;
  return Schema(std::move(fields));
}

DataType HintedType(const DataType& type, std::string_view path, const DataType& hint) {
  const size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  std::vector<Field> fields;
  if (type.id() == TypeId::kStruct) fields = type.fields();
  auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return LowerName(field.name) == LowerName(name);
  });
  if (found == fields.end()) found = fields.insert(fields.end(), {name, TypeId::kString});
  found->type =
      dot == std::string_view::npos ? hint : HintedType(found->type, path.substr(dot + 1), hint);
  return DataType::Struct(std::move(fields));
}

}  // namespace

Schema ApplyHints(const Schema& inferred, const Schema& hints) {
  std::vector<Field> fields = inferred.fields();
  for (const Field& hint : hints.fields()) {
    const auto exact = Schema(fields).Find(hint.name);
    if (exact) {
      fields[*exact].type = hint.type;
    } else if (hint.name.find('.') != std::string::npos) {
      fields = HintedType(DataType::Struct(std::move(fields)), hint.name, hint.type).fields();
    } else {
      fields.push_back({hint.name, hint.type});
    }
  }
  return Schema(std::move(fields));
}

Schema InferSchema(const FileOptions& options, const std::vector<SourceFile>& files,
                   io::ObjectStore& store, FormatReader& formats) {
  if (options.format == "text")
    return options.schema.value_or(Schema({{"value", TypeId::kString}}));
  if (options.format == "binaryfile") return BinaryFileSchema();
  const std::vector<SourceFile> sample = SampleFiles(files);
  Schema inferred;
  if (options.format == "csv") {
    inferred = InferCsv(options, sample, store);
  } else if (options.format == "json") {
    inferred = InferJson(options, sample, store);
  } else if (options.format == "xml") {
    inferred = InferXml(options, sample, store);
  } else if (options.format == "avro") {
    const RecordOptions how = RecordOptionsFrom(options.record_options, options.zone);
    inferred = InferDeclared(
        sample, [&](const SourceFile& file) { return ReadAvroSchema(file, store, how); });
  } else {
    inferred = InferDeclared(sample, [&](const SourceFile& file) {
      return formats.ReadSchema(options.format, store, file.key);
    });
  }
  Schema schema = ApplyHints(inferred, options.hints);
  if (schema.size() > 0) return schema;
  const std::string what = files.empty() ? "no file matches '" + options.path + "' yet"
                                         : "the files of '" + options.path + "' hold no column";
  const bool lines = options.format == "json" &&
                     !RecordOptionsFrom(options.record_options, options.zone).multi_line;
  throw DiagnosticError(
      {{"UNABLE_TO_INFER_SCHEMA", "42KD9", Span{}, what + ", so their columns are not known",
        "give them with schema => 'id BIGINT, name STRING', or check the path" +
            std::string(lines ? "; records of JSON over several lines need multiLine => true" : ""),
        ErrorCode::kNotFound}});
}

}  // namespace weir::connect
