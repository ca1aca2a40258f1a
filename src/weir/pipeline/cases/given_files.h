#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/io/object_store.h"
#include "weir/pipeline/cases/test_case.h"
#include "weir/session/dataset.h"

namespace weir::pipeline {

// A call of read_files in a project, as far as its text tells what files it wants.
struct FileCall {
  catalog::QualifiedName dataset;
  Span span;
  std::optional<std::string> path;  // Nothing: not a plain text.
  std::string format;               // "csv", "json", "parquet"; "": not said.
  bool header = false;
  std::string delimiter = ",";
  std::string null_text;

  // "read_files('landing/orders')"
  std::string Name() const;
};

// The calls in a dataset's flows.
std::vector<FileCall> FileCallsOf(const session::Dataset& dataset);

// Whether both mean the same path.
bool SamePath(const std::string& left, const std::string& right);

// Writes what a step gives where `call` reads it: a file at its path, or one more in its folder.
// The name is `as:`, or tells the number of the step. Rows of a list are written in the call's
// format. What can't be is appended.
void PlaceFile(const Given& given, const FileCall& call, size_t step, io::Stores& stores,
               const std::string& base_folder, Diagnostics& diagnostics);

}  // namespace weir::pipeline
