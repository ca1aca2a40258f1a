#include <gmock/gmock.h>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class KeysTest : public CatalogTest {
 protected:
  KeysTest() {
    catalog_.CreateTable(parent_, {}, {Primary("pk", {"a", "b"})});
    catalog_.CreateTable(child_);
  }
  static KeyInfo Primary(const std::string& name, std::vector<std::string> columns) {
    return {name, std::move(columns)};
  }
  KeyInfo Foreign(const std::string& name) const {
    return {name, {"x", "y"}, parent_.name, "pk", {"b", "a"}, {"RELY"}};
  }
  std::vector<std::string> Names(const TableInfo& table) const {
    std::vector<std::string> names;
    for (const KeyInfo& key : catalog_.KeysOf(table.id)) names.push_back(key.name);
    return names;
  }

  const TableInfo parent_ = Table("main", "default", "parent");
  const TableInfo child_ = Table("main", "default", "child");
};

TEST_F(KeysTest, AForeignKeyIsGivenBackAsItWasSaid) {
  catalog_.AddKey(child_.id, Foreign("fk"));
  const KeyInfo key = catalog_.KeysOf(child_.id).at(0);
  EXPECT_EQ(key.parent, parent_.name);
  EXPECT_EQ(key.parent_key, "pk");
  EXPECT_THAT(key.columns, ElementsAre("x", "y"));
  EXPECT_THAT(key.parent_columns, ElementsAre("b", "a"));
  EXPECT_THAT(key.options, ElementsAre("RELY"));
  EXPECT_EQ(catalog_.TablesReferringTo(parent_.id).at(0).name, child_.name);
}

TEST_F(KeysTest, ATableHasOnePrimaryKeyAndASchemaEachNameOnce) {
  EXPECT_EQ(FailureOf([&] { catalog_.AddKey(parent_.id, Primary("other", {"a"})); }).condition,
            "MULTIPLE_PRIMARY_KEYS");
  EXPECT_EQ(FailureOf([&] { catalog_.AddKey(child_.id, Primary("pk", {"x"})); }).condition,
            "DELTA_CONSTRAINT_ALREADY_EXISTS");
}

TEST_F(KeysTest, AForeignKeyNeedsAPrimaryOne) {
  catalog_.DropKey(parent_.id, "pk");
  EXPECT_EQ(FailureOf([&] { catalog_.AddKey(child_.id, Foreign("fk")); }).code,
            ErrorCode::kNotFound);
  EXPECT_THAT(Names(child_), IsEmpty());
}

TEST_F(KeysTest, WithThePrimaryKeyGoWhatReferredToIt) {
  catalog_.AddKey(child_.id, Foreign("fk"));
  catalog_.AddKey(child_.id, Primary("child_pk", {"x"}));
  catalog_.DropTable(parent_.name);
  EXPECT_THAT(Names(child_), ElementsAre("child_pk"));
}

TEST_F(KeysTest, ReplacingATableReplacesItsKeys) {
  catalog_.AddKey(child_.id, Foreign("fk"));
  catalog_.ReplaceKeys(parent_.id, {Primary("pk", {"c"})});
  EXPECT_THAT(Names(parent_), ElementsAre("pk"));
  EXPECT_THAT(Names(child_), IsEmpty());
}

TEST_F(KeysTest, KeysFollowAColumnThatIsRenamed) {
  catalog_.AddKey(child_.id, Foreign("fk"));
  catalog_.RenameKeyColumn(parent_.id, "a", "aa");
  EXPECT_THAT(catalog_.KeysOf(parent_.id).at(0).columns, ElementsAre("aa", "b"));
  EXPECT_THAT(catalog_.KeysOf(child_.id).at(0).parent_columns, ElementsAre("b", "aa"));
  catalog_.RenameKeyColumn(child_.id, "x", "xx");
  EXPECT_THAT(catalog_.KeysOf(child_.id).at(0).columns, ElementsAre("xx", "y"));
}

TEST_F(KeysTest, ATableMayReferToItself) {
  TableInfo own = Table("main", "default", "own");
  KeyInfo key = Foreign("own_fk");
  key.parent = own.name;
  catalog_.CreateTable(own, {}, {key, Primary("own_pk", {"a", "b"})});
  EXPECT_THAT(Names(own), ElementsAre("own_pk", "own_fk"));
  EXPECT_THAT(catalog_.TablesReferringTo(own.id), IsEmpty());
}

}  // namespace
}  // namespace weir::catalog
