#include "weir/app/prompt/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace weir::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

Field ColumnOf(const std::string& name, DataType type = TypeId::kString) {
  return {name, std::move(type), true, "{}"};
}

// Two catalogs: main (default, sales), raw (default). Current is main.default.
class SmallCatalog final : public CompletionNames {
 public:
  std::string CurrentCatalog() const override { return "main"; }
  std::string CurrentSchema() const override { return "default"; }
  std::vector<std::string> Catalogs() const override { return {"main", "raw"}; }
  std::vector<std::string> Schemas(const std::string& catalog) const override {
    if (catalog == "main") return {"default", "sales"};
    return catalog == "raw" ? std::vector<std::string>{"default"} : std::vector<std::string>{};
  }
  std::vector<std::string> Tables(const std::string& catalog,
                                  const std::string& schema) const override {
    const auto found = tables_.find(catalog + "." + schema);
    return found == tables_.end() ? std::vector<std::string>{} : found->second;
  }
  std::vector<std::string> Volumes(const std::string& catalog,
                                   const std::string& schema) const override {
    if (catalog + "." + schema == "main.sales") return {"invoices"};
    return catalog + "." + schema == "main.default" ? std::vector<std::string>{"landing"}
                                                    : std::vector<std::string>{};
  }
  std::optional<Schema> Columns(const std::vector<std::string>& name) const override {
    if (name.back() == "trips")
      return Schema({ColumnOf("id"), ColumnOf("city"), ColumnOf("started at")});
    if (name.back() == "orders") {
      const DataType address = DataType::Struct({ColumnOf("street"), ColumnOf("zip")});
      return Schema({ColumnOf("id"), ColumnOf("customer"), ColumnOf("address", address)});
    }
    return std::nullopt;
  }
  std::vector<std::string> Files(const std::string& beginning) const override {
    return {beginning + "1.csv", beginning + "old/"};
  }
  std::vector<std::string> Settings() const override {
    return {"spark.sql.ansi.enabled", "spark.sql.session.timeZone"};
  }

 private:
  const std::map<std::string, std::vector<std::string>> tables_ = {
      {"main.default", {"trips", "trips_by_city", "from"}},
      {"main.sales", {"orders"}},
      {"raw.default", {"events"}}};
};

// Completes at the '|' of `marked`.
Completion At(const std::string& marked) {
  const size_t cursor = marked.find('|');
  return Complete(marked.substr(0, cursor) + marked.substr(cursor + 1), cursor, SmallCatalog());
}
std::vector<std::string> Words(const std::string& marked) { return At(marked).candidates; }

TEST(CompletionTest, AStatementBeginsWithItsKeywordInTheCaseTyped) {
  EXPECT_THAT(Words("sel|"), ElementsAre("select"));
  EXPECT_THAT(Words("SEL|"), ElementsAre("SELECT"));
  EXPECT_THAT(Words("|"), IsSupersetOf({"SELECT", "CREATE", "SHOW"}));
  EXPECT_THAT(Words("select 1; ins|"), ElementsAre("insert"));
  EXPECT_THAT(Words("select city |"), Contains("from"));
}

TEST(CompletionTest, TheReplacedSpanIsTheWordUpToTheCursor) {
  const Completion completion = At("select 1; select * from tri|ps");
  EXPECT_EQ(completion.begin, 24u);
  EXPECT_EQ(completion.end, 27u);
  EXPECT_FALSE(completion.is_quoted);
}

TEST(CompletionTest, TablesSchemasAndCatalogsFollowFrom) {
  EXPECT_THAT(Words("select * from |"),
              IsSupersetOf({"trips", "trips_by_city", "`from`", "sales.", "main.", "raw."}));
  EXPECT_THAT(Words("select * from tr|"), ElementsAre("trips", "trips_by_city"));
  EXPECT_THAT(Words("select * from sales.|"), ElementsAre("orders"));
  EXPECT_THAT(Words("select * from raw.|"), ElementsAre("default."));
  EXPECT_THAT(Words("select * from raw.default.e|"), ElementsAre("events"));
  EXPECT_THAT(Words("select * from trips, tr|"), ElementsAre("trips", "trips_by_city"));
  EXPECT_THAT(Words("select * from trips join sales.o|"), ElementsAre("orders"));
  EXPECT_THAT(Words("insert into tr|"), ElementsAre("trips", "trips_by_city"));
  EXPECT_THAT(Words("describe tr|"), ElementsAre("trips", "trips_by_city"));
  EXPECT_THAT(Words("drop table if exists tr|"), ElementsAre("trips", "trips_by_city"));
  EXPECT_THAT(Words("with trimmed as (select 1) select * from tr|"),
              ElementsAre("trimmed", "trips", "trips_by_city"));
  EXPECT_THAT(Words("select * from read|"), ElementsAre("read_files("));
}

TEST(CompletionTest, ATypedBacktickIsReplacedWithTheName) {
  const Completion completion = At("select * from `fr|");
  EXPECT_EQ(completion.begin, 14u);
  EXPECT_THAT(completion.candidates, ElementsAre("`from`"));
}

TEST(CompletionTest, ColumnsOfTheNamedTablesStandInExpressions) {
  EXPECT_THAT(Words("select ci| from trips"), ElementsAre("city"));
  EXPECT_THAT(Words("select * from trips where |"),
              IsSupersetOf({"id", "city", "`started at`", "trips."}));
  EXPECT_THAT(Words("select * from trips where |"), Not(Contains("customer")));
  EXPECT_THAT(Words("select * from trips t join sales.orders o on t.id = o.|"),
              ElementsAre("address", "customer", "id"));
  EXPECT_THAT(Words("select * from trips t where t.c|"), ElementsAre("city"));
  EXPECT_THAT(Words("select trips.c| from trips"), ElementsAre("city"));
  EXPECT_THAT(Words("select sales.orders.cu| from sales.orders"), ElementsAre("customer"));
  EXPECT_THAT(Words("select city, cu| from trips, sales.orders"), Contains("customer"));
  EXPECT_THAT(Words("select id from trips order by ci|"), ElementsAre("city"));
}

TEST(CompletionTest, FieldsOfAStructFollowItsColumn) {
  EXPECT_THAT(Words("select address.| from sales.orders"), ElementsAre("street", "zip"));
  EXPECT_THAT(Words("select o.address.z| from sales.orders o"), ElementsAre("zip"));
}

TEST(CompletionTest, FunctionsStandInExpressionsOnly) {
  EXPECT_THAT(Words("select date_a|"), ElementsAre("date_add("));
  EXPECT_THAT(Words("SELECT DATE_A|"), ElementsAre("DATE_ADD("));
  EXPECT_THAT(Words("select * from date_a|"), IsEmpty());
}

TEST(CompletionTest, BehindAWholeOperandOnlyKeywordsFollow) {
  const auto words = Words("select * from trips where city |");
  EXPECT_THAT(words, IsSupersetOf({"and", "is", "like", "order"}));
  EXPECT_THAT(words, Not(Contains("id")));
  EXPECT_THAT(Words("select id from trips group |"), ElementsAre("by"));
}

TEST(CompletionTest, UseAndShowWantSchemasAndCatalogs) {
  EXPECT_THAT(Words("use s|"), ElementsAre("sales", "schema"));
  EXPECT_THAT(Words("use catalog |"), IsSupersetOf({"main", "raw"}));
  EXPECT_THAT(Words("use catalog |"), Not(Contains("sales")));
  EXPECT_THAT(Words("use raw.|"), ElementsAre("default"));
  EXPECT_THAT(Words("show tables in s|"), ElementsAre("sales"));
  EXPECT_THAT(Words("show schemas in r|"), ElementsAre("raw"));
}

TEST(CompletionTest, SetWantsASetting) {
  EXPECT_THAT(Words("set spark.sql.a|"), ElementsAre("ansi.enabled"));
  EXPECT_THAT(Words("set sp|"),
              ElementsAre("spark.sql.ansi.enabled", "spark.sql.session.timeZone"));
}

TEST(CompletionTest, GrantWantsPrivilegesThenATable) {
  EXPECT_THAT(Words("grant sel|"), ElementsAre("select"));
  EXPECT_THAT(Words("grant select on table tr|"), ElementsAre("trips", "trips_by_city"));
}

TEST(CompletionTest, FilesStandInTheQuotesOfReadFilesAndLocation) {
  const Completion completion = At("select * from read_files('data/|");
  EXPECT_THAT(completion.candidates, ElementsAre("data/1.csv", "data/old/"));
  EXPECT_EQ(completion.begin, 26u);
  EXPECT_TRUE(completion.is_quoted);
  EXPECT_THAT(Words("create table x (a int) location 'd|"), ElementsAre("d1.csv", "dold/"));
  EXPECT_THAT(Words("select 'd|"), IsEmpty());
}

TEST(CompletionTest, NothingIsCompletedInCommentsAndBehindNewNames) {
  EXPECT_THAT(Words("select 1 -- from tr|"), IsEmpty());
  EXPECT_THAT(Words("select /* from tr|"), IsEmpty());
  EXPECT_THAT(Words("select 1 -- one\n fr|"), ElementsAre("from"));
  EXPECT_THAT(Words("create table x (id int, ci|"), IsEmpty());
}

TEST(CompletionTest, VolumesStandWhereTheirKindIsNamed) {
  EXPECT_THAT(Words("DROP VOLUME l|"), ElementsAre("landing"));
  EXPECT_THAT(Words("DROP VOLUME IF EXISTS l|"), ElementsAre("landing"));
  EXPECT_THAT(Words("DESCRIBE VOLUME sales.|"), ElementsAre("invoices"));
  EXPECT_THAT(Words("GRANT READ VOLUME ON VOLUME main.default.|"), ElementsAre("landing"));
  EXPECT_THAT(Words("SHOW GRANTS ON VOLUME la|"), ElementsAre("landing"));
  EXPECT_THAT(Words("CREATE VOLUME l|"), Not(Contains("landing")));
  EXPECT_THAT(Words("SHOW VOLUMES IN sa|"), ElementsAre("sales"));
}

TEST(CompletionTest, StatementsAboutFilesTakePaths) {
  EXPECT_THAT(Words("PUT 'in/|"), ElementsAre("in/1.csv", "in/old/"));
  EXPECT_THAT(Words("PUT 'a.csv' INTO '/Volumes/|"),
              ElementsAre("/Volumes/1.csv", "/Volumes/old/"));
  EXPECT_THAT(Words("GET '/Volumes/|"), ElementsAre("/Volumes/1.csv", "/Volumes/old/"));
  EXPECT_THAT(Words("LIST '|"), ElementsAre("1.csv", "old/"));
}

}  // namespace
}  // namespace weir::app
