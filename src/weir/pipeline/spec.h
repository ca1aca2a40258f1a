#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "weir/types/diagnostic.h"

namespace weir::pipeline {

// A pipeline project's `spark-pipeline.yml`: the open format of Spark Declarative Pipelines
// (docs/formats/spark-pipeline.md). Glob patterns are relative to the folder of the file.
struct Spec {
  std::string file;    // As the user knows it.
  std::string folder;  // Absolute: relative paths of the project start here.
  std::string name;
  std::vector<std::string> includes;
  std::string storage;  // Absolute path or URI; where reports of updates are kept.
  std::string catalog = "main";
  std::string schema = "default";
  std::map<std::string, std::string> configuration;

  // Stable: the same project keeps its tables.
  std::string PipelineId() const { return name + "@" + storage; }
};

// Reads and checks a spec. Mistakes come all at once, each with its line; a file that can't be read
// throws Error (kNotFound, kDenied).
std::variant<Spec, Diagnostics> LoadSpec(const std::string& file);

// The spec file to use when none was named: spark-pipeline.yml or .yaml in `folder` or the nearest
// folder above. Throws Error{kNotFound, kInvalid (both spellings in one folder)}.
std::string FindSpec(const std::string& folder);

// The .sql and .py files that the spec's globs match, sorted, each once. A pattern that matches
// none is a diagnostic.
std::vector<std::string> SourceFiles(const Spec& spec, Diagnostics& diagnostics);

// The whole of a text file. Throws Error naming the file: kNotFound, kDenied, kInvalid (a folder;
// not UTF-8, with the line).
std::string ReadTextFile(const std::string& path);

}  // namespace weir::pipeline
