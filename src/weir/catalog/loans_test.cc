#include <gmock/gmock.h>

#include "weir/catalog/catalog_fixture.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LoansTest : public CatalogTest {
 protected:
  TableInfo Make(const std::string& name, const std::vector<Loan>& loans = {},
                 const std::string& location = "") {
    const TableInfo info = Table("main", "default", name, location);
    catalog_.CreateTable(info, loans);
    return *catalog_.FindTable(info.name);
  }
  std::vector<std::string> Borrowers(const std::string& uri) const {
    std::vector<std::string> names;
    for (const TableInfo& info : catalog_.BorrowersOf(uri)) names.push_back(info.name.name);
    return names;
  }
};

TEST_F(LoansTest, AFolderKnowsWhoNeedsIt) {
  const TableInfo source = Make("s");
  EXPECT_FALSE(source.has_loans);
  const TableInfo clone = Make("c", {{source.location, "ada"}});
  EXPECT_TRUE(clone.has_loans);
  EXPECT_EQ(TableTypeName(clone), "MANAGED_SHALLOW_CLONE");
  EXPECT_THAT(catalog_.LoansOf(clone.id), ElementsAre(Loan{source.location, "ada"}));
  EXPECT_THAT(Borrowers(source.location), ElementsAre("c"));
  EXPECT_THAT(Borrowers(source.location + "/day=1"), ElementsAre("c"));
  EXPECT_THAT(Borrowers("file:///home/w"), ElementsAre("c"));
  EXPECT_THAT(Borrowers(source.location + "2"), IsEmpty());
  EXPECT_EQ(catalog_.FindTableIn(source.location)->name.name, "s");
  EXPECT_FALSE(catalog_.FindTableIn(source.location + "/x"));
}

TEST_F(LoansTest, WhatIsLentIsTakenUntilTheLastCloneIsDropped) {
  const TableInfo source = Make("s");
  Make("c", {{source.location, "ada"}});
  catalog_.DropTable(source.name);
  EXPECT_TRUE(catalog_.IsLeftBehind(source.location));
  EXPECT_TRUE(catalog_.IsTaken(source.location));
  // Lent already, so it may be lent on.
  Make("d", {{source.location, "bob"}});
  catalog_.DropTable({"main", "default", "c"});
  EXPECT_THAT(Borrowers(source.location), ElementsAre("d"));
  catalog_.DropTable({"main", "default", "d"});
  EXPECT_FALSE(catalog_.IsTaken(source.location));
}

TEST_F(LoansTest, AManagedFolderThatIsNobodysAnyMoreCanNotBeLent) {
  const TableInfo source = Make("s");
  catalog_.DropTable(source.name);
  EXPECT_EQ(FailureOf([&] { Make("c", {{source.location, "ada"}}); }).code, ErrorCode::kConflict);
  EXPECT_FALSE(catalog_.FindTable({"main", "default", "c"}));
  // A folder of the machine stays where it is.
  Make("e", {{"file:///data/gone", "ada"}});
  EXPECT_FALSE(catalog_.IsLeftBehind("file:///data/gone"));
  EXPECT_FALSE(catalog_.IsManaged("file:///data/gone"));
}

TEST_F(LoansTest, ATableThatIsReplacedKeepsItsLoansAndGetsMore) {
  const TableInfo one = Make("one");
  const TableInfo two = Make("two");
  const TableInfo clone = Make("c", {{one.location, "ada"}});
  catalog_.Borrow(clone.id, {{two.location, "ada"}, {one.location, "bob"}});
  EXPECT_THAT(catalog_.LoansOf(clone.id),
              ElementsAre(Loan{one.location, "bob"}, Loan{two.location, "ada"}));
}

}  // namespace
}  // namespace weir::catalog
