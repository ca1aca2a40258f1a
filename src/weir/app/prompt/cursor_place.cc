#include "weir/app/prompt/cursor_place.h"

#include <algorithm>
#include <optional>

#include "weir/app/prompt/statement_input.h"
#include "weir/types/data_type.h"

namespace weir::app {

using sql::Keyword;
using sql::TokenKind;

namespace {

// The tokens before the name under the cursor, looked at from their end.
class Before {
 public:
  Before(const Tokens& tokens, size_t end) : tokens_(tokens), end_(end) {}

  Wanted Judge() const {
    if (end_ == 0) return Wanted::kKeyword;
    const Keyword first = Word(0);
    if (first == Keyword::kGRANT || first == Keyword::kREVOKE) return JudgeGrant();
    if (first == Keyword::kSET) return end_ == 1 ? Wanted::kSetting : Wanted::kNothing;
    if (first == Keyword::kUSE) return JudgeUse();
    if (IsIn(Word(end_ - 1), {Keyword::kSCHEMA, Keyword::kDATABASE, Keyword::kNAMESPACE})) {
      return Wanted::kSchema;
    }
    if (Word(end_ - 1) == Keyword::kCATALOG) return Wanted::kCatalog;
    if (NamesVolume()) return Wanted::kVolume;
    if (first == Keyword::kSHOW) return JudgeShow();
    if (tokens_.Is(end_ - 1, TokenKind::kComma)) return JudgeComma();
    if (const std::optional<Wanted> wanted = JudgeKeyword()) return *wanted;
    return EndsOperand(end_ - 1) ? Wanted::kKeyword : Wanted::kExpression;
  }

 private:
  Keyword Word(size_t i) const { return tokens_[i].keyword; }
  static bool IsIn(Keyword keyword, std::initializer_list<Keyword> keywords) {
    return std::find(keywords.begin(), keywords.end(), keyword) != keywords.end();
  }
  bool Has(Keyword keyword) const {
    for (size_t i = 0; i < end_; ++i) {
      if (Word(i) == keyword) return true;
    }
    return false;
  }

  Wanted JudgeGrant() const {
    if (!Has(Keyword::kON)) return Wanted::kPrivilege;
    if (Has(Keyword::kTO) || Has(Keyword::kFROM)) return Wanted::kNothing;
    switch (Word(end_ - 1)) {
      case Keyword::kSCHEMA:
      case Keyword::kDATABASE:
        return Wanted::kSchema;
      case Keyword::kCATALOG:
        return Wanted::kCatalog;
      case Keyword::kVOLUME:
        return Wanted::kVolume;
      case Keyword::kON:
      case Keyword::kTABLE:
      case Keyword::kVIEW:
        return Wanted::kTable;
      default:
        return Wanted::kKeyword;
    }
  }

  // DROP VOLUME, DROP VOLUME IF EXISTS; the name after CREATE VOLUME is a new one.
  bool NamesVolume() const {
    if (Word(0) == Keyword::kCREATE) return false;
    if (Word(end_ - 1) == Keyword::kVOLUME) return true;
    return end_ >= 3 && Word(end_ - 1) == Keyword::kEXISTS && Word(1) == Keyword::kVOLUME;
  }

  Wanted JudgeUse() const {
    switch (Word(end_ - 1)) {
      case Keyword::kUSE:
        return Wanted::kSchemaOrCatalog;
      case Keyword::kCATALOG:
        return Wanted::kCatalog;
      case Keyword::kSCHEMA:
      case Keyword::kDATABASE:
      case Keyword::kNAMESPACE:
        return Wanted::kSchema;
      default:
        return Wanted::kKeyword;
    }
  }

  Wanted JudgeShow() const {
    const Keyword last = Word(end_ - 1);
    if (IsIn(last, {Keyword::kTBLPROPERTIES, Keyword::kTABLE, Keyword::kON})) return Wanted::kTable;
    if (!IsIn(last, {Keyword::kIN, Keyword::kFROM})) return Wanted::kKeyword;
    const Keyword what = end_ > 1 ? Word(1) : Keyword::kNone;
    if (what == Keyword::kCOLUMNS) return Wanted::kTable;
    if (IsIn(what, {Keyword::kSCHEMAS, Keyword::kDATABASES, Keyword::kNAMESPACES})) {
      return Wanted::kCatalog;
    }
    return Wanted::kSchema;
  }

  // A comma goes on with what the clause around it is made of.
  Wanted JudgeComma() const {
    size_t depth = 0;
    for (size_t i = end_ - 1; i-- > 0;) {
      if (tokens_.Is(i, TokenKind::kRightParen)) ++depth;
      if (tokens_.Is(i, TokenKind::kLeftParen)) {
        if (depth == 0) return IsNewNames(i) ? Wanted::kNothing : Wanted::kExpression;
        --depth;
      }
      if (depth > 0) continue;
      if (Word(i) == Keyword::kFROM) return Wanted::kTable;
      if (Word(i) == Keyword::kWITH) return Wanted::kNothing;
      if (IsIn(Word(i), {Keyword::kSELECT, Keyword::kWHERE, Keyword::kBY, Keyword::kHAVING,
                         Keyword::kVALUES})) {
        return Wanted::kExpression;
      }
    }
    return Wanted::kExpression;
  }

  // Whether the parenthesis at `i` holds the columns of a table to be made.
  bool IsNewNames(size_t i) const {
    if (i < 2 || Word(0) != Keyword::kCREATE) return false;
    size_t at = i - 1;  // Back over the table's name.
    while (at >= 2 && tokens_.Is(at - 1, TokenKind::kDot)) at -= 2;
    return at > 0 && IsIn(Word(at - 1), {Keyword::kTABLE, Keyword::kVIEW, Keyword::kEXISTS});
  }

  // What the keyword before the name calls for, where that tells by itself.
  std::optional<Wanted> JudgeKeyword() const {
    switch (Word(end_ - 1)) {
      case Keyword::kFROM:
        return IsFromOfExpression() ? Wanted::kExpression : Wanted::kTable;
      case Keyword::kJOIN:
      case Keyword::kINTO:
      case Keyword::kOVERWRITE:
      case Keyword::kTABLE:
      case Keyword::kVIEW:
      case Keyword::kDESC:
      case Keyword::kDESCRIBE:
      case Keyword::kHISTORY:
      case Keyword::kDETAIL:
      case Keyword::kEXTENDED:
      case Keyword::kSTREAM:
      case Keyword::kUPDATE:
      case Keyword::kTRUNCATE:
      case Keyword::kOPTIMIZE:
      case Keyword::kVACUUM:
        return IsOrderDirection() ? Wanted::kKeyword : Wanted::kTable;
      case Keyword::kEXISTS:  // DROP TABLE IF EXISTS t; elsewhere a query follows.
        return Word(0) == Keyword::kDROP || Word(0) == Keyword::kALTER ? Wanted::kTable
                                                                       : Wanted::kKeyword;
      case Keyword::kAS:
        return Wanted::kKeyword;
      case Keyword::kTO:
      case Keyword::kWITH:
        return Wanted::kKeyword;
      default:
        return std::nullopt;
    }
  }

  // ORDER BY a DESC
  bool IsOrderDirection() const { return Word(end_ - 1) == Keyword::kDESC && end_ > 1; }

  // IS DISTINCT FROM b, EXTRACT(day FROM d), trim(BOTH 'x' FROM s)
  bool IsFromOfExpression() const {
    if (end_ >= 3 && Word(end_ - 2) == Keyword::kDISTINCT && Word(end_ - 3) != Keyword::kSELECT) {
      return true;
    }
    size_t depth = 0;
    for (size_t i = end_ - 1; i-- > 0;) {
      if (tokens_.Is(i, TokenKind::kRightParen)) ++depth;
      if (!tokens_.Is(i, TokenKind::kLeftParen)) continue;
      if (depth-- > 0) continue;
      return i > 0 && IsIn(Word(i - 1), {Keyword::kEXTRACT, Keyword::kTRIM, Keyword::kSUBSTR,
                                         Keyword::kSUBSTRING, Keyword::kOVERLAY});
    }
    return false;
  }

  // Whether an operand is whole with the token at `i`, so that an operator or a clause follows.
  bool EndsOperand(size_t i) const {
    switch (tokens_[i].kind) {
      case TokenKind::kWord:
        return IsIn(Word(i), {Keyword::kNone, Keyword::kEND, Keyword::kNULL, Keyword::kTRUE,
                              Keyword::kFALSE, Keyword::kCURRENT_DATE, Keyword::kCURRENT_TIMESTAMP,
                              Keyword::kASC, Keyword::kDESC});
      case TokenKind::kQuotedName:
      case TokenKind::kString:
      case TokenKind::kNumber:
      case TokenKind::kRightParen:
      case TokenKind::kRightBracket:
        return true;
      case TokenKind::kStar:  // All columns, or a product.
        return i == 0 || !EndsOperand(i - 1);
      default:
        return false;
    }
  }

  const Tokens& tokens_;
  const size_t end_;
};

// read_files('...', LOCATION '...', and the statements about files: PUT '...' INTO '...'
bool NamesFile(const Tokens& tokens, size_t string) {
  if (string == 0) return false;
  if (tokens.Is(string - 1, Keyword::kLOCATION)) return true;
  for (const Keyword verb : {Keyword::kPUT, Keyword::kGET, Keyword::kREMOVE, Keyword::kLIST}) {
    if (tokens.Is(0, verb) && (string == 1 || string == 3)) return true;
  }
  return string >= 2 && tokens.Is(string - 1, TokenKind::kLeftParen) &&
         LowerName(tokens.Text(string - 2)) == "read_files";
}

// A line comment is white space to the lexer.
bool EndsInLineComment(const std::string& before, const Tokens& tokens) {
  const size_t end = tokens.size() > 1 ? tokens[tokens.size() - 2].end : 0;
  const size_t line = before.rfind('\n');
  const size_t from = line == std::string::npos ? end : std::max(end, line);
  return before.find("--", from) != std::string::npos;
}

CursorPlace InString(const std::string& before, const TextEnd& end) {
  CursorPlace place;
  const bool is_raw = before[end.begin] == 'r' || before[end.begin] == 'R';
  place.begin = place.name_begin = end.begin + (is_raw ? 2 : 1);
  place.typed = before.substr(place.begin);
  place.is_quoted = true;
  const Tokens tokens(before.substr(0, end.begin) + "''");
  if (NamesFile(tokens, tokens.size() - 2)) place.wanted = Wanted::kFile;
  return place;
}

}  // namespace

CursorPlace PlaceAtEndOf(const std::string& before) {
  const TextEnd end = EndOf(before);
  if (end.open == OpenPart::kComment) return {};
  if (end.open == OpenPart::kString) return InString(before, end);
  // A backtick that is open is one that is closed right here.
  const bool is_backtick = end.open == OpenPart::kQuotedName;
  const Tokens tokens(is_backtick ? before + "`" : before);
  CursorPlace place;
  place.begin = before.size();
  size_t at = tokens.size() - 1;  // The tokens before the name.
  if (at > 0 && tokens.IsName(at - 1) && tokens[at - 1].end >= before.size()) {
    --at;
    place.begin = tokens[at].begin;
    place.typed = tokens.Name(at);
  } else if (EndsInLineComment(before, tokens)) {
    return {};
  }
  place.name_begin = place.begin;
  while (at >= 2 && tokens.Is(at - 1, TokenKind::kDot) && tokens.IsName(at - 2)) {
    at -= 2;
    place.qualifier.insert(place.qualifier.begin(), tokens.Name(at));
    place.name_begin = tokens[at].begin;
  }
  place.wanted = Before(tokens, at).Judge();
  place.allows_keywords = place.qualifier.empty() && !is_backtick;
  return place;
}

}  // namespace weir::app
