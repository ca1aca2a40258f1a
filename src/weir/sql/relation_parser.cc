#include <charconv>

#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"

// What may follow a relation: TABLESAMPLE, PIVOT, UNPIVOT, and what weir does not have.
namespace weir::sql {

// What stands between a relation and its alias.
FromItemPtr Grammar::ReadSuffixes(size_t first, FromItemPtr item) {
  if (At(Keyword::kTABLESAMPLE) && (At(TokenKind::kLeftParen, 1) || AtName(1))) {
    item = ReadSample(first, std::move(item));
  }
  if (At(Keyword::kWATERMARK) && AtName(1)) item = ReadWatermark(first, std::move(item));
  if (At(Keyword::kCHANGES) && At(Keyword::kFROM, 1)) ReadChanges();
  return item;
}

// WATERMARK expression [AS name] DELAY OF interval
FromItemPtr Grammar::ReadWatermark(size_t first, FromItemPtr input) {
  Next();
  WatermarkFrom watermark;
  watermark.input = std::move(input);
  watermark.time.expr = ReadExpression();
  if (Accept(Keyword::kAS) || !AtWord("delay")) watermark.time.alias = ReadCheckedIdentifier();
  ExpectWord("delay");
  Expect(Keyword::kOF);
  if (!At(Keyword::kINTERVAL) || !StartsInterval())
    FailHere("an interval is expected here, such as INTERVAL 10 MINUTES");
  watermark.delay = ReadInterval();
  return MakeFrom(first, std::move(watermark));
}

// CHANGES FROM VERSION 1 [INCLUSIVE | EXCLUSIVE] [TO VERSION 2 ...] [WITH (...)]
void Grammar::ReadChanges() {
  const size_t first = position();
  Next();
  Next();
  ReadChangesBound();
  if (Accept(Keyword::kTO)) ReadChangesBound();
  if (Accept(Keyword::kWITH)) {
    for (const auto& [key, value] : ReadProperties()) {
      if (LowerName(key) != "deduplicationmode") continue;
      const std::string mode = LowerName(value);
      if (mode == "none" || mode == "dropcarryovers" || mode == "netchanges") continue;
      Report(MakeDiagnostic("INVALID_CDC_OPTION.INVALID_DEDUPLICATION_MODE", SpanFrom(first),
                            "Invalid Change Data Capture (CDC) option. Invalid "
                            "`deduplicationMode`: '" +
                                value + "'.",
                            "write none, dropCarryovers or netChanges"));
    }
  }
  Refuse(Unsupported("CHANGES FROM", SpanFrom(first)));
}

void Grammar::ReadChangesBound() {
  if (Accept(Keyword::kVERSION) || Accept(Keyword::kSYSTEM_VERSION)) {
    if (!AtInteger() && !At(TokenKind::kString)) FailHere("a version number is expected here");
    Next();
  } else {
    if (!Accept(Keyword::kTIMESTAMP)) Expect(Keyword::kSYSTEM_TIME);
    const ExprPtr moment = ReadConstantMoment();
    if (QueryOf(*moment) != nullptr) {
      Report(MakeDiagnostic("INVALID_CDC_OPTION.INVALID_TIMESTAMP_EXPR", moment->span,
                            "The timestamp expression for CDC queries must not contain subqueries.",
                            "write a constant"));
    }
  }
  if (!AcceptWord("inclusive")) AcceptWord("exclusive");
}

// TABLESAMPLE [SYSTEM | BERNOULLI] (n PERCENT | n ROWS | BUCKET x OUT OF y) [REPEATABLE (seed)]
FromItemPtr Grammar::ReadSample(size_t first, FromItemPtr input) {
  const size_t sample_first = position();
  Expect(Keyword::kTABLESAMPLE);
  const bool system = At(Keyword::kSYSTEM) && At(TokenKind::kLeftParen, 1);
  if (At(TokenKind::kWord)) Next();  // BERNOULLI, SYSTEM or another name of a method.
  Expect(TokenKind::kLeftParen);
  SampleFrom sample;
  sample.input = std::move(input);
  if (At(TokenKind::kRightParen)) {
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0014", SpanFrom(sample_first),
                        "TABLESAMPLE does not accept empty inputs.", "write (10 PERCENT)"));
  }
  bool percent = false;
  if (AtWord("bucket") && AtInteger(1)) {
    ReadSampleBucket(sample, sample_first);
  } else {
    ReadSampleSize(sample, sample_first, percent);
  }
  Expect(TokenKind::kRightParen);
  if (system && !percent) {
    Report(MakeDiagnostic("UNSUPPORTED_FEATURE.TABLESAMPLE_SYSTEM_SAMPLE_METHOD",
                          SpanFrom(sample_first), "TABLESAMPLE SYSTEM takes PERCENT only.",
                          "write BERNOULLI"));
  }
  if (AcceptWord("repeatable")) {
    Expect(TokenKind::kLeftParen);
    const bool negative = Accept(TokenKind::kMinus);
    sample.seed = ReadInteger() * (negative ? -1 : 1);
    Expect(TokenKind::kRightParen);
    if (system) {
      Report(MakeDiagnostic(
          "UNSUPPORTED_FEATURE.TABLESAMPLE_SYSTEM_REPEATABLE", SpanFrom(sample_first),
          "TABLESAMPLE SYSTEM does not support the REPEATABLE clause.", "write BERNOULLI"));
    }
  }
  return MakeFrom(first, std::move(sample));
}

void Grammar::ReadSampleBucket(SampleFrom& sample, size_t first) {
  Next();
  const int64_t bucket = ReadInteger();
  ExpectWord("out");
  Expect(Keyword::kOF);
  const int64_t buckets = ReadInteger();
  if (Accept(Keyword::kON)) {
    const bool function = At(TokenKind::kLeftParen, 1);
    ReadExpression();
    Fail(MakeDiagnostic("_LEGACY_ERROR_TEMP_0015", SpanFrom(first),
                        std::string("TABLESAMPLE(BUCKET x OUT OF y ON ") +
                            (function ? "function" : "colname") + ") is no way to sample.",
                        "leave out ON"));
  }
  sample.percent =
      buckets == 0 ? 0 : 100.0 * static_cast<double>(bucket) / static_cast<double>(buckets);
  CheckSampleFraction(sample, first);
}

// n PERCENT or n ROWS
void Grammar::ReadSampleSize(SampleFrom& sample, size_t first, bool& percent) {
  if (At(TokenKind::kNumber) && At(TokenKind::kRightParen, 1)) FailByteLength(first);
  const bool negative = At(TokenKind::kMinus) && At(TokenKind::kNumber, 1) && AtWord("percent", 2);
  const bool plain = At(TokenKind::kNumber) && AtWord("percent", 1);
  if (plain || negative) {
    percent = true;
    if (negative) Next();
    const std::string_view digits = Text(Next());
    double size = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), size);
    sample.percent = negative ? -size : size;
    Next();
    CheckSampleFraction(sample, first);
    return;
  }
  ExprPtr rows = ReadExpression();
  if (At(TokenKind::kRightParen)) FailByteLength(first);
  Expect(Keyword::kROWS);
  sample.rows = std::move(rows);
}

// (300M), which Hive takes for a number of bytes.
void Grammar::FailByteLength(size_t first) {
  const bool bytes = SpanFrom(first).Text().find_first_of("BKMGbkmg", 11) != std::string_view::npos;
  Fail(MakeDiagnostic(bytes ? "_LEGACY_ERROR_TEMP_0015" : "_LEGACY_ERROR_TEMP_0016",
                      SpanFrom(first), "TABLESAMPLE takes no number of bytes.",
                      "write (10 PERCENT) or (100 ROWS)"));
}

void Grammar::CheckSampleFraction(const SampleFrom& sample, size_t first) {
  const double fraction = sample.percent / 100;
  if (fraction >= -1e-6 && fraction <= 1 + 1e-6) return;
  Fail(MakeDiagnostic(
      "_LEGACY_ERROR_TEMP_0064", SpanFrom(first),
      "Sampling fraction (" + std::to_string(fraction) + ") must be on interval [0, 1].",
      "write 0 to 100 PERCENT"));
}

bool Grammar::AtPivot() const {
  if (At(Keyword::kPIVOT)) return At(TokenKind::kLeftParen, 1);
  return At(Keyword::kUNPIVOT) &&
         (At(TokenKind::kLeftParen, 1) || AtWord("include", 1) || AtWord("exclude", 1));
}

// PIVOT (aggregates FOR column IN (values)) or UNPIVOT, and the alias after it.
FromItemPtr Grammar::ReadPivots(size_t first, FromItemPtr input) {
  FromItemPtr item = At(Keyword::kPIVOT) ? ReadPivot(first, std::move(input))
                                         : ReadUnpivot(first, std::move(input));
  TableAlias alias = ReadTableAlias();
  if (alias.name) item->alias = std::move(alias);
  return item;
}

FromItemPtr Grammar::ReadPivot(size_t first, FromItemPtr input) {
  Expect(Keyword::kPIVOT);
  Expect(TokenKind::kLeftParen);
  PivotFrom pivot;
  pivot.input = std::move(input);
  do {
    pivot.aggregates.push_back(ReadPivotItem());
  } while (Accept(TokenKind::kComma));
  Expect(Keyword::kFOR);
  const bool several = Accept(TokenKind::kLeftParen);
  do {
    pivot.columns.push_back(ReadName());
  } while (several && Accept(TokenKind::kComma));
  if (several) Expect(TokenKind::kRightParen);
  Expect(Keyword::kIN);
  Expect(TokenKind::kLeftParen);
  do {
    pivot.values.push_back(ReadPivotItem());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  Expect(TokenKind::kRightParen);
  return MakeFrom(first, std::move(pivot));
}

// An expression with or without a name, where FOR ends a list.
SelectItem Grammar::ReadPivotItem() {
  SelectItem item;
  item.expr = ReadExpression();
  if (Accept(Keyword::kAS)) {
    item.alias = ReadCheckedIdentifier();
  } else if (AtName() && !At(Keyword::kFOR)) {
    item.alias = ReadCheckedIdentifier();
  }
  return item;
}

// UNPIVOT [{INCLUDE | EXCLUDE} NULLS] (v FOR n IN (a, b AS c)) or ((v, w) FOR n IN ((a, b) AS c))
FromItemPtr Grammar::ReadUnpivot(size_t first, FromItemPtr input) {
  Expect(Keyword::kUNPIVOT);
  UnpivotFrom unpivot;
  unpivot.input = std::move(input);
  unpivot.include_nulls = AcceptWord("include");
  if (unpivot.include_nulls || AcceptWord("exclude")) Expect(Keyword::kNULLS);
  Expect(TokenKind::kLeftParen);
  const bool several = At(TokenKind::kLeftParen);
  if (several) {
    unpivot.values = ReadIdentifierList();
  } else {
    unpivot.values.push_back(ReadCheckedIdentifier());
  }
  Expect(Keyword::kFOR);
  unpivot.name = ReadCheckedIdentifier();
  Expect(Keyword::kIN);
  Expect(TokenKind::kLeftParen);
  do {
    unpivot.columns.push_back(ReadUnpivotColumn(several));
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  Expect(TokenKind::kRightParen);
  return MakeFrom(first, std::move(unpivot));
}

UnpivotFrom::Column Grammar::ReadUnpivotColumn(bool several) {
  UnpivotFrom::Column column;
  if (several) Expect(TokenKind::kLeftParen);
  do {
    column.names.push_back(ReadName());
  } while (several && Accept(TokenKind::kComma));
  if (several) Expect(TokenKind::kRightParen);
  if (Accept(Keyword::kAS) || AtName()) column.alias = ReadCheckedIdentifier();
  return column;
}

}  // namespace weir::sql
