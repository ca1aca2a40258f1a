#pragma once

namespace duckdb {
class DatabaseInstance;
}

namespace weir::engine {

// Makes our functions (weir_...) known to an instance: what Spark's functions and casts mean where
// the engine's own differ. Their failures are invalid input whose message starts with Spark's
// condition in brackets: "[DIVIDE_BY_ZERO] Division by zero. ...".
void RegisterFunctions(duckdb::DatabaseInstance& instance);

}  // namespace weir::engine
