#include "weir/types/relation.h"

namespace weir {

DataType FileMetadataType() {
  static const DataType kType = DataType::Struct({
      {"file_path", TypeId::kString, false},
      {"file_name", TypeId::kString, false},
      {"file_size", TypeId::kLong, false},
      {"file_block_start", TypeId::kLong, false},
      {"file_block_length", TypeId::kLong, false},
      {"file_modification_time", TypeId::kTimestamp, false},
  });
  return kType;
}

Value FileMetadataOf(const SourceFile& file) {
  const size_t slash = file.key.rfind('/');
  const std::string name = slash == std::string::npos ? file.key : file.key.substr(slash + 1);
  const auto size = static_cast<int64_t>(file.size);
  return Value(FileMetadataType(),
               std::vector<Value>{Value::String(file.uri), Value::String(name), Value::Long(size),
                                  Value::Long(0), Value::Long(size),
                                  Value(TypeId::kTimestamp, file.modified.micros)});
}

}  // namespace weir
