#include "weir/delta/snapshot_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using testing::ElementsAre;

struct CachedTable : TestTable {
  SnapshotCache cache;
  Table cached{table.location(), format, clock, &cache};
};

TEST(SnapshotCacheTest, TheNextReadingNeedsOnlyWhatCameAfter) {
  const CachedTable t;
  t.Append(DataFile("a"));
  const auto first = t.cached.Latest();
  EXPECT_EQ(t.cached.Latest(), first);
  t.Append(DataFile("b"));
  t.store->Delete(t.LogKey("00000000000000000000.json"));  // What is known need not be read again.
  EXPECT_THAT(Paths(*t.cached.Latest()), ElementsAre("a", "b"));
  EXPECT_THROW(t.table.Latest(), Error);
}

TEST(SnapshotCacheTest, ATableMadeAnewAtTheSamePlaceIsReadAnew) {
  const CachedTable t;
  t.Append(DataFile("a"));
  t.cached.Latest();
  t.store->DeleteAll("t/");
  EXPECT_THROW(t.cached.Latest(), Error);
  Transaction create(t.table, nullptr);
  create.SetMetadata(MetadataOf(IdAndName()));
  static_cast<void>(create.Commit(Operation("CREATE TABLE")));
  t.Append(DataFile("b"));
  EXPECT_THAT(Paths(*t.cached.Latest()), ElementsAre("b"));
}

TEST(SnapshotCacheTest, WhatWasNotAskedForLongestIsForgotten) {
  const CachedTable t;
  t.Append(DataFile("a"));
  const auto snapshot = t.table.Latest();
  SnapshotCache cache(2 * snapshot->MemoryBytes());
  cache.Keep("x", snapshot);
  cache.Keep("y", snapshot);
  EXPECT_NE(cache.Find("x"), nullptr);
  cache.Keep("z", snapshot);
  EXPECT_EQ(cache.Find("y"), nullptr);
  EXPECT_NE(cache.Find("x"), nullptr);
  EXPECT_NE(cache.Find("z"), nullptr);
}

}  // namespace
}  // namespace weir::delta
