#include "e2e/denied_table.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "weir/base/error.h"
#include "weir/io/local_stores.h"
#include "weir/pipeline/check.h"

namespace weir::test {
namespace fs = std::filesystem;
namespace {

// Of the tables' columns, comments, properties and rows.
constexpr const char* kTelling[] = {"codename", "remark",   "classified",
                                    "trait",    "nightjar", "4217"};

Outcome OutcomeOf(const Error& error) {
  return {std::string(ErrorCodeName(error.code())), error.condition(), error.what(), {}};
}

std::string Bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

// Every file below a folder: name, links and bytes.
std::string Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    files[entry.path().string()] = entry.is_regular_file() ? Bytes(entry.path()) : "";
  }
  std::string all;
  for (const auto& [name, bytes] : files) {
    all += name + " " + std::to_string(bytes.size()) + "\n" + bytes + "\n";
  }
  return all;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  if (outcome.code.empty()) return out << "success with " << testing::PrintToString(outcome.rows);
  return out << outcome.code << " " << outcome.condition << ": " << outcome.message;
}

std::string Filled(std::string text, const std::string& with) {
  for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}", at)) {
    text.replace(at, 2, with);
    at += with.size();
  }
  return text;
}

DeniedTable::DeniedTable() {
  fs::create_directories(folder_ / "work");
  fs::create_directories(folder_ / "elsewhere");
  const auto make = [&](const std::string& name, const std::string& location) {
    AsAdmin("CREATE TABLE " + name +
            " (codename STRING COMMENT 'remark of a column', weight BIGINT, trait STRING) "
            "PARTITIONED BY (trait)" +
            location + " COMMENT 'classified'");
    AsAdmin("INSERT INTO " + name + " VALUES ('nightjar', 4217, 'a'), ('nightjar', 4217, 'b')");
    AsAdmin("INSERT INTO " + name + " VALUES ('nightjar', 4217, 'a')");
  };
  make("secret", "");
  make("vault", " LOCATION '" + folder_ / "elsewhere/deep/vault" + "'");
  AsAdmin("CREATE SCHEMA hidden");
  make("hidden.secret", "");
  AsAdmin("CREATE TABLE open AS SELECT id, CAST(id AS STRING) AS name FROM range(3) AS r(id)");
  AsAdmin("CREATE VIEW window AS SELECT count(*) AS n FROM secret");
  AsAdmin("CREATE SCHEMA sandbox");
  for (const char* grant :
       {"USE CATALOG ON CATALOG main", "CREATE SCHEMA ON CATALOG main",
        "USE SCHEMA ON SCHEMA main.default", "CREATE TABLE ON SCHEMA main.default",
        "SELECT ON TABLE open", "MODIFY ON TABLE open", "SELECT ON TABLE window",
        "ALL PRIVILEGES ON SCHEMA sandbox", "MANAGE ON SCHEMA sandbox"}) {
    AsAdmin(std::string("GRANT ") + grant + " TO `bob`");
  }
  for (const auto privilege : {catalog::Privilege::kReadFiles, catalog::Privilege::kWriteFiles,
                               catalog::Privilege::kCreateCatalog}) {
    catalog().Grant("bob", privilege, {});
  }
  state_ = std::make_unique<state::Database>(folder_ / "home/weir.db", state::DatabaseOptions{});
  for (const char* sql : {"CREATE TABLE sandbox.own AS SELECT * FROM open",
                          "CREATE VIEW sandbox.view AS SELECT * FROM sandbox.own"}) {
    const Outcome outcome = AsBob(sql);
    if (!outcome.code.empty()) throw Error(ErrorCode::kInternal, outcome.message);
  }
  before_ = Everything();
}

void DeniedTable::TearDown() {
  EXPECT_TRUE(Everything() == before_) << "the denied tables are not as they were";
}

// The denied tables' files, rows of the catalog and grants.
std::string DeniedTable::Everything() {
  std::string all;
  for (const char* table : {"secret", "vault", "hidden.secret"}) all += Files(FolderOf(table));
  state::ReadTx tx = state_->Read();
  for (const char* query :
       {"SELECT id || name || kind || owner || ifnull(comment, '') || properties || location || "
        "pipeline || updated || revision FROM tables WHERE name IN ('secret', 'vault') ORDER BY id",
        "SELECT principal || privilege || table_id FROM grants WHERE table_id IN (SELECT id FROM "
        "tables WHERE name IN ('secret', 'vault')) ORDER BY id"}) {
    state::Statement row = tx.Query(query);
    while (row.Next()) all += row.Text(0) + "\n";
  }
  return all;
}

Outcome DeniedTable::Try(session::Session& session, const std::string& sql) {
  try {
    return {"", "", "", test::Run(session, sql)};
  } catch (const Error& error) {
    return OutcomeOf(error);
  }
}

std::vector<std::string> DeniedTable::AsAdmin(const std::string& sql) {
  try {
    return test::Run(*admin_, sql);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInternal, sql + " failed: " + error.what());
  }
}

int64_t DeniedTable::Refusals() {
  state::ReadTx tx = state_->Read();
  state::Statement row = tx.Query(
      "SELECT count(*) FROM statements WHERE principal = 'bob' AND decision LIKE 'DENIED: %' AND "
      "outcome = 'DENIED'");
  return row.Next() ? row.Int(0) : -1;
}

std::string DeniedTable::ToldBy(const std::string& message, const std::string& asked,
                                const std::vector<std::string>& places) {
  std::vector<std::string> telling(std::begin(kTelling), std::end(kTelling));
  telling.insert(telling.end(), places.begin(), places.end());
  for (const std::string& word : telling) {
    if (asked.find(word) == std::string::npos && message.find(word) != std::string::npos) {
      return word;
    }
  }
  return "";
}

void DeniedTable::ExpectTellsNothing(const Outcome& outcome, const std::string& asked) const {
  auto& catalog = const_cast<DeniedTable*>(this)->catalog();
  std::vector<std::string> places = {"elsewhere/deep"};
  for (const catalog::QualifiedName& name : {catalog::QualifiedName{"main", "default", "secret"},
                                             {"main", "hidden", "secret"},
                                             {"main", "default", "vault"}}) {
    if (const auto info = catalog.FindTable(name)) places.push_back(info->id);
  }
  places.insert(places.end(), more_places_.begin(), more_places_.end());
  EXPECT_EQ(ToldBy(outcome.message, asked, places), "") << asked << "\n" << outcome;
}

void DeniedTable::ExpectDenied(const std::string& sql) {
  const int64_t before = Refusals();
  const Outcome outcome = AsBob(sql);
  EXPECT_TRUE(outcome.IsDenied()) << sql << "\n" << outcome;
  ExpectTellsNothing(outcome, sql);
  if (outcome.IsDenied()) {
    EXPECT_EQ(Refusals(), before + 1) << "not on record: " << sql;
  }
}

std::string DeniedTable::FolderOf(const std::string& table) {
  const size_t dot = table.find('.');
  const auto info = catalog().FindTable(
      dot == std::string::npos
          ? catalog::QualifiedName{"main", "default", table}
          : catalog::QualifiedName{"main", table.substr(0, dot), table.substr(dot + 1)});
  return io::PathFromUri(info.value().location);
}

std::string DeniedTable::DataFileOf(const std::string& table) {
  for (const auto& entry : fs::recursive_directory_iterator(FolderOf(table))) {
    if (entry.path().extension() == ".parquet") return entry.path().string();
  }
  throw Error(ErrorCode::kInternal, table + " has no files");
}

pipeline::Spec DeniedTable::Project(const std::string& name, const std::string& sql,
                                    const std::string& storage) {
  folder_.Write("projects/" + name + "/spark-pipeline.yml",
                "name: " + name + "\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: " +
                    storage + "\nschema: sandbox\n");
  folder_.Write("projects/" + name + "/flows.sql", sql);
  auto spec = pipeline::LoadSpec(folder_ / ("projects/" + name + "/spark-pipeline.yml"));
  if (auto* wrong = std::get_if<Diagnostics>(&spec)) throw DiagnosticError(*wrong);
  return std::get<pipeline::Spec>(spec);
}

pipeline::Spec DeniedTable::PythonProject(const std::string& name, const std::string& text) {
  pipeline::Spec spec = Project(name, "");
  spec.includes = {"*.py"};
  folder_.Write("projects/" + name + "/flows.py", text);
  return spec;
}

Diagnostics DeniedTable::Check(session::Session& session, const pipeline::Spec& spec) {
  Diagnostics diagnostics;
  pipeline::CheckProject(spec, session, diagnostics);
  return diagnostics;
}

pipeline::UpdateReport DeniedTable::RunAsBob(const pipeline::Spec& spec) {
  Diagnostics diagnostics;
  const auto checked =
      pipeline::CheckProject(spec, *app_.NewSession("admin", spec.folder), diagnostics);
  if (!diagnostics.empty()) throw DiagnosticError(diagnostics);
  pipeline::UpdateOptions options;
  options.parallel = 1;
  options.retry_pause = std::chrono::milliseconds(0);
  return pipeline::RunUpdate(
      checked, [&] { return app_.NewSession("bob", spec.folder); }, options);
}

}  // namespace weir::test
