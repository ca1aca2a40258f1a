#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"

namespace weir::engine {

// Whether a file's column can be read as a column of the wanted type without losing anything: the
// same or a narrower type, members of structs each for itself.
bool FitsInto(const duckdb::LogicalType& file, const DataType& wanted);

// The text for the rescued column of a file: a JSON object of the given columns of the file (by
// position) that are not NULL and of "_file_path", or NULL when there is none. Makes the reader
// read those columns too.
duckdb::unique_ptr<duckdb::Expression> RescueExpression(duckdb::ClientContext& context,
                                                        duckdb::BaseFileReader& reader,
                                                        const std::vector<size_t>& columns,
                                                        const std::string& uri);

// What stands for a column of `type` that is none of the file's: NULL. Counts the rows that lose a
// value by that, one in any of the given columns of the file (by position), which the reader is
// made to read too.
duckdb::unique_ptr<duckdb::Expression> LossExpression(duckdb::BaseFileReader& reader,
                                                      const std::vector<size_t>& columns,
                                                      const duckdb::LogicalType& type);

// weir_rescue(path, name, json, name, json, ...).
void RegisterRescue(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
