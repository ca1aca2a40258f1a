#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "weir/session/dataset.h"
#include "weir/types/data_type.h"

// What AUTO CDC flows make of the columns of their sources.
namespace weir::session {

inline constexpr const char* kStartColumn = "__START_AT";
inline constexpr const char* kEndColumn = "__END_AT";

struct CdcShape {
  int scd_type = 1;
  bool ignores_nulls = false;
  bool truncates = false;
  bool is_snapshot = false;
  std::vector<std::string> keys;  // As the source spells them.
  Schema columns;                 // Those that the table takes from the source.
  DataType sequence;              // Of FROM SNAPSHOT its version.
  bool tracks_all = true;
  bool tracks_others = false;        // Than `named`, where not all are tracked.
  std::set<std::string> named = {};  // By LowerName.

  bool IsKey(const std::string& column) const;
  // Whether another value of the column begins another row of the history.
  bool IsTracked(const std::string& column) const;
  // Those of the table, where its definition does not say.
  Schema Target() const;
};

// `source`: the columns of the flow's query. `version`: of FROM SNAPSHOT, the type of its versions.
std::variant<CdcShape, Diagnostics> CdcShapeOf(const Flow& flow, const Schema& source,
                                               const DataType& version);

// The columns of a table that a flow keeps: by what they are to it.
struct CdcTable {
  std::vector<Field> keys;
  std::vector<Field> values;  // All others but the ends of the history.
};
// What is wrong when the table can't hold what the flow gives.
std::variant<CdcTable, Diagnostics> CdcTableOf(const Dataset& dataset, const Flow& flow,
                                               const CdcShape& shape, const Schema& table);

}  // namespace weir::session
