#include "weir/delta/clustering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/protocol.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

Schema ClusteredSchema() {
  const DataType place = DataType::Struct(
      {{"x", TypeId::kDouble, true, R"({"delta.columnMapping.physicalName":"col-2"})"},
       {"tags", DataType::Array(TypeId::kString), true, "{}"}});
  return Schema({{"id", TypeId::kLong, true, R"({"delta.columnMapping.physicalName":"col-1"})"},
                 {"place", place, true, "{}"},
                 {"live", TypeId::kBoolean, true, "{}"}});
}

std::string ClusteringCondition(const std::vector<Predicate::Path>& columns, Metadata metadata) {
  try {
    CheckClusteringColumns(columns, metadata, ClusteredSchema());
    return "";
  } catch (const Error& error) {
    return error.condition();
  }
}

TEST(ClusteringTest, TheDomainHasTheNamesOfTheLog) {
  const auto domain = ClusteringDomain({{"id"}, {"place", "x"}}, ClusteredSchema());
  EXPECT_EQ(
      domain.configuration,
      R"({"clusteringColumns":[["col-1"],["place","col-2"]],"domainName":"delta.clustering"})");
  EXPECT_THAT(ClusteringColumns({{kClusteringDomain, domain}}, ClusteredSchema()),
              ElementsAre(Predicate::Path{"id"}, (Predicate::Path{"place", "x"})));
  EXPECT_THAT(ClusteringColumns({}, ClusteredSchema()), IsEmpty());
  EXPECT_THAT(ClusteringColumns({{kClusteringDomain, ClusteringDomain({}, ClusteredSchema())}},
                                ClusteredSchema()),
              IsEmpty());
}

TEST(ClusteringTest, ColumnsThatHelpNoQueryAreRefused) {
  const Metadata plain = MetadataOf(ClusteredSchema());
  EXPECT_EQ(ClusteringCondition({{"id"}, {"place", "x"}}, plain), "");
  EXPECT_EQ(ClusteringCondition({{"live"}}, plain),
            "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED");
  EXPECT_EQ(ClusteringCondition({{"place", "tags"}}, plain),
            "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED");
  EXPECT_EQ(ClusteringCondition({{"id"}, {"id"}}, plain), "DELTA_DUPLICATE_COLUMNS_FOUND");
  EXPECT_EQ(ClusteringCondition({{"gone"}}, plain), "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA");
  EXPECT_EQ(ClusteringCondition({{"a"}, {"b"}, {"c"}, {"d"}, {"e"}}, plain),
            "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS");
  EXPECT_EQ(ClusteringCondition(
                {{"place", "x"}},
                MetadataOf(ClusteredSchema(), {}, {{"delta.dataSkippingNumIndexedCols", "1"}})),
            "DELTA_CLUSTERING_COLUMN_MISSING_STATS");
  EXPECT_EQ(ClusteringCondition({{"id"}}, MetadataOf(ClusteredSchema(), {"live"})),
            "DELTA_CLUSTER_BY_WITH_PARTITIONED_BY");
}

TEST(ClusteringTest, AClusteredTableKeepsTheStatisticsOfItsColumns) {
  const TestTable t;
  Transaction cluster(t.table, t.table.Latest());
  cluster.SetDomain(ClusteringDomain({{"id"}}, IdAndName()));
  ASSERT_TRUE(std::holds_alternative<Committed>(cluster.Commit(Operation("CLUSTER BY"))));
  const auto latest = t.table.Latest();
  EXPECT_THAT(latest->protocol().writer_features, Contains("clustering"));
  EXPECT_THAT(latest->protocol().writer_features, Contains("domainMetadata"));
  Transaction change(t.table, latest);
  Metadata metadata = latest->metadata();
  metadata.configuration["delta.dataSkippingNumIndexedCols"] = "0";
  change.SetMetadata(metadata);
  EXPECT_THROW(static_cast<void>(change.Commit(Operation("SET TBLPROPERTIES"))), Error);
}

TEST(ClusteringTest, AColumnThatClustersIsNotDropped) {
  const TestTable t(MetadataOf(ClusteredSchema()));
  Transaction cluster(t.table, t.table.Latest());
  cluster.SetDomain(ClusteringDomain({{"id"}}, ClusteredSchema()));
  ASSERT_TRUE(std::holds_alternative<Committed>(cluster.Commit(Operation("CLUSTER BY"))));
  const auto base = t.table.Latest();
  const auto condition_of = [&](const std::vector<Field>& fields) {
    try {
      CheckClusteringAfter(base.get(), {}, base->metadata(), Schema(fields));
      return std::string();
    } catch (const Error& error) {
      return error.condition();
    }
  };
  std::vector<Field> fields = base->schema().fields();
  fields[0].name = "renamed";
  fields.pop_back();
  EXPECT_EQ(condition_of(fields), "");
  fields.erase(fields.begin());
  EXPECT_EQ(condition_of(fields), "DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN");
}

// Neither sees the other's part: together they would leave a domain that names no column.
TEST(ClusteringTest, AColumnThatClustersMeanwhileIsNotDropped) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.columnMapping.mode", "name"}}));
  const auto cluster_by = [&](const std::string& column) {
    const auto base = t.table.Latest();
    Transaction cluster(t.table, base);
    cluster.SetDomain(ClusteringDomain({{column}}, base->schema()));
    return cluster.Commit(Operation("CLUSTER BY"));
  };
  ASSERT_TRUE(std::holds_alternative<Committed>(cluster_by("id")));
  const auto base = t.table.Latest();
  Transaction drop(t.table, base);
  Metadata metadata = base->metadata();
  metadata.schema_json = SchemaToJson(Schema(std::vector<Field>{base->schema()[0]}));
  drop.SetMetadata(metadata);
  ASSERT_TRUE(std::holds_alternative<Committed>(cluster_by("name")));
  const CommitResult result = drop.Commit(Operation("DROP COLUMNS"));
  ASSERT_TRUE(std::holds_alternative<Conflict>(result));
  EXPECT_THAT(std::get<Conflict>(result).reason, HasSubstr("delta.clustering"));
  const auto now = t.table.Latest();
  EXPECT_THAT(ClusteringColumns(now->domains(), now->schema()),
              ElementsAre(Predicate::Path{"name"}));
}

TEST(ClusteringTest, ADomainThatNamesWhatIsGoneCanBeSetAnew) {
  const std::map<std::string, DomainMetadata> domains = {
      {kClusteringDomain,
       {kClusteringDomain, R"({"clusteringColumns":[["id"],["gone"]]})", false}}};
  EXPECT_THROW(ClusteringColumns(domains, IdAndName()), Error);
  EXPECT_EQ(FindClusteringColumns(domains, IdAndName()), std::nullopt);
  EXPECT_THAT(FindClusteringColumns({}, IdAndName()), Optional(IsEmpty()));
}

TEST(ClusteringTest, WhoClusteredAFileIsKept) {
  AddFile file = DataFile("a");
  file.clustering_provider = kClusteringProvider;
  const auto action = ActionFromJson(ActionToJson(Action(file)), "here");
  EXPECT_EQ(std::get<AddFile>(*action).clustering_provider, "liquid");
}

// A file that another statement removes must not come back with new statistics.
TEST(ClusteringTest, AnEntryThatIsWrittenAnewConflictsWithItsRemoval) {
  const TestTable t;
  static_cast<void>(t.Append(DataFile("a")));
  const auto base = t.table.Latest();
  Transaction retell(t.table, base);
  AddFile told = base->files().at(0);
  told.stats_json = R"({"numRecords":5})";
  retell.Retell(told);
  Transaction append(t.table, base);
  append.Add(DataFile("b"));
  ASSERT_TRUE(std::holds_alternative<Committed>(append.Commit(Operation("WRITE"))));
  Transaction again(t.table, base);
  again.Retell(told);
  ASSERT_TRUE(std::holds_alternative<Committed>(retell.Commit(Operation("COMPUTE STATS"))));
  EXPECT_TRUE(std::holds_alternative<Conflict>(again.Commit(Operation("COMPUTE STATS"))));
  const auto now = t.table.Latest();
  EXPECT_THAT(Paths(*now), ElementsAre("a", "b"));
  Transaction remove(t.table, now);
  for (const AddFile& file : now->files()) {
    if (file.path == "a") remove.Remove(file);
  }
  Transaction third(t.table, now);
  third.Retell(told);
  ASSERT_TRUE(std::holds_alternative<Committed>(remove.Commit(Operation("DELETE"))));
  EXPECT_TRUE(std::holds_alternative<Conflict>(third.Commit(Operation("COMPUTE STATS"))));
}

// With the vector in the log the file would be there twice.
TEST(ClusteringTest, AnEntryThatIsWrittenAnewConflictsWithDeletedRowsOfIt) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableDeletionVectors", "true"}}));
  static_cast<void>(t.Append(DataFile("a", 0, 9, 10)));
  const auto base = t.table.Latest();
  Transaction retell(t.table, base);
  retell.Retell(base->files().at(0));
  Transaction remove(t.table, base);
  RowSet rows;
  rows.Add(3);
  remove.DeleteRows(base->files().at(0), std::move(rows));
  ASSERT_TRUE(std::holds_alternative<Committed>(remove.Commit(Operation("DELETE"))));
  EXPECT_TRUE(std::holds_alternative<Conflict>(retell.Commit(Operation("COMPUTE STATS"))));
}

TEST(ClusteringTest, AProtocolWithoutAFeatureIsAsOldAsServes) {
  const Protocol old{1, 2, {}, {}};
  const Protocol clustered = WithWriterFeature(old, "clustering");
  EXPECT_TRUE(HasWriterFeature(clustered, "clustering"));
  EXPECT_FALSE(HasWriterFeature(old, "clustering"));
  EXPECT_EQ(WithoutFeature(clustered, "clustering"), old);
  EXPECT_EQ(
      WithoutFeature(WithReaderWriterFeature(old, "vacuumProtocolCheck"), "vacuumProtocolCheck"),
      old);
  EXPECT_EQ(WithoutFeature({1, 3, {}, {}}, "checkConstraints"), old);
}

}  // namespace
}  // namespace weir::delta
