#include "weir/sql/ast_printer.h"
#include "weir/sql/sql_writer.h"

namespace weir::sql {
namespace {

bool IsBare(const Query& query) {
  return query.with.empty() && query.order_by.empty() && !query.order_by_all && !query.limit &&
         !query.offset;
}

bool IsStructCall(const Expr& expr) {
  const auto* call = std::get_if<CallExpr>(&expr.node);
  return call != nullptr && call->function.parts.size() == 1 &&
         LowerName(call->function.parts[0].text) == "struct";
}

constexpr int kOperandLevel = 5;  // Of the parser's levels: what stands beside an operator.

std::string_view JoinWords(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return "INNER JOIN";
    case JoinKind::kLeft:
      return "LEFT JOIN";
    case JoinKind::kRight:
      return "RIGHT JOIN";
    case JoinKind::kFull:
      return "FULL JOIN";
    case JoinKind::kCross:
      return "CROSS JOIN";
    case JoinKind::kLeftSemi:
      return "LEFT SEMI JOIN";
    case JoinKind::kLeftAnti:
      return "LEFT ANTI JOIN";
  }
  return "";
}

}  // namespace

void SqlWriter::Write(const Query& query) {
  if (!query.with.empty()) {
    Put(query.recursive ? "WITH RECURSIVE " : "WITH ");
    PutList(query.with, [&](const Cte& cte) {
      PutName(cte.name);
      if (!cte.columns.empty()) {
        Put(" ");
        PutNames(cte.columns);
      }
      if (cte.most_levels) {
        Put(" MAX RECURSION LEVEL ");
        Write(*cte.most_levels, kOperandLevel);
      }
      Put(" AS (");
      Write(*cte.query);
      Put(")");
    });
    Put(" ");
  }
  if (const auto* select = std::get_if<Select>(&query.body)) {
    Write(*select);
  } else if (const auto* operation = std::get_if<SetOperation>(&query.body)) {
    Write(*operation);
  } else if (const auto* values = std::get_if<ValuesBody>(&query.body)) {
    Put("VALUES ");
    WriteRows(values->rows);
  } else if (const auto* from = std::get_if<FromBody>(&query.body)) {
    WriteFirst(*from->from);
  } else {
    Put("(");
    Write(*std::get<QueryPtr>(query.body));
    Put(")");
  }
  WriteOrganization(query);
}

// ORDER BY, LIMIT and OFFSET.
void SqlWriter::WriteOrganization(const Query& query) {
  if (query.order_by_all) {
    Put(" ORDER BY ALL");
    WriteOrder(query.order_by_all_descending, query.order_by_all_nulls_first);
  } else if (!query.order_by.empty()) {
    Put(" ORDER BY ");
    PutList(query.order_by, [&](const SortItem& item) { Write(item); });
  }
  if (query.limit) {
    Put(" LIMIT ");
    Write(*query.limit);
  }
  if (query.offset) {
    Put(" OFFSET ");
    Write(*query.offset);
  }
}

// One operator of a pipe and its right side.
void SqlWriter::WriteCombination(const SetOperation& operation) {
  static constexpr std::string_view kWords[] = {"UNION", "INTERSECT", "EXCEPT"};
  Put(kWords[static_cast<size_t>(operation.kind)]);
  if (operation.all) Put(" ALL");
  if (operation.by_name) Put(" BY NAME");
  Put(" ");
  const bool parentheses = !IsBare(*operation.right) ||
                           std::holds_alternative<FromBody>(operation.right->body) ||
                           std::holds_alternative<SetOperation>(operation.right->body);
  if (parentheses) Put("(");
  Write(*operation.right);
  if (parentheses) Put(")");
}

void SqlWriter::Write(const SetOperation& operation) {
  const auto write_side = [&](const Query& side, bool is_right) {
    const auto* inner = std::get_if<SetOperation>(&side.body);
    const bool tighter = inner != nullptr && inner->kind == SetKind::kIntersect &&
                         operation.kind != SetKind::kIntersect;
    // The parser makes long chains of the same UNION balanced trees.
    const bool balanced = inner != nullptr && inner->kind == SetKind::kUnion &&
                          operation.kind == SetKind::kUnion && inner->all == operation.all &&
                          !inner->by_name && !operation.by_name;
    const bool same_side = inner == nullptr || tighter || balanced ||
                           (!is_right && operation.kind != SetKind::kIntersect) ||
                           (!is_right && inner->kind == SetKind::kIntersect);
    const bool piped = std::holds_alternative<FromBody>(side.body);
    const bool parentheses = !IsBare(side) || !same_side || piped;
    if (parentheses) Put("(");
    Write(side);
    if (parentheses) Put(")");
  };
  write_side(*operation.left, /*is_right=*/false);
  static constexpr std::string_view kWords[] = {" UNION", " INTERSECT", " EXCEPT"};
  Put(kWords[static_cast<size_t>(operation.kind)]);
  if (operation.all) Put(" ALL");
  if (operation.by_name) Put(" BY NAME");
  Put(" ");
  write_side(*operation.right, /*is_right=*/true);
}

void SqlWriter::WriteRows(const std::vector<std::vector<ExprPtr>>& rows) {
  PutList(rows, [&](const std::vector<ExprPtr>& row) {
    // A struct alone in parentheses would be taken for a row of its fields.
    Put(row.size() == 1 && IsStructCall(*row[0]) ? "struct(" : "(");
    WriteAll(row);
    Put(")");
  });
}

void SqlWriter::Write(const SelectItem& item) {
  Write(*item.expr);
  if (item.alias) {
    Put(" AS ");
    PutName(*item.alias);
  } else if (!item.aliases.empty()) {
    Put(" AS ");
    PutNames(item.aliases);
  }
}

void SqlWriter::Write(const Select& select) {
  Put(select.distinct ? "SELECT DISTINCT " : "SELECT ");
  if (select.distinct_on) {
    Put("DISTINCT ON ");
    const auto& columns = select.distinct_on->columns;
    columns.empty() ? Put("(*)") : PutNames(columns);
    Put(select.distinct_on->within_watermark ? " WITHIN WATERMARK " : " ");
  }
  PutList(select.items, [&](const SelectItem& item) { Write(item); });
  if (select.from) {
    Put(" FROM ");
    Write(*select.from);
  }
  const auto clause = [&](std::string_view words, const ExprPtr& expr) {
    if (!expr) return;
    Put(words);
    Write(*expr);
  };
  clause(" WHERE ", select.where);
  if (select.group_by) Write(*select.group_by);
  clause(" HAVING ", select.having);
  WriteWindows(select);
  clause(" QUALIFY ", select.qualify);
}

void SqlWriter::WriteWindows(const Select& select) {
  if (select.windows.empty()) return;
  Put(" WINDOW ");
  PutList(select.windows, [&](const std::pair<Identifier, WindowSpec>& window) {
    PutName(window.first);
    Put(" AS ");
    Write(window.second, /*may_be_name=*/false);
  });
}

void SqlWriter::Write(const GroupBy& group) {
  Put(" GROUP BY ");
  switch (group.kind) {
    case GroupingKind::kAll:
      return Put("ALL");
    case GroupingKind::kPlain:
      return WriteAll(group.keys);
    case GroupingKind::kRollup:
      Put("ROLLUP(");
      break;
    case GroupingKind::kCube:
      Put("CUBE(");
      break;
    case GroupingKind::kGroupingSets:
      WriteAll(group.keys);
      Put(group.keys.empty() ? "GROUPING SETS (" : " GROUPING SETS (");
      PutList(group.sets, [&](const std::vector<ExprPtr>& set) {
        Put("(");
        WriteAll(set);
        Put(")");
      });
      return Put(")");
  }
  WriteAll(group.keys);
  Put(")");
}

void SqlWriter::Write(const TableAlias& alias) {
  if (!alias.name) return;
  Put(" AS ");
  PutName(*alias.name);
  if (!alias.columns.empty()) PutNames(alias.columns);
}

void SqlWriter::Write(const FromItem& item) {
  const auto arguments = [&](const std::vector<Argument>& list) {
    Put("(");
    PutList(list, [&](const Argument& argument) { Write(argument, false, 0); });
    Put(")");
  };
  if (const auto* table = std::get_if<TableFrom>(&item.node)) {
    if (table->stream) Put("STREAM ");
    PutName(table->name);
    WriteTimeTravel(table->as_of);
  } else if (const auto* function = std::get_if<FunctionFrom>(&item.node)) {
    if (function->stream) Put("STREAM ");
    PutFunctionName(function->function);
    arguments(function->arguments);
  } else if (const auto* query = std::get_if<QueryFrom>(&item.node)) {
    Put(query->lateral ? "LATERAL (" : "(");
    Write(*query->query);
    Put(")");
  } else if (const auto* values = std::get_if<ValuesFrom>(&item.node)) {
    Put("VALUES ");
    WriteRows(values->rows);
  } else if (const auto* join = std::get_if<JoinFrom>(&item.node)) {
    Write(*join->left);
    WriteJoin(*join);
  } else if (const auto* sample = std::get_if<SampleFrom>(&item.node)) {
    WriteOperand(*sample->input);
    WriteSample(*sample);
  } else if (const auto* watermark = std::get_if<WatermarkFrom>(&item.node)) {
    WriteOperand(*watermark->input);
    WriteWatermark(*watermark);
  } else if (const auto* pivot = std::get_if<PivotFrom>(&item.node)) {
    WriteOperand(*pivot->input);
    WritePivot(*pivot);
  } else if (const auto* unpivot = std::get_if<UnpivotFrom>(&item.node)) {
    WriteOperand(*unpivot->input);
    WriteUnpivot(*unpivot);
  } else {
    const auto& view = std::get<LateralViewFrom>(item.node);
    Write(*view.input);
    Put(view.outer ? " LATERAL VIEW OUTER " : " LATERAL VIEW ");
    PutFunctionName(view.function);
    arguments(view.arguments);
    if (item.alias.name) {
      Put(" ");
      PutName(*item.alias.name);
    }
    if (item.alias.columns.empty()) return;
    Put(" AS ");
    return PutList(item.alias.columns, [&](const Identifier& column) { PutName(column); });
  }
  Write(item.alias);
}

void SqlWriter::WriteJoin(const JoinFrom& join) {
  Put(join.natural ? " NATURAL " : " ");
  Put(JoinWords(join.kind));
  Put(" ");
  const bool parentheses = std::holds_alternative<JoinFrom>(join.right->node) ||
                           std::holds_alternative<PivotFrom>(join.right->node) ||
                           std::holds_alternative<UnpivotFrom>(join.right->node);
  if (parentheses) Put("(");
  Write(*join.right);
  if (parentheses) Put(")");
  if (join.on) {
    Put(" ON ");
    Write(*join.on);
  } else if (!join.using_.empty()) {
    Put(" USING ");
    PutNames(join.using_);
  }
}

std::string ToSql(const Query& query) {
  SqlWriter writer;
  writer.Write(query);
  return writer.Take();
}

}  // namespace weir::sql
