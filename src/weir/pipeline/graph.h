#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "weir/pipeline/project.h"

namespace weir::pipeline {

// What feeds what: datasets of a project and the names outside it that they read.
class Graph {
 public:
  // Cycles are diagnostics; a dataset on a cycle is left out of `order`.
  Graph(const Project& project, Diagnostics& diagnostics);

  // Every dataset after all that it reads.
  const std::vector<const session::Dataset*>& order() const { return order_; }
  // Datasets of the project that this one reads, directly.
  const std::set<catalog::QualifiedName>& InputsOf(const catalog::QualifiedName& dataset) const;
  // The same through temporary views: tables only.
  std::set<catalog::QualifiedName> TablesBehind(const catalog::QualifiedName& dataset) const;
  // Names and functions from outside the project, as written: "read_files", "main.raw.t".
  const std::set<std::string>& SourcesOf(const catalog::QualifiedName& dataset) const;

  std::string ToText() const;
  std::string ToMermaid() const;

 private:
  void AddEdges(const session::PipelineScope& scope, const session::Dataset& dataset);
  void Visit(const session::Dataset& dataset, Diagnostics& diagnostics);

  const Project& project_;
  std::map<catalog::QualifiedName, std::set<catalog::QualifiedName>> inputs_;
  std::map<catalog::QualifiedName, std::set<std::string>> sources_;
  std::vector<const session::Dataset*> order_;
  std::map<catalog::QualifiedName, int> state_;  // 1: being visited, 2: done, 3: on a cycle.
  std::vector<const session::Dataset*> path_;
};

}  // namespace weir::pipeline
