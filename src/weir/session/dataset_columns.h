#pragma once

#include <string>
#include <vector>

#include "weir/delta/properties.h"
#include "weir/delta/snapshot.h"
#include "weir/session/dataset.h"
#include "weir/types/data_type.h"

// What definitions say of the columns of tables that are there.
namespace weir::session {

// The columns of a streaming table that is `base` once its definition, by which it would have those
// of `declared`, counts: new ones behind those that are there, and of the latter what a list of
// columns says of them, but for numbers that they have given out. Throws Error, which says
// `rebuild`, for what the rows that are there can't come to have.
Schema ColumnsAfter(const Dataset& dataset, const delta::Snapshot& base, const Schema& declared,
                    const delta::Configuration& properties, const std::string& rebuild);
// The same of a materialised view before it is computed anew: comments, and NULL where it is
// allowed now.
Schema ViewColumnsAfter(const Schema& now, const Schema& declared);

// What is told of columns that stay and whose rules change, one thing each.
std::vector<std::string> RuleChanges(const Schema& before, const Schema& after);

// Whether a column of `after` that may not hold NULL might in `before`.
bool ForbidsMoreNulls(const Schema& before, const Schema& after);

}  // namespace weir::session
