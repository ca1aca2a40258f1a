#include "weir/pipeline/cases/given_tables.h"

#include "weir/base/error.h"

namespace weir::pipeline {
namespace {

constexpr const char* kScheme = "given://";
constexpr size_t kRowsInBatch = 10'000;

Schema AllNullable(const Schema& schema) {
  std::vector<Field> fields = schema.fields();
  for (Field& field : fields) field.nullable = true;
  return Schema(std::move(fields));
}

class RowsStream final : public BatchStream {
 public:
  explicit RowsStream(std::shared_ptr<const TypedRows> rows)
      : rows_(std::move(rows)), schema_(AllNullable(rows_->columns)) {}

  const Schema& schema() const override { return schema_; }

  std::optional<Batch> Next() override {
    if (next_ == rows_->rows.size()) return std::nullopt;
    BatchBuilder builder(schema_);
    const size_t end = std::min(next_ + kRowsInBatch, rows_->rows.size());
    for (; next_ < end; ++next_) {
      const auto& row = rows_->rows[next_];
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
    }
    return builder.Finish();
  }

 private:
  std::shared_ptr<const TypedRows> rows_;
  Schema schema_;
  size_t next_ = 0;
};

// Nobody reads given rows as a stream.
class NoProgress final : public connect::Progress {
 public:
  void Add(const connect::BatchPlan&) override {}
  std::string ToJson() const override { return "{}"; }
};

class RowsSource final : public connect::Source {
 public:
  RowsSource(std::string id, std::shared_ptr<const TypedRows> rows)
      : id_(std::move(id)), rows_(std::move(rows)) {}

  std::string Identity() const override { return kScheme + id_; }
  Schema Discover() override { return AllNullable(rows_->columns); }
  std::unique_ptr<connect::Progress> NewProgress() const override {
    return std::make_unique<NoProgress>();
  }
  std::unique_ptr<connect::Progress> ProgressFromJson(const std::string&) const override {
    return std::make_unique<NoProgress>();
  }
  std::optional<connect::BatchPlan> Plan(const connect::Progress&,
                                         const connect::ReadLimit&) override {
    return connect::BatchPlan{"{}"};
  }
  Relation Read(const connect::BatchPlan&, const Schema& schema) override {
    return BatchSequence{schema, [rows = rows_]() -> std::unique_ptr<BatchStream> {
                           return std::make_unique<RowsStream>(rows);
                         }};
  }
  void Acknowledge(const connect::BatchPlan&) override {}

 private:
  std::string id_;
  std::shared_ptr<const TypedRows> rows_;
};

std::string IdOf(const std::vector<connect::Argument>& arguments) {
  const bool good = arguments.size() == 1 && arguments[0].value.type().id() == TypeId::kString &&
                    !arguments[0].value.is_null();
  if (!good) throw Error(ErrorCode::kInvalid, "given_rows takes the id of rows of a test");
  return arguments[0].value.text();
}

}  // namespace

std::string GivenTables::Add(TypedRows rows) {
  const std::lock_guard lock(mutex_);
  std::string id = std::to_string(rows_.size() + 1);
  rows_[id] = std::make_shared<const TypedRows>(std::move(rows));
  return id;
}

std::shared_ptr<const TypedRows> GivenTables::Get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(id);
  if (found == rows_.end()) throw Error(ErrorCode::kNotFound, "a test gives no rows " + id);
  return found->second;
}

connect::Connector GivenTables::Connector() {
  return {"given_rows", "Rows that a test gives",
          [this](const std::vector<connect::Argument>& arguments, const connect::OpenContext&) {
            const std::string id = IdOf(arguments);
            return std::make_unique<RowsSource>(id, Get(id));
          },
          [](const std::vector<connect::Argument>& arguments, const connect::OpenContext&) {
            return kScheme + IdOf(arguments);
          }};
}

}  // namespace weir::pipeline
