#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"
#include "weir/types/predicate.h"

// What the engine pushes into a scan, as predicates that files can be judged by. What can't be said
// as one becomes TRUE, so a file is never left out wrongly.
namespace weir::engine {

// Which column of the scan's schema a reference means; nothing for other tables' and virtual ones.
using ColumnOfReference =
    std::function<std::optional<size_t>(const duckdb::BoundColumnRefExpression&)>;

Predicate PredicateOf(const duckdb::Expression& filter, const Schema& schema,
                      const ColumnOfReference& column_of);

// `column` is a path's top-level column of the schema.
Predicate PredicateOf(const duckdb::TableFilter& filter, const Schema& schema, size_t column);

}  // namespace weir::engine
