#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NamesTest : public CatalogTest {
 protected:
  std::vector<std::string> TableNames(const SchemaName& schema) {
    std::vector<std::string> names;
    for (const TableInfo& info : catalog_.ListTables("ada", schema))
      names.push_back(info.name.name);
    return names;
  }
  std::vector<std::string> SchemaNames(const std::string& catalog) {
    std::vector<std::string> names;
    for (const SchemaInfo& info : catalog_.ListSchemas("ada", catalog)) {
      names.push_back(info.name.schema);
    }
    return names;
  }
};

TEST_F(NamesTest, ANewHomeHasMainAndDefault) {
  ASSERT_TRUE(catalog_.FindCatalog("main").has_value());
  EXPECT_EQ(catalog_.FindCatalog("main")->owner, "ada");
  ASSERT_TRUE(catalog_.FindSchema({"main", "default"}).has_value());
  EXPECT_THAT(TableNames({"main", "default"}), ElementsAre());
}

TEST_F(NamesTest, OpeningAHomeAgainChangesNothing) {
  const int64_t revision = catalog_.Revision();
  const Catalog again(database_, clock_, "file:///home/w/tables", "bob");
  EXPECT_EQ(again.Revision(), revision);
  EXPECT_EQ(again.FindCatalog("main")->owner, "ada");
  EXPECT_FALSE(
      again.Allows("bob", Privilege::kUseCatalog, {SecurableKind::kCatalog, "main", "", ""}));
}

TEST_F(NamesTest, NamesAreWrittenWithBackticksWhereSqlNeedsThem) {
  EXPECT_EQ((QualifiedName{"main", "my-schema", "1st`"}).ToString(), "main.`my-schema`.`1st```");
  EXPECT_EQ((SchemaName{"main", "a_1"}).ToString(), "main.a_1");
}

TEST_F(NamesTest, NamesCompareWithoutCaseAndAreKeptInLowerCase) {
  catalog_.CreateCatalog({"Sales", "ada", std::nullopt});
  catalog_.CreateSchema({{"SALES", "Raw"}, "ada", std::nullopt, {}});
  catalog_.CreateTable(Table("sales", "RAW", "Orders"));
  EXPECT_THAT(SchemaNames("sAles"), ElementsAre("default", "raw"));
  EXPECT_THAT(TableNames({"Sales", "RAW"}), ElementsAre("orders"));
  EXPECT_EQ(catalog_.FindTable({"SALES", "raw", "ORDERS"})->name.ToString(), "sales.raw.orders");
  EXPECT_EQ(FailureOf([&] {
              catalog_.CreateSchema({{"sales", "raW"}, "ada", {}, {}});
            }).condition,
            "SCHEMA_ALREADY_EXISTS");
}

TEST_F(NamesTest, NamesThatUnityCatalogRefusesAreRefused) {
  for (const char* name : {"", "a b", "a.b", "a/b", "a\nb", "a\x7f"}) {
    EXPECT_EQ(FailureOf([&] {
                catalog_.CreateCatalog({name, "ada", {}});
              }).code,
              ErrorCode::kInvalid);
    EXPECT_EQ(FailureOf([&] {
                catalog_.CreateSchema({{"main", name}, "ada", {}, {}});
              }).code,
              ErrorCode::kInvalid);
    EXPECT_EQ(FailureOf([&] { catalog_.CreateTable(Table("main", "default", name)); }).code,
              ErrorCode::kInvalid);
  }
  EXPECT_EQ(FailureOf([&] {
              catalog_.CreateCatalog({std::string(256, 'x'), "ada", {}});
            }).code,
            ErrorCode::kInvalid);
  catalog_.CreateCatalog({std::string(255, 'x'), "ada", {}});
}

TEST_F(NamesTest, ATableComesBackAsItWasCreated) {
  TableInfo info = Table("main", "default", "t", "file:///data/t");
  info.comment = "what it's for";
  info.properties = {{"a", "1"}, {"quote\"", "é"}};
  info.pipeline_id = "p@x";
  clock_.Advance(5);
  catalog_.CreateTable(info);
  const auto found = catalog_.FindTable(info.name);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, info.id);
  EXPECT_EQ(found->kind, TableKind::kExternal);
  EXPECT_EQ(found->owner, "ada");
  EXPECT_EQ(found->comment, info.comment);
  EXPECT_EQ(found->properties, info.properties);
  EXPECT_EQ(found->location, "file:///data/t");
  EXPECT_EQ(found->pipeline_id, "p@x");
  EXPECT_EQ(found->created, clock_.Now());
  EXPECT_FALSE(found->view.has_value());
}

TEST_F(NamesTest, AViewKeepsTheNamesInForceWhenItWasMade) {
  catalog_.CreateTable(View("v"));
  const auto found = catalog_.FindTable({"main", "default", "v"});
  ASSERT_TRUE(found.has_value() && found->view.has_value());
  EXPECT_EQ(found->view->query, "SELECT 1 AS a");
  EXPECT_EQ(found->view->catalog, "main");
  EXPECT_EQ(found->view->schema, "default");
  EXPECT_EQ(found->view->schema_json, "{}");
  EXPECT_EQ(found->comment, std::nullopt);
}

TEST_F(NamesTest, ANameIsTakenOnce) {
  catalog_.CreateTable(Table("main", "default", "t"));
  TableInfo other = View("T");
  const Failure failure = FailureOf([&] { catalog_.CreateTable(other); });
  EXPECT_EQ(failure.code, ErrorCode::kExists);
  EXPECT_EQ(failure.condition, "TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_THAT(failure.message, HasSubstr("main.default.t"));
  EXPECT_EQ(FailureOf([&] {
              catalog_.CreateCatalog({"MAIN", "ada", {}});
            }).condition,
            "CATALOG_ALREADY_EXISTS");
}

TEST_F(NamesTest, WhatIsAbsentIsNamed) {
  EXPECT_FALSE(catalog_.FindTable({"main", "default", "nope"}).has_value());
  EXPECT_FALSE(catalog_.FindSchema({"main", "nope"}).has_value());
  EXPECT_FALSE(catalog_.FindCatalog("nope").has_value());
  EXPECT_EQ(FailureOf([&] {
              catalog_.DropTable({"main", "default", "nope"});
            }).condition,
            "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] {
              catalog_.DropSchema({"main", "nope"});
            }).condition,
            "SCHEMA_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] { catalog_.DropCatalog("nope"); }).condition, "CATALOG_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] {
              catalog_.CreateSchema({{"nope", "s"}, "ada", {}, {}});
            }).condition,
            "CATALOG_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] { catalog_.CreateTable(Table("main", "nope", "t")); }).condition,
            "SCHEMA_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] {
              catalog_.ListTables("ada", {"main", "nope"});
            }).condition,
            "SCHEMA_NOT_FOUND");
  EXPECT_EQ(FailureOf([&] { catalog_.ListSchemas("ada", "nope"); }).condition, "CATALOG_NOT_FOUND");
}

TEST_F(NamesTest, TwoTablesNeverShareAFolder) {
  catalog_.CreateTable(Table("main", "default", "t", "file:///data/sales/"));
  for (const char* location : {"file:///data/sales", "file:///data/sales/eu", "file:///data"}) {
    EXPECT_EQ(
        FailureOf([&] { catalog_.CreateTable(Table("main", "default", "u", location)); }).condition,
        "LOCATION_OVERLAP")
        << location;
  }
  catalog_.CreateTable(Table("main", "default", "u", "file:///data/sales2"));
  EXPECT_TRUE(catalog_.IsTaken("file:///data/sales/x/y"));
  EXPECT_TRUE(catalog_.IsTaken("file:///data/sales2/"));
  EXPECT_TRUE(catalog_.IsTaken("file:///"));
  EXPECT_FALSE(catalog_.IsTaken("file:///data/sale"));
}

TEST_F(NamesTest, ReservedTablesLieInManagedStorageUnderTheirIds) {
  const auto one = catalog_.Reserve({"main", "default"});
  const auto two = catalog_.Reserve({"main", "default"});
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(one.location, "file:///home/w/tables/" + one.id);
}

TEST_F(NamesTest, ReservedTablesLieWhereTheirSchemaOrItsCatalogSays) {
  catalog_.CreateCatalog({"far", "ada", std::nullopt, "s3://lake/far/"});
  catalog_.CreateSchema({{"far", "own"}, "ada", std::nullopt, {}, "s3://other/own"});
  const auto by_catalog = catalog_.Reserve({"FAR", "default"});
  EXPECT_EQ(by_catalog.location, "s3://lake/far/" + by_catalog.id);
  const auto by_schema = catalog_.Reserve({"far", "OWN"});
  EXPECT_EQ(by_schema.location, "s3://other/own/" + by_schema.id);
  EXPECT_EQ(catalog_.FindSchema({"far", "own"})->managed_location, "s3://other/own");
}

TEST_F(NamesTest, ManagedLocationsOverlapNothing) {
  const auto create = [&](const std::string& name, const std::string& location) {
    catalog_.CreateSchema({{"main", name}, "ada", std::nullopt, {}, location});
  };
  catalog_.CreateTable(Table("main", "default", "t", "s3://lake/t"));
  create("one", "s3://lake/one");
  for (const char* taken : {"s3://lake/one", "s3://lake/one/in", "s3://lake", "s3://lake/t/in"}) {
    try {
      create("two", taken);
      ADD_FAILURE() << taken;
    } catch (const Error& error) {
      EXPECT_EQ(error.condition(), "LOCATION_OVERLAP");
    }
  }
  create("two", "s3://lake/one2");
  EXPECT_THROW(catalog_.RequireOutside("ada", "s3://lake/one/x"), Error);
  catalog_.RequireOutside("ada", "s3://lake/three");
}

TEST_F(NamesTest, ADroppedTableIsGoneAndItsNameFree) {
  catalog_.CreateTable(Table("main", "default", "t"));
  catalog_.Grant("bob", Privilege::kSelect, {SecurableKind::kTable, "main", "default", "t"});
  EXPECT_EQ(catalog_.DropTable({"main", "default", "T"}).id, "id-of-main-default-t");
  EXPECT_FALSE(catalog_.FindTable({"main", "default", "t"}).has_value());
  catalog_.CreateTable(Table("main", "default", "t"));
  // Grants belong to the table that was dropped.
  EXPECT_TRUE(catalog_.Grants({SecurableKind::kTable, "main", "default", "t"}).empty());
}

TEST_F(NamesTest, UpdatesChangeWhatTheyMay) {
  catalog_.CreateTable(Table("main", "default", "t"));
  TableInfo info = *catalog_.FindTable({"main", "default", "t"});
  info.comment = "new";
  info.owner = "bob";
  info.properties = {{"k", "v"}};
  info.kind = TableKind::kStreamingTable;
  clock_.Advance(7);
  catalog_.UpdateTable(info);
  const TableInfo after = *catalog_.FindTable({"main", "default", "t"});
  EXPECT_EQ(after.comment, "new");
  EXPECT_EQ(after.owner, "bob");
  EXPECT_EQ(after.properties, info.properties);
  EXPECT_EQ(after.kind, TableKind::kStreamingTable);
  EXPECT_EQ(after.updated.micros, after.created.micros + 7);
  EXPECT_GT(after.revision, info.revision);
}

TEST_F(NamesTest, TheSecondOfTwoConcurrentUpdatesIsAConflict) {
  catalog_.CreateTable(Table("main", "default", "t"));
  const TableInfo info = *catalog_.FindTable({"main", "default", "t"});
  catalog_.UpdateTable(info);
  EXPECT_EQ(FailureOf([&] { catalog_.UpdateTable(info); }).code, ErrorCode::kConflict);
}

TEST_F(NamesTest, ATableOfAnotherPipelineCantBeTaken) {
  TableInfo created = Table("main", "default", "t");
  created.pipeline_id = "mine@/a";
  catalog_.CreateTable(created);
  TableInfo info = *catalog_.FindTable(created.name);
  info.pipeline_id = "theirs@/b";
  const Failure failure = FailureOf([&] { catalog_.UpdateTable(info); });
  EXPECT_EQ(failure.code, ErrorCode::kExists);
  EXPECT_THAT(failure.message, HasSubstr("mine@/a"));
  EXPECT_EQ(catalog_.FindTable(created.name)->pipeline_id, "mine@/a");
  info.pipeline_id = "";
  catalog_.UpdateTable(info);
  info = *catalog_.FindTable(created.name);
  info.pipeline_id = "theirs@/b";
  catalog_.UpdateTable(info);
  EXPECT_EQ(catalog_.FindTable(created.name)->pipeline_id, "theirs@/b");
}

TEST_F(NamesTest, RenamingTakesTheDefinitionAlongOrChangesNothing) {
  catalog_.CreateTable(Table("main", "default", "t"));
  const std::string id = catalog_.FindTable({"main", "default", "t"})->id;
  catalog_.PutDefinition(id, {"CREATE t", "main", "default", "UTC"});
  const auto fails = [](const std::string&) -> std::string {
    throw Error(ErrorCode::kUnsupported, "no");
  };
  EXPECT_EQ(FailureOf([&] {
              catalog_.RenameTable({"main", "default", "t"}, {"main", "default", "u"}, fails);
            }).code,
            ErrorCode::kUnsupported);
  EXPECT_TRUE(catalog_.FindTable({"main", "default", "t"}).has_value());
  catalog_.RenameTable({"main", "default", "t"}, {"main", "default", "u"},
                       [](const std::string& statement) { return statement + " as u"; });
  EXPECT_EQ(catalog_.FindTable({"main", "default", "u"})->id, id);
  EXPECT_EQ(catalog_.FindDefinition(id)->statement, "CREATE t as u");
  EXPECT_EQ(catalog_.FindDefinition(id)->time_zone, "UTC");
}

TEST_F(NamesTest, RenamingKeepsIdGrantsAndFolder) {
  catalog_.CreateSchema({{"main", "other"}, "ada", {}, {}});
  catalog_.CreateTable(Table("main", "default", "t"));
  catalog_.CreateTable(Table("main", "default", "taken"));
  catalog_.Grant("bob", Privilege::kSelect, {SecurableKind::kTable, "main", "default", "t"});
  catalog_.RenameTable({"main", "default", "t"}, {"main", "other", "U"});
  const auto found = catalog_.FindTable({"main", "other", "u"});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, "id-of-main-default-t");
  EXPECT_EQ(catalog_.Grants({SecurableKind::kTable, "main", "other", "u"}).size(), 1u);
  EXPECT_EQ(FailureOf([&] {
              catalog_.RenameTable({"main", "other", "u"}, {"main", "default", "taken"});
            }).code,
            ErrorCode::kExists);
  EXPECT_EQ(FailureOf([&] {
              catalog_.RenameTable({"main", "other", "u"}, {"x", "y", "z"});
            }).code,
            ErrorCode::kUnsupported);
}

TEST_F(NamesTest, OnlyEmptySchemasAndCatalogsAreDropped) {
  catalog_.CreateCatalog({"c", "ada", {}});
  catalog_.CreateSchema({{"c", "s"}, "ada", {}, {}});
  catalog_.CreateTable(Table("c", "s", "t"));
  EXPECT_EQ(FailureOf([&] { catalog_.DropSchema({"c", "s"}); }).condition, "SCHEMA_NOT_EMPTY");
  EXPECT_EQ(FailureOf([&] { catalog_.DropCatalog("c"); }).condition, "CATALOG_NOT_EMPTY");
  catalog_.DropTable({"c", "s", "t"});
  catalog_.DropSchema({"c", "s"});
  catalog_.DropCatalog("c");
  EXPECT_FALSE(catalog_.FindCatalog("c").has_value());
}

// Nobody made them by a statement, so that they keep no schema from being dropped.
TEST_F(NamesTest, EventLogsGoWithTheirSchema) {
  const auto add_log = [&](const std::string& schema) {
    TableInfo info = Table("c", schema, "event_log_p");
    info.kind = TableKind::kEventLog;
    info.pipeline_id = "p@file:///p";
    catalog_.CreateTable(info);
  };
  catalog_.CreateCatalog({"c", "ada", {}});
  catalog_.CreateSchema({{"c", "s"}, "ada", {}, {}});
  add_log("s");
  catalog_.CreateTable(Table("c", "s", "t"));
  EXPECT_EQ(FailureOf([&] { catalog_.DropSchema({"c", "s"}); }).condition, "SCHEMA_NOT_EMPTY");
  EXPECT_THAT(TableNames({"c", "s"}), ElementsAre("event_log_p", "t"));
  catalog_.DropTable({"c", "s", "t"});
  const auto dropped = catalog_.DropSchema({"c", "S"});
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0].name.ToString(), "c.s.event_log_p");
  EXPECT_EQ(dropped[0].kind, TableKind::kEventLog);
  EXPECT_FALSE(catalog_.FindSchema({"c", "s"}).has_value());
  // So it is with what a catalog has from its beginning.
  add_log("default");
  const auto left = catalog_.DropCatalog("c");
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].name.ToString(), "c.default.event_log_p");
  EXPECT_TRUE(catalog_.EventLogs("p").empty());
}

TEST_F(NamesTest, SchemasAreUpdated) {
  catalog_.UpdateSchema({{"main", "Default"}, "bob", "mine", {{"a", "b"}}});
  const auto found = catalog_.FindSchema({"main", "default"});
  EXPECT_EQ(found->owner, "bob");
  EXPECT_EQ(found->comment, "mine");
  EXPECT_EQ(found->properties, (Properties{{"a", "b"}}));
}

TEST_F(NamesTest, EveryChangeOfNamesOrGrantsChangesTheRevision) {
  int64_t last = catalog_.Revision();
  const Securable table{SecurableKind::kTable, "c", "s", "t"};
  const std::vector<std::function<void()>> changes = {
      [&] {
        catalog_.CreateCatalog({"c", "ada", {}});
      },
      [&] {
        catalog_.CreateSchema({{"c", "s"}, "ada", {}, {}});
      },
      [&] {
        catalog_.UpdateSchema({{"c", "s"}, "ada", "x", {}});
      },
      [&] { catalog_.CreateTable(Table("c", "s", "t")); },
      [&] {
        catalog_.UpdateTable(*catalog_.FindTable({"c", "s", "t"}));
      },
      [&] { catalog_.Grant("bob", Privilege::kSelect, table); },
      [&] { catalog_.Revoke("bob", Privilege::kSelect, table); },
      [&] {
        catalog_.RenameTable({"c", "s", "t"}, {"c", "s", "u"});
      },
      [&] {
        catalog_.DropTable({"c", "s", "u"});
      },
      [&] {
        catalog_.DropSchema({"c", "s"});
      },
      [&] { catalog_.DropCatalog("c"); },
      [&] { catalog_.OutdatePrepared(); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    changes[i]();
    const int64_t now = catalog_.Revision();
    EXPECT_GT(now, last) << i;
    last = now;
  }
  catalog_.BeginStatement({"s1", "ada", "SELECT 1", {}, {}, "ALLOWED"});
  EXPECT_EQ(catalog_.Revision(), last);
}

TEST_F(NamesTest, OfManyProcessesOneCreatesATable) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      state::Database database(folder_ + "/state.db");
      Catalog catalog(database, clock_, "file:///home/w/tables", "ada");
      TableInfo info = Table("main", "default", "t");
      info.id = "id" + std::to_string(i);
      info.location = "file:///home/w/tables/" + info.id;
      try {
        catalog.CreateTable(info);
        _exit(0);
      } catch (const Error& error) {
        _exit(error.code() == ErrorCode::kExists ? 1 : 2);
      }
    }
    children.push_back(child);
  }
  int created = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_LE(WEXITSTATUS(status), 1);
    created += WEXITSTATUS(status) == 0;
  }
  EXPECT_EQ(created, 1);
}

}  // namespace
}  // namespace weir::catalog
