#pragma once

#include <memory>
#include <string>

#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/local_stores.h"
#include "weir/io/memory_store.h"

namespace weir::pipeline {

// The disk of one test, and every other store too: paths mean what they always mean, but what lies
// there is in memory, at first nothing, and gone with the object.
class TestStores final : public io::Stores {
 public:
  // Files carry this clock's times.
  explicit TestStores(const Clock& clock);

  io::Location Resolve(const std::string& path, const std::string& base_folder) override;

 private:
  io::LocalDisk disk_;  // Says where symbolic links lead, so that one place has one name.
  std::shared_ptr<io::MemoryStore> files_;
  io::LocalStores local_;
};

}  // namespace weir::pipeline
