#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "weir/pipeline/cases/cell.h"

namespace weir::pipeline {

// The keys and values of a part of a test file, taken key by key. What is not as it should be is
// reported where it stands; keys that nobody asked for too.
class Members {
 public:
  // `hint` says what may stand here instead of something that is not keys and values.
  Members(const Cell& cell, std::string what, Diagnostics& diagnostics,
          const std::string& hint = "");

  bool is_good() const { return is_good_; }
  const Cell* Find(const std::string& key);
  std::optional<Cell> Text(const std::string& key);
  std::optional<int64_t> Count(const std::string& key);
  bool Flag(const std::string& key);
  // Call it when all keys there can be have been asked for.
  void RefuseOthers() const;

 private:
  const Cell& cell_;
  const std::string what_;
  Diagnostics& diagnostics_;
  bool is_good_;
  std::set<std::string> asked_;
};

}  // namespace weir::pipeline
