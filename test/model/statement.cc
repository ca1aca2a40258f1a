#include "model/statement.h"

#include <array>
#include <utility>

#include "model/column_statements.h"
#include "model/merge_statement.h"
#include "model/row_statements.h"

namespace weir::test::model {
namespace {

// A table does not grow beyond so many rows for long, so that statements stay quick.
constexpr size_t kManyRows = 60;

struct Share {
  StatementKind kind;
  int64_t parts;
};
constexpr std::array<Share, 16> kShares = {{
    {StatementKind::kAppend, 20},
    {StatementKind::kAppendOwn, 4},
    {StatementKind::kOverwrite, 2},
    {StatementKind::kReplaceWhere, 5},
    {StatementKind::kDelete, 12},
    {StatementKind::kUpdate, 14},
    {StatementKind::kMerge, 16},
    {StatementKind::kOptimize, 6},
    {StatementKind::kPurge, 3},
    {StatementKind::kAddColumn, 3},
    {StatementKind::kRenameColumn, 3},
    {StatementKind::kDropColumn, 2},
    {StatementKind::kWidenColumn, 2},
    {StatementKind::kProperty, 2},
    {StatementKind::kRestore, 4},
    {StatementKind::kVacuum, 3},
}};

StatementKind DrawKind(const Content& now, Draw& draw) {
  if (now.rows.size() > kManyRows) {
    return draw.OneIn(3) ? StatementKind::kOverwrite : StatementKind::kDelete;
  }
  int64_t all = 0;
  for (const Share& share : kShares) all += share.parts;
  int64_t at = draw.Between(1, all);
  for (const Share& share : kShares) {
    at -= share.parts;
    if (at <= 0) return share.kind;
  }
  return StatementKind::kAppend;
}

Statement SameRowsBy(StatementKind kind, std::string sql) {
  Statement statement;
  statement.kind = kind;
  statement.sql = std::move(sql);
  statement.effect = [](const Content& content) { return std::optional(content); };
  return statement;
}

Statement DrawOptimize(const Shape& shape, bool purge, Draw& draw) {
  const std::string where = shape.partitioned && draw.OneIn(3)
                                ? " WHERE part = " + std::to_string(draw.Between(0, 3))
                                : "";
  if (purge) {
    return SameRowsBy(StatementKind::kPurge, "REORG TABLE t" + where + " APPLY (PURGE)");
  }
  return SameRowsBy(StatementKind::kOptimize, "OPTIMIZE t" + where);
}

Statement DrawProperty(const Shape& shape, Draw& draw) {
  std::string set = "'delta.checkpointInterval' = '" + std::to_string(draw.Between(1, 6)) + "'";
  if (shape.deletion_vectors && draw.OneIn(2)) {
    set = "'delta.enableDeletionVectors' = '" + std::string(draw.OneIn(2) ? "false" : "true") + "'";
  } else if (shape.v2_checkpoints && draw.OneIn(2)) {
    set = "'delta.checkpointPolicy' = '" + std::string(draw.OneIn(2) ? "classic" : "v2") + "'";
  }
  return SameRowsBy(StatementKind::kProperty, "ALTER TABLE t SET TBLPROPERTIES (" + set + ")");
}

Statement DrawRestore(const History& history, Draw& draw) {
  const int64_t oldest = draw.OneIn(6) ? 0 : history.oldest();
  const int64_t version = draw.Between(oldest, history.version());
  Statement statement;
  statement.kind = StatementKind::kRestore;
  statement.sql = "RESTORE TABLE t TO VERSION AS OF " + std::to_string(version);
  statement.may_be_refused = version < history.oldest();
  statement.effect = [then = history.At(version)](const Content&) { return std::optional(*then); };
  return statement;
}

Statement DrawVacuum(const Shape& shape, Draw& draw) {
  const bool is_lite = draw.OneIn(3);
  const bool is_dry = draw.OneIn(6);
  Statement statement =
      SameRowsBy(StatementKind::kVacuum, std::string("VACUUM t ") + (is_lite ? "LITE " : "") +
                                             "RETAIN 0 HOURS" + (is_dry ? " DRY RUN" : ""));
  statement.most_versions = is_dry ? 0 : 2;  // VACUUM START and VACUUM END.
  // Entries of the log that it needs may be gone.
  statement.may_be_refused = is_lite && shape.cleans_log;
  return statement;
}

}  // namespace

Statement DrawStatement(const Shape& shape, const History& history, Draw& draw) {
  const Content& now = history.now();
  switch (DrawKind(now, draw)) {
    case StatementKind::kAppend:
      return DrawAppend(now, draw);
    case StatementKind::kAppendOwn:
      return DrawAppendOwn(now, draw);
    case StatementKind::kOverwrite:
      return DrawOverwrite(now, draw);
    case StatementKind::kReplaceWhere:
      return DrawReplaceWhere(now, draw);
    case StatementKind::kDelete:
      return DrawDelete(now, draw);
    case StatementKind::kUpdate:
      return DrawUpdate(now, draw);
    case StatementKind::kMerge:
      return DrawMerge(now, draw);
    case StatementKind::kOptimize:
      return DrawOptimize(shape, false, draw);
    case StatementKind::kPurge:
      return DrawOptimize(shape, true, draw);
    case StatementKind::kAddColumn:
      return DrawAddColumn(now, draw);
    case StatementKind::kRenameColumn:
      return DrawRenameColumn(shape, now, draw);
    case StatementKind::kDropColumn:
      return DrawDropColumn(shape, now, draw);
    case StatementKind::kWidenColumn:
      return DrawWidenColumn(shape, now, draw);
    case StatementKind::kProperty:
      return DrawProperty(shape, draw);
    case StatementKind::kRestore:
      return DrawRestore(history, draw);
    case StatementKind::kVacuum:
      return DrawVacuum(shape, draw);
  }
  return DrawAppend(now, draw);
}

}  // namespace weir::test::model
