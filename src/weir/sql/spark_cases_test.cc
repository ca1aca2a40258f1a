// Spark's own SQL tests and function examples: the names and types of columns that we derive are
// compared with those that Spark reported. The cases are read where they are, see the README of
// their folder; without them the tests are skipped.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "weir/base/json.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

std::filesystem::path CasesFolder() {
  const char* given = std::getenv("WEIR_CASES");
  return std::filesystem::path(given == nullptr ? "../shared/data" : given) / "spark-sql";
}

std::vector<Json> ReadLines(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(ParseJson(line, "a case"));
  return lines;
}

std::string Unzipped(const std::filesystem::path& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  char buffer[65536];
  for (int n; (n = gzread(file, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  gzclose(file);
  return text;
}

std::string SchemaText(const Plan& plan) {
  std::string text;
  for (const PlanColumn& column : plan.columns) {
    text += (text.empty() ? "" : ",") + column.name + ":" + column.type.ToString();
  }
  return "struct<" + text + ">";
}

struct Counts {
  int same = 0;
  int different = 0;
  int refused = 0;      // By Spark and us.
  int only_ours = 0;    // We refuse, Spark does not: mostly functions that are not there yet.
  int only_theirs = 0;  // Spark refuses, some only when it runs.
};

std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  return out << counts.same << " the same, " << counts.different << " different, " << counts.refused
             << " refused by both, " << counts.only_ours << " only by us, " << counts.only_theirs
             << " only by Spark";
}

// The statements of one file, in order: views and tables are kept, queries compared.
class CaseFile {
 public:
  void Run(const Json& one, Counts& counts) {
    auto parsed = ParseStatement(
        std::make_shared<SourceText>(SourceText{"case.sql", one["sql"].get<std::string>()}));
    const bool refused = one["error"].get<bool>();
    auto* statement = std::get_if<StatementPtr>(&parsed);
    if (statement == nullptr) {
      ++(refused ? counts.refused : counts.only_ours);
      return;
    }
    if (auto* query = std::get_if<QueryStatement>(&(*statement)->node)) {
      Compare(*query->query, one, refused, counts);
    } else {
      Keep((*statement)->node);
    }
  }

 private:
  void Compare(const Query& query, const Json& one, bool refused, Counts& counts) {
    const BindOptions options = TestOptions();
    BindResult result = BindQuery(query, names_, options);
    const auto* bound = std::get_if<BoundQuery>(&result);
    if (bound == nullptr) {
      ++(refused ? counts.refused : counts.only_ours);
    } else if (refused) {
      ++counts.only_theirs;
    } else {
      const bool same = SchemaText(*bound->plan) == one["schema"].get<std::string>();
      ++(same ? counts.same : counts.different);
    }
  }

  void Keep(decltype(StatementNode::node)& node) {
    if (auto* view = std::get_if<CreateView>(&node)) {
      std::vector<std::string> columns;
      for (const ColumnDefinition& column : view->columns) columns.push_back(column.name.text);
      names_.AddView(LowerName(view->name.parts.back().text), *view->query, columns);
    } else if (auto* table = std::get_if<CreateTable>(&node)) {
      std::vector<Field> fields;
      for (const ColumnDefinition& column : table->clauses.columns) {
        if (column.type) fields.push_back({column.name.text, *column.type, true, "{}"});
      }
      if (table->query != nullptr) {
        const BindOptions options = TestOptions();
        BindResult result = BindQuery(*table->query, names_, options);
        const auto* bound = std::get_if<BoundQuery>(&result);
        if (bound == nullptr) return;
        fields = SchemaOf(*bound->plan).fields();
      }
      names_.AddTable(LowerName(table->name.parts.back().text), Schema(std::move(fields)));
    } else if (auto* drop = std::get_if<Drop>(&node)) {
      names_.Remove(LowerName(drop->name.parts.back().text));
    }
  }

  MemoryNames names_;
};

// Files about what weir does not have: collations, scripts, legacy settings, TIME, sketches.
bool IsForeign(const std::string& file) {
  for (const char* part :
       {"collation", "thetasketch", "kll", "scripting", "execute-immediate", "session-variable",
        "nonansi", "legacy", "show", "describe", "change-column", "time.sql", "view-schema",
        "timestampNTZ", "old-behavior", "postgreSQL/interval", "postgreSQL/date"}) {
    if (file.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(SparkCasesTest, QueriesOfSparksSqlTestsGetItsColumns) {
  const auto path = CasesFolder() / "sql-tests.jsonl.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "there is no " << path;
  std::map<std::string, CaseFile> files;
  Counts counts;
  for (const Json& one : ReadLines(Unzipped(path))) {
    const std::string file = one["file"].get<std::string>();
    if (!IsForeign(file)) files[file].Run(one, counts);
  }
  std::cout << "Spark's SQL tests: " << counts << "\n";
  // Raised as functions and types come; a fall is a defect.
  EXPECT_GE(counts.same, 2200);
  EXPECT_LE(counts.different, 61);
}

std::string TypeText(const Json& type) {
  if (type.is_string()) {
    static const std::map<std::string, std::string> names = {{"integer", "int"},
                                                             {"long", "bigint"},
                                                             {"byte", "tinyint"},
                                                             {"short", "smallint"},
                                                             {"null", "void"}};
    std::string name = type.get<std::string>();
    if (name.starts_with("decimal")) std::erase(name, ' ');
    const auto found = names.find(name);
    return found == names.end() ? name : found->second;
  }
  const std::string kind = type["type"].get<std::string>();
  if (kind == "array") return "array<" + TypeText(type["elementType"]) + ">";
  if (kind == "map") {
    return "map<" + TypeText(type["keyType"]) + "," + TypeText(type["valueType"]) + ">";
  }
  std::string text;
  for (const Json& field : type["fields"]) {
    text += (text.empty() ? "" : ",") + field["name"].get<std::string>() + ":" +
            TypeText(field["type"]);
  }
  return "struct<" + text + ">";
}

TEST(SparkCasesTest, ExamplesOfSparksFunctionsGetItsColumns) {
  const auto path = CasesFolder() / "function-examples.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "there is no " << path;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  Counts counts;
  CaseFile cases;
  for (const Json& one : ReadLines(text.str())) {
    Json asked;
    std::string sql = one["sql"].get<std::string>();
    while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ')) sql.pop_back();
    asked["sql"] = sql;
    asked["error"] = false;
    asked["schema"] = TypeText(one["schema"]);
    cases.Run(asked, counts);
  }
  std::cout << "Spark's function examples: " << counts << "\n";
  EXPECT_GE(counts.same, 400);
  EXPECT_LE(counts.different, 35);
}

}  // namespace
}  // namespace weir::sql
