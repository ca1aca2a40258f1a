#include "weir/session/held_files.h"

#include <utility>

#include "weir/base/error.h"
#include "weir/delta/change_feed.h"

namespace weir::session {
namespace {

Schema ColumnsHeld(const sql::HeldQuery& query) {
  std::vector<Field> fields;
  for (const sql::PlanColumn& column : query.plan->columns) {
    fields.push_back({column.name, column.type, true, "{}"});
  }
  return Schema(std::move(fields));
}

class NotComputed final : public BatchStream {
 public:
  explicit NotComputed(Schema schema) : schema_(std::move(schema)) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override { return std::nullopt; }

 private:
  const Schema schema_;
};

}  // namespace

HeldFiles::HeldFiles(const Services& services, const std::string& statement_id,
                     const std::vector<sql::HeldQuery>& queries,
                     std::map<sql::InputId, engine::Input> inputs, const io::Location& table,
                     std::shared_ptr<const SourceText> text)
    : table_(table), inputs_(std::move(inputs)) {
  try {
    for (const sql::HeldQuery& query : queries) Compute(services, statement_id, query, text);
  } catch (const Error&) {
    DeleteFiles(table_, files_);
    throw;
  }
}

HeldFiles::~HeldFiles() { DeleteFiles(table_, files_); }

void HeldFiles::Compute(const Services& services, const std::string& statement_id,
                        const sql::HeldQuery& query,
                        const std::shared_ptr<const SourceText>& text) {
  const Schema columns = ColumnsHeld(query);
  engine::WriteTarget target{table_, columns, {}, {}};
  // Read as change data files are, which hold what a schema says and nothing else.
  target.change_data = true;
  target.properties["delta.dataSkippingNumIndexedCols"] = "0";
  const auto written =
      services.engine.Write({statement_id, query.plan, inputs_, std::nullopt, text}, target);
  files_.insert(files_.end(), written.files.begin(), written.files.end());
  engine::FeedInput rows{table_, delta::FeedSchema(columns), {}, {}};
  for (const delta::AddFile& file : written.files) {
    rows.files.push_back({file, std::nullopt, delta::kInsert, 0, 0});
  }
  inputs_[query.input] = std::move(rows);
  computed_.push_back(written.statistics);
  const engine::RunStatistics& found = written.statistics;
  found_.rejects.insert(found_.rejects.end(), found.rejects.begin(), found.rejects.end());
  found_.reject_count += found.reject_count;
  found_.rescued_rows += found.rescued_rows;
  found_.lossy_rows += found.lossy_rows;
}

void HeldFiles::AddFoundTo(engine::RunStatistics& statistics) const {
  statistics.rejects.insert(statistics.rejects.end(), found_.rejects.begin(), found_.rejects.end());
  statistics.reject_count += found_.reject_count;
  statistics.rescued_rows += found_.rescued_rows;
  statistics.lossy_rows += found_.lossy_rows;
}

void AddWithoutRows(const std::vector<sql::HeldQuery>& queries,
                    std::map<sql::InputId, engine::Input>& inputs) {
  for (const sql::HeldQuery& query : queries) {
    const Schema columns = ColumnsHeld(query);
    const auto open = [columns]() -> std::unique_ptr<BatchStream> {
      return std::make_unique<NotComputed>(columns);
    };
    inputs[query.input] = engine::RelationInput{BatchSequence{columns, open}};
  }
}

}  // namespace weir::session
