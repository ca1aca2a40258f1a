#include "weir/pipeline/cases/test_stores.h"

#include "weir/types/data_type.h"

namespace weir::pipeline {

TestStores::TestStores(const Clock& clock)
    : files_(std::make_shared<io::MemoryStore>(clock)), local_(disk_, files_) {}

io::Location TestStores::Resolve(const std::string& path, const std::string& base_folder) {
  const size_t colon = path.find("://");
  if (colon == std::string::npos || LowerName(path.substr(0, colon)) == "file") {
    return local_.Resolve(path, base_folder);
  }
  // No path of a disk starts with a part that holds a colon and is followed by nothing.
  std::string prefix = LowerName(path.substr(0, colon)) + ":";
  for (size_t at = colon + 3; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) prefix += "/" + path.substr(at, slash - at);
    at = slash + 1;
  }
  const std::string uri = path.substr(0, path.find_last_not_of('/') + 1);
  return {files_, prefix + "/", uri};
}

}  // namespace weir::pipeline
