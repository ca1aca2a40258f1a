#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"

// VARIANT columns of Parquet files, which are groups of `metadata` and `value`, and shredded ones
// of `typed_value` too. In the engine a VARIANT is one BLOB, the metadata and then the value
// (types/variant.h); its own type VARIANT is not used: there a variant that is null is NULL.
namespace weir::engine {

// STRUCT(metadata BLOB, value BLOB)
duckdb::LogicalType VariantFileType();

// Whether a group of a file can be read as a VARIANT.
bool IsVariantGroup(const duckdb::LogicalType& type);

// Casts from such a group, shredded or not, to BLOB, and from BLOB to VariantFileType(). What is no
// VARIANT raises MALFORMED_VARIANT.
void RegisterVariantCasts(duckdb::CastFunctionSet& casts);

// Makes the reader of a Parquet file, before it reads, give groups that the file calls VARIANT as
// they are stored.
void ReadVariantsAsStored(duckdb::BaseFileReader& reader);

// The engine's type of a column with the groups of this file for its variants, whatever they are
// made of. The column goes by the schema's names.
duckdb::LogicalType ShapeInFile(const DataType& type,
                                const duckdb::MultiFileColumnDefinition& in_file);

}  // namespace weir::engine
