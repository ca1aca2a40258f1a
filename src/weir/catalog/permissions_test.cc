#include <gmock/gmock.h>

#include <array>
#include <set>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const Securable kTable{SecurableKind::kTable, "main", "default", "t"};
const Securable kOther{SecurableKind::kTable, "main", "default", "other"};

constexpr std::array kAll = {
    Privilege::kUseCatalog,    Privilege::kUseSchema,     Privilege::kSelect,
    Privilege::kModify,        Privilege::kCreateTable,   Privilege::kCreateSchema,
    Privilege::kCreateCatalog, Privilege::kReadFiles,     Privilege::kWriteFiles,
    Privilege::kReadVolume,    Privilege::kWriteVolume,   Privilege::kCreateVolume,
    Privilege::kManage,        Privilege::kAllPrivileges,
};

class PermissionsTest : public CatalogTest {
 protected:
  PermissionsTest() {
    catalog_.CreateTable(Table("main", "default", "t"));
    catalog_.CreateTable(Table("main", "default", "other"));
  }
  void LetIn(const std::string& principal) {
    catalog_.Grant(principal, Privilege::kUseCatalog, kMain);
    catalog_.Grant(principal, Privilege::kUseSchema, kDefault);
  }
  bool MayManage(const std::string& principal, const Securable& on) {
    try {
      catalog_.RequireManage(principal, on);
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDenied);
      return false;
    }
  }
  void GiveTo(const std::string& owner, const QualifiedName& name) {
    TableInfo info = *catalog_.FindTable(name);
    info.owner = owner;
    catalog_.UpdateTable(info);
  }
};

TEST_F(PermissionsTest, TheAdminMayDoEverything) {
  for (const Securable& on : {kMetastore, kMain, kDefault, kTable}) {
    EXPECT_TRUE(MayManage("ada", on));
    for (const Privilege privilege : kAll) EXPECT_TRUE(catalog_.Allows("ada", privilege, on));
  }
}

TEST_F(PermissionsTest, ANewcomerMayDoNothing) {
  for (const char* who : {"bob", "", "ADA", "account users"}) {
    for (const Securable& on : {kMetastore, kMain, kDefault, kTable}) {
      EXPECT_FALSE(MayManage(who, on));
      for (const Privilege privilege : kAll) EXPECT_FALSE(catalog_.Allows(who, privilege, on));
    }
  }
}

// One grant at one place: what it opens is exactly what the table of Unity Catalog's rules says.
TEST_F(PermissionsTest, EachGrantOpensExactlyWhatItShould) {
  struct Case {
    Privilege granted;
    Securable at;
    std::set<std::string> opens;  // Privilege names on table t, for one who is let in.
  };
  const std::vector<Case> cases = {
      {Privilege::kSelect, kTable, {"SELECT"}},
      {Privilege::kSelect, kDefault, {"SELECT"}},
      {Privilege::kSelect, kMain, {"SELECT"}},
      {Privilege::kSelect, kOther, {}},
      {Privilege::kModify, kTable, {"MODIFY"}},
      {Privilege::kModify, kDefault, {"MODIFY"}},
      {Privilege::kModify, kMain, {"MODIFY"}},
      {Privilege::kManage, kTable, {"MANAGE"}},
      {Privilege::kManage, kDefault, {"MANAGE"}},
      {Privilege::kManage, kMain, {"MANAGE"}},
      {Privilege::kAllPrivileges, kTable, {"SELECT", "MODIFY"}},
      {Privilege::kAllPrivileges, kDefault, {"SELECT", "MODIFY"}},
      {Privilege::kAllPrivileges, kMain, {"SELECT", "MODIFY"}},
      {Privilege::kAllPrivileges, kOther, {}},
      {Privilege::kUseCatalog, kMain, {}},
      {Privilege::kUseSchema, kDefault, {}},
      {Privilege::kCreateTable, kDefault, {}},
      {Privilege::kCreateSchema, kMain, {}},
      {Privilege::kReadFiles, kMetastore, {}},
      {Privilege::kWriteFiles, kMetastore, {}},
      {Privilege::kCreateCatalog, kMetastore, {}},
  };
  LetIn("bob");
  for (const Case& test : cases) {
    catalog_.Grant("bob", test.granted, test.at);
    std::set<std::string> opened;
    for (const Privilege privilege : {Privilege::kSelect, Privilege::kModify, Privilege::kManage}) {
      if (catalog_.Allows("bob", privilege, kTable)) opened.emplace(PrivilegeName(privilege));
    }
    const std::string what = std::string(PrivilegeName(test.granted)) + " on " + test.at.ToString();
    EXPECT_EQ(opened, test.opens) << what;
    EXPECT_EQ(MayManage("bob", kTable), test.opens.contains("MANAGE")) << what;
    EXPECT_FALSE(catalog_.Allows("eve", Privilege::kSelect, kTable)) << what;
    catalog_.Revoke("bob", test.granted, test.at);
    LetIn("bob");  // Some cases revoked it.
    for (const Privilege privilege : {Privilege::kSelect, Privilege::kModify, Privilege::kManage}) {
      EXPECT_FALSE(catalog_.Allows("bob", privilege, kTable)) << what << ", revoked";
    }
  }
}

TEST_F(PermissionsTest, PrivilegesOnContainersAreTheirOwn) {
  LetIn("bob");
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kCreateTable, kDefault));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kCreateSchema, kMain));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kCreateCatalog, kMetastore));
  catalog_.Grant("bob", Privilege::kCreateTable, kMain);
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kCreateTable, kDefault));
  catalog_.Grant("bob", Privilege::kCreateSchema, kMain);
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kCreateSchema, kMain));
  catalog_.Grant("bob", Privilege::kCreateCatalog, kMetastore);
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kCreateCatalog, kMetastore));
}

TEST_F(PermissionsTest, ATableIsReachedOnlyThroughItsCatalogAndSchema) {
  catalog_.Grant("bob", Privilege::kSelect, kTable);
  Failure failure = FailureOf([&] {
    catalog_.RequireTable("bob", Privilege::kSelect, {"main", "default", "t"});
  });
  EXPECT_EQ(failure.condition, "PERMISSION_DENIED");
  EXPECT_THAT(failure.message, HasSubstr("USE CATALOG on catalog main"));
  catalog_.Grant("bob", Privilege::kUseCatalog, kMain);
  failure = FailureOf([&] {
    catalog_.RequireTable("bob", Privilege::kSelect, {"main", "default", "t"});
  });
  EXPECT_THAT(failure.message, HasSubstr("USE SCHEMA on schema main.default"));
  catalog_.Grant("bob", Privilege::kUseSchema, kMain);
  catalog_.RequireTable("bob", Privilege::kSelect, {"main", "default", "t"});
  failure = FailureOf([&] {
    catalog_.RequireTable("bob", Privilege::kModify, {"main", "DEFAULT", "T"});
  });
  EXPECT_THAT(failure.message, HasSubstr("MODIFY on table main.default.t"));
}

TEST_F(PermissionsTest, CreatingATableNeedsTheWayToItsSchema) {
  catalog_.Grant("bob", Privilege::kCreateTable, kDefault);
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kCreateTable, kDefault));
  LetIn("bob");
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kCreateTable, kDefault));
}

TEST_F(PermissionsTest, GrantsOnAContainerReachWhatComesLater) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kSelect, kDefault);
  catalog_.CreateTable(Table("main", "default", "later"));
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kSelect,
                              {SecurableKind::kTable, "main", "default", "later"}));
}

TEST_F(PermissionsTest, AnOwnerHasEverythingOnWhatTheyOwn) {
  LetIn("bob");
  GiveTo("bob", {"main", "default", "t"});
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kSelect, kTable));
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kModify, kTable));
  EXPECT_TRUE(MayManage("bob", kTable));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kSelect, kOther));
  EXPECT_FALSE(MayManage("bob", kOther));
}

TEST_F(PermissionsTest, TheOwnerOfAContainerManagesButDoesNotReadWhatIsInIt) {
  catalog_.Grant("bob", Privilege::kUseCatalog, kMain);
  catalog_.UpdateSchema({{"main", "default"}, "bob", {}, {}});
  EXPECT_TRUE(MayManage("bob", kDefault));
  EXPECT_TRUE(MayManage("bob", kTable));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kSelect, kTable));
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kCreateTable, kDefault));
  EXPECT_FALSE(MayManage("bob", kMain));
}

TEST_F(PermissionsTest, ManagingIsNotReading) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kManage, kMain);
  EXPECT_TRUE(MayManage("bob", kTable));
  EXPECT_TRUE(MayManage("bob", kMain));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kSelect, kTable));
}

TEST_F(PermissionsTest, WhatIsGrantedToAccountUsersIsGrantedToEverybody) {
  LetIn("account users");
  catalog_.Grant("account users", Privilege::kSelect, kTable);
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kSelect, kTable));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kSelect, kOther));
}

TEST_F(PermissionsTest, TheHiddenAndTheAbsentGetTheSameAnswer) {
  const auto answer = [&](const QualifiedName& name) {
    return FailureOf([&] { catalog_.RequireTable("bob", Privilege::kSelect, name); });
  };
  catalog_.CreateCatalog({"hidden", "ada", {}});
  Failure hidden = answer({"hidden", "s", "t"});
  Failure absent = answer({"absent", "s", "t"});
  EXPECT_EQ(hidden.code, absent.code);
  absent.message.replace(absent.message.find("absent"), 6, "hidden");
  EXPECT_EQ(hidden.message, absent.message);

  catalog_.Grant("bob", Privilege::kUseCatalog, kMain);
  hidden = answer({"main", "default", "t"});
  absent = answer({"main", "default", "nope"});
  EXPECT_EQ(hidden.code, ErrorCode::kDenied);
  EXPECT_EQ(hidden.message, absent.message);

  catalog_.Grant("bob", Privilege::kUseSchema, kDefault);
  hidden = answer({"main", "default", "t"});
  absent = answer({"main", "default", "x"});
  EXPECT_EQ(hidden.code, absent.code);
  absent.message.replace(absent.message.find("default.x") + 8, 1, "t");
  EXPECT_EQ(hidden.message, absent.message);
}

TEST_F(PermissionsTest, WhoMayReadASchemaIsToldWhatIsAbsentInIt) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kSelect, kDefault);
  EXPECT_EQ(FailureOf([&] {
              catalog_.RequireTable("bob", Privilege::kSelect, {"main", "default", "nope"});
            }).condition,
            "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] {
              catalog_.RequireTable("ada", Privilege::kSelect, {"main", "nope", "t"});
            }).condition,
            "SCHEMA_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] {
              catalog_.RequireManage("ada", {SecurableKind::kCatalog, "x", "", ""});
            }).condition,
            "CATALOG_NOT_FOUND");
}

TEST_F(PermissionsTest, ListsShowOnlyWhatOneMaySee) {
  EXPECT_TRUE(catalog_.ListCatalogs("bob").empty());
  EXPECT_EQ(FailureOf([&] { catalog_.ListSchemas("bob", "main"); }).code, ErrorCode::kDenied);
  EXPECT_EQ(FailureOf([&] {
              catalog_.ListTables("bob", {"main", "default"});
            }).code,
            ErrorCode::kDenied);
  catalog_.Grant("bob", Privilege::kUseCatalog, kMain);
  EXPECT_EQ(catalog_.ListCatalogs("bob").size(), 1u);
  EXPECT_TRUE(catalog_.ListSchemas("bob", "main").empty());
  catalog_.Grant("bob", Privilege::kUseSchema, kDefault);
  EXPECT_EQ(catalog_.ListSchemas("bob", "main").size(), 1u);
  EXPECT_TRUE(catalog_.ListTables("bob", {"main", "default"}).empty());
  catalog_.Grant("bob", Privilege::kSelect, kTable);
  const auto tables = catalog_.ListTables("bob", {"main", "default"});
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].name.name, "t");
}

TEST_F(PermissionsTest, GrantsAreListedOnceAndOnlyWhereTheyStand) {
  catalog_.Grant("bob", Privilege::kSelect, kTable);
  catalog_.Grant("bob", Privilege::kSelect, kTable);
  catalog_.Grant("bob", Privilege::kModify, kDefault);
  const auto grants = catalog_.Grants(kTable);
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(grants[0].principal, "bob");
  EXPECT_EQ(grants[0].privilege, Privilege::kSelect);
  EXPECT_EQ(catalog_.Grants(kDefault).size(), 1u);
  EXPECT_TRUE(catalog_.Grants(kMetastore).empty());
  catalog_.Revoke("bob", Privilege::kModify, kTable);  // Never granted there.
  EXPECT_TRUE(catalog_.Grants(kTable).size() == 1 && catalog_.Grants(kDefault).size() == 1);
}

TEST_F(PermissionsTest, RevokingAllPrivilegesLeavesOthers) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kAllPrivileges, kTable);
  catalog_.Grant("bob", Privilege::kSelect, kTable);
  catalog_.Revoke("bob", Privilege::kAllPrivileges, kTable);
  EXPECT_TRUE(catalog_.Allows("bob", Privilege::kSelect, kTable));
  EXPECT_FALSE(catalog_.Allows("bob", Privilege::kModify, kTable));
}

TEST_F(PermissionsTest, PrivilegesThatMeanNothingThereAreRefused) {
  EXPECT_EQ(FailureOf([&] { catalog_.Grant("bob", Privilege::kUseCatalog, kTable); }).code,
            ErrorCode::kInvalid);
  EXPECT_EQ(FailureOf([&] { catalog_.Grant("bob", Privilege::kSelect, kMetastore); }).code,
            ErrorCode::kInvalid);
  EXPECT_EQ(FailureOf([&] { catalog_.Grant("bob", Privilege::kReadFiles, kMain); }).code,
            ErrorCode::kInvalid);
  EXPECT_EQ(FailureOf([&] { catalog_.Grant("", Privilege::kSelect, kTable); }).code,
            ErrorCode::kInvalid);
  EXPECT_EQ(FailureOf([&] {
              catalog_.Grant("bob", Privilege::kSelect, {SecurableKind::kSchema, "main", "x", ""});
            }).condition,
            "SCHEMA_NOT_FOUND");
}

TEST_F(PermissionsTest, PrivilegeNamesAreReadAsPeopleWriteThem) {
  for (const Privilege privilege : kAll) {
    EXPECT_EQ(ParsePrivilege(PrivilegeName(privilege)), privilege);
  }
  EXPECT_EQ(ParsePrivilege("use_catalog"), Privilege::kUseCatalog);
  EXPECT_EQ(ParsePrivilege(" all   privileges "), Privilege::kAllPrivileges);
  EXPECT_EQ(ParsePrivilege("BROWSE"), std::nullopt);
}

class PathsTest : public PermissionsTest {
 protected:
  PathsTest() { catalog_.CreateTable(Table("main", "default", "ext", "file:///data/ext")); }
  std::string Refusal(const std::string& who, const std::string& uri,
                      Privilege privilege = Privilege::kReadFiles) {
    const Failure failure = FailureOf([&] { catalog_.RequirePath(who, privilege, uri); });
    EXPECT_EQ(failure.code, ErrorCode::kDenied);
    EXPECT_EQ(failure.condition, "PERMISSION_DENIED");
    return failure.message;
  }
};

TEST_F(PathsTest, TheHomesStorageIsReachedByNoPathWhoeverAsks) {
  for (const char* who : {"ada", "bob"}) {
    for (const char* uri :
         {"file:///home/w/tables", "file:///home/w/tables/", "file:///home/w/tables/x/y.parquet",
          "file:///home/w", "file:///home/w/state.db", "file:///home", "file:///"}) {
      for (const Privilege privilege : {Privilege::kReadFiles, Privilege::kWriteFiles}) {
        Refusal(who, uri, privilege);
      }
    }
  }
  EXPECT_THAT(Refusal("ada", "file:///home/w/state.db"), HasSubstr("storage of this home"));
}

TEST_F(PathsTest, ATablesFolderIsReachedByItsNameOnly) {
  for (const char* uri :
       {"file:///data/ext", "file:///data/ext/part=1/a.parquet", "file:///data"}) {
    EXPECT_THAT(Refusal("ada", uri), HasSubstr("main.default.ext"));
    // Who may not see the table isn't told its name.
    EXPECT_THAT(Refusal("bob", uri), Not(HasSubstr("main.default.ext")));
  }
}

TEST_F(PathsTest, OtherPathsNeedReadFilesOrWriteFiles) {
  catalog_.RequirePath("ada", Privilege::kReadFiles, "file:///data/extra");
  catalog_.RequirePath("ada", Privilege::kWriteFiles, "file:///home/w2");
  EXPECT_THAT(Refusal("bob", "file:///data/extra"), HasSubstr("READ FILES on metastore"));
  catalog_.Grant("bob", Privilege::kReadFiles, kMetastore);
  catalog_.RequirePath("bob", Privilege::kReadFiles, "file:///data/extra");
  EXPECT_THAT(Refusal("bob", "file:///data/extra", Privilege::kWriteFiles),
              HasSubstr("WRITE FILES"));
  Refusal("bob", "file:///data/ext");
}

TEST_F(PathsTest, PlacesInBucketsAreJudgedAsFoldersAre) {
  catalog_.CreateTable(Table("main", "default", "far", "s3://lake/t"));
  for (const char* uri : {"s3://lake", "s3://lake/t", "s3://lake/t/part=1/a.parquet"}) {
    EXPECT_THAT(Refusal("ada", uri), HasSubstr("main.default.far"));
    EXPECT_THAT(Refusal("bob", uri), Not(HasSubstr("main.default.far")));
  }
  catalog_.RequirePath("ada", Privilege::kWriteFiles, "s3://lake/t2");
  catalog_.RequirePath("ada", Privilege::kReadFiles, "s3://lake2");
  EXPECT_THAT(Refusal("bob", "s3://lake/t2"), HasSubstr("READ FILES on metastore"));
}

}  // namespace
}  // namespace weir::catalog
