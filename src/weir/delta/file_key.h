#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "weir/delta/actions.h"

namespace weir::delta {

// One text for each logical file: canonical path and deletion vector.
std::string FileKey(const std::string& path, const std::string& deletion_vector_json);

// Something by FileKey. Looked up without a copy of the key.
struct FileKeyHash {
  using is_transparent = void;
  uint64_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};
template <typename What>
using ByFileKey = std::unordered_map<std::string, What, FileKeyHash, std::equal_to<>>;

// Whether a file, or its deletion vector, may be elsewhere than in its table's folder: its path is
// not plainly one from there.
bool IsOddlyPlaced(const std::string& path, const std::string& deletion_vector_json);

// FileKeyHash of the key of a file.
uint64_t HashOfFileKey(const AddFile& file);
uint64_t HashOfFileKey(const RemoveFile& file);

}  // namespace weir::delta
