#include <algorithm>

#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

struct SimpleType {
  Keyword keyword;
  TypeId type;
};
constexpr SimpleType kSimpleTypes[] = {
    {Keyword::kBOOLEAN, TypeId::kBoolean}, {Keyword::kTINYINT, TypeId::kByte},
    {Keyword::kBYTE, TypeId::kByte},       {Keyword::kSMALLINT, TypeId::kShort},
    {Keyword::kSHORT, TypeId::kShort},     {Keyword::kINT, TypeId::kInt},
    {Keyword::kINTEGER, TypeId::kInt},     {Keyword::kBIGINT, TypeId::kLong},
    {Keyword::kLONG, TypeId::kLong},       {Keyword::kFLOAT, TypeId::kFloat},
    {Keyword::kREAL, TypeId::kFloat},      {Keyword::kDOUBLE, TypeId::kDouble},
    {Keyword::kDATE, TypeId::kDate},       {Keyword::kTIMESTAMP_LTZ, TypeId::kTimestamp},
    {Keyword::kBINARY, TypeId::kBinary},   {Keyword::kTIMESTAMP_NTZ, TypeId::kTimestampNtz},
    {Keyword::kVOID, TypeId::kVoid},
};

}  // namespace

DataType Grammar::ReadType(StringTypes* strings) {
  const Level level(*this);
  const size_t first = position();
  if (!At(TokenKind::kWord)) FailHere("a type is expected here, such as INT or STRING");
  const Keyword keyword = Next().keyword;
  for (const SimpleType& simple : kSimpleTypes) {
    if (simple.keyword != keyword) continue;
    if (At(TokenKind::kLeftParen)) return FailUnsupportedType(first);
    return simple.type;
  }
  switch (keyword) {
    case Keyword::kSTRING:
    case Keyword::kCHAR:
    case Keyword::kCHARACTER:
    case Keyword::kVARCHAR:
      return ReadStringType(first, keyword, strings);
    case Keyword::kDECIMAL:
    case Keyword::kDEC:
    case Keyword::kNUMERIC:
      return ReadDecimalType();
    case Keyword::kTIMESTAMP:
      return ReadTimestampType();
    case Keyword::kTIME:
      return ReadTimeType();
    case Keyword::kINTERVAL:
      return ReadIntervalType();
    case Keyword::kSTRUCT:
      return ReadStructType(strings);
    case Keyword::kARRAY: {
      Expect(TokenKind::kLt);
      DataType element = ReadType(strings);
      Expect(TokenKind::kGt);
      return DataType::Array(std::move(element));
    }
    case Keyword::kMAP: {
      Expect(TokenKind::kLt);
      DataType key = ReadType(strings);
      Expect(TokenKind::kComma);
      DataType value = ReadType(strings);
      Expect(TokenKind::kGt);
      return DataType::Map(std::move(key), std::move(value));
    }
    default:
      if (keyword == Keyword::kNone && LowerName(SpanFrom(first).Text()) == "variant") {
        return TypeId::kVariant;
      }
      return FailUnsupportedType(first);
  }
}

void Grammar::ReadTypeArguments(std::vector<int64_t>& arguments) {
  if (!Accept(TokenKind::kLeftParen)) return;
  do {
    arguments.push_back(ReadInteger());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
}

// STRING, CHAR(n), VARCHAR(n), from after the word.
DataType Grammar::ReadStringType(size_t first, Keyword keyword, StringTypes* strings) {
  StringType type;
  if (keyword == Keyword::kSTRING) {
    if (At(TokenKind::kLeftParen)) return FailUnsupportedType(first);
  } else {
    const std::string word(KeywordText(keyword));
    if (!At(TokenKind::kLeftParen)) {
      Report(MakeDiagnostic("DATATYPE_MISSING_SIZE", SpanFrom(first),
                            "DataType \"" + word + "\" requires a length parameter.",
                            "write " + word + "(10), or STRING"));
    } else {
      if (At(TokenKind::kComma, 2)) return FailUnsupportedType(first);
      const bool varies = keyword == Keyword::kVARCHAR;
      type.kind = varies ? StringType::Kind::kVarchar : StringType::Kind::kChar;
      Next();
      type.length = ReadInteger();
      Expect(TokenKind::kRightParen);
    }
  }
  ReadCollation(first);
  if (strings != nullptr) strings->push_back(type);
  return TypeId::kString;
}

void Grammar::ReadCollation(size_t first) {
  if (!Accept(Keyword::kCOLLATE)) return;
  const std::string collation = ReadIdentifier().text;
  if (LowerName(collation) == "utf8_binary") return;
  Refuse(Unsupported("the collation " + collation, SpanFrom(first),
                     "leave it out; strings compare by their bytes"));
}

DataType Grammar::ReadUnboundedType() {
  const size_t first = position();
  StringTypes strings;
  DataType type = ReadType(&strings);
  if (HasLengths(strings)) {
    Report(MakeDiagnostic("UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING", SpanFrom(first),
                          "The char/varchar type can only be that of a table's column.",
                          "use STRING"));
  }
  return type;
}

DataType Grammar::ReadDecimalType() {
  const size_t first = position() - 1;
  std::vector<int64_t> arguments;
  ReadTypeArguments(arguments);
  if (arguments.size() > 2) return FailUnsupportedType(first);
  const int64_t precision = arguments.empty() ? 10 : arguments[0];
  const int64_t scale = arguments.size() < 2 ? 0 : arguments[1];
  if (precision > 38) {
    Report(MakeDiagnostic(
        "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", SpanFrom(first),
        "Decimal precision " + std::to_string(precision) + " exceeds max precision 38."));
    return DataType::Decimal(38, 0);
  }
  if (precision < 1 || scale > precision) {
    Report(MakeDiagnostic("UNSUPPORTED_DATATYPE", SpanFrom(first),
                          "Decimal precision " + std::to_string(precision) + " with scale " +
                              std::to_string(scale) + " is not possible.",
                          "the scale counts digits after the dot and is at most the precision"));
    return DataType::Decimal(38, 0);
  }
  return DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale));
}

DataType Grammar::ReadTimestampType() {
  if (AcceptAll({Keyword::kWITHOUT, Keyword::kTIME, Keyword::kZONE})) return TypeId::kTimestampNtz;
  AcceptAll({Keyword::kWITH, Keyword::kLOCAL, Keyword::kTIME, Keyword::kZONE});
  return TypeId::kTimestamp;
}

DataType Grammar::ReadTimeType() {
  const size_t first = position() - 1;
  std::vector<int64_t> arguments;
  ReadTypeArguments(arguments);
  if (arguments.size() > 1) return FailUnsupportedType(first);
  AcceptAll({Keyword::kWITHOUT, Keyword::kTIME, Keyword::kZONE});
  if (arguments.empty()) return TypeId::kTime;
  if (arguments[0] > 6) {
    Report(MakeDiagnostic("UNSUPPORTED_TIME_PRECISION", SpanFrom(first),
                          "The seconds precision " + std::to_string(arguments[0]) +
                              " of the TIME data type is out of the supported range [0, 6]."));
    return TypeId::kTime;
  }
  return DataType::Time(static_cast<int>(arguments[0]));
}

DataType Grammar::ReadIntervalType() {
  const size_t first = position() - 1;
  const auto unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
  if (!unit) return TypeId::kCalendarInterval;
  Next();
  const IntervalField from = FieldOfUnit(*unit);
  IntervalField to = from;
  if (Accept(Keyword::kTO)) {
    const auto to_unit = At(TokenKind::kWord) ? IntervalUnit(Text(Peek())) : std::nullopt;
    if (!to_unit) FailHere("a unit is expected here: MONTH, HOUR, MINUTE, SECOND");
    Next();
    to = FieldOfUnit(*to_unit);
  }
  const bool is_months = from <= IntervalField::kMonth;
  if (to < from || is_months != (to <= IntervalField::kMonth)) return FailUnsupportedType(first);
  return DataType::Interval(from, to);
}

DataType Grammar::ReadStructType(StringTypes* strings) {
  // STRUCT<> is read by the lexer as a sign of comparison.
  if (Accept(TokenKind::kNe)) return DataType::Struct({});
  Expect(TokenKind::kLt);
  std::vector<Field> fields;
  if (!At(TokenKind::kGt)) fields = ReadFields(/*colon=*/true, strings);
  Expect(TokenKind::kGt);
  return DataType::Struct(std::move(fields));
}

std::vector<Field> Grammar::ReadFields(bool colon, StringTypes* strings) {
  std::vector<Field> fields;
  do {
    fields.push_back(ReadField(colon, strings));
  } while (Accept(TokenKind::kComma));
  return fields;
}

Field Grammar::ReadField(bool colon, StringTypes* strings) {
  Field field;
  field.name = ReadCheckedIdentifier().text;
  if (colon) Accept(TokenKind::kColon);
  field.type = ReadType(strings);
  field.nullable = !ReadNotNull();
  if (Accept(Keyword::kCOMMENT)) field = field.WithComment(ReadStringText());
  return field;
}

bool Grammar::ReadNotNull() {
  if (At(TokenKind::kBang) && At(Keyword::kNULL, 1)) {
    Report(MakeDiagnostic("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", Here(),
                          "Support of the clause or keyword: ! has been discontinued in this "
                          "context.",
                          "write NOT NULL"));
    Next();
    Next();
    return true;
  }
  return AcceptAll({Keyword::kNOT, Keyword::kNULL});
}

// The name and what stands in parentheses after it are read, so that the text can go on.
DataType Grammar::FailUnsupportedType(size_t first) {
  if (At(TokenKind::kLeftParen)) SkipParentheses();
  const Span span = SpanFrom(first);
  std::string text(span.Text());
  const Keyword keyword = FindKeyword(text.substr(0, text.find_first_of(" (\t\n")));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return (c >= 'a' && c <= 'z') ? static_cast<char>(c - 32) : c; });
  std::string hint;
  if (keyword == Keyword::kINTERVAL) hint = "use INTERVAL YEAR TO MONTH or INTERVAL DAY TO SECOND";
  if (keyword == Keyword::kNone && text == "TEXT") hint = "use STRING";
  if (keyword == Keyword::kNone && text == "DATETIME") hint = "use TIMESTAMP";
  if (keyword == Keyword::kNone && text == "BOOL") hint = "use BOOLEAN";
  Diagnostic unsupported = MakeDiagnostic(
      "UNSUPPORTED_DATATYPE", span, "Unsupported data type \"" + text + "\".", std::move(hint));
  // What Spark has is refused, what nobody has is a mistake.
  if (keyword == Keyword::kINTERVAL) {
    Refuse(std::move(unsupported));
  } else {
    Report(std::move(unsupported));
  }
  return TypeId::kVoid;
}

}  // namespace weir::sql
