#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "weir/pipeline/cases/given_files.h"
#include "weir/pipeline/cases/test_case.h"
#include "weir/pipeline/graph.h"

namespace weir::pipeline {

// What a test runs of its project: the datasets that it expects something of and what they read,
// up to what it gives.
class ScopedProject {
 public:
  // Appends what is wrong with the project's files, and names in the test that mean nothing in it:
  // given and not read, read and not given, expected and not there.
  ScopedProject(const Spec& spec, const TestCase& test, Diagnostics& diagnostics);

  const Project& project() const { return *project_; }
  const Graph& graph() const { return *graph_; }
  // The datasets that run, as a project of their own.
  std::unique_ptr<Project> Running() const { return Select(running_); }
  // A given dataset with what it reads, other given ones left out: to find its columns.
  std::unique_ptr<Project> Behind(const catalog::QualifiedName& given) const;

  // A name in the test, with the missing parts filled in.
  catalog::QualifiedName Qualify(const std::string& written) const;
  const session::Dataset* Find(const catalog::QualifiedName& name) const;
  // The call that reads a path; null when none does.
  const FileCall* CallOf(const std::string& path) const;
  // `path` with the values of ${key}.
  std::string Substituted(const Cell& name, const std::string& path, Diagnostics& diagnostics);
  // The table that shows the rows of a dataset: of a temporary view one that a test adds.
  catalog::QualifiedName Shown(const session::Dataset& dataset) const;

 private:
  using Names = std::set<catalog::QualifiedName>;

  void CollectGiven(const TestCase& test);
  void CollectRunning(const TestCase& test, Diagnostics& diagnostics);
  void Add(const session::Dataset& dataset, Names& names) const;
  void AddShown(const session::Dataset& view, Diagnostics& diagnostics);
  bool ReadsStream(const session::Dataset& view) const;
  void CheckNames(const TestCase& test, Diagnostics& diagnostics);
  void CheckGiven(const Given& given, Diagnostics& diagnostics);
  void CheckAllGiven(const TestCase& test, Diagnostics& diagnostics) const;
  std::string Sources() const;
  std::string Datasets() const;
  std::unique_ptr<Project> Select(const Names& names) const;

  Spec spec_;
  std::unique_ptr<Project> project_;
  std::unique_ptr<Graph> graph_;
  Names given_;  // Datasets and tables outside.
  Names running_;
  Names outside_;  // Tables outside the project that what runs reads.
  std::vector<FileCall> calls_;
  std::vector<session::Dataset> shown_;
};

}  // namespace weir::pipeline
