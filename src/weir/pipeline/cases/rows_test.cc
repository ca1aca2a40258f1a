#include "weir/pipeline/cases/rows.h"

#include <gmock/gmock.h>

namespace weir::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Schema kEveryKind({{"id", TypeId::kLong, true, "{}"},
                         {"name", TypeId::kString, true, "{}"},
                         {"price", DataType::Decimal(10, 2), true, "{}"},
                         {"tags", DataType::Array(TypeId::kString), true, "{}"},
                         {"seen", DataType::Map(TypeId::kString, TypeId::kInt), true, "{}"},
                         {"place",
                          DataType::Struct({{"zip", TypeId::kString, true, "{}"},
                                            {"no", TypeId::kInt, true, "{}"}}),
                          true, "{}"}});

std::shared_ptr<const SourceText> Source(const std::string& text) {
  return std::make_shared<SourceText>(SourceText{"t", text});
}

RowsText TextOf(const std::string& format, const std::string& text) {
  const auto source = Source(text);
  return {format, text, source, 1, {source, 0, 0}};
}

WrittenRows Yaml(const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml(Source(text), diagnostics);
  WrittenRows rows = RowsOfList(documents.at(0), diagnostics);
  EXPECT_THAT(diagnostics, IsEmpty());
  return rows;
}

// Cells joined by '|'; texts in quotes, so that NULL is not "NULL".
std::vector<std::string> Texts(const TypedRows& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows.rows) {
    std::string text;
    for (const Value& value : row) {
      const bool quote = !value.is_null() && value.type().id() == TypeId::kString;
      text += (text.empty() ? "" : "|") + (quote ? "'" + value.ToString() + "'" : value.ToString());
    }
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> Filled(const WrittenRows& rows) {
  Diagnostics diagnostics;
  const auto texts = Texts(FilledRows(rows, kEveryKind, diagnostics));
  EXPECT_THAT(diagnostics, IsEmpty());
  return texts;
}

std::vector<std::string> Messages(const Diagnostics& diagnostics) {
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : diagnostics) {
    messages.push_back(std::to_string(diagnostic.span.Line()) + ": " + diagnostic.message);
  }
  return messages;
}

TEST(RowsTest, YamlTellsNullFromTheEmptyTextAndTheWordNull) {
  EXPECT_THAT(
      Filled(Yaml("- {id: 1, name: null}\n- {id: 2, name: \"\"}\n- {id: 3, name: \"NULL\"}\n"
                  "- {id: 4, name: ~}\n- {id: 5}\n")),
      ElementsAre("1|NULL|NULL|NULL|NULL|NULL", "2|''|NULL|NULL|NULL|NULL",
                  "3|'NULL'|NULL|NULL|NULL|NULL", "4|NULL|NULL|NULL|NULL|NULL",
                  "5|NULL|NULL|NULL|NULL|NULL"));
}

TEST(RowsTest, ThreeFormatsSpellTheSameNestedRows) {
  const std::string row = "7|'Zoë, \"z\"'|1.50|[a, null]|{x -> 1, y -> null}|{0123, 4}";
  EXPECT_THAT(Filled(Yaml("- {id: 7, name: 'Zoë, \"z\"', price: 1.5, tags: [a, null], "
                          "seen: {x: 1, y: null}, place: {no: 4, zip: \"0123\"}}")),
              ElementsAre(row));
  Diagnostics diagnostics;
  EXPECT_THAT(Filled(ParseRows(TextOf("json",
                                      "\n{\"id\": 7, \"name\": \"Zo\\u00eb, \\\"z\\\"\", "
                                      "\"price\": 1.50, \"tags\": [\"a\", null], \"seen\": "
                                      "{\"x\": 1, \"y\": null}, \"place\": {\"zip\": \"0123\", "
                                      "\"no\": 4}}\n"),
                               diagnostics)),
              ElementsAre(row));
  EXPECT_THAT(Filled(ParseRows(TextOf("csv",
                                      "id,name,price,tags,seen,place\r\n7,\"Zoë, \"\"z\"\"\",1.5,"
                                      "\"[\"\"a\"\", null]\",\"{\"\"x\"\": 1, \"\"y\"\": null}\","
                                      "\"{\"\"zip\"\": \"\"0123\"\", \"\"no\"\": 4}\"\r\n"),
                               diagnostics)),
              ElementsAre(row));
  EXPECT_THAT(diagnostics, IsEmpty());
}

TEST(RowsTest, CsvTellsNothingFromEmptyAndKeepsLineBreaksInQuotes) {
  Diagnostics diagnostics;
  const WrittenRows rows =
      ParseRows(TextOf("csv", "id,name\n1,\n2,\"\"\n\n3,\"a\nb\"\n4,x"), diagnostics);
  const Schema columns({kEveryKind[0], kEveryKind[1]});
  EXPECT_THAT(Texts(NamedRows(rows, columns, diagnostics)),
              ElementsAre("1|NULL", "2|''", "3|'a\nb'", "4|'x'"));
  EXPECT_EQ(rows.rows[3].span.Line(), 7);
  EXPECT_THAT(diagnostics, IsEmpty());
}

TEST(RowsTest, BinaryIsBase64InCsvAsInJson) {
  const Schema columns({{"b", TypeId::kBinary, true, "{}"}});
  Diagnostics diagnostics;
  for (const auto& [format, text] :
       {std::pair("csv", "b\nYWJj\n"), std::pair("json", "{\"b\": \"YWJj\"}\n")}) {
    EXPECT_THAT(
        Texts(NamedRows(ParseRows(TextOf(format, text), diagnostics), columns, diagnostics)),
        ElementsAre("abc"));
  }
  EXPECT_THAT(diagnostics, IsEmpty());
  NamedRows(ParseRows(TextOf("csv", "b\n?\n"), diagnostics), columns, diagnostics);
  EXPECT_THAT(Messages(diagnostics), ElementsAre(HasSubstr("not base64")));
}

TEST(RowsTest, JsonKeepsEveryDigitOfADecimal) {
  Diagnostics diagnostics;
  const Schema columns({{"d", DataType::Decimal(38, 10), true, "{}"}});
  const auto rows =
      ParseRows(TextOf("json", "{\"d\": 1234567890123456789012345678.0123456789}"), diagnostics);
  EXPECT_THAT(Texts(NamedRows(rows, columns, diagnostics)),
              ElementsAre("1234567890123456789012345678.0123456789"));
}

TEST(RowsTest, EveryCellThatDoesNotFitIsReportedWhereItStands) {
  Diagnostics diagnostics;
  NamedRows(Yaml("- {id: one, price: 1.234}\n- {id: 2, price: 100000000}\n"
                 "- {id: [1], price: 1.230}\n- {id: 3}\n"),
            kEveryKind, diagnostics);
  EXPECT_THAT(Messages(diagnostics),
              ElementsAre("1: 'one' is no value of type BIGINT",
                          "1: '1.234', which has more decimals, is no value of type DECIMAL(10,2)",
                          "2: '100000000' is no value of type DECIMAL(10,2)",
                          "3: a list is no value of type BIGINT",
                          "4: the column `price`, which other rows have, is missing here"));
}

TEST(RowsTest, UnknownColumnsAndFieldsAreReported) {
  Diagnostics diagnostics;
  FilledRows(Yaml("- {id: 1}\n- {idd: 2, place: {zip: x, street: y}}"), kEveryKind, diagnostics);
  EXPECT_THAT(Messages(diagnostics),
              ElementsAre("2: no column is called idd", "2: no field is called street"));
}

TEST(RowsTest, BrokenCsvAndJsonAreReportedByLine) {
  Diagnostics diagnostics;
  ParseRows(TextOf("csv", "id,id\n1,2,3\n\"a\"b,1\n\"open"), diagnostics);
  ParseRows(TextOf("json", "{\"id\": 1}\n{\"id\": \n[1]\n"), diagnostics);
  EXPECT_THAT(Messages(diagnostics),
              ElementsAre("1: the column `id` stands twice in the header",
                          "2: this row has 3 fields, but the header names 2 columns",
                          "3: text stands behind a closing quote",
                          "4: a quote that opens here is never closed",
                          "4: this row has 1 fields, but the header names 2 columns",
                          HasSubstr("2: not valid JSON, at character"),
                          "3: a row must be an object on one line"));
}

TEST(RowsTest, AnAnchorThatHoldsItselfIsRefused) {
  Diagnostics diagnostics;
  ParseYaml(Source("&a [*a]"), diagnostics);
  EXPECT_FALSE(diagnostics.empty());
}

}  // namespace
}  // namespace weir::pipeline
