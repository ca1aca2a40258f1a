// Volumes as a user meets them: pipelines that read them, files that are put there, what fails.
#include <thread>

#include "command_fixture.h"
#include "support/test_app.h"
#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/testing/faulty_store.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kLanding = "/Volumes/main/default/landing";

class VolumesTest : public CommandTest {
 protected:
  VolumesTest() { ReadFrom(kLanding); }

  void ReadFrom(const std::string& path) {
    WriteFlows(
        "CREATE STREAMING TABLE t AS SELECT id, name, _metadata.file_path AS path "
        "FROM STREAM read_files('" +
        path + "', format => 'csv', header => true, schema => 'id INT, name STRING')");
  }
  void Do(const std::string& sql) {
    const Ended ended = Weir({"sql", "-e", sql});
    EXPECT_EQ(ended.exit_code, 0) << sql << "\n" << ended.err;
  }
  void Put(const std::string& file, const std::string& text, const std::string& path) {
    Land(file, text);
    Do("PUT '" + file + "' INTO '" + path + "/" + file + "'");
  }
};

TEST_F(VolumesTest, AFlowReadsAVolumeOnceWhateverItIsCalled) {
  Do("CREATE VOLUME landing");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), IsEmpty());
  Put("a 1.csv", "id,name\n1,one\n", kLanding);
  ExpectGoodUpdate();
  Put("b.csv", "id,name\n2,two\n", kLanding);
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, path FROM main.p.t"),
              ElementsAre("1,dbfs:/Volumes/main/default/landing/a%201.csv",
                          "2,dbfs:/Volumes/main/default/landing/b.csv"));
  // Renamed, it is the same place; made again, it is another.
  Do("ALTER VOLUME landing RENAME TO inbox");
  EXPECT_NE(Update().exit_code, 0);
  ReadFrom("dbfs:/Volumes/main/default/Inbox");
  Put("c.csv", "id,name\n3,three\n", "/Volumes/main/default/inbox");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), ElementsAre("1", "2", "3"));
  Do("DROP VOLUME inbox; CREATE VOLUME inbox");
  Put("c.csv", "id,name\n4,four\n", "/Volumes/main/default/inbox");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), ElementsAre("1", "2", "3", "4"));
}

// What was read by its folder's path has been read, when the folder becomes a volume.
TEST_F(VolumesTest, AFolderThatBecomesAVolumeIsNotReadAgain) {
  ReadFrom("in");
  ExpectGoodUpdate();
  Do("CREATE EXTERNAL VOLUME landing LOCATION 'in'");
  EXPECT_NE(Update().exit_code, 0);
  ReadFrom(kLanding);
  Land("in/2.csv", "id,name\n3,three\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), ElementsAre("1", "2", "3"));
}

TEST_F(VolumesTest, TestsOfPipelinesGiveRowsForVolumes) {
  Land("tests/t.yml",
       "name: t\ngiven:\n  read_files('/Volumes/main/default/landing'):\n"
       "    - {id: 1, name: one}\nexpect:\n  t:\n"
       "    - {id: 1, name: one, path: 'dbfs:/Volumes/main/default/landing/given_1.csv'}\n"
       "then:\n  - given:\n      read_files('/Volumes/main/default/landing'):\n"
       "        - {id: 2, name: two}\n    expect:\n      t:\n"
       "        - {id: 1, name: one, path: 'dbfs:/Volumes/main/default/landing/given_1.csv'}\n"
       "        - {id: 2, name: two, path: 'dbfs:/Volumes/main/default/landing/given_2.csv'}\n");
  const Ended ended = Weir({"pipeline", "test"});
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_FALSE(fs::exists(home()));
}

TEST_F(VolumesTest, BadRecordsAreToldWithTheVolumesPath) {
  Do("CREATE VOLUME landing");
  Put("bad.json", "{\"id\": 1}\n{\"id\": \n", kLanding);
  const Ended ended =
      Weir({"sql", "-e",
            std::string("SELECT id FROM read_files('") + kLanding +
                "', format => 'json', schema => 'id INT', mode => 'DROPMALFORMED')"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("dbfs:/Volumes/main/default/landing/bad.json:2"));
  EXPECT_THAT(ended.err, testing::Not(HasSubstr(home())));
}

TEST_F(VolumesTest, NamesAndFilesKeepTheirBytes) {
  Do("CREATE VOLUME `größe`");
  std::string bytes;
  for (int i = 0; i < 3 << 20; ++i) bytes += static_cast<char>(i * 7 + i / 251);
  Land("a", bytes);
  Land("empty", "");
  for (const char* name : {"日本 %41?#.bin", "-x", "a'b"}) {
    const std::string quoted = std::string(name) == "a'b" ? "a\\'b" : name;
    const std::string path = "/Volumes/main/default/größe/tiefer/" + quoted;
    Do("PUT 'a' INTO '" + path + "'");
    Do("GET '" + path + "' TO 'got'");
    EXPECT_TRUE(TextOf(Path("got")) == bytes) << name;
    Do("REMOVE '" + path + "'");
  }
  Do("PUT 'empty' INTO '/Volumes/main/default/größe/empty'");
  Do("GET '/Volumes/main/default/größe/empty' TO 'got'");
  EXPECT_EQ(TextOf(Path("got")), "");
  EXPECT_THAT(Rows("LIST '/Volumes/main/default/größe'"),
              ElementsAre(HasSubstr("empty,0,"), HasSubstr("tiefer/,0,")));
}

TEST_F(VolumesTest, WhatCantBeDoneIsToldWithTheWayOut) {
  Do("CREATE VOLUME landing");
  Land("a", "x");
  Do("PUT 'a' INTO '/Volumes/main/default/landing/deep/a'");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"PUT 'a' INTO '/Volumes/main/default/landing/deep/a'", "OVERWRITE replaces it"},
      {"PUT 'a' INTO '/Volumes/main/default/landing/deep'", "landing/deep"},
      {"PUT 'a' INTO '/Volumes/main/default/landing/deep/a/b'", "landing/deep/a"},
      {"PUT 'a' INTO '/Volumes/main/default/landing/.weir-tmp-x'", ".weir-tmp-x"},
      {"PUT '.' INTO '/Volumes/main/default/landing/b'", "there is no file at"},
      {"PUT 'absent' INTO '/Volumes/main/default/landing/b'", "there is no file at"},
      {"PUT 'a' INTO 'b'", "/Volumes/<catalog>/<schema>/<volume>/<file>"},
      {"GET '/Volumes/main/default/landing/b' TO 'x'", "LIST shows"},
      {"GET '/Volumes/main/default/landing/deep/a' TO 'in'", "in"},
      {"GET '/Volumes/main/default/landing/deep/a' TO '" + home() + "/x'", "storage of this home"},
      {"REMOVE '/Volumes/main/default/landing/'", "names a folder"},
      {"LIST '/Volumes/main/default'", "names no volume"},
      {"LIST '/Volumes/main/default/landing/x/../deep'", "'..'"},
      {"CREATE VOLUME `a.b`", "has a period in it"},
      {"CREATE EXTERNAL VOLUME v LOCATION 'gs://bucket/x'", "'gs:' location"},
      {"SELECT * FROM read_files('dbfs:/FileStore/x')", "'dbfs:' location"}};
  for (const auto& [sql, told] : cases) {
    const Ended ended = Weir({"sql", "-e", sql});
    EXPECT_NE(ended.exit_code, 0) << sql;
    // Where a managed volume is on the machine is nobody's business.
    EXPECT_THAT(ended.err, testing::Not(HasSubstr("home/data"))) << sql;
    EXPECT_THAT(ended.err, HasSubstr(told)) << sql;
  }
  Do("GET '/Volumes/main/default/landing/deep/a' TO 'got'");
  EXPECT_EQ(TextOf(Path("got")), "x");
  EXPECT_FALSE(fs::exists(Path("x")));
}

// Of two that put one file at a time one is told that the other was there.
TEST(VolumeFilesTest, OneOfManyPutsTheFile) {
  TemporaryFolder folder;
  TestApp app(folder / "home");
  test::Run(*app.NewSession("admin", folder.path()), "CREATE VOLUME v");
  constexpr int kWriters = 8;
  std::atomic<int> put = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    folder.Write(std::to_string(i), std::string(100'000, static_cast<char>('a' + i)));
    writers.emplace_back([&, i] {
      try {
        test::Run(*app.NewSession("admin", folder.path()),
                  "PUT '" + std::to_string(i) + "' INTO '/Volumes/main/default/v/f'");
        ++put;
      } catch (const Error& error) {
        EXPECT_EQ(error.condition(), "FILE_ALREADY_EXISTS") << error.what();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(put, 1);
  const auto listed =
      test::Run(*app.NewSession("admin", folder.path()), "LIST '/Volumes/main/default/v'");
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_THAT(listed[0], HasSubstr("|f|100000|"));
}

// Each call of the store fails in turn: the old file is there or the new one, whole, and the next
// try works.
TEST(VolumeFilesTest, APutThatFailsLeavesNoPartOfAFile) {
  TemporaryFolder folder;
  const std::string old(1000, 'o');
  const std::string fresh(3 << 20, 'n');
  folder.Write("old", old);
  folder.Write("new", fresh);
  const auto run = [&](io::Faults& faults, const std::string& sql) {
    SystemClock clock;
    io::LocalDisk disk;
    NoLogger log;
    io::LocalStores stores(disk, std::make_shared<io::FaultyStore>(
                                     std::make_shared<io::LocalStore>("/", disk, clock), faults));
    app::App app({folder / "home", "admin", {}}, stores, clock, log);
    test::Run(*app.NewSession({"admin", "main", "default", folder.path()}), sql);
  };
  io::Faults none;
  run(none, "CREATE VOLUME v");
  const std::string put = "PUT '#' INTO '/Volumes/main/default/v/f' OVERWRITE";
  const auto text = [&] {
    io::Faults faults;
    run(faults, "GET '/Volumes/main/default/v/f' TO 'got'");
    std::ifstream in(folder / "got", std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  size_t n = 1;
  for (;; ++n) {
    io::Faults first;
    run(first, std::string(put).replace(5, 1, "old"));
    io::Faults faults;
    faults.Before(n, io::Faults::Fail(ErrorCode::kExhausted));
    bool failed = false;
    try {
      run(faults, std::string(put).replace(5, 1, "new"));
    } catch (const Error&) {
      failed = true;
    }
    EXPECT_TRUE(text() == (failed ? old : fresh)) << n;
    if (!failed) break;
    ASSERT_LT(n, 100u);
  }
  EXPECT_GT(n, 4u);
  // Nothing unfinished is left.
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "home/data")) {
    files += entry.is_regular_file();
  }
  EXPECT_EQ(files, 1);
}

// Ctrl-C while the second of three pieces is copied.
TEST(VolumeFilesTest, ACopyThatIsCancelledLeavesWhatWasThere) {
  TemporaryFolder folder;
  const std::string old(1000, 'o');
  folder.Write("old", old);
  folder.Write("new", std::string(3 << 20, 'n'));
  SystemClock clock;
  io::LocalDisk disk;
  NoLogger log;
  io::Faults faults;
  io::LocalStores stores(disk, std::make_shared<io::FaultyStore>(
                                   std::make_shared<io::LocalStore>("/", disk, clock), faults));
  app::App app({folder / "home", "admin", {}}, stores, clock, log);
  const auto session = app.NewSession({"admin", "main", "default", folder.path()});
  const std::string file = "'/Volumes/main/default/v/f'";
  test::Run(*session, "CREATE VOLUME v");
  test::Run(*session, "PUT 'old' INTO " + file);
  test::Run(*session, "PUT 'new' INTO '/Volumes/main/default/v/g'");
  const auto cancelled_at = [&](const std::string& call, const std::string& statement) {
    int calls = 0;
    faults.BeforeAllWith(call, [&] {
      if (++calls == 2) session->Cancel();
    });
    try {
      test::Run(*session, statement);
      ADD_FAILURE() << statement;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCancelled) << error.what();
    }
    faults.Clear();
    return calls;
  };
  EXPECT_EQ(cancelled_at("Append ", "PUT 'new' INTO " + file + " OVERWRITE"), 2);
  EXPECT_EQ(cancelled_at("Append ", "GET '/Volumes/main/default/v/g' TO 'old'"), 2);
  // What is cancelled is that statement alone.
  test::Run(*session, "GET " + file + " TO 'got'");
  for (const char* name : {"got", "old"}) {
    std::ifstream in(folder / name, std::ios::binary);
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>(in), {}}), old) << name;
  }
  EXPECT_EQ(test::Run(*session, "LIST '/Volumes/main/default/v'").size(), 2u);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) files += entry.is_regular_file();
  EXPECT_EQ(files, 3);  // old, new, got
}

// The row is what makes a volume: dropped, it is gone with its files, but for an external one's.
TEST(VolumeFilesTest, DroppingTakesAManagedVolumesFilesAlone) {
  TemporaryFolder folder;
  TestApp app(folder / "home");
  const auto session = app.NewSession("admin", folder.path());
  folder.Write("out/kept", "x");
  for (const char* sql :
       {"CREATE SCHEMA s", "CREATE VOLUME s.v", "CREATE EXTERNAL VOLUME s.out LOCATION 'out'",
        "CREATE VOLUME s.empty", "PUT '/Volumes/main/s/out/kept' INTO '/Volumes/main/s/v/a/b/c'",
        "DROP SCHEMA s CASCADE"}) {
    test::Run(*session, sql);
  }
  EXPECT_TRUE(fs::is_empty(folder / "home/data"));
  EXPECT_TRUE(fs::exists(folder / "out/kept"));
  EXPECT_THAT(test::Run(*session, "LIST 'out'"),
              ElementsAre(AllOf(HasSubstr("/out/kept|kept|1|"), HasSubstr("file://"))));
}

}  // namespace
}  // namespace weir::test
