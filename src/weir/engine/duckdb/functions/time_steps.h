#pragma once

#include <cstdint>

#include "weir/engine/duckdb/functions/duckdb_pch.h"
#include "weir/types/time_zone.h"

// Steps along the calendar, in UTC where no zone is given. What leaves the range of 64 bits Raises
// ARITHMETIC_OVERFLOW.
namespace weir::engine {

// The number of the last day of a month.
int LastDay(int64_t year, int month);
// The same day of another month, or its last. Days since 1970-01-01.
int64_t MonthsLater(int64_t days, int64_t months);
duckdb::timestamp_t MonthsLater(duckdb::timestamp_t time, int64_t months);
duckdb::timestamp_t MicrosLater(duckdb::timestamp_t time, int64_t micros);
// By the clocks of a zone: months and whole days go on to the same hour of another day, the rest is
// time that passes.
duckdb::timestamp_t MonthsLater(duckdb::timestamp_t time, int64_t months, const TimeZone& zone);
duckdb::timestamp_t MicrosLater(duckdb::timestamp_t time, int64_t micros, const TimeZone& zone);
// Whole months from one time to the other, toward zero.
int64_t MonthsApart(duckdb::timestamp_t from, duckdb::timestamp_t to);

}  // namespace weir::engine
