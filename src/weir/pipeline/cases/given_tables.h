#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "weir/connect/source.h"
#include "weir/pipeline/cases/rows.h"

namespace weir::pipeline {

// Rows that a test gives to tables, on their way through `INSERT ... FROM given_rows('id')`. Safe
// from many threads; connectors it made don't outlive it.
class GivenTables {
 public:
  // Gives the id.
  std::string Add(TypedRows rows);
  connect::Connector Connector();

 private:
  std::shared_ptr<const TypedRows> Get(const std::string& id) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const TypedRows>> rows_;
};

}  // namespace weir::pipeline
