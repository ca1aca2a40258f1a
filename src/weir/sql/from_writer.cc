#include <array>
#include <charconv>

#include "weir/sql/sql_writer.h"

// What follows a relation, with or without |>.
namespace weir::sql {

// What is sampled or pivoted, in parentheses where it is more than one relation.
void SqlWriter::WriteOperand(const FromItem& item) {
  const bool parentheses = std::holds_alternative<JoinFrom>(item.node) ||
                           std::holds_alternative<LateralViewFrom>(item.node) ||
                           std::holds_alternative<SampleFrom>(item.node) ||
                           std::holds_alternative<WatermarkFrom>(item.node) ||
                           std::holds_alternative<ValuesFrom>(item.node) || item.alias.name;
  const bool pivots = std::holds_alternative<PivotFrom>(item.node) ||
                      std::holds_alternative<UnpivotFrom>(item.node);
  if (parentheses && !pivots) Put("(");
  Write(item);
  if (parentheses && !pivots) Put(")");
}

void SqlWriter::WriteSample(const SampleFrom& sample) {
  Put(" TABLESAMPLE (");
  if (sample.rows) {
    Write(*sample.rows);
    Put(" ROWS)");
  } else {
    std::array<char, 64> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), sample.percent,
                                   std::chars_format::fixed);
    Put(std::string_view(digits.data(), static_cast<size_t>(end.ptr - digits.data())));
    Put(" PERCENT)");
  }
  if (sample.seed) Put(" REPEATABLE (" + std::to_string(*sample.seed) + ")");
}

void SqlWriter::WriteWatermark(const WatermarkFrom& watermark) {
  Put(" WATERMARK ");
  Write(watermark.time);
  Put(" DELAY OF ");
  Write(*watermark.delay);
}

void SqlWriter::WritePivot(const PivotFrom& pivot) {
  const auto items = [&](const std::vector<SelectItem>& list) {
    PutList(list, [&](const SelectItem& item) { Write(item); });
  };
  Put(" PIVOT (");
  items(pivot.aggregates);
  Put(" FOR (");
  PutList(pivot.columns, [&](const Name& name) { PutName(name); });
  Put(") IN (");
  items(pivot.values);
  Put("))");
}

void SqlWriter::WriteUnpivot(const UnpivotFrom& unpivot) {
  const bool several = unpivot.values.size() > 1;
  Put(unpivot.include_nulls ? " UNPIVOT INCLUDE NULLS (" : " UNPIVOT (");
  if (several) {
    PutNames(unpivot.values);
  } else {
    PutName(unpivot.values[0]);
  }
  Put(" FOR ");
  PutName(unpivot.name);
  Put(" IN (");
  PutList(unpivot.columns, [&](const UnpivotFrom::Column& column) {
    if (several) Put("(");
    PutList(column.names, [&](const Name& name) { PutName(name); });
    if (several) Put(")");
    if (!column.alias) return;
    Put(" AS ");
    PutName(*column.alias);
  });
  Put("))");
}

// FROM t, and what is piped after it.
void SqlWriter::WriteFirst(const FromItem& item) {
  if (item.piped) return WritePiped(item);
  const auto* query = std::get_if<QueryFrom>(&item.node);
  const bool bare = query != nullptr && !query->lateral && !item.alias.name;
  if (!bare) {
    Put("FROM ");
    return Write(item);
  }
  Put("(");
  Write(*query->query);
  Put(")");
}

void SqlWriter::WritePiped(const FromItem& item) {
  const auto after = [&](const FromItemPtr& input) {
    WriteFirst(*input);
    Put(" |>");
  };
  if (const auto* join = std::get_if<JoinFrom>(&item.node)) {
    after(join->left);
    WriteJoin(*join);
  } else if (const auto* sample = std::get_if<SampleFrom>(&item.node)) {
    after(sample->input);
    WriteSample(*sample);
  } else if (const auto* pivot = std::get_if<PivotFrom>(&item.node)) {
    after(pivot->input);
    WritePivot(*pivot);
    Write(item.alias);
  } else if (const auto* unpivot = std::get_if<UnpivotFrom>(&item.node)) {
    after(unpivot->input);
    WriteUnpivot(*unpivot);
    Write(item.alias);
  } else {
    const auto& pipe = std::get<PipeFrom>(item.node);
    after(pipe.input);
    // What organises begins with a space of its own.
    if (!std::holds_alternative<PipeFrom::Organize>(pipe.operation)) Put(" ");
    WriteOperation(pipe, item.alias);
  }
}

void SqlWriter::WriteOperation(const PipeFrom& pipe, const TableAlias& alias) {
  const auto items = [&](const std::vector<SelectItem>& list) {
    PutList(list, [&](const SelectItem& item) { Write(item); });
  };
  if (const auto* where = std::get_if<PipeFrom::Where>(&pipe.operation)) {
    Put("WHERE ");
    Write(*where->condition);
  } else if (const auto* select = std::get_if<PipeFrom::Select>(&pipe.operation)) {
    Write(*select->query);
  } else if (const auto* extend = std::get_if<PipeFrom::Extend>(&pipe.operation)) {
    Put("EXTEND ");
    const auto& body = std::get<Select>(extend->query->body);
    items(body.items);
    WriteWindows(body);
  } else if (const auto* set = std::get_if<PipeFrom::Set>(&pipe.operation)) {
    Put("SET ");
    PutList(set->columns, [&](const std::pair<Identifier, ExprPtr>& column) {
      PutName(column.first);
      Put(" = ");
      Write(*column.second);
    });
  } else if (const auto* drop = std::get_if<PipeFrom::Drop>(&pipe.operation)) {
    Put("DROP ");
    PutList(drop->columns, [&](const Identifier& column) { PutName(column); });
  } else if (const auto* aggregate = std::get_if<PipeFrom::Aggregate>(&pipe.operation)) {
    Put("AGGREGATE ");
    items(aggregate->items);
    if (aggregate->grouped) {
      Put(aggregate->items.empty() ? "GROUP BY " : " GROUP BY ");
      items(aggregate->keys);
    }
  } else if (const auto* organize = std::get_if<PipeFrom::Organize>(&pipe.operation)) {
    WriteOrganization(*organize->query);
  } else if (const auto* combine = std::get_if<PipeFrom::Combine>(&pipe.operation)) {
    WriteCombination(std::get<SetOperation>(combine->query->body));
  } else {
    Put("AS ");
    PutName(*alias.name);
  }
}

}  // namespace weir::sql
