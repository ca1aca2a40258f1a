#pragma once

#include <string>
#include <string_view>

#include "weir/sql/ast.h"

namespace weir::sql {

// Writes trees as text. How tightly an expression binds decides where parentheses are needed; the
// levels are the parser's.
class SqlWriter {
 public:
  std::string Take() { return std::move(out_); }

  void Write(const Expr& expr) { Write(expr, 0); }
  void Write(const Query& query);
  void Write(const StatementNode& statement);

 private:
  friend struct ExprWriter;
  friend struct StatementWriter;

  void Put(std::string_view text) { out_ += text; }
  template <typename Items, typename Each>
  void PutList(const Items& items, Each each, std::string_view separator = ", ") {
    bool first = true;
    for (const auto& item : items) {
      if (!first) Put(separator);
      first = false;
      each(item);
    }
  }

  // Names in backticks where the bare word would be read as something else.
  void PutName(const Identifier& name) { PutWord(name.text); }
  void PutWord(std::string_view name);
  void PutName(const Name& name);
  void PutFunctionName(const Name& name);
  void PutNames(const std::vector<Identifier>& names);

  // In parentheses when `expr` binds less than `level`.
  void Write(const Expr& expr, int level);
  void WriteAll(const std::vector<ExprPtr>& exprs);
  void WriteChain(const BinaryExpr& chain, int level);
  void WriteOperand(const Expr& expr);  // Of [ ] and of a field.
  void Write(const CallExpr& call);
  void Write(const Argument& argument, bool is_struct, int level);
  void Write(const WindowSpec& window, bool may_be_name);
  void Write(const FrameBound& bound);
  void Write(const SortItem& item);
  void WriteOrder(bool descending, const std::optional<bool>& nulls_first);

  void Write(const Select& select);
  void Write(const SelectItem& item);
  void Write(const CopyInto& copy);
  void Write(const GroupBy& group);
  void Write(const SetOperation& operation);
  void WriteRows(const std::vector<std::vector<ExprPtr>>& rows);
  void Write(const FromItem& item);
  void WriteJoin(const JoinFrom& join);  // Without its left side.
  void Write(const TableAlias& alias);
  void WriteOrganization(const Query& query);
  void WriteWindows(const Select& select);
  void WriteCombination(const SetOperation& operation);
  // from_writer.cc
  void WriteOperand(const FromItem& item);
  void WriteSample(const SampleFrom& sample);
  void WriteWatermark(const WatermarkFrom& watermark);
  void WritePivot(const PivotFrom& pivot);
  void WriteUnpivot(const UnpivotFrom& unpivot);
  void WriteFirst(const FromItem& item);
  void WritePiped(const FromItem& item);
  void WriteOperation(const PipeFrom& pipe, const TableAlias& alias);

  void Write(const ColumnDefinition& column);
  void Write(const CheckConstraintDefinition& check);
  void Write(const TableClauses& clauses);
  void WriteDefinitions(const TableClauses& clauses);
  void Write(const Properties& properties);
  void Write(const AlterTable& alter);
  void Write(const AlterTable::AddedColumn& added);
  void Write(const AlterTable::ChangeColumns& alter);
  void Write(const AlterTable::ColumnPlace& place);
  // change_writer.cc
  void Write(const std::vector<Assignment>& set);
  void Write(const Update& update);
  void Write(const Delete& remove);
  void Write(const Merge& merge);
  void Write(const MergeClause& clause);
  void Write(const Optimize& optimize);
  void Write(const Restore& restore);
  void Write(const Vacuum& vacuum);
  void Write(const CloneTable& clone);
  void Write(const KeyDefinition& key);
  void Write(const ConvertToDelta& convert);
  void Write(const RepairTable& repair);
  void Write(const AnalyzeTable& analyze);
  void WriteColumnNames(const std::vector<Name>& columns);
  void WriteWhere(const ExprPtr& condition);
  void WriteTimeTravel(const std::variant<std::monostate, VersionAsOf, TimestampAsOf>& as_of);
  void Write(const Show& show);
  // cdc_writer.cc
  void Write(const AutoCdc& cdc);
  void Write(const ColumnChoice& choice);

  std::string out_;
};

}  // namespace weir::sql
