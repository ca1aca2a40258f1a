#include <gmock/gmock.h>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Securable kFunction{SecurableKind::kFunction, "main", "default", "f"};
const QualifiedName kFunctionName{"main", "default", "f"};

class FunctionsTest : public CatalogTest {
 protected:
  FunctionsTest() { catalog_.CreateFunction(Function("f")); }

  static FunctionInfo Function(const std::string& name) {
    FunctionInfo info;
    info.id = "function-" + name;
    info.name = {"main", "default", name};
    info.owner = "ada";
    info.comment = "what it does";
    info.definition = {true, "[1]", "[2]", "SELECT 1", false, true, "main", "other"};
    return info;
  }
  void LetIn(const std::string& principal) {
    catalog_.Grant(principal, Privilege::kUseCatalog, kMain);
    catalog_.Grant(principal, Privilege::kUseSchema, kDefault);
  }
  Failure RefusalOf(const std::string& who, const QualifiedName& name) {
    return FailureOf([&] { catalog_.RequireFunction(who, Privilege::kExecute, name); });
  }
};

TEST_F(FunctionsTest, AFunctionIsKeptAsItWasMadeAndFoundInAnyCase) {
  catalog_.CreateTable(Table("main", "default", "f"));
  const auto found = catalog_.FindFunction({"MAIN", "Default", "F"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "function-f");
  EXPECT_EQ(found->comment, "what it does");
  const FunctionDefinition& made = found->definition;
  EXPECT_TRUE(made.is_table);
  EXPECT_EQ(made.parameters_json, "[1]");
  EXPECT_EQ(made.returns_json, "[2]");
  EXPECT_EQ(made.body, "SELECT 1");
  EXPECT_FALSE(made.deterministic);
  EXPECT_TRUE(made.reads_data);
  EXPECT_EQ(made.catalog, "main");
  EXPECT_EQ(made.schema, "other");
  EXPECT_EQ(FailureOf([&] { catalog_.CreateFunction(Function("F")); }).condition,
            "ROUTINE_ALREADY_EXISTS");
}

TEST_F(FunctionsTest, ItTakesExecuteAndAWayThere) {
  EXPECT_EQ(RefusalOf("bob", kFunctionName).code, ErrorCode::kDenied);
  LetIn("bob");
  EXPECT_EQ(RefusalOf("bob", kFunctionName).code, ErrorCode::kDenied);
  EXPECT_EQ(RefusalOf("bob", {"main", "default", "nosuch"}).condition, "ROUTINE_NOT_FOUND");
  EXPECT_THAT(catalog_.ListFunctions("bob", {"main", "default"}), IsEmpty());
  catalog_.Grant("bob", Privilege::kExecute, kFunction);
  EXPECT_EQ(catalog_.RequireFunction("bob", Privilege::kExecute, kFunctionName).id, "function-f");
  EXPECT_THAT(catalog_.ListFunctions("bob", {"main", "default"}), testing::SizeIs(1));
  catalog_.Revoke("bob", Privilege::kExecute, kFunction);
  EXPECT_EQ(RefusalOf("bob", kFunctionName).code, ErrorCode::kDenied);
  // One on the schema reaches what is in it.
  catalog_.Grant("bob", Privilege::kExecute, kDefault);
  EXPECT_EQ(catalog_.RequireFunction("bob", Privilege::kExecute, kFunctionName).id, "function-f");
}

TEST_F(FunctionsTest, PrivilegesOfTablesAndVolumesMeanNothingHere) {
  for (const Privilege privilege : {Privilege::kSelect, Privilege::kModify, Privilege::kReadVolume,
                                    Privilege::kCreateFunction}) {
    EXPECT_EQ(FailureOf([&] { catalog_.Grant("bob", privilege, kFunction); }).condition,
              "INVALID_PRIVILEGE_FOR_SECURABLE");
  }
  catalog_.CreateTable(Table("main", "default", "t"));
  EXPECT_EQ(
      FailureOf([&] {
        catalog_.Grant("bob", Privilege::kExecute, {SecurableKind::kTable, "main", "default", "t"});
      }).condition,
      "INVALID_PRIVILEGE_FOR_SECURABLE");
}

TEST_F(FunctionsTest, GrantsGoWithIt) {
  LetIn("bob");
  catalog_.Grant("bob", Privilege::kExecute, kFunction);
  EXPECT_EQ(catalog_.DropFunction(kFunctionName).id, "function-f");
  catalog_.CreateFunction(Function("f"));
  EXPECT_EQ(RefusalOf("bob", kFunctionName).code, ErrorCode::kDenied);
  EXPECT_THAT(catalog_.Grants(kFunction), IsEmpty());
}

TEST_F(FunctionsTest, SomebodyElsesChangeIsNotOverwritten) {
  FunctionInfo mine = *catalog_.FindFunction(kFunctionName);
  FunctionInfo theirs = mine;
  theirs.definition.body = "SELECT 2";
  catalog_.UpdateFunction(theirs);
  EXPECT_EQ(FailureOf([&] { catalog_.UpdateFunction(mine); }).code, ErrorCode::kConflict);
  EXPECT_EQ(catalog_.FindFunction(kFunctionName)->definition.body, "SELECT 2");
}

TEST_F(FunctionsTest, ASchemaWithAFunctionIsNotEmpty) {
  EXPECT_EQ(FailureOf([&] {
              catalog_.DropSchema({"main", "default"});
            }).condition,
            "SCHEMA_NOT_EMPTY");
  EXPECT_EQ(FailureOf([&] { catalog_.DropCatalog("main"); }).condition, "CATALOG_NOT_EMPTY");
}

}  // namespace
}  // namespace weir::catalog
