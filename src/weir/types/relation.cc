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

}  // namespace weir
