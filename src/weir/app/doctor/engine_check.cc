#include "weir/app/doctor/home_checks.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/sql/bound_exprs.h"

namespace weir::app {
namespace {

// What SELECT 1 is.
sql::PlanPtr OneRow() {
  const sql::BoundExprPtr one = sql::LiteralOf(Value::Long(1), {});
  return sql::MakePlan({{1, "one", TypeId::kLong, false}}, sql::ValuesPlan{{{one}}});
}

}  // namespace

Finding CheckEngine() {
  try {
    const auto engine = engine::MakeDuckdbEngine({1, std::nullopt, ""});
    const auto rows = engine->Query({NewUuid(), OneRow(), {}, std::nullopt});
    int64_t count = 0;
    while (const auto batch = rows->Next()) count += batch->rows();
    if (count == 1) return {"engine", Verdict::kOk, "DuckDB " + engine::DuckdbVersion(), ""};
    return {"engine", Verdict::kWrong, "DuckDB " + engine::DuckdbVersion() + " miscounts",
            "install weir again"};
  } catch (const Error& error) {
    return {"engine", Verdict::kWrong, error.what(), "install weir again"};
  }
}

}  // namespace weir::app
