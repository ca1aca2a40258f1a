// One table denied to one principal: no path leads to its files.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "e2e/denied_table.h"
#include "weir/base/error.h"
#include "weir/pipeline/check.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  const size_t at = text.rfind(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

class DeniedPathsTest : public DeniedTable {
 protected:
  // Other spellings of one absolute path.
  std::vector<std::string> Spellings(const std::string& path) {
    const std::string parent = fs::path(path).parent_path();
    const std::string name = fs::path(path).filename();
    std::vector<std::string> all = {
        path,
        path + "/",
        path + "//",
        "/" + path,
        "//" + path,
        path + "/.",
        parent + "/./" + name,
        parent + "//" + name,
        parent + "/../" + fs::path(parent).filename().string() + "/" + name,
        path + "/../" + name,
        "/nowhere/.." + path,
        Up() + path.substr(1),
        "file:" + path,
        "file://" + path,
        "file:///" + path,
        "FILE://" + path,
        "file://localhost" + path,
        "file://" + parent + "/%2E/" + name,
        "file://" + Encoded(path),
        "file:" + Encoded(path),
    };
    const std::string link = Link(path);
    for (const std::string& other : {link, link + "/", "file://" + link, "file:" + link}) {
      all.push_back(other);
    }
    return all;
  }

  // From the folder where bob's relative paths start up to the root.
  std::string Up() {
    std::string up;
    for (const auto& part : fs::path(folder_ / "work").relative_path()) {
      if (!part.empty()) up += "../";
    }
    return up;
  }

  static std::string Encoded(const std::string& path) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string encoded;
    for (const char c : path) {
      const auto byte = static_cast<unsigned char>(c);
      encoded += c == '/' ? std::string("/") : std::string{'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return encoded;
  }

  // A symbolic link to it, in a folder that is bob's.
  std::string Link(const std::string& path) {
    const std::string link = folder_ / ("work/link" + std::to_string(++links_));
    fs::create_symlink(path, link);
    return link;
  }

  // No statement that names the path gets anywhere; each is refused for lack of a right.
  void ExpectPathDenied(const std::string& path) {
    for (const char* text : {"SELECT * FROM delta.`{}`",
                             "EXPLAIN SELECT * FROM delta.`{}`",
                             "SELECT * FROM delta.`{}` VERSION AS OF 0",
                             "DESCRIBE TABLE delta.`{}`",
                             "SELECT * FROM table_changes('delta.`{}`', 0)",
                             "SELECT * FROM table_changes_by_path('{}', 0, 1)",
                             "DESCRIBE HISTORY delta.`{}`",
                             "DESCRIBE DETAIL delta.`{}`",
                             "SHOW COLUMNS IN delta.`{}`",
                             "SHOW CREATE TABLE delta.`{}`",
                             "SHOW TBLPROPERTIES delta.`{}`",
                             "SHOW PARTITIONS delta.`{}`",
                             "OPTIMIZE delta.`{}`",
                             "OPTIMIZE '{}' ZORDER BY (weight)",
                             "VACUUM delta.`{}`",
                             "VACUUM '{}' RETAIN 0 HOURS",
                             "VACUUM delta.`{}` DRY RUN",
                             "FSCK REPAIR TABLE delta.`{}`",
                             "ANALYZE TABLE delta.`{}` COMPUTE STATISTICS",
                             "CREATE TABLE sandbox.taken CLONE delta.`{}`",
                             "CREATE TABLE sandbox.taken SHALLOW CLONE delta.`{}`",
                             "CREATE TABLE sandbox.taken SHALLOW CLONE open LOCATION '{}'",
                             "CREATE TABLE sandbox.taken CLONE open LOCATION '{}'",
                             "CONVERT TO DELTA parquet.`{}` PARTITIONED BY (trait STRING)",
                             "INSERT INTO delta.`{}` VALUES ('x', 1, 'a')",
                             "INSERT OVERWRITE delta.`{}` VALUES ('x', 1, 'a')"}) {
      ExpectDenied(Filled(text, path));
    }
    for (const char* text :
         {"SELECT * FROM read_files('{}')", "SELECT * FROM read_files('{}', format => 'parquet')",
          "SELECT * FROM read_files('{}', format => 'csv', schema => 'line STRING')",
          "SELECT * FROM read_files('{}', format => 'json', recursiveFileLookup => true)",
          "SELECT count(*) FROM read_files('{}', format => 'parquet', schema => 'a INT')",
          "SELECT _metadata.file_path FROM read_files('{}', format => 'parquet')",
          "COPY INTO sandbox.own FROM '{}' FILEFORMAT = PARQUET",
          "COPY INTO sandbox.own FROM '{}' FILEFORMAT = CSV FILES = ('x.csv')",
          "COPY INTO sandbox.own FROM (SELECT 1 AS id FROM '{}') FILEFORMAT = CSV VALIDATE",
          "CREATE VIEW sandbox.peek AS SELECT * FROM read_files('{}', format => 'parquet')"}) {
      // A relative path has no place in a view; it is refused before anything is looked for.
      const bool is_relative = path[0] != '/' && path.find(':') == std::string::npos;
      if (is_relative && std::string(text).starts_with("CREATE VIEW")) continue;
      ExpectDenied(Filled(text, path));
    }
    for (const char* text : {"CREATE SCHEMA taken MANAGED LOCATION '{}'",
                             "CREATE TABLE sandbox.taken (codename STRING) LOCATION '{}'",
                             "CREATE TABLE sandbox.taken LOCATION '{}'",
                             "CREATE TABLE sandbox.taken LOCATION '{}' AS SELECT 1 AS x",
                             "CREATE OR REPLACE TABLE sandbox.own (x INT) LOCATION '{}'",
                             "CREATE TABLE IF NOT EXISTS sandbox.own (x INT) LOCATION '{}'",
                             "CREATE TABLE IF NOT EXISTS secret (x INT) LOCATION '{}'",
                             "CREATE TABLE IF NOT EXISTS vault (x INT) LOCATION '{}'"}) {
      ExpectDenied(Filled(text, path));
    }
  }

  // Adds an entry to the log of a table in a folder, as somebody with the folder in hand would.
  void Log(const std::string& table_folder, int version, const std::string& actions) {
    std::string name = std::to_string(version);
    name = std::string(20 - name.size(), '0') + name + ".json";
    folder_.Write(table_folder + "/_delta_log/" + name, actions);
  }
  static std::string Add(const std::string& path, uintmax_t size) {
    return R"({"add":{"path":")" + path + R"(","partitionValues":{},"size":)" +
           std::to_string(size) + R"(,"modificationTime":1,"dataChange":true}})" + "\n";
  }
  static std::string RemoveQuietly(const std::string& path) {
    return R"({"remove":{"path":")" + path +
           R"(","deletionTimestamp":1,"dataChange":false,"partitionValues":{}}})" + "\n";
  }

  // Checks and runs a project of one flow, as bob.
  pipeline::FlowEvent Update(const pipeline::Spec& spec) {
    Diagnostics diagnostics;
    const auto session = app_.NewSession("bob", spec.folder);
    const auto checked = pipeline::CheckProject(spec, *session, diagnostics);
    if (!diagnostics.empty()) throw DiagnosticError(diagnostics);
    return pipeline::RunUpdate(checked, [&] { return app_.NewSession("bob", spec.folder); }, {})
        .flows.at(0);
  }

 private:
  int links_ = 0;
};

TEST_F(DeniedPathsTest, EverySpellingOfItsFolderIsRefused) {
  for (const char* table : {"secret", "vault"}) {
    for (const std::string& path : Spellings(FolderOf(table))) ExpectPathDenied(path);
  }
}

TEST_F(DeniedPathsTest, WhatIsInItAndAboveItIsRefused) {
  for (const char* table : {"secret", "vault"}) {
    const std::string folder = FolderOf(table);
    for (const std::string& path :
         {DataFileOf(table), folder + "/trait=a", folder + "/_delta_log",
          folder + "/_delta_log/00000000000000000000.json", folder + "/nosuch",
          folder + "/_weir/flows", fs::path(folder).parent_path().string(),
          fs::path(folder).parent_path().parent_path().string(), Link(DataFileOf(table)),
          Link(fs::path(folder).parent_path()), std::string("/")}) {
      ExpectPathDenied(path);
    }
  }
}

TEST_F(DeniedPathsTest, TheHomeIsRefused) {
  for (const char* path : {"home", "home/", "home/weir.db", "home/weir.db-wal", "home/data",
                           "home/tmp", "home/tmp/spill", "home/nosuch", "work/../home"}) {
    ExpectPathDenied(folder_ / path);
  }
  ExpectPathDenied("../home/weir.db");
}

TEST_F(DeniedPathsTest, PatternsThatReachItAreRefused) {
  for (const char* table : {"secret", "vault"}) {
    const std::string folder = FolderOf(table);
    const std::string parent = fs::path(folder).parent_path();
    const std::string name = fs::path(folder).filename();
    for (const std::string& pattern :
         {folder + "/*", folder + "/*.parquet", folder + "/**", folder + "/**/*.parquet",
          folder + "/trait=*/*.parquet", parent + "/*", parent + "/*/*", parent + "/**",
          parent + "/[a-z0-9]*/**", parent + "/{" + name + ",x}/**", parent + "/?*/trait=a/*",
          folder_ / "*", folder_ / "**/*.parquet", folder_ / "{home,elsewhere}/**",
          std::string("../**"), std::string("../{home,elsewhere}/**"), "file://" + parent + "/*",
          Link(folder) + "/*", Link(parent) + "/**"}) {
      ExpectDenied("SELECT * FROM read_files('" + pattern + "', format => 'parquet')");
    }
  }
  // These reach nothing: what comes behind a wildcard is compared with names, not followed.
  folder_.Write("open/in/a.csv", "x\n1\n");
  for (const char* pattern : {"open/*/../../home/**", "open/{in,../home}/**", "open/**/../../**"}) {
    const Outcome outcome = AsBob("SELECT * FROM read_files('" + (folder_ / pattern) +
                                  "', format => 'csv', schema => 'x STRING')");
    EXPECT_TRUE(outcome.IsDenied() || outcome.rows.size() <= 2) << pattern << "\n" << outcome;
    EXPECT_THAT(outcome.rows, testing::Each(testing::AnyOf("x", "1")));
  }
}

TEST_F(DeniedPathsTest, OtherCaseIsAnotherPath) {
  for (const char* table : {"secret", "vault"}) {
    for (const std::string& path : {Upper(FolderOf(table)), "file://" + Upper(FolderOf(table))}) {
      for (const char* text :
           {"SELECT * FROM delta.`{}`", "SELECT * FROM read_files('{}', format => 'parquet')"}) {
        const Outcome outcome = AsBob(Filled(text, path));
        EXPECT_NE(outcome.code, "") << text;
        ExpectTellsNothing(outcome, Filled(text, path));
      }
    }
  }
}

// Links that are met on the way through a folder are not followed.
TEST_F(DeniedPathsTest, LinksInAFolderThatIsReadLeadNowhere) {
  folder_.Write("open/real.csv", "x\n1\n");
  fs::create_symlink(FolderOf("secret"), folder_ / "open/folder");
  fs::create_symlink(DataFileOf("vault"), folder_ / "open/file.parquet");
  for (const char* path : {"open", "open/*", "open/*.parquet", "open/**"}) {
    for (const char* format : {"parquet", "csv", "json"}) {
      const std::string sql = "SELECT * FROM read_files('" + (folder_ / path) + "', format => '" +
                              format +
                              "', schema => 'codename STRING', ignoreCorruptFiles => false)";
      const Outcome outcome = AsBob(sql);
      EXPECT_NE(outcome.code, "") << sql;
      ExpectTellsNothing(outcome, sql);
    }
  }
}

TEST_F(DeniedPathsTest, ATableDoesNotReachOutOfItsFolder) {
  const std::string file = DataFileOf("vault");
  const auto size = fs::file_size(file);
  const std::string up =
      "../elsewhere/deep/vault/" + fs::relative(file, FolderOf("vault")).string();
  int number = 0;
  for (const std::string& path :
       {file, "/" + file, "file:" + file, "file://" + file, "file://" + Encoded(file), up,
        Replaced(up, "..", "%2e%2e"), "x/../" + up, "./" + up, DataFileOf("secret")}) {
    const std::string folder = "mine" + std::to_string(number);
    const std::string name = "sandbox." + folder;
    ++number;
    ASSERT_EQ(AsBob("CREATE TABLE " + name + " (codename STRING, weight BIGINT) LOCATION '" +
                    (folder_ / folder) + "'")
                  .code,
              "");
    // A stream reads what was added once, though it is no longer there.
    const auto spec = Project("reach" + folder, "CREATE STREAMING TABLE out_" + folder +
                                                    " AS SELECT * FROM STREAM " + name + ";\n");
    EXPECT_EQ(Update(spec).status, pipeline::FlowStatus::kCompleted);
    Log(folder, 1, Add(path, size));
    Log(folder, 2, RemoveQuietly(path));
    const auto flow = Update(spec);
    EXPECT_EQ(flow.status, pipeline::FlowStatus::kFailed) << path;
    EXPECT_TRUE(flow.error_code == ErrorCode::kUnsupported ||
                flow.error_code == ErrorCode::kCorrupt)
        << path << "\n"
        << flow.message;
    EXPECT_THAT(AsBob("SELECT count(*) FROM sandbox.out_" + folder).rows,
                testing::ElementsAre("0"));
    for (const std::string& sql :
         {"SELECT * FROM " + name + " VERSION AS OF 1",
          "SELECT count(*) FROM " + name + " VERSION AS OF 1",
          "CREATE TABLE sandbox.copy AS SELECT * FROM " + name + " VERSION AS OF 1"}) {
      const Outcome outcome = AsBob(sql);
      EXPECT_TRUE(outcome.code == "UNSUPPORTED" || outcome.code == "CORRUPT") << path << "\n"
                                                                              << sql << "\n"
                                                                              << outcome;
    }
  }
}

TEST_F(DeniedPathsTest, ADeletionVectorIsNotTakenFromAnotherTablesFolder) {
  int number = 0;
  for (const std::string& path :
       {DataFileOf("vault"), "file://" + DataFileOf("secret"),
        std::string("../elsewhere/deep/vault/x.bin"), std::string("/etc/passwd")}) {
    const std::string folder = "vector" + std::to_string(number);
    const std::string name = "sandbox." + folder;
    ++number;
    ASSERT_EQ(AsBob("CREATE TABLE " + name + " (codename STRING) LOCATION '" + (folder_ / folder) +
                    "' TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
                  .code,
              "");
    Log(folder, 1,
        R"({"add":{"path":"own.parquet","partitionValues":{},"size":9,"modificationTime":1,)"
        R"("dataChange":true,"deletionVector":{"storageType":"p","pathOrInlineDv":")" +
            path + R"(","offset":0,"sizeInBytes":4,"cardinality":1}}})" + "\n");
    for (const std::string& sql : {"SELECT * FROM " + name, "DELETE FROM " + name,
                                   "OPTIMIZE " + name, "REORG TABLE " + name + " APPLY (PURGE)"}) {
      const Outcome outcome = AsBob(sql);
      EXPECT_TRUE(outcome.code == "UNSUPPORTED" || outcome.code == "CORRUPT") << path << "\n"
                                                                              << sql << "\n"
                                                                              << outcome;
    }
  }
}

// A folder that was bob's when it was judged, and is a link to the table's when it is opened.
TEST_F(DeniedPathsTest, ALinkPutInPlaceOfAFolderIsNotFollowed) {
  const std::string mine = folder_ / "mine";
  ASSERT_EQ(AsBob("CREATE TABLE sandbox.mine LOCATION '" + mine +
                  "' AS SELECT 'x' AS codename, 1L AS weight, 'a' AS trait")
                .code,
            "");
  const auto prepare = [&](const std::string& sql) {
    return std::get<session::Prepared>(
        bob_->Prepare(std::make_shared<SourceText>(SourceText{"<test>", sql})));
  };
  const std::string path = folder_ / "other";
  fs::copy(mine, path, fs::copy_options::recursive);
  const std::vector<session::Prepared> before = {
      prepare("INSERT INTO sandbox.mine VALUES ('x', 1, 'a')"),
      prepare("DESCRIBE HISTORY sandbox.mine"),
      prepare("DESCRIBE EXTENDED sandbox.mine"),
      prepare("INSERT INTO delta.`" + path + "` VALUES ('x', 1, 'a')"),
      prepare("DESCRIBE HISTORY delta.`" + path + "`"),
      prepare("DESCRIBE DETAIL delta.`" + path + "`"),
      prepare("CREATE TABLE sandbox.next LOCATION '" + path + "'"),
  };
  for (const char* folder : {"mine", "other"}) {
    fs::remove_all(folder_ / folder);
    fs::create_directory_symlink(FolderOf("vault"), folder_ / folder);
  }
  for (const session::Prepared& prepared : before) {
    try {
      EXPECT_THAT(RowTexts(*bob_->Execute(prepared)), testing::IsEmpty()) << prepared.text;
      ADD_FAILURE() << prepared.text;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::kDenied || error.code() == ErrorCode::kConflict)
          << prepared.text << "\n"
          << error.what();
    }
  }
  for (const char* sql : {"SELECT * FROM sandbox.mine", "DESCRIBE sandbox.mine",
                          "INSERT INTO sandbox.mine VALUES ('x', 1, 'a')",
                          "CREATE VIEW sandbox.peek AS SELECT * FROM sandbox.mine"}) {
    const Outcome outcome = AsBob(sql);
    EXPECT_TRUE(outcome.IsDenied()) << sql << "\n" << outcome;
  }
}

// The right to write files is not the right to read them.
TEST_F(DeniedPathsTest, WhoMayOnlyWriteFilesDoesNotComeToOwnATableThatIsThere) {
  ASSERT_EQ(AsBob("CREATE TABLE sandbox.mine (x INT) LOCATION '" + (folder_ / "mine") + "'").code,
            "");
  ASSERT_EQ(AsBob("DROP TABLE sandbox.mine").code, "");
  catalog().Revoke("bob", catalog::Privilege::kReadFiles, {});
  ExpectDenied("CREATE TABLE sandbox.mine LOCATION '" + (folder_ / "mine") + "'");
  ExpectDenied("CREATE TABLE sandbox.mine (x INT) LOCATION '" + (folder_ / "mine") + "'");
  EXPECT_EQ(AsBob("CREATE TABLE sandbox.mine (x INT) LOCATION '" + (folder_ / "new") + "'").code,
            "");
}

// A view of somebody with more rights does not read what lies where its reader stands.
TEST_F(DeniedPathsTest, APathInAViewDoesNotStartAtItsReader) {
  folder_.Write("work/in/a.csv", "x\n1\n");
  const Outcome made = Try(*admin_,
                           "CREATE VIEW relative AS SELECT * FROM read_files('in', "
                           "format => 'csv', schema => 'x STRING')");
  EXPECT_EQ(made.code, "INVALID") << made;
  EXPECT_THAT(made.message, testing::HasSubstr("relative path"));
  AsAdmin("CREATE VIEW whole AS SELECT * FROM read_files('" + (folder_ / "work/in") +
          "', format => 'csv', header => true, schema => 'x STRING')");
  EXPECT_THAT(AsAdmin("SELECT x FROM whole"), testing::ElementsAre("1"));
  AsAdmin("DROP VIEW whole");
}

}  // namespace
}  // namespace weir::test
