#include "model/shape.h"

namespace weir::test::model {

std::string Shape::Sql() const {
  std::string sql = "CREATE TABLE t (id BIGINT, part INT, v INT, s STRING)";
  if (partitioned) sql += " PARTITIONED BY (part)";
  sql += " TBLPROPERTIES ('delta.checkpointInterval' = '" + std::to_string(checkpoint_interval) +
         "', 'delta.enableExpiredLogCleanup' = '" + (cleans_log ? "true" : "false") + "'";
  const auto set = [&](bool wanted, const char* property, const std::string& value) {
    if (wanted) sql += std::string(", '") + property + "' = '" + value + "'";
  };
  set(deletion_vectors, "delta.enableDeletionVectors", "true");
  set(type_widening, "delta.enableTypeWidening", "true");
  set(row_tracking, "delta.enableRowTracking", "true");
  set(in_commit_timestamps, "delta.enableInCommitTimestamps", "true");
  set(v2_checkpoints, "delta.checkpointPolicy", "v2");
  set(change_feed, "delta.enableChangeDataFeed", "true");
  set(maps_columns(), "delta.columnMapping.mode", mapping);
  set(checkpoint_part_size != 0, "weir.checkpointPartSize", std::to_string(checkpoint_part_size));
  set(!target_file_size.empty(), "delta.targetFileSize", target_file_size);
  return sql + ")";
}

Content Shape::Empty() {
  using Kind = Column::Kind;
  return {{{"id", Kind::kBigint}, {"part", Kind::kInt}, {"v", Kind::kInt}, {"s", Kind::kText}}, {}};
}

Shape DrawShape(Draw& draw) {
  Shape shape;
  shape.partitioned = draw.OneIn(2);
  shape.deletion_vectors = draw.OneIn(2);
  shape.type_widening = draw.OneIn(2);
  shape.row_tracking = draw.OneIn(3);
  shape.in_commit_timestamps = draw.OneIn(3);
  shape.v2_checkpoints = draw.OneIn(3);
  shape.cleans_log = draw.OneIn(4);
  shape.change_feed = draw.OneIn(3);
  shape.mapping = draw.Of({"none", "name", "id"});
  // Without checkpoints the log is read entry by entry, and compacted in the end.
  shape.checkpoint_interval = draw.Of({2, 3, 4, 5, 1000});
  shape.checkpoint_part_size = draw.OneIn(3) ? 6 : 0;
  shape.target_file_size = draw.Of({"", "1kb", "2kb"});
  return shape;
}

}  // namespace weir::test::model
