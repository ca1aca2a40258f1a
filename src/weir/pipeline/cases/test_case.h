#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/pipeline/cases/rows.h"
#include "weir/pipeline/spec.h"

namespace weir::pipeline {

// `given:` of one table, dataset or call of read_files.
struct Given {
  Cell name;  // As written: "orders", "main.raw.orders", "read_files('landing/orders')".
  std::optional<std::string> path;  // Of read_files.
  RowsGiven rows;
  std::optional<Cell> columns;  // "id BIGINT, name STRING"
  std::optional<Cell> as;       // read_files: the file's name in the folder.
  bool replace = false;         // Tables: instead of the rows there are.
};

struct ExpectedCounts {
  Cell name;
  std::optional<int64_t> passed;
  std::optional<int64_t> failed;
};

// `expect:` of one dataset, after the step's update.
struct ExpectedDataset {
  Cell name;
  std::optional<RowsGiven> rows;
  bool ordered = false;
  std::vector<Cell> key;
  std::optional<int64_t> dropped;   // Of what the update did: rows that expectations dropped,
  std::optional<int64_t> rejected;  // malformed records,
  std::vector<ExpectedCounts> expectations;
};

// `fails:` of one dataset.
struct ExpectedFailure {
  Cell name;
  std::string condition;  // "" for any.
  std::string message;    // A part of it; "" for any.
};

// Input that arrives, an update, and what is there afterwards.
struct TestStep {
  Span span;
  std::optional<Instant> clock;  // Nothing: it stands where it stood.
  std::vector<Given> given;
  bool full_refresh_all = false;
  std::vector<Cell> full_refresh;
  std::vector<ExpectedDataset> expect;
  std::vector<ExpectedFailure> fails;
};

// One test of a pipeline, as its file says it. docs/guide/testing.md
struct TestCase {
  std::string name;
  std::string file;  // Relative to the project's folder.
  Span span;
  std::vector<std::pair<Cell, std::string>> configuration;
  std::vector<TestStep> steps;  // At least one.
};

// The clock of a test that doesn't say: 2026-01-01 00:00:00 UTC.
Instant DefaultTestClock();

// The test files of a project, tests/**/*.yml and .yaml, relative to its folder, sorted. Names that
// start with '.' or '_' are passed over, folders too.
std::vector<std::string> TestFiles(const Spec& spec);

// Reads one of them, and the files it names. Appends all mistakes; then the cases are not complete.
std::vector<TestCase> ReadTestFile(const Spec& spec, const std::string& file,
                                   Diagnostics& diagnostics);

}  // namespace weir::pipeline
