#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/sql/change_binder.h"

// What a statement computes once and reads several times: a query that might come out otherwise a
// second time (docs/decisions/0036-unsettled-queries-once.md).
namespace weir::session {

// The rows of held queries, in files below the folder of the table that the statement changes,
// where VACUUM finds what a killed statement leaves. They go with the object.
class HeldFiles {
 public:
  // Computes them over `inputs`. Failures point into `text`, if any.
  HeldFiles(const Services& services, const std::string& statement_id,
            const std::vector<sql::HeldQuery>& queries,
            std::map<sql::InputId, engine::Input> inputs, const io::Location& table,
            std::shared_ptr<const SourceText> text = nullptr);
  HeldFiles(const HeldFiles&) = delete;
  HeldFiles& operator=(const HeldFiles&) = delete;
  ~HeldFiles();

  // Those that were given, and the rows.
  const std::map<sql::InputId, engine::Input>& inputs() const { return inputs_; }
  // What became of the rows of the query that was computed as the n-th, from 0.
  const engine::RunStatistics& StatisticsOf(size_t n) const { return computed_.at(n); }
  // Adds what was found in the sources that were read.
  void AddFoundTo(engine::RunStatistics& statistics) const;

 private:
  void Compute(const Services& services, const std::string& statement_id,
               const sql::HeldQuery& query, const std::shared_ptr<const SourceText>& text);

  const io::Location table_;
  std::map<sql::InputId, engine::Input> inputs_;
  std::vector<delta::AddFile> files_;
  engine::RunStatistics found_;
  std::vector<engine::RunStatistics> computed_;
};

// The rows of held queries before they are computed: none. For EXPLAIN.
void AddWithoutRows(const std::vector<sql::HeldQuery>& queries,
                    std::map<sql::InputId, engine::Input>& inputs);

}  // namespace weir::session
