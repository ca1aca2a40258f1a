#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

// UPDATE, DELETE, MERGE and what else changes rows or files.
namespace weir::sql {

void SqlWriter::Write(const std::vector<Assignment>& set) {
  PutList(set, [&](const Assignment& one) {
    PutName(one.column);
    Put(" = ");
    Write(*one.value);
  });
}

void SqlWriter::Write(const Update& update) {
  Put("UPDATE ");
  PutName(update.target);
  Write(update.alias);
  Put(" SET ");
  Write(update.set);
  WriteWhere(update.where);
}

void SqlWriter::Write(const Delete& remove) {
  Put("DELETE FROM ");
  PutName(remove.target);
  Write(remove.alias);
  WriteWhere(remove.where);
}

void SqlWriter::WriteWhere(const ExprPtr& condition) {
  if (condition == nullptr) return;
  Put(" WHERE ");
  Write(*condition);
}

void SqlWriter::Write(const Merge& merge) {
  Put(merge.schema_evolution ? "MERGE WITH SCHEMA EVOLUTION INTO " : "MERGE INTO ");
  PutName(merge.target);
  Write(TableAlias{merge.alias, {}});
  Put(" USING ");
  const bool joined = std::holds_alternative<JoinFrom>(merge.source->node);
  if (joined) Put("(");
  Write(*merge.source);
  if (joined) Put(")");
  Put(" ON ");
  Write(*merge.on);
  for (const MergeClause& clause : merge.clauses) Write(clause);
}

void SqlWriter::Write(const MergeClause& clause) {
  using Action = MergeClause::Action;
  static constexpr std::string_view kWhen[] = {" WHEN MATCHED", " WHEN NOT MATCHED",
                                               " WHEN NOT MATCHED BY SOURCE"};
  Put(kWhen[static_cast<size_t>(clause.when)]);
  if (clause.condition != nullptr) {
    Put(" AND ");
    Write(*clause.condition);
  }
  Put(" THEN ");
  switch (clause.action) {
    case Action::kUpdate:
      Put("UPDATE SET ");
      return Write(clause.values);
    case Action::kUpdateAll:
      return Put("UPDATE SET *");
    case Action::kDelete:
      return Put("DELETE");
    case Action::kInsertAll:
      return Put("INSERT *");
    case Action::kInsert:
      break;
  }
  Put("INSERT (");
  PutList(clause.values, [&](const Assignment& one) { PutName(one.column); });
  Put(") VALUES (");
  PutList(clause.values, [&](const Assignment& one) { Write(*one.value); });
  Put(")");
}

void SqlWriter::WriteTimeTravel(
    const std::variant<std::monostate, VersionAsOf, TimestampAsOf>& as_of) {
  if (const auto* version = std::get_if<VersionAsOf>(&as_of)) {
    Put(" VERSION AS OF ");
    // Not as a literal of its type: the grammar wants plain digits or a string.
    const Value& value = std::get<LiteralExpr>(version->version->node).value;
    Put(value.type().id() == TypeId::kString ? QuoteString(value.text()) : value.ToString());
  } else if (const auto* moment = std::get_if<TimestampAsOf>(&as_of)) {
    Put(" TIMESTAMP AS OF ");
    Write(*moment->timestamp, 5);
  }
}

}  // namespace weir::sql
