#include <gmock/gmock.h>

#include <set>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Securable kVolume{SecurableKind::kVolume, "main", "default", "v"};
const QualifiedName kVolumeName{"main", "default", "v"};

class VolumesTest : public CatalogTest {
 protected:
  VolumesTest() { catalog_.CreateVolume(Volume("v")); }

  static VolumeInfo Volume(const std::string& name, const std::string& location = "") {
    VolumeInfo info;
    info.id = "volume-" + name;
    info.name = {"main", "default", name};
    info.owner = "ada";
    info.location = location.empty() ? "file:///home/w/tables/" + info.id : location;
    info.kind = location.empty() ? VolumeKind::kManaged : VolumeKind::kExternal;
    return info;
  }
  void LetIn(const std::string& principal) {
    catalog_.Grant(principal, Privilege::kUseCatalog, kMain);
    catalog_.Grant(principal, Privilege::kUseSchema, kDefault);
  }
  Failure RefusalOf(const std::string& who, Privilege privilege, const QualifiedName& name) {
    return FailureOf([&] { catalog_.RequireVolume(who, privilege, name); });
  }
};

TEST_F(VolumesTest, AVolumeIsFoundInAnyCaseAndMayHaveATablesName) {
  catalog_.CreateTable(Table("main", "default", "v"));
  const auto found = catalog_.FindVolume({"MAIN", "Default", "V"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "volume-v");
  EXPECT_EQ(found->kind, VolumeKind::kManaged);
  EXPECT_EQ(FailureOf([&] { catalog_.CreateVolume(Volume("V")); }).condition,
            "VOLUME_ALREADY_EXISTS");
  EXPECT_EQ(FailureOf([&] { catalog_.CreateVolume(Volume("a/b")); }).code, ErrorCode::kInvalid);
}

TEST_F(VolumesTest, RenamingKeepsIdFolderAndGrants) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kReadVolume, kVolume);
  catalog_.CreateVolume(Volume("w"));
  EXPECT_EQ(FailureOf([&] {
              catalog_.RenameVolume(kVolumeName, {"main", "default", "w"});
            }).condition,
            "VOLUME_ALREADY_EXISTS");
  EXPECT_EQ(FailureOf([&] {
              catalog_.RenameVolume(kVolumeName, {"main", "other", "x"});
            }).code,
            ErrorCode::kUnsupported);
  const int64_t before = catalog_.Revision();
  catalog_.RenameVolume(kVolumeName, {"main", "default", "x"});
  EXPECT_GT(catalog_.Revision(), before);
  EXPECT_FALSE(catalog_.FindVolume(kVolumeName));
  const auto info = catalog_.RequireVolume("bob", Privilege::kReadVolume, {"main", "default", "x"});
  EXPECT_EQ(info.id, "volume-v");
  EXPECT_EQ(info.location, "file:///home/w/tables/volume-v");
}

TEST_F(VolumesTest, AChangeOfWhatSomebodyElseChangedIsAConflict) {
  VolumeInfo mine = *catalog_.FindVolume(kVolumeName);
  VolumeInfo theirs = mine;
  theirs.comment = "theirs";
  catalog_.UpdateVolume(theirs);
  mine.owner = "bob";
  EXPECT_EQ(FailureOf([&] { catalog_.UpdateVolume(mine); }).code, ErrorCode::kConflict);
  EXPECT_EQ(catalog_.FindVolume(kVolumeName)->comment, "theirs");
}

// Grants of a volume go with it, and do not come back with its name.
TEST_F(VolumesTest, DroppingTakesTheGrantsAlong) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kReadVolume, kVolume);
  EXPECT_EQ(catalog_.DropVolume(kVolumeName).location, "file:///home/w/tables/volume-v");
  VolumeInfo again = Volume("v");
  again.id = "another";
  catalog_.CreateVolume(again);
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, kVolumeName).code, ErrorCode::kDenied);
  EXPECT_THAT(catalog_.Grants(kVolume), IsEmpty());
}

TEST_F(VolumesTest, ASchemaOrCatalogThatHasOneIsNotEmpty) {
  EXPECT_EQ(FailureOf([&] {
              catalog_.DropSchema({"main", "default"});
            }).condition,
            "SCHEMA_NOT_EMPTY");
  EXPECT_EQ(FailureOf([&] { catalog_.DropCatalog("main"); }).condition, "CATALOG_NOT_EMPTY");
  catalog_.DropVolume(kVolumeName);
  catalog_.DropSchema({"main", "default"});
}

TEST_F(VolumesTest, FoldersOfTablesAndVolumesNeverOverlap) {
  catalog_.CreateVolume(Volume("out", "file:///data/out"));
  catalog_.CreateTable(Table("main", "default", "t", "file:///data/t"));
  for (const char* folder : {"file:///data/out", "file:///data/out/", "file:///data/out/deep",
                             "file:///data", "file:///data/t", "file:///data/t/deep"}) {
    EXPECT_EQ(FailureOf([&] { catalog_.CreateVolume(Volume("x", folder)); }).condition,
              "LOCATION_OVERLAP")
        << folder;
    EXPECT_EQ(
        FailureOf([&] { catalog_.CreateTable(Table("main", "default", "y", folder)); }).condition,
        "LOCATION_OVERLAP")
        << folder;
  }
  catalog_.CreateVolume(Volume("x", "file:///data/out2"));
  EXPECT_TRUE(catalog_.IsTaken("file:///data/out/deep"));
  EXPECT_TRUE(catalog_.IsTaken("file:///home/w/tables/volume-v"));
  EXPECT_FALSE(catalog_.IsTaken("file:///home/w/tables/volume"));
}

TEST_F(VolumesTest, ItsFolderIsReachedByItsNameOnly) {
  catalog_.CreateVolume(Volume("out", "file:///data/out"));
  LetIn("bob");
  for (const Privilege privilege : {Privilege::kReadFiles, Privilege::kWriteFiles}) {
    catalog_.Grant("bob", privilege, kMetastore);
    for (const char* uri : {"file:///data/out", "file:///data/out/a.csv", "file:///data"}) {
      const auto refusal = [&](const std::string& who) {
        return FailureOf([&] { catalog_.RequirePath(who, privilege, uri, "written"); });
      };
      EXPECT_EQ(refusal("ada").code, ErrorCode::kDenied);
      EXPECT_THAT(refusal("ada").message, HasSubstr("/Volumes/main/default/out/"));
      EXPECT_EQ(refusal("bob").code, ErrorCode::kDenied);
      EXPECT_THAT(refusal("bob").message, Not(HasSubstr("default")));
    }
  }
}

// One grant at one place: what it opens is exactly what the table of Unity Catalog's rules says.
TEST_F(VolumesTest, EachGrantOpensExactlyWhatItShould) {
  struct Case {
    Privilege granted;
    Securable at;
    std::set<std::string> opens;
  };
  const std::set<std::string> both = {"READ VOLUME", "WRITE VOLUME"};
  const std::vector<Case> cases = {
      {Privilege::kReadVolume, kVolume, {"READ VOLUME"}},
      {Privilege::kReadVolume, kDefault, {"READ VOLUME"}},
      {Privilege::kReadVolume, kMain, {"READ VOLUME"}},
      {Privilege::kWriteVolume, kVolume, {"WRITE VOLUME"}},
      {Privilege::kWriteVolume, kDefault, {"WRITE VOLUME"}},
      {Privilege::kWriteVolume, kMain, {"WRITE VOLUME"}},
      {Privilege::kAllPrivileges, kVolume, both},
      {Privilege::kAllPrivileges, kDefault, both},
      {Privilege::kAllPrivileges, kMain, both},
      {Privilege::kManage, kVolume, {}},
      {Privilege::kManage, kMain, {}},
      {Privilege::kSelect, kDefault, {}},
      {Privilege::kModify, kMain, {}},
      {Privilege::kCreateVolume, kDefault, {}},
      {Privilege::kReadFiles, kMetastore, {}},
      {Privilege::kWriteFiles, kMetastore, {}},
  };
  LetIn("bob");
  for (const Case& test : cases) {
    catalog_.Grant("bob", test.granted, test.at);
    std::set<std::string> opened;
    for (const Privilege privilege : {Privilege::kReadVolume, Privilege::kWriteVolume}) {
      if (catalog_.Allows("bob", privilege, kVolume)) opened.emplace(PrivilegeName(privilege));
    }
    EXPECT_EQ(opened, test.opens) << PrivilegeName(test.granted) << " on " << test.at.ToString();
    catalog_.Revoke("bob", test.granted, test.at);
  }
}

TEST_F(VolumesTest, PrivilegesOfTablesMeanNothingOnVolumesNorTheOtherWayRound) {
  catalog_.CreateTable(Table("main", "default", "t"));
  const Securable table{SecurableKind::kTable, "main", "default", "t"};
  for (const auto& [privilege, on] : {std::pair{Privilege::kSelect, kVolume},
                                      {Privilege::kModify, kVolume},
                                      {Privilege::kCreateVolume, kVolume},
                                      {Privilege::kReadVolume, table},
                                      {Privilege::kWriteVolume, table},
                                      {Privilege::kReadVolume, kMetastore},
                                      {Privilege::kCreateVolume, kMetastore}}) {
    EXPECT_EQ(FailureOf([&] { catalog_.Grant("bob", privilege, on); }).condition,
              "INVALID_PRIVILEGE_FOR_SECURABLE")
        << PrivilegeName(privilege) << " on " << on.ToString();
  }
}

// Who would not be let in learns nothing of what is there.
TEST_F(VolumesTest, AbsenceIsToldToThoseWhoWouldBeLetInOrMayMakeOne) {
  const QualifiedName absent{"main", "default", "absent"};
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, kVolumeName).message,
            RefusalOf("bob", Privilege::kReadVolume, absent).message);
  LetIn("bob");
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, absent).condition, "PERMISSION_DENIED");
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, kVolumeName).condition, "PERMISSION_DENIED");
  catalog_.Grant("bob", Privilege::kCreateVolume, kDefault);
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, absent).condition, "UC_VOLUME_NOT_FOUND");
  EXPECT_EQ(RefusalOf("bob", Privilege::kReadVolume, kVolumeName).condition, "PERMISSION_DENIED");
  EXPECT_EQ(RefusalOf("ada", Privilege::kReadVolume, {"main", "nowhere", "v"}).condition,
            "SCHEMA_NOT_FOUND");
}

TEST_F(VolumesTest, ListsWhatMayBeReadWrittenOrManaged) {
  for (const char* name : {"a", "b", "c", "d"}) catalog_.CreateVolume(Volume(name));
  LetIn("bob");
  const auto on = [](const std::string& name) {
    return Securable{SecurableKind::kVolume, "main", "default", name};
  };
  catalog_.Grant("bob", Privilege::kReadVolume, on("a"));
  catalog_.Grant("bob", Privilege::kWriteVolume, on("b"));
  catalog_.Grant("bob", Privilege::kManage, on("c"));
  std::vector<std::string> names;
  for (const VolumeInfo& info : catalog_.ListVolumes("bob", {"main", "default"})) {
    names.push_back(info.name.name);
  }
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(FailureOf([&] {
              catalog_.ListVolumes("eve", {"main", "default"});
            }).code,
            ErrorCode::kDenied);
}

}  // namespace
}  // namespace weir::catalog
