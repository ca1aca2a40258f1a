#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// The cases of ../shared/data/spark-sql (or of the folder that WEIR_CASES names), as its README
// describes them. They are read where they are.
namespace weir::spark_sql {

// What Spark did with one statement.
struct Case {
  std::string file;  // "cast.sql.out"; the group of function examples.
  std::string id;    // Stable: "cast.sql.out#12".
  std::string sql;
  std::string schema;  // Of rows: "struct<a:int>".
  std::string output;  // Rows as text: cells joined by tabs, rows by line feeds.
  std::string
      condition;  // Of an error: "CAST_INVALID_INPUT"; Spark's class name where it has none.
  enum class Kind { kRows, kError, kNothing } kind = Kind::kRows;
};

// The folder of the cases; nothing where it is absent.
std::optional<std::filesystem::path> CasesFolder();
// Of sql-tests.jsonl.gz: those of a file stand together, in their order.
std::vector<Case> SqlTests(const std::filesystem::path& folder);
std::vector<Case> FunctionExamples(const std::filesystem::path& folder);
// Statements and types; an error where Spark does not accept them. The group is the file.
std::vector<Case> ParserAcceptance(const std::filesystem::path& folder);

// "  a ; " without the blanks and semicolons around it.
std::string StatementText(std::string sql);

}  // namespace weir::spark_sql
