#include "weir/sql/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

namespace weir::sql {
namespace {

using ::testing::HasSubstr;

std::string KindName(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kScalar:
      return "scalar";
    case FunctionKind::kAggregate:
      return "aggregate";
    case FunctionKind::kWindow:
      return "window";
    case FunctionKind::kGenerator:
      break;
  }
  return "generator";
}

ArgumentShape Of(const DataType& type) { return ArgumentShape{type, true, false, nullptr, 0}; }

std::optional<DataType> ResultOf(std::string_view name, std::vector<DataType> types) {
  std::vector<ArgumentShape> shapes;
  for (const DataType& type : types) shapes.push_back(Of(type));
  const FunctionLookup found = LookUp(name, shapes);
  const auto* const signature = std::get_if<const Signature*>(&found);
  if (signature == nullptr) return std::nullopt;
  return (*signature)->result;
}

std::string ConditionOf(std::string_view name, std::vector<DataType> types) {
  std::vector<ArgumentShape> shapes;
  for (const DataType& type : types) shapes.push_back(Of(type));
  const FunctionLookup found = LookUp(name, shapes);
  const auto* const none = std::get_if<NoSuchSignature>(&found);
  return none == nullptr ? "" : none->condition;
}

Clock ClockOf(std::string_view name, const std::vector<DataType>& types) {
  std::vector<ArgumentShape> shapes;
  for (const DataType& type : types) shapes.push_back(Of(type));
  const FunctionLookup found = LookUp(name, shapes);
  const auto* const signature = std::get_if<const Signature*>(&found);
  EXPECT_NE(signature, nullptr) << name;
  return signature == nullptr ? Clock::kMoments : (*signature)->clock;
}

// Of a word of a row's parameters.
DataType TypeOf(const std::string& word) {
  static const std::map<std::string, DataType> kTypes = {{"string", TypeId::kString},
                                                         {"int", TypeId::kInt},
                                                         {"small", TypeId::kInt},
                                                         {"bigint", TypeId::kLong},
                                                         {"double", TypeId::kDouble},
                                                         {"decimal", DataType::Decimal(10, 2)},
                                                         {"boolean", TypeId::kBoolean},
                                                         {"date", TypeId::kDate},
                                                         {"micros", TypeId::kDayTimeInterval},
                                                         {"months", TypeId::kYearMonthInterval}};
  const auto found = kTypes.find(word);
  EXPECT_NE(found, kTypes.end()) << "a word that this test does not know: " << word;
  return found == kTypes.end() ? DataType(TypeId::kString) : found->second;
}

TEST(FunctionsTest, TheListInTheTreeIsTheTable) {
  std::ifstream file("src/weir/sql/functions.list");
  ASSERT_TRUE(file.is_open());
  std::set<std::string> listed;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(listed.insert(line).second) << line;
  }
  std::set<std::string> known;
  for (const std::string& name : FunctionNames()) {
    known.insert(name + " | " + KindName(*KindOf(name)));
  }
  EXPECT_EQ(listed, known);
}

std::string Escaped(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");  // As a table of Markdown writes it.
  }
  return text;
}

// docs/sql-functions.md as the table has it.
std::string Reference() {
  std::string text =
      "# SQL functions\n\n"
      "Every function and operator of weir with the signatures that its table spells out. `$1` is "
      "the type of the\nfirst argument, `element($1)` that of what it holds, `...` any number of "
      "them. Where nothing stands, the types\nof the arguments decide as Spark 4 lets them. "
      "`guide/functions.md` has them by topic, and where weir differs.\n\n"
      "This file is written from the table: `WEIR_RATCHET=write build/src/weir/sql/sql_test "
      "--gtest_filter='*Reference*'`.\n\n"
      "| name | kind | signatures |\n|---|---|---|\n";
  for (const std::string& name : FunctionNames()) {
    std::string signatures;
    for (const std::string& signature : SignatureTexts(name)) {
      signatures += (signatures.empty() ? "`" : "<br>`") + signature + "`";
    }
    text += "| `" + Escaped(name) + "` | " + KindName(*KindOf(name)) + " | " + signatures + " |\n";
  }
  return text;
}

TEST(FunctionsTest, TheReferenceIsTheTable) {
  constexpr const char* kPath = "docs/sql-functions.md";
  if (const char* const mode = std::getenv("WEIR_RATCHET"); mode != nullptr) {
    ASSERT_STREQ(mode, "write");
    std::ofstream(kPath) << Reference();
  }
  std::ifstream file(kPath);
  const std::string written(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(written == Reference())
      << kPath << " is not what the table has: write it anew as its head says";
}

TEST(FunctionsTest, TheGuideNamesEveryFunction) {
  std::ifstream file("docs/guide/functions.md");
  const std::string guide(std::istreambuf_iterator<char>(file), {});
  for (const std::string& name : FunctionNames()) {
    EXPECT_THAT(guide, HasSubstr("`" + Escaped(name) + "`"));
  }
}

TEST(FunctionsTest, AnUnknownNameComesBackWithWhatIsNear) {
  const FunctionLookup found = LookUp("uper", {});
  const auto* const none = std::get_if<NoSuchFunction>(&found);
  ASSERT_NE(none, nullptr);
  EXPECT_THAT(none->suggestions, testing::Contains("upper"));
}

TEST(FunctionsTest, NamesAreFoundWithoutCase) {
  EXPECT_EQ(ResultOf("UPPER", {TypeId::kString}), DataType(TypeId::kString));
  EXPECT_TRUE(IsAggregate("Sum"));
  EXPECT_TRUE(IsWindowOnly("ROW_NUMBER"));
  EXPECT_TRUE(IsGenerator("explode"));
}

TEST(FunctionsTest, DecimalResultsFollowSpark) {
  const auto decimal = [](int p, int s) { return DataType::Decimal(p, s); };
  EXPECT_EQ(ResultOf("+", {decimal(10, 2), decimal(20, 8)}), decimal(21, 8));
  EXPECT_EQ(ResultOf("*", {decimal(38, 18), decimal(38, 18)}), decimal(38, 6));
  EXPECT_EQ(ResultOf("/", {decimal(2, 1), decimal(2, 1)}), decimal(8, 6));
  EXPECT_EQ(ResultOf("%", {TypeId::kLong, decimal(2, 1)}), decimal(2, 1));
  EXPECT_EQ(ResultOf("+", {TypeId::kLong, decimal(2, 1)}), decimal(22, 1));
  EXPECT_EQ(ResultOf("sum", {decimal(10, 2)}), decimal(20, 2));
  EXPECT_EQ(ResultOf("avg", {decimal(10, 2)}), decimal(14, 6));
}

TEST(FunctionsTest, ALiteralIntegerCountsByItsDigitsBesideADecimal) {
  const Value two = Value::Int(2);
  const std::vector<ArgumentShape> shapes = {Of(DataType::Decimal(2, 1)),
                                             ArgumentShape{TypeId::kInt, false, true, &two, 0}};
  const FunctionLookup found = LookUp("+", shapes);
  EXPECT_EQ(std::get<const Signature*>(found)->result, DataType::Decimal(3, 1));
}

TEST(FunctionsTest, TextsAreReadAsTheOtherOperand) {
  EXPECT_EQ(ResultOf("+", {TypeId::kString, TypeId::kInt}), DataType(TypeId::kLong));
  EXPECT_EQ(ConditionOf("+", {TypeId::kString, TypeId::kString}),
            "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE");
  EXPECT_EQ(CommonType(TypeId::kString, TypeId::kDate), DataType(TypeId::kDate));
  EXPECT_EQ(ConditionOf("=", {TypeId::kBoolean, TypeId::kInt}),
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES");
}

// Parts of arrays and structs are not converted as far as values by themselves.
TEST(FunctionsTest, ArraysMeetWhereOneElementHoldsTheOther) {
  const DataType narrow = DataType::Decimal(2, 1);
  const DataType wide = DataType::Decimal(4, 2);
  const auto array = [](const DataType& element) { return DataType::Array(element); };
  EXPECT_EQ(CommonType(narrow, wide), wide);
  EXPECT_EQ(TightestType(narrow, wide), std::nullopt);
  EXPECT_EQ(TightestType(DataType::Decimal(10, 0), TypeId::kInt), DataType::Decimal(10, 0));
  EXPECT_EQ(TightestType(TypeId::kInt, DataType::Decimal(9, 0)), std::nullopt);
  EXPECT_EQ(TightestType(narrow, TypeId::kDouble), std::nullopt);
  EXPECT_EQ(TightestType(narrow, TypeId::kVoid), narrow);
  EXPECT_EQ(TightestType(TypeId::kString, TypeId::kInt), std::nullopt);
  EXPECT_EQ(TightestType(TypeId::kInt, TypeId::kLong), DataType(TypeId::kLong));
  EXPECT_EQ(TightestType(TypeId::kLong, TypeId::kFloat), DataType(TypeId::kFloat));
  EXPECT_EQ(ComparedType(array(TypeId::kLong), array(TypeId::kFloat)), array(TypeId::kDouble));
  EXPECT_EQ(TightestType(array(TypeId::kDate), array(TypeId::kTimestamp)),
            array(TypeId::kTimestamp));
  EXPECT_EQ(ConditionOf("array_union", {array(narrow), array(wide)}),
            "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES");
  EXPECT_EQ(ConditionOf("array_append", {array(narrow), wide}),
            "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES");
  EXPECT_EQ(ConditionOf("=", {array(narrow), array(wide)}),
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES");
  EXPECT_EQ(ResultOf("=", {narrow, wide}), DataType(TypeId::kBoolean));
  const DataType map = DataType::Map(TypeId::kInt, TypeId::kString);
  EXPECT_EQ(ResultOf("element_at", {map, TypeId::kLong}), DataType(TypeId::kString));
  EXPECT_EQ(ResultOf("map_contains_key", {map, wide}), DataType(TypeId::kBoolean));
  EXPECT_EQ(ConditionOf("element_at", {map, wide}), "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES");
  EXPECT_EQ(ConditionOf("map_contains_key", {map, TypeId::kString}),
            "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES");
  EXPECT_EQ(ConditionOf("map_contains_key", {map, TypeId::kVoid}), "DATATYPE_MISMATCH.NULL_TYPE");
  EXPECT_EQ(ConditionOf("array_union", {array(map), array(map)}),
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE");
  EXPECT_EQ(ResultOf("array_append", {array(map), map}), array(map));
  EXPECT_EQ(ResultOf("array_contains", {array(narrow), wide}), DataType(TypeId::kBoolean));
  EXPECT_EQ(ConditionOf("array_union", {TypeId::kVoid, array(narrow)}),
            "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES");
  EXPECT_EQ(ConditionOf("array_position", {TypeId::kVoid, TypeId::kInt}),
            "DATATYPE_MISMATCH.NULL_TYPE");
  EXPECT_EQ(ConditionOf("array_append", {TypeId::kInt, TypeId::kInt}),
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
  EXPECT_EQ(ConditionOf("greatest", {array(TypeId::kString), array(TypeId::kInt)}),
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES");
  EXPECT_EQ(ResultOf("greatest", {TypeId::kInt, TypeId::kFloat}), DataType(TypeId::kDouble));
  EXPECT_EQ(ResultOf("concat", {array(TypeId::kString), array(TypeId::kInt)}),
            array(TypeId::kLong));
  EXPECT_EQ(ResultOf("array_append", {array(TypeId::kInt), TypeId::kLong}), array(TypeId::kLong));
}

TEST(FunctionsTest, WrongArgumentsAreRefusedByCondition) {
  EXPECT_EQ(ConditionOf("upper", {}), "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
  EXPECT_EQ(ConditionOf("month", {TypeId::kInt}), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
  EXPECT_EQ(ConditionOf("date_add", {TypeId::kDate, TypeId::kLong}),
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
}

TEST(FunctionsTest, CastsAreAllowedAsInAnsiMode) {
  EXPECT_TRUE(CanCast(TypeId::kString, TypeId::kInt));
  EXPECT_FALSE(CanCast(TypeId::kInt, TypeId::kDate));
  EXPECT_FALSE(CanCast(TypeId::kBoolean, TypeId::kTimestamp));
  EXPECT_TRUE(CanAssign(TypeId::kLong, TypeId::kInt));
  EXPECT_FALSE(CanAssign(TypeId::kString, TypeId::kInt));
}

// Whether a word of a row's parameters or result stands for a TIMESTAMP.
bool MeansMoment(const std::string& word) {
  return word == "timestamp" || word == "time" || word == "array(timestamp)";
}

// "(string, timestamp) -> bigint" in words, the result last.
std::vector<std::string> WordsOf(const std::string& text) {
  std::vector<std::string> words{""};
  for (size_t i = 1; i < text.size(); ++i) {
    if (text.compare(i, 2, ", ") == 0) {
      words.emplace_back();
      ++i;
    } else if (text.compare(i, 5, ") -> ") == 0) {
      words.push_back(text.substr(i + 5));
      break;
    } else {
      words.back() += text[i];
    }
  }
  return words;
}

TEST(FunctionsTest, RowsWithTimestampsSayHowTheyDependOnTheTimeZone) {
  size_t checked = 0;
  for (const std::string& name : FunctionNames()) {
    for (const std::string& text : SignatureTexts(name)) {
      std::vector<std::string> words = WordsOf(text);
      if (std::none_of(words.begin(), words.end(), MeansMoment)) continue;
      words.pop_back();
      std::vector<DataType> types;
      for (const std::string& word : words) {
        const bool moment = MeansMoment(word);
        if (!word.empty()) types.push_back(moment ? DataType(TypeId::kTimestamp) : TypeOf(word));
      }
      EXPECT_NE(ClockOf(name, types), Clock::kUnsaid) << name << text;
      ++checked;
    }
  }
  EXPECT_GT(checked, 30u);
}

// Functions whose signatures are computed: those that take a TIMESTAMP, but no BOOLEAN in its
// place, are about time.
TEST(FunctionsTest, ComputedSignaturesWithTimestampsSayItToo) {
  const Value field = Value::String("HOUR");
  const ArgumentShape unit{TypeId::kString, false, true, &field, 0};
  const std::vector<ArgumentShape> others = {Of(TypeId::kString),
                                             Of(TypeId::kInt),
                                             Of(TypeId::kDayTimeInterval),
                                             Of(TypeId::kDate),
                                             Of(TypeId::kYearMonthInterval),
                                             unit};
  size_t checked = 0;
  const auto check = [&](const std::string& name, std::vector<ArgumentShape> shapes, size_t at) {
    const FunctionLookup found = LookUp(name, shapes);
    const auto* const signature = std::get_if<const Signature*>(&found);
    if (signature == nullptr || (*signature)->arguments.size() <= at ||
        (*signature)->arguments[at].id() != TypeId::kTimestamp) {
      return;
    }
    shapes[at] = Of(TypeId::kBoolean);
    if (std::holds_alternative<const Signature*>(LookUp(name, shapes))) return;
    // Nor do those that compare or choose among values of any type.
    const std::vector<ArgumentShape> alike(shapes.size(), Of(TypeId::kBoolean));
    if (std::holds_alternative<const Signature*>(LookUp(name, alike))) return;
    EXPECT_NE((*signature)->clock, Clock::kUnsaid) << name << " with a TIMESTAMP at " << at;
    ++checked;
  };
  const ArgumentShape moment = Of(TypeId::kTimestamp);
  for (const std::string& name : FunctionNames()) {
    if (!SignatureTexts(name).empty() || KindOf(name) != FunctionKind::kScalar) continue;
    check(name, {moment}, 0);
    check(name, {moment, moment}, 0);
    for (const ArgumentShape& other : others) {
      check(name, {moment, other}, 0);
      check(name, {other, moment}, 1);
      check(name, {unit, other, moment}, 2);
    }
  }
  EXPECT_GT(checked, 10u);
}

TEST(FunctionsTest, WhatATemplateUsesTwiceIsComputedOnce) {
  const std::vector<ArgumentShape> shapes = {Of(DataType::Array(TypeId::kInt)), Of(TypeId::kInt)};
  const FunctionLookup found = LookUp("array_contains", shapes);
  const Signature* const signature = std::get<const Signature*>(found);
  const std::string arguments[] = {"f(c1)", "c2"};
  const std::string text = signature->duckdb(arguments);
  EXPECT_EQ(text.find("f(c1)"), text.rfind("f(c1)"));
}

}  // namespace
}  // namespace weir::sql
