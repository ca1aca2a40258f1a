#pragma once

#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

namespace weir::delta {

// The table's schema with what `data` has more: new columns behind the table's own, new members
// behind a struct's own, at any depth (in arrays and maps too). What both have must be of one type;
// names compare without case and keep the table's spelling. New columns are nullable, since the
// rows that are there have no value for them. Throws Error{kInvalid} with the condition
// DELTA_FAILED_TO_MERGE_FIELDS that names the column. Where the table's `properties` enable type
// widening, a wider type of `data` becomes the table's.
Schema MergeSchema(const Schema& table, const Schema& data, const Configuration& properties = {});

// The same for data that is cast into the columns that are there: what both have and what goes into
// one another only by a cast stays as the table has it.
Schema EvolvedSchema(const Schema& table, const Schema& data, const Configuration& properties);

// Throws unless a table with these properties may have this schema: kInvalid for no columns, double
// names and names that Parquet tables can't have unless they are mapped, kUnsupported for types
// that Delta can't store.
void CheckTableSchema(const Schema& schema, const Configuration& properties = {});

// Throws Error{kInvalid} unless each partition column is a column of a type that can partition, is
// there once, and leaves another column for the data.
void CheckPartitionColumns(const Schema& schema, const std::vector<std::string>& columns);

// The schema without the partition columns: what data files hold.
Schema FileColumns(const Schema& schema, const std::vector<std::string>& partition_columns);

}  // namespace weir::delta
