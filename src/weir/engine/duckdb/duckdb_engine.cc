#include "weir/engine/duckdb/duckdb_engine.h"

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/batch_export.h"
#include "weir/engine/duckdb/checkpoint_format.h"
#include "weir/engine/duckdb/functions/zones.h"
#include "weir/engine/duckdb/parquet_schema.h"
#include "weir/engine/duckdb/plan_expectations.h"
#include "weir/engine/duckdb/statement_runner.h"
#include "weir/engine/duckdb/table_writer.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/failed_part.h"
#include "weir/types/diagnostic.h"

namespace weir::engine {
namespace {

// Where in the caller's text a statement fails.
struct Places {
  sql::PlanPtr plan;
  std::shared_ptr<const SourceText> text;
  bool writes = false;  // The plan gives a table's new values.

  // What `action` gives; a failure is told with the expression that it came from, where that is
  // known.
  template <typename Action>
  auto Watch(const Action& action) const {
    try {
      return action();
    } catch (const Error& error) {
      const std::string message = WithColumn(error);
      ThrowWithPlace(error, message);
      if (message == error.what()) throw;
      throw Error(error.code(), message, error.detail()).WithCondition(error.condition());
    }
  }

 private:
  void ThrowWithPlace(const Error& error, std::string message) const {
    const std::string& condition = error.condition();
    if (text == nullptr || condition.empty()) return;
    const auto part = sql::FailedPart(*plan, condition, error.what());
    if (!part || part->source != text) return;
    const std::string prefix = "[" + condition + "] ";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    throw DiagnosticError({{condition, std::string(SqlStateOf(condition)), *part,
                            std::move(message), "", error.code()}});
  }

  // What failed, and the column whose new value it is, where that is known.
  std::string WithColumn(const Error& error) const {
    std::string message = error.what();
    if (!writes) return message;
    const auto column = sql::FailedColumn(*plan, error.condition(), message);
    if (!column) return message;
    if (message.ends_with('.')) message.pop_back();
    return message + ", for column " + QuoteName(*column) + ".";
  }
};

class DuckdbResult final : public QueryResult {
 public:
  DuckdbResult(std::unique_ptr<Run> run, Schema schema, Places places)
      : run_(std::move(run)),
        schema_(std::move(schema)),
        exporter_(*run_, schema_),
        places_(std::move(places)) {}

  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    auto batch = places_.Watch([&] { return exporter_.Next(); });
    if (batch) rows_ += batch->rows();
    statistics_ = run_->context().Statistics();
    statistics_.rows = rows_;
    return batch;
  }
  const RunStatistics& statistics() const override { return statistics_; }

 private:
  const std::unique_ptr<Run> run_;
  const Schema schema_;
  BatchExporter exporter_;
  const Places places_;
  int64_t rows_ = 0;
  RunStatistics statistics_;
};

std::string ScanText(const Input& input, sql::InputId id) {
  const auto* const relation = std::get_if<RelationInput>(&input);
  bool parquet = relation == nullptr;
  if (!parquet) {
    const auto* const files = std::get_if<FileSet>(&relation->relation);
    parquet = files != nullptr && files->format == "parquet";
  }
  return (parquet ? "weir_scan(" : "weir_records(") + std::to_string(id) + ")";
}

EngineStatement Printed(PlanStatement statement) {
  EngineStatement printed;
  printed.sql = sql::PrintDuckdb(*statement.plan, [&](sql::InputId id) {
                  const auto input = statement.inputs.find(id);
                  WEIR_CHECK(input != statement.inputs.end());
                  return ScanText(input->second, id);
                }).sql;
  printed.id = std::move(statement.id);
  printed.inputs = std::move(statement.inputs);
  printed.expectations = ExpectationsOf(*statement.plan);
  printed.memory_limit_bytes = statement.memory_limit_bytes;
  return printed;
}

class DuckdbEngine final : public Engine {
 public:
  explicit DuckdbEngine(EngineOptions options) : runner_(std::move(options)) {}

  std::unique_ptr<QueryResult> Query(PlanStatement statement) override {
    Schema schema = sql::SchemaOf(*statement.plan);
    Places places{statement.plan, statement.text, false};
    auto run = places.Watch([&] { return runner_.Start(Printed(std::move(statement))); });
    return std::make_unique<DuckdbResult>(std::move(run), std::move(schema), std::move(places));
  }

  WriteResult Write(PlanStatement statement, const WriteTarget& target) override {
    const std::vector<sql::PlanColumn> columns = statement.plan->columns;
    const Places places{statement.plan, statement.text, true};
    EngineStatement printed = Printed(std::move(statement));
    printed.sql = WriteStatement(printed.sql, columns, target);
    printed.writable = GrantOf(target);
    return places.Watch([&] { return WrittenFiles(*runner_.Start(printed)); });
  }

  std::string Explain(PlanStatement statement) override {
    EngineStatement printed = Printed(std::move(statement));
    printed.sql.insert(0, "EXPLAIN ");
    const auto run = runner_.Start(printed);
    std::string text;
    while (const auto chunk = run->Next()) {
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
        text += chunk->GetValue(chunk->ColumnCount() - 1, row).ToString();
      }
    }
    return text;
  }

  void Cancel(const std::string& statement_id) override { runner_.Cancel(statement_id); }
  std::optional<Progress> ProgressOf(const std::string& statement_id) override {
    return runner_.ProgressOf(statement_id);
  }

  delta::CheckpointFormat& checkpoint_format() override { return checkpoints_; }
  connect::FormatReader& format_reader() override { return schemas_; }
  const TimeZones& time_zones() const override { return EngineZones(); }

 private:
  StatementRunner runner_;
  ParquetCheckpoints checkpoints_{runner_};
  ParquetSchemas schemas_{runner_.instances()};
};

}  // namespace

std::unique_ptr<Engine> MakeDuckdbEngine(EngineOptions options) {
  return std::make_unique<DuckdbEngine>(std::move(options));
}

const TimeZones& EngineTimeZones() { return EngineZones(); }

std::string DuckdbVersion() { return duckdb::DuckDB::LibraryVersion(); }

}  // namespace weir::engine
