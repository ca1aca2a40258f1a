#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/pipeline/spec.h"

namespace weir::pipeline {

// A dataset or flow that a Python file defines, as the SQL statement that means the same.
struct PythonDefinition {
  // Named as the file; the statement stands on the line where the file has the query, or the
  // definition, so that what is wrong with it is told with the file's own lines.
  SourceText text;
  // Written with @table: a streaming table if its query reads a stream, else a materialised view.
  bool by_query = false;
  bool streams = false;  // The query reads a stream, whatever its text says.
  // Of create_sink: where rows go. The statement then only names it.
  struct Sink {
    std::string table;  // As written; "": a folder.
    std::string path;
    bool merge_schema = false;
  };
  std::optional<Sink> sink = std::nullopt;
};

// Runs Python files of a project, in their order, in one process with `python3` (or what
// WEIR_PYTHON names), and collects what they define through `pyspark.pipelines` or `dlt`. Both
// modules, and what there is of `pyspark.sql`, are weir's own (python/): they write SQL, and refuse
// by name what has none. The files run as this user, with this user's rights. All mistakes are
// appended to `diagnostics` with their lines. docs/guide/python.md says what there is.
std::vector<PythonDefinition> ReadPythonFiles(const Spec& spec,
                                              const std::vector<std::string>& files,
                                              Diagnostics& diagnostics);

// The modules that run there, by name, each after those it imports: generated from python/*.py.
using PythonModules = std::vector<std::pair<std::string, std::string>>;
const PythonModules& DefinitionModules();

}  // namespace weir::pipeline
