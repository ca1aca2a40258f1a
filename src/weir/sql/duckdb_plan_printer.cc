#include "weir/sql/duckdb_plan_printer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "weir/base/error.h"
#include "weir/sql/binder_signatures.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/functions.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

namespace {

std::vector<ColumnId> IdsOf(const std::vector<PlanColumn>& columns) {
  std::vector<ColumnId> ids;
  ids.reserve(columns.size());
  for (const PlanColumn& column : columns) ids.push_back(column.id);
  return ids;
}

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

// What the scan of a table that tracks its rows has no column for; "" for all others. Rows that
// moved keep what they had.
std::string RowTrackingText(const std::string& column, const std::string& alias) {
  const auto of = [&](const char* name) { return alias + "." + DuckdbQuote(name); };
  const std::string id = "coalesce(" + of(kStoredRowIdColumn) + ", " + of(kBaseRowIdColumn) +
                         " + " + of(kRowColumn) + ")";
  const std::string version =
      "coalesce(" + of(kStoredRowVersionColumn) + ", " + of(kFileVersionColumn) + ")";
  if (column == kRowIdColumn) return id;
  if (column == kRowVersionColumn) return version;
  if (column != kTableMetadataColumn) return {};
  return "struct_pack(row_id := " + id + ", row_commit_version := " + version +
         ", base_row_id := " + of(kBaseRowIdColumn) +
         ", default_row_commit_version := " + of(kFileVersionColumn) +
         ", row_index := " + of(kRowColumn) + ")";
}

}  // namespace

std::string DuckdbPlanPrinter::Print(const Plan& plan) {
  const std::string statement = Statement(plan);
  if (with_.empty()) return statement;
  return (recursive_ ? "WITH RECURSIVE " : "WITH ") + Joined(with_, ", ") + " " + statement;
}

std::string DuckdbPlanPrinter::Statement(const Plan& plan) {
  return Close(Block(plan), plan.columns);
}

SelectBlock DuckdbPlanPrinter::Block(const Plan& plan) {
  return std::visit([&](const auto& node) { return Block(node, plan); }, plan.node);
}

std::string DuckdbPlanPrinter::Tail(const SelectBlock& block) const {
  std::string text;
  if (!block.order_by.empty()) text += " ORDER BY " + block.order_by;
  return text + block.limit;
}

std::string DuckdbPlanPrinter::Close(const SelectBlock& block,
                                     const std::vector<PlanColumn>& columns) {
  const auto ids = IdsOf(columns);
  return Close(block, ids, ids);
}

std::string DuckdbPlanPrinter::Close(const SelectBlock& block, const std::vector<ColumnId>& columns,
                                     const std::vector<ColumnId>& names, bool distinct) {
  std::string from = block.from;
  if (block.IsStatement()) {
    if (!distinct && columns == names && columns == block.statement_columns) {
      return block.statement + Tail(block);
    }
    from = "(" + block.statement + ")";
  }
  std::string items;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& text = block.texts.at(columns[i]).text;
    items += i > 0 ? ", " : "";
    items += text;
    if (text != ColumnName(names[i])) items += " AS " + ColumnName(names[i]);
  }
  if (columns.empty()) items = "1";
  std::string sql = distinct ? "SELECT DISTINCT " : "SELECT ";
  sql += items;
  if (!from.empty()) sql += " FROM " + from;
  if (!block.where.empty()) sql += " WHERE " + Joined(block.where, " AND ");
  return sql + Tail(block);
}

SelectBlock DuckdbPlanPrinter::MakeStatement(std::string text,
                                             const std::vector<PlanColumn>& columns) {
  SelectBlock block;
  block.statement = std::move(text);
  block.statement_columns = IdsOf(columns);
  for (ColumnId id : block.statement_columns) {
    block.texts[id] = {ColumnName(id), TextKind::kColumn};
  }
  return block;
}

void DuckdbPlanPrinter::Wrap(SelectBlock& block, const std::vector<PlanColumn>& columns) {
  SelectBlock outer;
  outer.from = "(" + Close(block, columns) + ") AS " + NewAlias();
  for (const PlanColumn& column : columns) {
    outer.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
  }
  block = std::move(outer);
}

bool DuckdbPlanPrinter::UsesComputed(const SelectBlock& block,
                                     const std::vector<const BoundExpr*>& exprs) const {
  std::unordered_set<ColumnId> used;
  for (const BoundExpr* expr : exprs) CollectColumns(*expr, used);
  return std::any_of(used.begin(), used.end(), [&](ColumnId id) {
    const auto found = block.texts.find(id);
    return found != block.texts.end() && found->second.kind == TextKind::kComputed;
  });
}

void DuckdbPlanPrinter::Settle(SelectBlock& block, const std::vector<PlanColumn>& columns,
                               const std::vector<const BoundExpr*>& exprs) {
  const bool wrap =
      block.IsStatement() || block.windowed || block.IsOrdered() || UsesComputed(block, exprs);
  if (wrap) Wrap(block, columns);
}

namespace {

// A user's column of a name that ColumnName gives would hide the plan's.
void CheckNameIsFree(const std::string& name) {
  if (!name.starts_with("c·") && !name.starts_with("g·")) return;
  throw Error(ErrorCode::kUnsupported, "column `" + name +
                                           "`: names that begin with `c·` or `g·` are taken for "
                                           "what queries compute; rename it");
}

}  // namespace

SelectBlock DuckdbPlanPrinter::Block(const ScanPlan& scan, const Plan& plan) {
  SelectBlock block;
  const std::string alias = NewAlias();
  block.from = scan_(scan.input) + " AS " + alias;
  for (const PlanColumn& column : plan.columns) {
    CheckNameIsFree(column.name);
    if (auto text = RowTrackingText(column.name, alias); !text.empty()) {
      block.texts[column.id] = {std::move(text), TextKind::kComputed};
    } else {
      block.texts[column.id] = {alias + "." + DuckdbQuote(column.name), TextKind::kColumn};
    }
  }
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const ValuesPlan& values, const Plan& plan) {
  SelectBlock block;
  if (plan.columns.empty()) {
    if (values.rows.size() != 1) {
      block.from = "range(" + std::to_string(values.rows.size()) + ") AS " + NewAlias();
    }
    return block;
  }
  std::string rows;
  for (const auto& row : values.rows) {
    rows += (rows.empty() ? "(" : ", (") + Joined(Texts(row), ", ") + ")";
  }
  std::string names;
  for (const PlanColumn& column : plan.columns) {
    names += (names.empty() ? "" : ", ") + ColumnName(column.id);
    block.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
  }
  block.from = "(VALUES " + rows + ") AS " + NewAlias() + "(" + names + ")";
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const ProjectPlan& project, const Plan&) {
  SelectBlock block = Block(*project.child);
  // A computed column may move on as it is, once; anything else needs it as a column first.
  std::vector<const BoundExpr*> exprs;
  std::unordered_set<ColumnId> moved;
  for (const NamedExpr& one : project.exprs) {
    const BoundColumn* column = AsColumn(*one.expr);
    if (column == nullptr || !moved.insert(column->id).second) exprs.push_back(one.expr.get());
  }
  const bool renames =
      std::any_of(project.exprs.begin(), project.exprs.end(), [](const NamedExpr& one) {
        const BoundColumn* column = AsColumn(*one.expr);
        return column == nullptr || column->id != one.column.id;
      });
  const bool wrap = UsesComputed(block, exprs) || (block.IsStatement() && renames) ||
                    (block.windowed && !exprs.empty());
  if (wrap || (block.IsStatement() && block.IsOrdered())) Wrap(block, project.child->columns);
  ColumnTexts texts;
  for (const NamedExpr& one : project.exprs) {
    if (const BoundColumn* column = AsColumn(*one.expr)) {
      const auto below = block.texts.find(column->id);
      if (below != block.texts.end()) {
        texts[one.column.id] = below->second;
        continue;
      }
    }
    const bool literal = AsLiteral(*one.expr) != nullptr;
    texts[one.column.id] = {ExprIn(*one.expr, block),
                            literal ? TextKind::kLiteral : TextKind::kComputed};
  }
  block.texts = std::move(texts);
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const FilterPlan& filter, const Plan&) {
  SelectBlock block = Block(*filter.child);
  Settle(block, filter.child->columns, {filter.condition.get()});
  visible_.push_back(&block.texts);
  AddConditions(filter.condition, block.where);
  visible_.pop_back();
  return block;
}

namespace {

bool IsInASet(const AggregatePlan& aggregate, size_t key) {
  return std::any_of(aggregate.grouping_sets.begin(), aggregate.grouping_sets.end(),
                     [&](const auto& set) { return std::count(set.begin(), set.end(), key) > 0; });
}

// Null unless it is grouping() or grouping_id().
const BoundAggregate* AsGrouping(const BoundExpr& expr) {
  const auto* call = std::get_if<BoundAggregate>(&expr.node);
  const bool grouping = call != nullptr && (call->signature == &GroupingSignature() ||
                                            call->signature == &GroupingIdSignature());
  return grouping ? call : nullptr;
}

// A key that is in no set is never grouped by, and the engine's GROUPING does not know it: its bit
// is always one.
std::string GroupingText(const BoundAggregate& grouping, const AggregatePlan& aggregate) {
  std::unordered_set<ColumnId> known;
  for (size_t i = 0; i < aggregate.keys.size(); ++i) {
    if (IsInASet(aggregate, i)) known.insert(aggregate.keys[i].column.id);
  }
  std::vector<std::string> bits;
  for (size_t i = 0; i < grouping.arguments.size(); ++i) {
    const ColumnId key = AsColumn(*grouping.arguments[i])->id;
    const std::string bit =
        known.count(key) > 0 ? "GROUPING(" + ColumnName(key) + ")" : std::string("1");
    bits.push_back("(" + bit + " << " + std::to_string(grouping.arguments.size() - 1 - i) + ")");
  }
  return "CAST(" + Joined(bits, " + ") + " AS " + DuckdbType(grouping.signature->result) + ")";
}

}  // namespace

SelectBlock DuckdbPlanPrinter::Block(const AggregatePlan& aggregate, const Plan& plan) {
  SelectBlock block = Block(*aggregate.child);
  std::vector<const BoundExpr*> exprs;
  for (const NamedExpr& key : aggregate.keys) exprs.push_back(key.expr.get());
  for (const NamedExpr& one : aggregate.aggregates) exprs.push_back(one.expr.get());
  Settle(block, aggregate.child->columns, exprs);
  if (!aggregate.grouping_sets.empty()) {
    // The sets name their keys, so these must be columns, each of its own.
    std::vector<NamedExpr> below;
    std::vector<PlanColumn> columns;
    for (const NamedExpr& key : aggregate.keys) columns.push_back(key.column);
    std::string items;
    for (const NamedExpr& key : aggregate.keys) {
      items += ExprIn(*key.expr, block) + " AS " + ColumnName(key.column.id) + ", ";
    }
    std::unordered_set<ColumnId> used;
    for (const NamedExpr& one : aggregate.aggregates) CollectColumns(*one.expr, used);
    for (const PlanColumn& column : aggregate.child->columns) {
      if (used.count(column.id) == 0) continue;
      items += block.texts.at(column.id).text + " AS " + ColumnName(column.id) + ", ";
      columns.push_back(column);
    }
    items.resize(items.size() - 2);
    std::string sql = "SELECT " + items;
    if (!block.from.empty()) sql += " FROM " + block.from;
    if (!block.where.empty()) sql += " WHERE " + Joined(block.where, " AND ");
    SelectBlock outer;
    outer.from = "(" + sql + ") AS " + NewAlias();
    for (const PlanColumn& column : columns) {
      outer.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
    }
    block = std::move(outer);
  }
  std::string items;
  std::string group_by;
  for (size_t i = 0; i < aggregate.keys.size(); ++i) {
    const NamedExpr& key = aggregate.keys[i];
    const std::string name = ColumnName(key.column.id);
    std::string text = aggregate.grouping_sets.empty() ? ExprIn(*key.expr, block) : name;
    const bool grouped = aggregate.grouping_sets.empty() || IsInASet(aggregate, i);
    if (!grouped) text = "CAST(NULL AS " + DuckdbType(key.column.type) + ")";
    items += (items.empty() ? "" : ", ") + (text == name ? name : text + " AS " + name);
    group_by += (group_by.empty() ? "" : ", ") + std::to_string(i + 1);
  }
  for (const NamedExpr& one : aggregate.aggregates) {
    const BoundAggregate* grouping = AsGrouping(*one.expr);
    const std::string text =
        grouping != nullptr ? GroupingText(*grouping, aggregate) : ExprIn(*one.expr, block);
    items += (items.empty() ? "" : ", ") + text + " AS " + ColumnName(one.column.id);
  }
  if (!aggregate.grouping_sets.empty()) {
    std::string sets;
    for (const auto& set : aggregate.grouping_sets) {
      std::vector<std::string> members;
      for (size_t key : set) members.push_back(ColumnName(aggregate.keys[key].column.id));
      sets += (sets.empty() ? "(" : ", (") + Joined(members, ", ") + ")";
    }
    group_by = "GROUPING SETS (" + sets + ")";
  }
  // Without keys it is one row, whatever is asked of it.
  std::string sql = "SELECT " + (items.empty() ? std::string("count(*)") : items);
  if (!block.from.empty()) sql += " FROM " + block.from;
  if (!block.where.empty()) sql += " WHERE " + Joined(block.where, " AND ");
  if (!group_by.empty()) sql += " GROUP BY " + group_by;
  // In Spark the empty set has no row either when there are none.
  if (!aggregate.grouping_sets.empty()) sql += " HAVING count(*) > 0";
  return MakeStatement(std::move(sql), plan.columns);
}

SelectBlock DuckdbPlanPrinter::Block(const WindowPlan& window, const Plan&) {
  SelectBlock block = Block(*window.child);
  std::vector<const BoundExpr*> exprs;
  for (const NamedExpr& one : window.windows) exprs.push_back(one.expr.get());
  Settle(block, window.child->columns, exprs);
  for (const NamedExpr& one : window.windows) {
    ColumnText text{ExprIn(*one.expr, block), TextKind::kComputed};
    block.texts[one.column.id] = std::move(text);
  }
  block.windowed = true;
  return block;
}

void DuckdbPlanPrinter::JoinSide(SelectBlock& block, const std::vector<PlanColumn>& columns,
                                 bool right) {
  const bool plain = std::all_of(block.texts.begin(), block.texts.end(), [](const auto& text) {
    return text.second.kind == TextKind::kColumn;
  });
  if (block.IsStatement() || block.windowed || block.IsOrdered() || !block.where.empty() ||
      !plain || block.from.empty()) {
    Wrap(block, columns);
  } else if (right && block.is_join) {
    block.from = "(" + block.from + ")";
  }
}

SelectBlock DuckdbPlanPrinter::Block(const JoinPlan& join, const Plan&) {
  SelectBlock block = Block(*join.left);
  JoinSide(block, join.left->columns, false);
  if (join.lateral) visible_.push_back(&block.texts);
  SelectBlock right = Block(*join.right);
  if (join.lateral) {
    Wrap(right, join.right->columns);
    right.from = "LATERAL " + right.from;
    visible_.pop_back();
  } else {
    JoinSide(right, join.right->columns, true);
  }
  static constexpr std::string_view kWords[] = {" JOIN ",      " LEFT JOIN ",  " RIGHT JOIN ",
                                                " FULL JOIN ", " CROSS JOIN ", " SEMI JOIN ",
                                                " ANTI JOIN "};
  const bool inner = join.kind == JoinKind::kInner || join.kind == JoinKind::kCross;
  const bool cross = inner && join.condition == nullptr && !join.lateral;
  const JoinKind kind = cross ? JoinKind::kCross : inner ? JoinKind::kInner : join.kind;
  block.from += std::string(kWords[static_cast<size_t>(kind)]) + right.from;
  SelectBlock both = block;
  both.texts.insert(right.texts.begin(), right.texts.end());
  if (!cross) {
    visible_.push_back(&both.texts);
    both.from += " ON " + (join.condition == nullptr ? "true" : JoinCondition(*join.condition));
    visible_.pop_back();
  }
  both.is_join = true;
  const bool only_left = kind == JoinKind::kLeftSemi || kind == JoinKind::kLeftAnti;
  if (only_left) both.texts = std::move(block.texts);
  return both;
}

SelectBlock DuckdbPlanPrinter::Block(const SetPlan& set, const Plan& plan) {
  static constexpr std::string_view kWords[] = {" UNION ", " INTERSECT ", " EXCEPT "};
  const std::string word =
      std::string(kWords[static_cast<size_t>(set.kind)]) + (set.all ? "ALL " : "");
  const auto names = IdsOf(plan.columns);
  std::string sql;
  for (const PlanPtr& input : set.inputs) {
    const auto ids = IdsOf(input->columns);
    sql += (sql.empty() ? "(" : word + "(") + Close(Block(*input), ids, names) + ")";
  }
  return MakeStatement(std::move(sql), plan.columns);
}

SelectBlock DuckdbPlanPrinter::Block(const SortPlan& sort, const Plan&) {
  SelectBlock block = Block(*sort.child);
  std::vector<const BoundExpr*> exprs;
  bool plain = true;
  for (const BoundSort& key : sort.keys) {
    exprs.push_back(key.expr.get());
    plain &= AsColumn(*key.expr) != nullptr && !NeedsOrderKey(key.expr->type);
  }
  if (block.IsOrdered() || UsesComputed(block, exprs) || (block.IsStatement() && !plain)) {
    Wrap(block, sort.child->columns);
  }
  // Constants order nothing, and a number would be taken for a position.
  std::vector<BoundSort> keys;
  for (const BoundSort& key : sort.keys) {
    const BoundColumn* column = AsColumn(*key.expr);
    const auto text = column == nullptr ? block.texts.end() : block.texts.find(column->id);
    if (text == block.texts.end() || text->second.kind != TextKind::kLiteral) keys.push_back(key);
  }
  visible_.push_back(&block.texts);
  block.order_by = Sorts(keys);
  visible_.pop_back();
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const LimitPlan& limit, const Plan&) {
  SelectBlock block = Block(*limit.child);
  if (!block.limit.empty()) Wrap(block, limit.child->columns);
  if (limit.limit) block.limit = " LIMIT " + std::to_string(*limit.limit);
  if (limit.offset > 0) block.limit += " OFFSET " + std::to_string(limit.offset);
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const DistinctPlan& distinct, const Plan& plan) {
  SelectBlock block = Block(*distinct.child);
  if (block.IsOrdered()) Wrap(block, distinct.child->columns);
  const auto ids = IdsOf(plan.columns);
  return MakeStatement(Close(block, ids, ids, true), plan.columns);
}

SelectBlock DuckdbPlanPrinter::Block(const DedupPlan& dedup, const Plan& plan) {
  SelectBlock block = Block(*dedup.child);
  Wrap(block, dedup.child->columns);
  std::string keys;
  for (const ColumnId id : dedup.keys) keys += (keys.empty() ? "" : ", ") + ColumnName(id);
  std::string items;
  for (const PlanColumn& column : plan.columns) {
    items += (items.empty() ? "" : ", ") + ColumnName(column.id);
  }
  return MakeStatement("SELECT DISTINCT ON (" + keys + ") " + items + " FROM " + block.from,
                       plan.columns);
}

SelectBlock DuckdbPlanPrinter::Block(const SamplePlan& sample, const Plan&) {
  SelectBlock block = Block(*sample.child);
  Wrap(block, sample.child->columns);
  std::array<char, 64> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 std::clamp(sample.percent, 0.0, 100.0), std::chars_format::fixed);
  block.from += " TABLESAMPLE bernoulli(" + std::string(digits.data(), end.ptr) + "%)";
  if (sample.seed) {
    // The engine takes no negative ones.
    block.from += " REPEATABLE (" + std::to_string(*sample.seed & 0x7fffffff) + ")";
  }
  Wrap(block, sample.child->columns);
  return block;
}

SelectBlock DuckdbPlanPrinter::RangeBlock(const GeneratePlan& generate) {
  SelectBlock block;
  const ColumnId id = generate.generated[0].id;
  block.from = generate.signature->duckdb(Texts(generate.arguments)) + " AS " + NewAlias() + "(" +
               ColumnName(id) + ")";
  block.texts[id] = {ColumnName(id), TextKind::kColumn};
  return block;
}

SelectBlock DuckdbPlanPrinter::Block(const GeneratePlan& generate, const Plan& plan) {
  const auto* values = std::get_if<ValuesPlan>(&generate.child->node);
  if (generate.signature == &RangeSignature() && values != nullptr) return RangeBlock(generate);
  SelectBlock block = Block(*generate.child);
  std::vector<const BoundExpr*> exprs;
  for (const BoundExprPtr& argument : generate.arguments) exprs.push_back(argument.get());
  Settle(block, generate.child->columns, exprs);
  visible_.push_back(&block.texts);
  std::string list = generate.signature->duckdb(Texts(generate.arguments));
  visible_.pop_back();
  const std::string row = "g·" + std::to_string(generate.generated[0].id);
  std::vector<PlanColumn> columns = plan.columns;
  columns.resize(columns.size() - generate.generated.size());
  const auto close = [&](const std::string& item) {
    std::string sql = Close(block, columns);
    const std::string select = "SELECT ";
    return select + item +
           (columns.empty() ? sql.substr(select.size() + 1) : ", " + sql.substr(select.size()));
  };
  if (generate.outer) {  // Computed once, as it is looked at twice.
    SelectBlock outer;
    outer.from = "(" + close(list + " AS " + row) + ") AS " + NewAlias();
    for (const PlanColumn& column : columns) {
      outer.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
    }
    block = std::move(outer);
    list = "CASE WHEN len(" + row + ") > 0 THEN " + row + " ELSE [NULL] END";
  }
  const bool single = generate.generated.size() == 1;
  const std::string name = single ? ColumnName(generate.generated[0].id) : row;
  SelectBlock rows;
  rows.from = "(" + close("UNNEST(" + list + ") AS " + name) + ") AS " + NewAlias();
  for (const PlanColumn& column : plan.columns) {
    rows.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
  }
  if (single) return rows;
  for (size_t i = 0; i < generate.generated.size(); ++i) {
    const std::string field = DuckdbString(generate.signature->generated[i].name);
    rows.texts[generate.generated[i].id] = {"struct_extract(" + row + ", " + field + ")",
                                            TextKind::kPart};
  }
  return rows;
}

// Whether a CTE that is being printed is named below, so that nothing stands before it.
bool DuckdbPlanPrinter::RefersToOpen(const Plan& plan) const {
  if (open_.empty()) return false;
  const auto* ref = std::get_if<CteRefPlan>(&plan.node);
  bool found = ref != nullptr && open_.count(ref->id) > 0;
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) {
    ForEachExpr(*expr, [&](const BoundExpr& one) {
      const auto* query = std::get_if<BoundSubquery>(&one.node);
      if (query != nullptr) found = found || RefersToOpen(*query->plan);
    });
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { found = found || RefersToOpen(*child); });
  return found;
}

SelectBlock DuckdbPlanPrinter::Block(const CtePlan& cte, const Plan&) {
  std::unordered_set<ColumnId> used;
  CollectColumns(*cte.definition, used);
  const bool refers_out = std::any_of(visible_.begin(), visible_.end(), [&](const auto* texts) {
    return std::any_of(texts->begin(), texts->end(),
                       [&](const auto& text) { return used.count(text.first) > 0; });
  });
  if (refers_out || RefersToOpen(*cte.definition)) {
    repeated_[cte.id] = cte.definition;
    return Block(*cte.child);
  }
  if (cte.recursive) open_.insert(cte.id);
  // A WITH stands before everything, so what is around this place is not to be named in it.
  std::vector<const ColumnTexts*> around;
  std::swap(around, visible_);
  const std::string statement = Statement(*cte.definition);
  std::swap(around, visible_);
  open_.erase(cte.id);
  recursive_ |= cte.recursive;
  const bool fixed = cte.recursive || IsDeterministic(*cte.definition);
  with_.push_back("cte" + std::to_string(cte.id) + (fixed ? " AS (" : " AS MATERIALIZED (") +
                  statement + ")");
  return Block(*cte.child);
}

SelectBlock DuckdbPlanPrinter::Block(const CteRefPlan& ref, const Plan& plan) {
  SelectBlock block;
  std::string names;
  for (const PlanColumn& column : plan.columns) {
    names += (names.empty() ? "" : ", ") + ColumnName(column.id);
    block.texts[column.id] = {ColumnName(column.id), TextKind::kColumn};
  }
  const auto repeated = repeated_.find(ref.id);
  const std::string source = repeated == repeated_.end() ? "cte" + std::to_string(ref.id)
                                                         : "(" + Statement(*repeated->second) + ")";
  block.from = source + " AS " + NewAlias();
  if (!names.empty()) block.from += "(" + names + ")";
  return block;
}

DuckdbText PrintDuckdb(const Plan& plan, const std::function<std::string(InputId)>& scan) {
  return {DuckdbPlanPrinter(scan).Print(plan)};
}

}  // namespace weir::sql
