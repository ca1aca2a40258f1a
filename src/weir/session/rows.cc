#include "weir/session/rows.h"

namespace weir::session {
namespace {

class HeldRows : public Result {
 public:
  HeldRows(std::string id, Schema schema, const Rows& rows, engine::RunStatistics found)
      : id_(std::move(id)), schema_(schema), statistics_(std::move(found)) {
    statistics_.rows = static_cast<int64_t>(rows.size());
    if (rows.empty()) return;
    BatchBuilder builder(std::move(schema));
    for (const auto& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
    }
    batch_ = builder.Finish();
  }

  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override { return std::exchange(batch_, std::nullopt); }
  const std::string& statement_id() const override { return id_; }
  const engine::RunStatistics& statistics() const override { return statistics_; }

 private:
  std::string id_;
  Schema schema_;
  std::optional<Batch> batch_;
  engine::RunStatistics statistics_;
};

class RunningRows : public Result {
 public:
  RunningRows(std::string id, std::unique_ptr<engine::QueryResult> rows)
      : id_(std::move(id)), rows_(std::move(rows)) {}
  const Schema& schema() const override { return rows_->schema(); }
  std::optional<Batch> Next() override { return rows_->Next(); }
  const std::string& statement_id() const override { return id_; }
  const engine::RunStatistics& statistics() const override { return rows_->statistics(); }

 private:
  std::string id_;
  std::unique_ptr<engine::QueryResult> rows_;
};

}  // namespace

std::unique_ptr<Result> QueryRows(const std::string& statement_id,
                                  std::unique_ptr<engine::QueryResult> rows) {
  return std::make_unique<RunningRows>(statement_id, std::move(rows));
}

std::unique_ptr<Result> RowsResult(const std::string& statement_id, Schema schema, const Rows& rows,
                                   engine::RunStatistics found) {
  return std::make_unique<HeldRows>(statement_id, std::move(schema), rows, std::move(found));
}

Schema TextColumns(const std::vector<std::string>& names) {
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back({name, TypeId::kString, true, "{}"});
  return Schema(std::move(fields));
}

Value Text(const std::string& text) { return Value::String(text); }

Value TextOrNull(const std::optional<std::string>& text) {
  return text ? Value::String(*text) : Value::Null(TypeId::kString);
}

}  // namespace weir::session
