#include "weir/app/table_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <sstream>

#include "weir/app/display_width.h"
#include "weir/app/output.h"

namespace weir::app {
namespace {

using testing::HasSubstr;
using testing::Not;

using Row = std::vector<Value>;

class RowStream final : public BatchStream {
 public:
  RowStream(Schema schema, std::vector<Row> rows) : schema_(std::move(schema)), rows_(rows) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    if (rows_.empty()) return std::nullopt;
    BatchBuilder builder(schema_);
    for (const Row& row : std::exchange(rows_, {})) {
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
    }
    return builder.Finish();
  }

 private:
  const Schema schema_;
  std::vector<Row> rows_;
};

Field Column(const std::string& name, DataType type) { return {name, std::move(type), true, "{}"}; }
Value Text(const std::string& text) { return Value::String(text); }

class TablePrinterTest : public testing::Test {
 protected:
  TablePrinterTest() { std::setlocale(LC_CTYPE, "C.UTF-8"); }

  static std::string Print(const std::vector<Field>& columns, const std::vector<Row>& rows,
                           const TableStyle& style = {}) {
    RowStream stream{Schema(columns), rows};
    std::ostringstream out;
    EXPECT_EQ(PrintTable(stream, style, out), static_cast<int64_t>(rows.size()));
    return out.str();
  }

  static size_t WidestLine(const std::string& text) {
    std::istringstream lines(text);
    size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
      widest = std::max(widest, DisplayWidth(line));
    }
    return widest;
  }

  const std::vector<Field> trips_ = {Column("city", TypeId::kString),
                                     Column("km", TypeId::kDouble)};
};

TEST_F(TablePrinterTest, NumbersStandRightAndNullIsSpelled) {
  EXPECT_EQ(Print(trips_, {{Text("Faro"), Value::Double(7.7)},
                           {Text("two\nlines"), Value::Double(12.25)},
                           {Value::Null(TypeId::kString), Value::Null(TypeId::kDouble)}}),
            " city  |    km\n"
            "-------+-------\n"
            " Faro  |   7.7\n"
            " two  +| 12.25\n"
            " lines |\n"
            " NULL  |  NULL\n"
            "(3 rows)\n");
}

TEST_F(TablePrinterTest, OneTextAloneIsPrintedAsItIs) {
  const std::vector<Field> plan = {Column("plan", TypeId::kString)};
  TableStyle narrow;
  narrow.width = 12;
  const std::string text = "== Plan ==\nRelation main.default.t\n";
  EXPECT_THAT(Print(plan, {{Text(text)}}, narrow),
              HasSubstr("\n == Plan ==\n Relation main.default.t\n(1 row)\n"));
  EXPECT_THAT(Print(plan, {{Text("a\nb")}, {Text("c")}}), HasSubstr(" a   +\n b\n c\n(2 rows)\n"));
}

TEST_F(TablePrinterTest, LinesOfAValueStandBelowEachOtherInTheExpandedLayout) {
  TableStyle style;
  style.layout = TableLayout::kExpanded;
  EXPECT_THAT(Print(trips_, {{Text("two\nlines"), Value::Double(1)}}, style),
              HasSubstr(" city | two\n      | lines\n km   | 1.0\n"));
}

TEST_F(TablePrinterTest, WideAndCombiningCharactersKeepTheColumnsStraight) {
  EXPECT_EQ(Print(trips_, {{Text("東京"), Value::Double(1)},
                           {Text("😀"), Value::Double(2)},
                           {Text("e\u0301te\u0301"), Value::Double(3)}}),
            " city |  km\n"
            "------+-----\n"
            " 東京 | 1.0\n"
            " 😀   | 2.0\n"
            " e\u0301te\u0301  | 3.0\n"
            "(3 rows)\n");
}

TEST_F(TablePrinterTest, TextIsCutWhereTheTerminalEnds) {
  TableStyle style;
  style.layout = TableLayout::kAuto;
  style.width = 30;
  const std::string printed =
      Print(trips_, {{Text(std::string(100, 'x')), Value::Double(123456.75)}}, style);
  EXPECT_EQ(WidestLine(printed.substr(0, printed.find("(1 row"))), 30u) << printed;
  EXPECT_THAT(printed, HasSubstr("xxx… | 123456.75\n"));
  EXPECT_THAT(printed, HasSubstr("(… is what did not fit; \\x on shows it)"));
}

TEST_F(TablePrinterTest, CutTextEndsBetweenCharacters) {
  EXPECT_EQ(CutToWidth("東京都", 6), "東京都");
  EXPECT_EQ(CutToWidth("東京都", 5), "東京…");
  EXPECT_EQ(CutToWidth("東京都", 4), "東…");
  EXPECT_EQ(CutToWidth("e\u0301a", 1), "…");
  EXPECT_EQ(CutToWidth("ae\u0301b", 2), "a…");
  EXPECT_EQ(CutToWidth("e\u0301bc", 2), "e\u0301…");
}

TEST_F(TablePrinterTest, WhatDoesNotFitEvenWhenCutIsShownAColumnALine) {
  std::vector<Field> columns;
  Row row;
  for (int i = 0; i < 10; ++i) {
    columns.push_back(Column("column_" + std::to_string(i), TypeId::kString));
    row.push_back(Text("the value of column " + std::to_string(i)));
  }
  TableStyle style;
  style.layout = TableLayout::kAuto;
  style.width = 40;
  const std::string printed = Print(columns, {row}, style);
  EXPECT_THAT(printed, HasSubstr("-[ row 1 ]---"));
  EXPECT_THAT(printed, HasSubstr(" column_9 | the value of column 9\n"));
  EXPECT_LE(WidestLine(printed), 40u);
  style.layout = TableLayout::kRows;
  EXPECT_THAT(Print(columns, {row}, style), Not(HasSubstr("-[ row")));
  style.width = 0;
  style.layout = TableLayout::kAuto;
  EXPECT_THAT(Print(columns, {row}, style), Not(HasSubstr("-[ row")));
}

TEST_F(TablePrinterTest, TheExpandedLayoutWrapsAndLosesNothing) {
  TableStyle style;
  style.layout = TableLayout::kExpanded;
  style.width = 20;
  EXPECT_EQ(Print(trips_, {{Text("abcdefghijklmnopqrstuvwxyz"), Value::Double(1)}}, style),
            "-[ row 1 ]----------\n"
            " city | abcdefghijkl\n"
            "      | mnopqrstuvwx\n"
            "      | yz\n"
            " km   | 1.0\n"
            "(1 row)\n");
}

TEST_F(TablePrinterTest, RowsBeyondTheCapAreCounted) {
  TableStyle style;
  style.max_rows = 2;
  const std::string printed = Print(
      trips_,
      {{Text("a"), Value::Double(1)}, {Text("b"), Value::Double(2)}, {Text("c"), Value::Double(3)}},
      style);
  EXPECT_THAT(printed, Not(HasSubstr(" c ")));
  EXPECT_THAT(printed, HasSubstr("(2 of 3 rows shown; \\rows all shows all)"));
}

TEST_F(TablePrinterTest, NullIsToldFromTheTextOnATerminal) {
  const std::vector<Row> rows = {{Text("NULL"), Value::Double(1)},
                                 {Value::Null(TypeId::kString), Value::Double(2)}};
  TableStyle style;
  style.marks_null = true;
  EXPECT_THAT(Print(trips_, rows, style), HasSubstr(" NULL   | 1.0\n <null> | 2.0\n"));
  style.colour = true;
  EXPECT_THAT(Print(trips_, rows, style), HasSubstr(" NULL | 1.0\n \x1b[2mNULL\x1b[0m | 2.0\n"));
}

TEST_F(TablePrinterTest, CsvAndJsonAreTheirOwn) {
  const std::vector<Row> rows = {{Text("a,b"), Value::Null(TypeId::kDouble)}};
  RowStream csv{Schema(trips_), rows};
  std::ostringstream out;
  PrintRows(csv, OutputFormat::kCsv, out);
  EXPECT_EQ(out.str(), "city,km\n\"a,b\",\n");
  RowStream json{Schema(trips_), rows};
  std::ostringstream lines;
  PrintRows(json, OutputFormat::kJson, lines);
  EXPECT_EQ(lines.str(), "{\"city\":\"a,b\",\"km\":null}\n");
}

}  // namespace
}  // namespace weir::app
