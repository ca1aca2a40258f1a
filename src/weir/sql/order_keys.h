#pragma once

#include <string>

#include "weir/types/data_type.h"

// A NULL within an array or a struct comes before everything else in Spark, and behind it in
// DuckDB. Where that makes a difference, DuckDB orders keys of the values instead.
namespace weir::sql {

bool NeedsOrderKey(const DataType& type);

// What DuckDB orders values of `type` by: `text`, or a key of it.
std::string OrderKey(const DataType& type, const std::string& text);

// By such keys: the least or the greatest of a list's elements (`function` is list_min or
// list_max), NULLs aside; the list sorted, its own NULLs as `nulls` says.
std::string ExtremeByKey(const std::string& list, const std::string& function);
enum class KeySort { kNullsFirst, kNullsLast, kDescendingNullsLast };
std::string SortedByKey(const std::string& list, KeySort order);

}  // namespace weir::sql
