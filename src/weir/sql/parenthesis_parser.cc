#include "weir/sql/grammar.h"

// What "(" begins inside an expression: a grouping, a row, the parameters of a lambda, a sub-query.
// Which one shows only later; the text is read once all the same, and what was read is turned into
// what it proves to be.
namespace weir::sql {

ExprPtr Grammar::ReadParenthesized() {
  const Level level(*this);
  const size_t first = position();
  Expect(TokenKind::kLeftParen);
  if (StartsQuery()) return ReadSubqueryAfterParenthesis(first);
  if (At(TokenKind::kRightParen)) FailHere("an expression is expected between ( and )");
  std::vector<Argument> fields;
  do {
    fields.push_back(ReadNamedExpression());
  } while (Accept(TokenKind::kComma));
  if (fields.size() == 1 && !fields[0].name && ContinuesQuery(fields[0].value)) {
    QueryPtr query = ContinueQuery(std::move(fields[0].value));
    Expect(TokenKind::kRightParen);
    return Make(first, SubqueryExpr{std::move(query)});
  }
  if (fields.size() == 1 && fields[0].name) {
    FailHere("an alias cannot stand here; it belongs after the whole expression");
  }
  Expect(TokenKind::kRightParen);
  if (At(TokenKind::kArrow)) return LambdaOf(first, std::move(fields));
  if (fields.size() == 1) return std::move(fields[0].value);
  return RowOf(first, std::move(fields));
}

Argument Grammar::ReadNamedExpression() {
  Argument argument;
  argument.value = ReadExpression();
  if (Accept(Keyword::kAS)) {
    argument.name = ReadCheckedIdentifier();
  } else if (AtAlias()) {
    argument.name = ReadCheckedIdentifier();
  }
  return argument;
}

ExprPtr Grammar::RowOf(size_t first, std::vector<Argument> fields) {
  CallExpr call;
  call.function.parts.push_back({"struct", SpanFrom(first)});
  call.function.span = SpanFrom(first);
  call.arguments = std::move(fields);
  return Make(first, std::move(call));
}

ExprPtr Grammar::LambdaOf(size_t first, std::vector<Argument> parameters) {
  LambdaExpr lambda;
  for (Argument& parameter : parameters) {
    auto* name = std::get_if<NameExpr>(&parameter.value->node);
    if (name == nullptr || name->name.parts.size() != 1 || parameter.name) {
      Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", parameter.value->span,
                          "Syntax error at or near '->'.",
                          "the parameters of a lambda are plain names: (x, y) -> x + y"));
    }
    lambda.parameters.push_back(std::move(name->name.parts[0]));
  }
  Expect(TokenKind::kArrow);
  lambda.body = ReadExpression();
  return Make(first, std::move(lambda));
}

ExprPtr Grammar::ReadSubqueryAfterParenthesis(size_t first) {
  QueryPtr query = ReadQuery();
  Expect(TokenKind::kRightParen);
  return Make(first, SubqueryExpr{std::move(query)});
}

bool Grammar::StartsQuery(size_t ahead) const {
  switch (Peek(ahead).keyword) {
    case Keyword::kSELECT:
    case Keyword::kWITH:
      return true;
    case Keyword::kFROM:
      return AtName(ahead + 1) || At(TokenKind::kLeftParen, ahead + 1);
    case Keyword::kTABLE:
      return AtName(ahead + 1);
    case Keyword::kVALUES:
      return At(TokenKind::kLeftParen, ahead + 1) || At(TokenKind::kNumber, ahead + 1) ||
             At(TokenKind::kString, ahead + 1) || At(TokenKind::kMinus, ahead + 1) ||
             (AtName(ahead + 1) && !AtClauseStart(ahead + 1));
    default:
      return false;
  }
}

bool Grammar::ContinuesQuery(const ExprPtr& expr) const {
  if (!std::holds_alternative<SubqueryExpr>(expr->node)) return false;
  return AtSetOperator() || At(Keyword::kLIMIT) || At(Keyword::kOFFSET) ||
         (AtAny({Keyword::kORDER, Keyword::kSORT, Keyword::kCLUSTER, Keyword::kDISTRIBUTE}) &&
          At(Keyword::kBY, 1));
}

QueryPtr Grammar::ContinueQuery(ExprPtr subquery) {
  auto query = std::make_unique<Query>();
  query->span = subquery->span;
  query->body = std::move(std::get<SubqueryExpr>(subquery->node).query);
  query = ReadQueryTermFrom(FinishQuery(std::move(query)));
  ReadOrganization(*query);
  return FinishQuery(std::move(query));
}

}  // namespace weir::sql
