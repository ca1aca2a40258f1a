// One volume denied to one principal: no statement, path, link, view or pipeline reaches its files.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "e2e/denied_table.h"
#include "weir/base/error.h"
#include "weir/io/local_stores.h"
#include "weir/pipeline/check.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;

// dossier is a managed volume, annex an external one; bob has a volume of his own, sandbox.mine,
// and one whose folder is in his hands, sandbox.bobs.
class DeniedVolumesTest : public DeniedTable {
 protected:
  DeniedVolumesTest() {
    folder_.Write("work/in.csv", "codename\nnightjar\n");
    for (const char* sql :
         {"CREATE VOLUME dossier COMMENT 'classified'", "CREATE VOLUME hidden.dossier",
          "PUT 'in.csv' INTO '/Volumes/main/default/dossier/deep/a.csv'",
          "PUT 'in.csv' INTO '/Volumes/main/hidden/dossier/a.csv'"}) {
      AsAdmin(sql);
    }
    AsAdmin("CREATE EXTERNAL VOLUME annex LOCATION '" + (folder_ / "elsewhere/annexed") + "'");
    AsAdmin("PUT 'in.csv' INTO '/Volumes/main/default/annex/deep/a.csv'");
    AsAdmin("GRANT CREATE VOLUME ON SCHEMA main.default TO `bob`");
    fs::create_directories(folder_ / "bobs");
    folder_.Write("work/own.csv", "x\n1\n");
    for (const std::string& sql :
         {std::string("CREATE VOLUME sandbox.mine"),
          "CREATE EXTERNAL VOLUME sandbox.bobs LOCATION '" + (folder_ / "bobs") + "'",
          std::string("PUT 'own.csv' INTO '/Volumes/main/sandbox/mine/own.csv'")}) {
      const Outcome outcome = AsBob(sql);
      if (!outcome.code.empty()) throw Error(ErrorCode::kInternal, outcome.message);
    }
    more_places_ = {Volume("dossier").id, Volume("hidden.dossier").id, "annexed"};
    volumes_ = Everything();
  }

  void TearDown() override {
    EXPECT_EQ(Everything(), volumes_) << "the denied volumes are not as they were";
    DeniedTable::TearDown();
  }

  catalog::VolumeInfo Volume(const std::string& name) {
    const size_t dot = name.find('.');
    return catalog()
        .FindVolume(dot == std::string::npos
                        ? catalog::QualifiedName{"main", "default", name}
                        : catalog::QualifiedName{"main", name.substr(0, dot), name.substr(dot + 1)})
        .value();
  }
  std::string FolderOfVolume(const std::string& name) {
    return io::PathFromUri(Volume(name).location);
  }

  // Every statement that can name a path to read, and those that write there.
  void ExpectPathDenied(const std::string& path) {
    for (const char* text :
         {"SELECT * FROM read_files('{}')",
          "SELECT * FROM read_files('{}', format => 'csv', schema => 'line STRING')",
          "SELECT * FROM read_files('{}', format => 'csv', recursiveFileLookup => true)",
          "SELECT count(*) FROM read_files('{}', format => 'csv', schema => 'line STRING')",
          "EXPLAIN SELECT * FROM read_files('{}', format => 'csv')",
          "CREATE TABLE sandbox.copy AS SELECT * FROM read_files('{}', format => 'csv')",
          "CREATE VIEW sandbox.peek AS SELECT * FROM read_files('{}', format => 'csv')",
          "INSERT INTO sandbox.own SELECT 1, codename FROM read_files('{}', format => 'csv')",
          "SELECT * FROM open WHERE name IN (SELECT codename FROM read_files('{}', format => "
          "'csv'))",
          "COPY INTO sandbox.own FROM '{}' FILEFORMAT = CSV",
          "COPY INTO sandbox.own FROM (SELECT 1 AS id FROM '{}') FILEFORMAT = CSV VALIDATE",
          "SELECT * FROM delta.`{}`",
          "DESCRIBE HISTORY delta.`{}`",
          "DESCRIBE DETAIL delta.`{}`",
          "INSERT INTO delta.`{}` VALUES (1)",
          "LIST '{}'",
          "LIST '{}' LIMIT 0",
          "PUT '{}/a.csv' INTO '/Volumes/main/sandbox/mine/stolen.csv'",
          "PUT '{}' INTO '/Volumes/main/sandbox/mine/stolen.csv' OVERWRITE",
          "GET '/Volumes/main/sandbox/mine/own.csv' TO '{}/new.csv'"}) {
      ExpectDenied(Filled(text, path));
    }
  }

 private:
  std::string Everything() {
    std::ostringstream all;
    for (const char* name : {"dossier", "hidden.dossier", "annex"}) {
      const catalog::VolumeInfo info = Volume(name);
      all << info.id << info.owner << info.comment.value_or("") << info.revision << "\n";
      for (const auto& entry : fs::recursive_directory_iterator(FolderOfVolume(name))) {
        all << entry.path() << "\n";
        if (entry.is_regular_file()) all << std::ifstream(entry.path()).rdbuf();
      }
      for (const auto& grant : catalog().Grants({catalog::SecurableKind::kVolume, info.name.catalog,
                                                 info.name.schema, info.name.name})) {
        all << grant.principal << PrivilegeName(grant.privilege);
      }
    }
    return all.str();
  }

  std::string volumes_;
};

TEST_F(DeniedVolumesTest, NoSpellingOfItsPathLeadsIn) {
  for (const char* path :
       {"/Volumes/main/default/dossier", "/Volumes/main/default/dossier/",
        "/Volumes/main/default/dossier/deep", "/Volumes/main/default/annex/deep",
        "/Volumes/main/hidden/dossier", "/Volumes/MAIN/Default/DOSSIER",
        "/Volumes//main/./default//dossier", "dbfs:/Volumes/main/default/dossier",
        "DBFS:/Volumes/main/default/dossier", "dbfs:///Volumes/main/default/dossier",
        "dbfs:/Volumes/main/default/%64ossier", "dbfs:/%56olumes/main/default/dossier",
        "dbfs:/Volumes%2Fmain/default%2fdossier/deep"}) {
    ExpectPathDenied(path);
  }
  for (const char* pattern :
       {"/Volumes/main/default/dossier/*", "/Volumes/main/default/dossier/**",
        "/Volumes/main/default/dossier/{deep,x}/*.csv", "dbfs:/Volumes/main/default/annex/d?ep"}) {
    ExpectDenied(Filled("SELECT * FROM read_files('{}', format => 'csv')", pattern));
  }
}

// Whoever may write somewhere and may not read there, and the other way round.
TEST_F(DeniedVolumesTest, ReadingAndWritingAreGrantedApart) {
  AsAdmin("CREATE VOLUME shared");
  AsAdmin("PUT 'own.csv' INTO '/Volumes/main/default/shared/a.csv'");
  const std::vector<std::string> reads = {
      "SELECT * FROM read_files('/Volumes/main/default/shared', format => 'csv')",
      "LIST '/Volumes/main/default/shared'", "DESCRIBE VOLUME shared",
      "GET '/Volumes/main/default/shared/a.csv' TO 'got.csv'"};
  const std::vector<std::string> writes = {
      "PUT 'own.csv' INTO '/Volumes/main/default/shared/b.csv' OVERWRITE",
      "REMOVE '/Volumes/main/default/shared/b.csv'"};
  const auto expect_all = [&](const std::vector<std::string>& statements, bool may) {
    for (const auto& sql : statements) {
      if (may) {
        EXPECT_EQ(AsBob(sql).code, "") << sql;
      } else {
        ExpectDenied(sql);
      }
    }
  };
  const auto expect = [&](bool may_read, bool may_write) {
    expect_all(reads, may_read);
    expect_all(writes, may_write);
  };
  expect(false, false);
  AsAdmin("GRANT READ VOLUME ON VOLUME shared TO `bob`");
  expect(true, false);
  AsAdmin("REVOKE READ VOLUME ON VOLUME shared FROM `bob`");
  AsAdmin("GRANT WRITE VOLUME ON VOLUME shared TO `bob`");
  expect(false, true);
  AsAdmin("REVOKE WRITE VOLUME ON VOLUME shared FROM `bob`");
  AsAdmin("GRANT MANAGE ON VOLUME shared TO `bob`");
  expect(false, false);
  AsAdmin("DROP VOLUME shared");
}

TEST_F(DeniedVolumesTest, NoStatementAboutItWorks) {
  for (const char* volume : {"dossier", "main.default.annex", "hidden.dossier", "`DOSSIER`"}) {
    for (const char* text :
         {"DESCRIBE VOLUME {}", "DROP VOLUME {}", "DROP VOLUME IF EXISTS {}",
          "ALTER VOLUME {} RENAME TO sandbox.taken", "ALTER VOLUME {} OWNER TO `bob`",
          "COMMENT ON VOLUME {} IS 'mine'", "GRANT READ VOLUME ON VOLUME {} TO `bob`",
          "GRANT ALL PRIVILEGES ON VOLUME {} TO `bob`",
          "REVOKE READ VOLUME ON VOLUME {} FROM `bob`", "SHOW GRANTS ON VOLUME {}"}) {
      ExpectDenied(Filled(text, volume));
    }
  }
  EXPECT_THAT(AsBob("SHOW VOLUMES IN main.default").rows, testing::IsEmpty());
  EXPECT_THAT(AsBob("SHOW VOLUMES IN main.sandbox").rows,
              ElementsAre("sandbox|bobs", "sandbox|mine"));
  ExpectDenied("SHOW VOLUMES IN main.hidden");
  for (const char* path : {"default/dossier/deep/a.csv", "hidden/dossier/a.csv"}) {
    ExpectDenied(Filled("REMOVE '/Volumes/main/{}'", path));
    ExpectDenied(Filled("GET '/Volumes/main/{}' TO 'got.csv'", path));
    ExpectDenied(Filled("PUT 'own.csv' INTO '/Volumes/main/{}' OVERWRITE", path));
  }
}

TEST_F(DeniedVolumesTest, ItsFolderIsReachedByNoOtherPath) {
  for (const char* volume : {"dossier", "annex"}) {
    const std::string folder = FolderOfVolume(volume);
    const std::string link = folder_ / (std::string("work/link-to-") + volume);
    fs::create_symlink(folder, link);
    for (const std::string& path : {folder, folder + "/deep", "file://" + folder, link,
                                    folder + "/../" + fs::path(folder).filename().string()}) {
      ExpectPathDenied(path);
      for (const char* text : {"CREATE TABLE sandbox.taken (x INT) LOCATION '{}'",
                               "CREATE EXTERNAL VOLUME sandbox.taken LOCATION '{}'",
                               "CREATE EXTERNAL VOLUME sandbox.taken LOCATION '{}/deep/deeper'"}) {
        ExpectDenied(Filled(text, path));
      }
    }
    const std::string above = fs::path(folder).parent_path();
    ExpectDenied("CREATE EXTERNAL VOLUME sandbox.taken LOCATION '" + above + "'");
    ExpectDenied("SELECT * FROM read_files('" + above + "/*/deep/*', format => 'csv')");
  }
}

// ".." is no way from one's own volume to another's.
TEST_F(DeniedVolumesTest, APathDoesNotLeaveItsVolume) {
  const std::string up = "/Volumes/main/sandbox/mine/";
  const std::string id = Volume("dossier").id;
  for (const std::string& path :
       {up + "../../default/dossier", up + "../" + id, up + "x/../../" + id,
        "dbfs:" + up + "%2e%2e/" + id, "dbfs:" + up + "..%2F" + id, up + "./../" + id}) {
    for (const char* text : {"SELECT * FROM read_files('{}', format => 'csv')", "LIST '{}'",
                             "GET '{}/deep/a.csv' TO 'got.csv'", "SELECT * FROM delta.`{}`",
                             "COPY INTO sandbox.own FROM '{}' FILEFORMAT = CSV"}) {
      const Outcome outcome = AsBob(Filled(text, path));
      EXPECT_EQ(outcome.condition, "INVALID_VOLUME_PATH") << Filled(text, path) << "\n" << outcome;
    }
  }
  // In the plain form an escape is nothing but its characters, and what comes behind a wildcard is
  // compared with names.
  for (const std::string& path : {up + "%2e%2e/" + id, up + "*/../../" + id + "/**"}) {
    const Outcome outcome = AsBob(Filled(
        "SELECT * FROM read_files('{}', format => 'csv', schema => 'codename STRING')", path));
    EXPECT_TRUE(outcome.condition == "PATH_NOT_FOUND" || outcome.rows.empty()) << outcome;
    ExpectTellsNothing(outcome, path + " codename");
  }
}

// A folder in bob's hands: links in it lead nowhere, and one in its place neither.
TEST_F(DeniedVolumesTest, LinksInAVolumeAreNotFollowed) {
  for (const std::string& target : {FolderOfVolume("dossier"), FolderOfVolume("annex"),
                                    FolderOf("secret"), FolderOf("vault")}) {
    fs::remove(folder_ / "bobs/link");
    fs::create_symlink(target, folder_ / "bobs/link");
    for (const char* text :
         {"SELECT * FROM read_files('{}', format => 'csv', schema => 'codename STRING')",
          "SELECT * FROM delta.`{}`", "LIST '{}'", "LIST '{}/deep'",
          "PUT '{}/deep/a.csv' INTO '/Volumes/main/sandbox/mine/stolen.csv'",
          "GET '{}/deep/a.csv' TO 'got.csv'", "PUT 'own.csv' INTO '{}/deep/b.csv'",
          "REMOVE '{}/deep/a.csv'", "GET '/Volumes/main/sandbox/mine/own.csv' TO '{}/x'",
          "COPY INTO sandbox.own FROM '{}' FILEFORMAT = PARQUET"}) {
      ExpectDenied(Filled(text, "/Volumes/main/sandbox/bobs/link"));
    }
    for (const char* text :
         {"SELECT * FROM read_files('/Volumes/main/sandbox/bobs/*/*', format => 'csv', schema => "
          "'codename STRING')",
          "SELECT * FROM read_files('/Volumes/main/sandbox/bobs', format => 'csv', schema => "
          "'codename STRING', recursiveFileLookup => true, ignoreCorruptFiles => false)"}) {
      const Outcome outcome = AsBob(text);
      EXPECT_TRUE(!outcome.code.empty() || outcome.rows.empty()) << text << "\n" << outcome;
      ExpectTellsNothing(outcome, text);
    }
  }
  fs::remove_all(folder_ / "bobs");
  fs::create_symlink(FolderOfVolume("dossier"), folder_ / "bobs");
  for (const char* text : {"SELECT * FROM read_files('{}', format => 'csv')", "LIST '{}'",
                           "GET '{}/deep/a.csv' TO 'got.csv'", "REMOVE '{}/deep/a.csv'",
                           "PUT 'own.csv' INTO '{}/b.csv'"}) {
    ExpectDenied(Filled(text, "/Volumes/main/sandbox/bobs"));
  }
}

// PUT and GET name paths of the machine: those of tables and of the home are closed to them.
TEST_F(DeniedVolumesTest, NoFileOfATableIsPutIntoAVolumeOrOverwritten) {
  for (const std::string& file :
       {DataFileOf("secret"), DataFileOf("vault"), folder_ / "home/weir.db"}) {
    ExpectDenied("PUT '" + file + "' INTO '/Volumes/main/sandbox/mine/stolen'");
    ExpectDenied("GET '/Volumes/main/sandbox/mine/own.csv' TO '" + file + "'");
    ExpectDenied("LIST '" + file + "'");
  }
  catalog().Revoke("bob", catalog::Privilege::kReadFiles, {});
  ExpectDenied("PUT 'own.csv' INTO '/Volumes/main/sandbox/mine/b.csv'");
  EXPECT_EQ(AsBob("GET '/Volumes/main/sandbox/mine/own.csv' TO 'got.csv'").code, "");
  ExpectDenied("CREATE EXTERNAL VOLUME sandbox.more LOCATION '" + (folder_ / "more") + "'");
  catalog().Grant("bob", catalog::Privilege::kReadFiles, {});
  catalog().Revoke("bob", catalog::Privilege::kWriteFiles, {});
  ExpectDenied("GET '/Volumes/main/sandbox/mine/own.csv' TO 'got.csv'");
  ExpectDenied("CREATE EXTERNAL VOLUME sandbox.more LOCATION '" + (folder_ / "more") + "'");
}

// Reading by volume takes no right to paths.
TEST_F(DeniedVolumesTest, AVolumeIsReadWithoutReadFiles) {
  catalog().Revoke("bob", catalog::Privilege::kReadFiles, {});
  EXPECT_THAT(
      AsBob(
          "SELECT x FROM read_files('/Volumes/main/sandbox/mine', format => 'csv', header => true)")
          .rows,
      ElementsAre("1"));
  ExpectDenied("SELECT x FROM read_files('" + (folder_ / "work/own.csv") + "')");
}

TEST_F(DeniedVolumesTest, AViewReadsWithItsOwnersRights) {
  AsAdmin(
      "CREATE VIEW summary AS SELECT count(*) AS n FROM "
      "read_files('/Volumes/main/default/dossier/deep', format => 'csv', header => true)");
  ExpectDenied("SELECT * FROM summary");
  AsAdmin("GRANT SELECT ON TABLE summary TO `bob`");
  EXPECT_THAT(AsBob("SELECT n FROM summary").rows, ElementsAre("1"));
  ASSERT_EQ(AsBob("CREATE VIEW sandbox.own_view AS SELECT x FROM "
                  "read_files('/Volumes/main/sandbox/mine', format => 'csv', header => true)")
                .code,
            "");
  // The admin reads bob's view with bob's rights, which end when he loses them.
  AsAdmin("ALTER VOLUME sandbox.mine OWNER TO `admin`");
  AsAdmin("REVOKE ALL PRIVILEGES ON SCHEMA sandbox FROM `bob`");
  EXPECT_EQ(Try(*admin_, "SELECT * FROM sandbox.own_view").code, "DENIED");
  AsAdmin("DROP VIEW summary");
}

// A right that was taken away between preparing and running.
TEST_F(DeniedVolumesTest, WhatIsPreparedIsJudgedAgainBeforeItRuns) {
  AsAdmin("GRANT READ VOLUME ON VOLUME annex TO `bob`");
  const auto prepared =
      std::get<session::Prepared>(bob_->Prepare(std::make_shared<SourceText>(SourceText{
          "<test>",
          "SELECT * FROM read_files('/Volumes/main/default/annex/deep', format => 'csv')"})));
  AsAdmin("REVOKE READ VOLUME ON VOLUME annex FROM `bob`");
  try {
    bob_->Execute(prepared);
    ADD_FAILURE() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDenied) << error.what();
  }
}

TEST_F(DeniedVolumesTest, NoPipelineReadsIt) {
  int number = 0;
  for (const char* path : {"/Volumes/main/default/dossier/deep", "dbfs:/Volumes/main/default/annex",
                           "/Volumes/main/hidden/dossier"}) {
    for (const char* text :
         {"CREATE STREAMING TABLE # AS SELECT * FROM STREAM read_files('{}', format => 'csv', "
          "schema => 'codename STRING');",
          "CREATE MATERIALIZED VIEW # AS SELECT * FROM read_files('{}', format => 'csv', schema => "
          "'codename STRING');",
          "CREATE TEMPORARY VIEW v# AS SELECT * FROM STREAM read_files('{}', format => 'csv'); "
          "CREATE STREAMING TABLE # AS SELECT * FROM STREAM v#;"}) {
      std::string sql = Filled(text, path);
      const std::string name = "v" + std::to_string(++number);
      for (size_t at; (at = sql.find('#')) != std::string::npos;) sql.replace(at, 1, name);
      const auto spec = Project(name, sql);
      int64_t before = Refusals();
      const auto wrong = Check(*app_.NewSession("bob", spec.folder), spec);
      EXPECT_THAT(wrong, Contains(Field(&Diagnostic::condition, "PERMISSION_DENIED"))) << sql;
      EXPECT_GT(Refusals(), before) << "not on record: " << sql;
      before = Refusals();
      const auto report = RunAsBob(spec);
      EXPECT_THAT(report.flows,
                  Contains(Field(&pipeline::FlowEvent::error_code, ErrorCode::kDenied)))
          << sql;
      for (const auto& flow : report.flows) EXPECT_EQ(flow.outcome.statistics.rows, 0) << sql;
      EXPECT_GT(Refusals(), before) << "not on record: " << sql;
    }
  }
  const auto spec = Project("kept", "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS x;",
                            "/Volumes/main/default/dossier/storage");
  EXPECT_FALSE(Check(*app_.NewSession("bob", spec.folder), spec).empty());
}

}  // namespace
}  // namespace weir::test
