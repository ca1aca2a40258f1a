#pragma once

#include <string>

#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {

// Whether the error puts the whole instance out of work, and this statement was its cause.
bool IsInternal(const duckdb::ErrorData& error);
// Whether the instance refused this statement because another one had broken it.
bool IsRefusedByBrokenInstance(const duckdb::ErrorData& error);

// Throws what a failed statement failed with: a failure of ours as it was, else an Error with the
// code, and the Spark condition where there is one, that the engine's error stands for.
[[noreturn]] void ThrowTranslated(const duckdb::ErrorData& error, const StatementContext& context,
                                  const std::string& sql);

}  // namespace weir::engine
