#include <utility>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"
#include "weir/catalog/process_mark.h"
#include "weir/catalog/statement_text.h"

namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

// How long records are kept, and how many at most.
constexpr int64_t kKeptMicros = int64_t{90} * 24 * 60 * 60 * 1'000'000;
constexpr int64_t kMostKept = 1'000'000;
// More than one, so that what outlived its time goes; few, so that no statement waits for it.
constexpr int kPrunedAtOnce = 10;

// Removes some of the oldest records if it is time. Those of statements that run are not counted.
void Prune(Tx& tx, int64_t now) {
  std::vector<int64_t> old;
  {
    Statement row = tx.Query(
        "SELECT number, begun < ? OR number <= (SELECT max(number) FROM statements) - ? "
        "FROM statements WHERE outcome IS NOT NULL ORDER BY number LIMIT ?",
        now - kKeptMicros, kMostKept, int64_t{kPrunedAtOnce});
    while (row.Next() && row.Int(1) != 0) old.push_back(row.Int(0));
  }
  for (const int64_t number : old) tx.Run("DELETE FROM statements WHERE number = ?", number);
}

std::vector<std::string> NamesFrom(const std::string& json) {
  return ParseJson(json, "a statement record in the home's state").get<std::vector<std::string>>();
}

// Texts that people and programs hand over need not be UTF-8; what JSON can't hold is replaced.
std::string ToJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void Catalog::BeginStatement(const StatementRecord& record) {
  const ProcessMark mark = ThisProcess();
  Tx tx = impl_->database.Begin();
  const int64_t now = impl_->clock.Now().micros;
  tx.Run(
      "INSERT INTO statements (id, principal, text, reads, writes, decision, process, "
      "process_start, boot, begun) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      record.id, record.principal, RecordedText(record.text), ToJson(record.reads),
      ToJson(record.writes), record.decision, mark.process, mark.start, mark.boot,
      record.begun.value_or(Instant{now}).micros);
  Prune(tx, now);
  tx.Commit();
}

void Catalog::FinishStatement(const std::string& id, const std::string& outcome,
                              const std::map<std::string, int64_t>& versions) {
  Tx tx = impl_->database.Begin();
  const int64_t changed = tx.Run(
      "UPDATE statements SET finished = ?, outcome = ?, versions = ? "
      "WHERE id = ? AND outcome IS NULL",
      impl_->clock.Now().micros, RecordedText(outcome), ToJson(versions), id);
  if (changed != 1) {
    throw Error(ErrorCode::kNotFound, "there is no open record of the statement " + id);
  }
  tx.Commit();
}

std::vector<OpenStatement> Catalog::OpenStatements() const {
  std::vector<OpenStatement> found;
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query(
      "SELECT id, principal, text, reads, writes, decision, begun, process, process_start, boot "
      "FROM statements WHERE outcome IS NULL ORDER BY begun, id");
  while (row.Next()) {
    found.push_back({{row.Text(0), row.Text(1), row.Text(2), NamesFrom(row.Text(3)),
                      NamesFrom(row.Text(4)), row.Text(5)},
                     Instant{row.Int(6)},
                     row.Int(7),
                     HasEnded({row.Int(7), row.Int(8), row.Text(9)})});
  }
  return found;
}

std::vector<AbandonedStatement> Catalog::CloseAbandonedStatements() {
  std::vector<AbandonedStatement> found;
  for (OpenStatement& statement : OpenStatements()) {
    if (statement.is_abandoned) found.push_back({std::move(statement.record), statement.begun});
  }
  if (found.empty()) return found;
  Tx tx = impl_->database.Begin();
  std::erase_if(found, [&](const AbandonedStatement& statement) {
    return tx.Run(
               "UPDATE statements SET finished = ?, outcome = 'ABANDONED', versions = '{}' "
               "WHERE id = ? AND outcome IS NULL",
               impl_->clock.Now().micros, statement.record.id) == 0;
  });
  tx.Commit();
  return found;
}

}  // namespace weir::catalog
