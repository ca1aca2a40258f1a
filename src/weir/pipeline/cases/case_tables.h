#pragma once

#include <map>
#include <optional>
#include <string>

#include "weir/pipeline/cases/given_tables.h"
#include "weir/pipeline/cases/scoped_project.h"
#include "weir/session/session.h"

namespace weir::pipeline {

// The tables that one test gives: those outside its project, and in place of datasets. Everything
// outlives it.
class CaseTables {
 public:
  CaseTables(session::Session& session, const ScopedProject& project, GivenTables& rows)
      : session_(session), project_(project), rows_(rows) {}

  // Makes the tables that are new and adds the step's rows; makes the catalogs that the project
  // names. Throws DiagnosticError for what is wrong in the test.
  void Give(const TestStep& step);

 private:
  void Give(const Given& given, const catalog::QualifiedName& name);
  std::optional<Schema> ColumnsOf(const Given& given, const catalog::QualifiedName& name);
  std::optional<Schema> ParsedColumns(const Cell& columns);
  void MakeCatalog(const std::string& name);
  void Execute(const std::string& statement);
  void ThrowWrong();

  session::Session& session_;
  const ScopedProject& project_;
  GivenTables& rows_;
  Diagnostics diagnostics_;
  std::map<catalog::QualifiedName, Schema> schemas_;  // Of the tables made so far.
};

}  // namespace weir::pipeline
