#include "weir/delta/file_key.h"

#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"

namespace weir::delta {
namespace {

// Of most files the key is the path as it is.
template <typename File>
uint64_t HashWithoutCopy(const File& file) {
  if (file.deletion_vector_json.empty() && IsCanonicalPath(file.path)) {
    return FileKeyHash()(file.path);
  }
  return FileKeyHash()(FileKey(file.path, file.deletion_vector_json));
}

}  // namespace

std::string FileKey(const std::string& path, const std::string& deletion_vector_json) {
  std::string key = CanonicalPath(path);
  if (!deletion_vector_json.empty()) key += '\0' + DeletionVectorId(deletion_vector_json);
  return key;
}

bool IsOddlyPlaced(const std::string& path, const std::string& deletion_vector_json) {
  if (path.empty() || !IsCanonicalPath(path)) return true;
  for (const char* odd : {"..", "./", "//"}) {
    if (path.find(odd) != std::string::npos) return true;
  }
  if (path.ends_with('.') || path.ends_with('/')) return true;
  if (deletion_vector_json.empty()) return false;
  // By its own name, or in the log itself.
  return deletion_vector_json.find("\"storageType\":\"u\"") == std::string::npos &&
         deletion_vector_json.find("\"storageType\":\"i\"") == std::string::npos;
}

uint64_t HashOfFileKey(const AddFile& file) { return HashWithoutCopy(file); }
uint64_t HashOfFileKey(const RemoveFile& file) { return HashWithoutCopy(file); }

}  // namespace weir::delta
