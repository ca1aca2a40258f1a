#pragma once

#include <cstdint>
#include <string>

#include "model/content.h"
#include "model/draw.h"

namespace weir::test::model {

// What kind of table it is: which features of Delta it has.
struct Shape {
  bool partitioned = false;
  bool deletion_vectors = false;
  bool type_widening = false;
  bool row_tracking = false;
  bool in_commit_timestamps = false;
  bool v2_checkpoints = false;
  bool cleans_log = false;
  bool change_feed = false;
  std::string mapping = "none";  // none, name or id.
  int64_t checkpoint_interval = 10;
  int64_t checkpoint_part_size = 0;  // 0: as it comes.
  std::string target_file_size;      // "": as it comes.

  bool maps_columns() const { return mapping != "none"; }
  // CREATE TABLE t, and what is in it then.
  std::string Sql() const;
  static Content Empty();
};

Shape DrawShape(Draw& draw);

}  // namespace weir::test::model
