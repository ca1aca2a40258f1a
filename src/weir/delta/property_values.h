#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/properties.h"

// The values of table properties. What can't be read throws Error{kInvalid} that names property,
// value and what it should be.
namespace weir::delta {

bool ReadBoolean(const std::string& property, const std::string& value);
int64_t ReadInteger(const std::string& property, const std::string& value, int64_t least);
int64_t ReadInterval(const std::string& property, const std::string& value);
int64_t ReadBytes(const std::string& property, const std::string& value);
// Whether checkpoints are to be v2 ones.
bool ReadPolicy(const std::string& property, const std::string& value);
ParquetCodec ReadCodec(const std::string& property, const std::string& value);
// Of Parquet: 1 or 2.
int ReadFormatVersion(const std::string& property, const std::string& value);
// One of `words`, in any case.
void ReadWord(const std::string& property, const std::string& value,
              const std::vector<std::string_view>& words);

}  // namespace weir::delta
