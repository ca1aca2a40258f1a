#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

// Words that begin what follows an expression or a relation. Where the word alone does not tell,
// the word after it does.
constexpr std::initializer_list<Keyword> kAlwaysClause = {
    Keyword::kFROM,      Keyword::kWHERE,   Keyword::kHAVING,    Keyword::kQUALIFY,
    Keyword::kLIMIT,     Keyword::kOFFSET,  Keyword::kUNION,     Keyword::kEXCEPT,
    Keyword::kINTERSECT, Keyword::kMINUS,   Keyword::kJOIN,      Keyword::kCROSS,
    Keyword::kINNER,     Keyword::kLEFT,    Keyword::kRIGHT,     Keyword::kFULL,
    Keyword::kSEMI,      Keyword::kANTI,    Keyword::kNATURAL,   Keyword::kLATERAL,
    Keyword::kON,        Keyword::kUSING,   Keyword::kAND,       Keyword::kOR,
    Keyword::kTHEN,      Keyword::kELSE,    Keyword::kWHEN,      Keyword::kTABLESAMPLE,
    Keyword::kPIVOT,     Keyword::kUNPIVOT, Keyword::kWATERMARK,
};

}  // namespace

std::string Grammar::NameText(const Token& token) {
  const std::string_view text = Text(token);
  if (token.kind != TokenKind::kQuotedName) return std::string(text);
  std::string name;
  name.reserve(text.size());
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '`') ++i;
  }
  return name;
}

Identifier Grammar::ReadIdentifier() {
  if (!AtName()) FailHere(AtEnd() ? "a name is expected here" : "");
  const Token& token = Next();
  Identifier identifier{NameText(token), SpanOf(token)};
  if (!token.ascii) {
    Report(MakeDiagnostic("INVALID_IDENTIFIER", identifier.span,
                          "The unquoted identifier " + identifier.text +
                              " is invalid and must be back quoted as: `" + identifier.text + "`.",
                          "unquoted names have ASCII letters, digits and _ only"));
  } else if (identifier.text.empty()) {
    Report(MakeDiagnostic("PARSE_SYNTAX_ERROR", identifier.span, "Syntax error at or near '``'.",
                          "a name cannot be empty"));
  }
  return identifier;
}

// Where no minus can follow a name, name-with-hyphen is one name that lacks backticks.
void Grammar::CheckNoHyphen(const Token& first) {
  if (!At(TokenKind::kMinus) || !AtName(1)) return;
  const size_t begin = first.begin;
  size_t end = first.end;
  while (At(TokenKind::kMinus) && AtName(1)) {
    Next();
    end = Next().end;
  }
  const std::string name = source_->text.substr(begin, end - begin);
  Report(MakeDiagnostic(
      "INVALID_IDENTIFIER", Span{source_, begin, end},
      "The unquoted identifier " + name + " is invalid and must be back quoted as: `" + name + "`.",
      "write `" + name + "`"));
}

Identifier Grammar::ReadCheckedIdentifier() {
  const Token first = Peek();
  Identifier identifier = ReadIdentifier();
  CheckNoHyphen(first);
  return identifier;
}

Name Grammar::ReadName() {
  const size_t first = position();
  Name name;
  do {
    name.parts.push_back(ReadCheckedIdentifier());
  } while (Accept(TokenKind::kDot));
  name.span = SpanFrom(first);
  return name;
}

Name Grammar::ReadTableName() { return AtIdentifierClause() ? ReadIdentifierClause() : ReadName(); }

bool Grammar::AtIdentifierClause() const {
  return At(Keyword::kIDENTIFIER) && At(TokenKind::kLeftParen, 1);
}

// IDENTIFIER('a.b') is the name that the string spells. A string that has to be computed is left
// for later: then the statement is parsed again.
Name Grammar::ReadIdentifierClause() {
  const size_t first = position();
  Next();
  Next();
  ExprPtr expr = ReadExpression();
  Expect(TokenKind::kRightParen);
  const Span span = SpanFrom(first);
  if (const auto* literal = std::get_if<LiteralExpr>(&expr->node)) {
    if (literal->value.type().id() != TypeId::kString) {
      Fail(MakeDiagnostic(
          "NOT_A_CONSTANT_STRING.WRONG_TYPE", expr->span,
          "IDENTIFIER(...) takes a string, not " + literal->value.type().ToString() + "."));
    }
    if (literal->value.is_null()) {
      Fail(MakeDiagnostic("NOT_A_CONSTANT_STRING.NULL", expr->span,
                          "The name in IDENTIFIER(...) is NULL."));
    }
    return NameSpelled(literal->value.text(), span);
  }
  if (next_identifier_ < identifier_values_.size()) {
    return NameSpelled(identifier_values_[next_identifier_++], span);
  }
  identifiers_.push_back(std::move(expr));
  return Name{{Identifier{"identifier", span}}, span};
}

Name Grammar::NameSpelled(const std::string& spelled, const Span& span) {
  const auto text = std::make_shared<SourceText>(SourceText{source_->name, spelled});
  Grammar inner(text);
  inner.BeginStatement();
  if (inner.AtEnd()) {
    Fail(MakeDiagnostic("PARSE_EMPTY_STATEMENT", span, "The name in IDENTIFIER(...) is empty."));
  }
  try {
    Name name = inner.ReadName();
    inner.ExpectEnd();
    if (inner.diagnostics_.empty()) {
      name.span = span;
      for (Identifier& part : name.parts) part.span = span;
      return name;
    }
  } catch (const StatementFailure&) {
    // Told below, where the string stands.
  }
  Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", span,
                      "The string in IDENTIFIER(...) is not a name: '" + text->text + "'.",
                      "write parts with dots between, in backticks where needed"));
}

std::vector<Identifier> Grammar::ReadIdentifierList() {
  std::vector<Identifier> names;
  Expect(TokenKind::kLeftParen);
  do {
    names.push_back(ReadCheckedIdentifier());
  } while (Accept(TokenKind::kComma));
  Expect(TokenKind::kRightParen);
  return names;
}

bool Grammar::AtClauseStart(size_t ahead) const {
  if (AtAny(kAlwaysClause, ahead)) return true;
  const auto followed_by = [&](std::initializer_list<Keyword> words) {
    return AtAny(words, ahead + 1);
  };
  switch (Peek(ahead).keyword) {
    case Keyword::kGROUP:
    case Keyword::kORDER:
    case Keyword::kCLUSTER:
    case Keyword::kDISTRIBUTE:
    case Keyword::kSORT:
      return followed_by({Keyword::kBY});
    case Keyword::kWINDOW:
      return AtName(ahead + 1) && At(Keyword::kAS, ahead + 2);
    case Keyword::kVERSION:
    case Keyword::kSYSTEM_VERSION:
    case Keyword::kTIMESTAMP:
    case Keyword::kSYSTEM_TIME:
      return followed_by({Keyword::kAS}) && At(Keyword::kOF, ahead + 2);
    case Keyword::kFOR:
      return followed_by({Keyword::kVERSION, Keyword::kSYSTEM_VERSION, Keyword::kTIMESTAMP,
                          Keyword::kSYSTEM_TIME});
    case Keyword::kGROUPING:
      return followed_by({Keyword::kSETS});
    case Keyword::kWITH:
      return followed_by({Keyword::kROLLUP, Keyword::kCUBE});
    case Keyword::kCHANGES:
      return followed_by({Keyword::kFROM});
    case Keyword::kIGNORE:
    case Keyword::kRESPECT:
      return followed_by({Keyword::kNULLS});
    case Keyword::kSELECT:
    case Keyword::kINSERT:
      return true;
    default:
      return false;
  }
}

bool Grammar::AtSetOperator() const {
  return AtAny({Keyword::kUNION, Keyword::kEXCEPT, Keyword::kINTERSECT, Keyword::kMINUS});
}

bool Grammar::AtAlias() const { return AtName() && !AtClauseStart(); }

}  // namespace weir::sql
