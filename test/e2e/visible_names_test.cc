// What completion offers is what the principal may see, and asking leaves no trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.h"
#include "support/test_app.h"
#include "weir/app/prompt/visible_names.h"

namespace weir::test {
namespace {

using app::VisibleNames;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class VisibleNamesTest : public testing::Test {
 protected:
  VisibleNamesTest() {
    for (const char* statement :
         {"CREATE TABLE trips (id INT, city STRING)", "CREATE SCHEMA sales",
          "CREATE TABLE sales.orders (id INT)", "CREATE VIEW cities AS SELECT city FROM trips",
          "GRANT USE CATALOG ON CATALOG main TO ana",
          "GRANT USE SCHEMA ON SCHEMA main.default TO ana",
          "GRANT SELECT ON TABLE main.default.cities TO ana"}) {
      test::Run(*admin_, statement);
    }
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> admin_ = app_.NewSession("admin", folder_ / "");
  std::unique_ptr<session::Session> ana_ = app_.NewSession("ana", folder_ / "");
};

TEST_F(VisibleNamesTest, AnAdminSeesAll) {
  const VisibleNames names(*admin_, app_.app().catalog());
  EXPECT_THAT(names.Catalogs(), ElementsAre("main"));
  EXPECT_THAT(names.Schemas("main"), ElementsAre("default", "sales"));
  EXPECT_THAT(names.Tables("main", "default"), ElementsAre("cities", "trips"));
  ASSERT_TRUE(names.Columns({"trips"}));
  EXPECT_EQ(names.Columns({"trips"})->size(), 2u);
  EXPECT_EQ(names.Columns({"main", "default", "cities"})->size(), 1u);
  EXPECT_FALSE(names.Columns({"absent"}));
  EXPECT_FALSE(names.Columns({"a", "b", "c", "d"}));
  EXPECT_THAT(names.Tables("absent", "default"), IsEmpty());
}

TEST_F(VisibleNamesTest, SomebodyElseSeesWhatIsGranted) {
  const VisibleNames names(*ana_, app_.app().catalog());
  EXPECT_THAT(names.Tables("main", "default"), ElementsAre("cities"));
  EXPECT_THAT(names.Schemas("main"), Not(Contains("sales")));
  EXPECT_TRUE(names.Columns({"cities"}));
  EXPECT_FALSE(names.Columns({"trips"}));
  EXPECT_FALSE(names.Columns({"sales", "orders"}));
}

TEST_F(VisibleNamesTest, FilesOfVolumesAreThoseThatMayBeRead) {
  folder_.Write("a.csv", "x");
  for (const char* statement : {"CREATE VOLUME landing", "CREATE VOLUME closed",
                                "PUT 'a.csv' INTO "
                                "'/Volumes/main/default/landing/2026/a.csv'",
                                "PUT 'a.csv' INTO '/Volumes/main/default/closed/a.csv'",
                                "GRANT READ VOLUME ON VOLUME landing TO ana"}) {
    test::Run(*admin_, statement);
  }
  const VisibleNames names(*ana_, app_.app().catalog());
  EXPECT_THAT(names.Volumes("main", "default"), ElementsAre("landing"));
  EXPECT_THAT(names.Files("/Volumes/m"), ElementsAre("/Volumes/main/"));
  EXPECT_THAT(names.Files("/Volumes/main/"), ElementsAre("/Volumes/main/default/"));
  EXPECT_THAT(names.Files("/Volumes/main/default/"), ElementsAre("/Volumes/main/default/landing/"));
  EXPECT_THAT(names.Files("/Volumes/main/default/landing/2026/"),
              ElementsAre("/Volumes/main/default/landing/2026/a.csv"));
  EXPECT_THAT(names.Files("/Volumes/main/default/closed/"), IsEmpty());
  EXPECT_THAT(names.Files("/Volumes/main/default/landing/../"), IsEmpty());
}

TEST_F(VisibleNamesTest, FilesAreThoseOfTheSessionsFolder) {
  folder_.Write("data/2026-03-01.csv", "x");
  folder_.Write("data/it's.csv", "x");
  folder_.Write("data/.hidden", "x");
  folder_.Write("dated.csv", "x");
  const VisibleNames names(*admin_, app_.app().catalog());
  EXPECT_THAT(names.Files("dat"), testing::UnorderedElementsAre("data/", "dated.csv"));
  EXPECT_THAT(names.Files("data/"), ElementsAre("data/2026-03-01.csv"));
  EXPECT_THAT(names.Files("absent/"), IsEmpty());
}

}  // namespace
}  // namespace weir::test
