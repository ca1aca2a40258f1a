#include "weir/io/testing/temporary_folder.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "weir/base/check.h"

namespace weir::io {

TemporaryFolder::TemporaryFolder() : owner_(getpid()) {
  std::string name =
      std::filesystem::canonical(std::filesystem::temp_directory_path()).string() + "/weir-XXXXXX";
  WEIR_CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // The machine clears its temporary folder some day.
  if (getpid() == owner_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace weir::io
