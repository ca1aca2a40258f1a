#include "conformance/spark_sql/cases.h"

#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::spark_sql {
namespace {

std::vector<Json> Lines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(ParseJson(line, "a case"));
  return lines;
}

// zlib reads files that are not compressed as they are.
std::string Unzipped(const std::filesystem::path& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw Error(ErrorCode::kNotFound, "cannot read " + path.string());
  char buffer[65536];
  int n = 0;
  while ((n = gzread(file, buffer, sizeof(buffer))) > 0)
    text.append(buffer, static_cast<size_t>(n));
  gzclose(file);
  return text;
}

// "org.apache...Exception\n{ "errorClass" : "A.B", ...": the class of the error.
std::string ConditionOf(const std::string& output) {
  const size_t brace = output.find('{');
  if (brace != std::string::npos) {
    const Json details = Json::parse(output.substr(brace), nullptr, false);
    if (details.is_object() && details.contains("errorClass")) {
      return details["errorClass"].get<std::string>();
    }
  }
  return output.substr(0, output.find('\n'));
}

// Cases are named by their place among those of their group.
class Names {
 public:
  std::string Next(const std::string& group) {
    return group + "#" + std::to_string(next_[group]++);
  }

 private:
  std::map<std::string, int> next_;
};

}  // namespace

std::optional<std::filesystem::path> CasesFolder() {
  const char* const given = std::getenv("WEIR_CASES");
  const auto folder =
      std::filesystem::path(given == nullptr ? "../shared/data" : given) / "spark-sql";
  return std::filesystem::exists(folder) ? std::optional(folder) : std::nullopt;
}

std::string StatementText(std::string sql) {
  constexpr const char* kBlank = " \t\r\n;";
  const size_t begin = sql.find_first_not_of(kBlank);
  if (begin == std::string::npos) return "";
  return sql.substr(begin, sql.find_last_not_of(kBlank) - begin + 1);
}

std::vector<Case> SqlTests(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  for (const Json& line : Lines(Unzipped(folder / "sql-tests.jsonl.gz"))) {
    Case one;
    one.file = line["file"].get<std::string>();
    one.id = one.file + "#" + std::to_string(line["i"].get<int>());
    one.sql = line["sql"].get<std::string>();
    one.schema = line["schema"].get<std::string>();
    one.output = line["output"].get<std::string>();
    if (line["error"].get<bool>()) {
      one.kind = Case::Kind::kError;
      one.condition = ConditionOf(one.output);
    } else if (one.schema == "struct<>") {
      one.kind = Case::Kind::kNothing;
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<Case> FunctionExamples(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  Names names;
  for (const Json& line : Lines(Unzipped(folder / "function-examples.jsonl"))) {
    Case one;
    one.file = line["group"].get<std::string>();
    one.id = names.Next(one.file);
    one.sql = StatementText(line["sql"].get<std::string>());
    for (const Json& row : line["result"]) {
      one.output += (one.output.empty() ? "" : "\n") + row.get<std::string>();
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<Case> ParserAcceptance(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  Names names;
  for (const Json& line : Lines(Unzipped(folder / "parser-acceptance.jsonl"))) {
    Case one;
    one.file = line["group"].get<std::string>();
    one.id = names.Next(one.file);
    one.sql = line["sql"].get<std::string>();
    one.kind = line["spark_accepts"].get<bool>() ? Case::Kind::kNothing : Case::Kind::kError;
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace weir::spark_sql
