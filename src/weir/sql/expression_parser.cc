#include <algorithm>

#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

struct Operator {
  BinaryOp op;
  int precedence;  // Higher binds tighter.
  size_t tokens = 1;
};

}  // namespace

ExprPtr Grammar::Make(size_t first, Node node) {
  return MakeSpanned(SpanFrom(first), std::move(node));
}

ExprPtr Grammar::MakeSpanned(Span span, Node node) {
  auto expr = std::make_unique<Expr>();
  expr->span = std::move(span);
  expr->node = std::move(node);
  uint32_t below = 0;
  ForEachChild(*expr, [&](const ExprPtr& child) { below = std::max(below, child->height); });
  if (const Query* query = QueryOf(*expr)) below = std::max(below, query->height);
  expr->height = below + 1;
  if (expr->height > kMaxHeight) FailTooComplex();
  return expr;
}

ExprPtr Grammar::ReadExpression() {
  const Level level(*this);
  return ReadOr();
}

std::vector<ExprPtr> Grammar::ReadExpressions() {
  std::vector<ExprPtr> expressions;
  do {
    expressions.push_back(ReadExpression());
  } while (Accept(TokenKind::kComma));
  return expressions;
}

ExprPtr Grammar::ReadOr() {
  std::vector<ChainOperand> operands;
  do {
    const size_t first = position();
    ExprPtr operand = ReadAnd();
    operands.push_back({std::move(operand), first, position() - 1});
  } while (Accept(Keyword::kOR));
  return Balanced(operands, 0, operands.size() - 1, BinaryOp::kOr);
}

ExprPtr Grammar::ReadAnd() {
  std::vector<ChainOperand> operands;
  do {
    const size_t first = position();
    ExprPtr operand = ReadNot();
    operands.push_back({std::move(operand), first, position() - 1});
  } while (Accept(Keyword::kAND));
  return Balanced(operands, 0, operands.size() - 1, BinaryOp::kAnd);
}

// Spark builds chains of AND and OR as balanced trees, so that long ones stay flat.
ExprPtr Grammar::Balanced(std::vector<ChainOperand>& operands, size_t low, size_t high,
                          BinaryOp op) {
  if (low == high) return std::move(operands[low].expr);
  const size_t middle = high - low == 1 ? low : low + (high - low) / 2;
  ExprPtr left = Balanced(operands, low, middle, op);
  ExprPtr right = Balanced(operands, middle + 1, high, op);
  auto expr = std::make_unique<Expr>();
  expr->span = SpanOfTokens(operands[low].first, operands[high].last);
  expr->height = 1 + std::max(left->height, right->height);
  expr->node = BinaryExpr{op, std::move(left), std::move(right)};
  return expr;
}

ExprPtr Grammar::ReadNot() {
  const size_t first = position();
  if (!Accept(Keyword::kNOT) && !Accept(TokenKind::kBang)) return ReadPredicated();
  const Level level(*this);
  ExprPtr operand = ReadNot();
  return Make(first, UnaryExpr{UnaryOp::kNot, std::move(operand)});
}

ExprPtr Grammar::ReadPredicated() {
  const size_t first = position();
  return ReadPredicate(first, ReadValue());
}

// At most one predicate follows a value: a IS NULL IS NULL wants parentheses.
ExprPtr Grammar::ReadPredicate(size_t first, ExprPtr operand) {
  const bool bang = At(TokenKind::kBang);
  const bool negated = bang || At(Keyword::kNOT);
  const size_t ahead = negated ? 1 : 0;
  if (!negated && At(Keyword::kIS)) return ReadIs(first, std::move(operand));
  if (!AtAny({Keyword::kBETWEEN, Keyword::kIN, Keyword::kLIKE, Keyword::kILIKE, Keyword::kRLIKE,
              Keyword::kREGEXP},
             ahead)) {
    return operand;
  }
  if (bang) {
    Report(MakeDiagnostic("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", Here(),
                          "Support of the clause or keyword: ! has been discontinued in this "
                          "context.",
                          "write NOT"));
  }
  if (negated) Next();
  switch (Next().keyword) {
    case Keyword::kBETWEEN: {
      ExprPtr low = ReadValue();
      Expect(Keyword::kAND);
      ExprPtr high = ReadValue();
      return Make(first, BetweenExpr{std::move(operand), std::move(low), std::move(high), negated});
    }
    case Keyword::kIN:
      return ReadIn(first, std::move(operand), negated);
    case Keyword::kLIKE:
      return ReadLike(first, std::move(operand), LikeKind::kLike, negated);
    case Keyword::kILIKE:
      return ReadLike(first, std::move(operand), LikeKind::kIlike, negated);
    default:
      return ReadLike(first, std::move(operand), LikeKind::kRlike, negated);
  }
}

ExprPtr Grammar::ReadIn(size_t first, ExprPtr operand, bool negated) {
  Expect(TokenKind::kLeftParen);
  QueryPtr query;
  std::vector<ExprPtr> items;
  if (StartsQuery()) {
    query = ReadQuery();
  } else {
    if (At(TokenKind::kRightParen)) FailHere("IN needs at least one value");
    items = ReadExpressions();
    if (items.size() == 1 && ContinuesQuery(items[0])) query = ContinueQuery(std::move(items[0]));
  }
  Expect(TokenKind::kRightParen);
  if (query) return Make(first, InQueryExpr{std::move(operand), std::move(query), negated});
  return Make(first, InListExpr{std::move(operand), std::move(items), negated});
}

ExprPtr Grammar::ReadLike(size_t first, ExprPtr operand, LikeKind kind, bool negated) {
  LikeExpr like;
  like.kind = kind;
  like.operand = std::move(operand);
  like.negated = negated;
  const bool quantified = kind != LikeKind::kRlike && At(TokenKind::kLeftParen, 1) &&
                          AtAny({Keyword::kANY, Keyword::kSOME, Keyword::kALL});
  if (quantified) {
    like.quantifier = At(Keyword::kALL) ? LikeQuantifier::kAll : LikeQuantifier::kAny;
    Next();
    Next();
    if (At(TokenKind::kRightParen)) FailHere("expected at least one pattern between ( and )");
    like.patterns = ReadExpressions();
    Expect(TokenKind::kRightParen);
    return Make(first, std::move(like));
  }
  like.patterns.push_back(ReadValue());
  if (kind != LikeKind::kRlike && Accept(Keyword::kESCAPE)) {
    const size_t at = position();
    const std::string escape = ReadStringText();
    if (escape.size() == 1) {
      like.escape = escape[0];
    } else {
      Report(MakeDiagnostic("INVALID_ESC", SpanFrom(at),
                            "Found an invalid escape string: '" + escape +
                                "'. The escape string must contain only one character."));
    }
  }
  return Make(first, std::move(like));
}

ExprPtr Grammar::ReadIs(size_t first, ExprPtr operand) {
  Expect(Keyword::kIS);
  if (At(TokenKind::kBang)) {
    Report(MakeDiagnostic("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", Here(),
                          "Support of the clause or keyword: ! has been discontinued in this "
                          "context.",
                          "write NOT"));
  }
  const bool negated = Accept(Keyword::kNOT) || Accept(TokenKind::kBang);
  if (Accept(Keyword::kDISTINCT)) {
    Expect(Keyword::kFROM);
    ExprPtr right = ReadValue();
    return Make(first, IsDistinctExpr{std::move(operand), std::move(right), negated});
  }
  IsKind kind = IsKind::kNull;
  if (Accept(Keyword::kTRUE)) {
    kind = IsKind::kTrue;
  } else if (Accept(Keyword::kFALSE)) {
    kind = IsKind::kFalse;
  } else if (Accept(Keyword::kUNKNOWN)) {
    kind = IsKind::kUnknown;
  } else if (!Accept(Keyword::kNULL)) {
    FailHere("expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM here");
  }
  return Make(first, IsExpr{kind, std::move(operand), negated});
}

// Operators between values by precedence climbing; all lean left. Shifts are written with adjacent
// signs, which the lexer keeps apart for the sake of ARRAY<ARRAY<INT>>.
ExprPtr Grammar::ReadValue(int precedence) {
  const auto peek = [&]() -> std::optional<Operator> {
    switch (Peek().kind) {
      case TokenKind::kEq:
        return Operator{BinaryOp::kEq, 1};
      case TokenKind::kNullSafeEq:
        return Operator{BinaryOp::kNullSafeEq, 1};
      case TokenKind::kNe:
        return Operator{BinaryOp::kNe, 1};
      case TokenKind::kLe:
        return Operator{BinaryOp::kLe, 1};
      case TokenKind::kGe:
        return Operator{BinaryOp::kGe, 1};
      case TokenKind::kLt:
        if (At(TokenKind::kLt, 1) && AtAdjacent(0)) return Operator{BinaryOp::kShiftLeft, 5, 2};
        return Operator{BinaryOp::kLt, 1};
      case TokenKind::kGt:
        if (!At(TokenKind::kGt, 1) || !AtAdjacent(0)) return Operator{BinaryOp::kGt, 1};
        if (!At(TokenKind::kGt, 2) || !AtAdjacent(1)) return Operator{BinaryOp::kShiftRight, 5, 2};
        return Operator{BinaryOp::kShiftRightUnsigned, 5, 3};
      case TokenKind::kPipe:
        return Operator{BinaryOp::kBitOr, 2};
      case TokenKind::kHat:
        return Operator{BinaryOp::kBitXor, 3};
      case TokenKind::kAmpersand:
        return Operator{BinaryOp::kBitAnd, 4};
      case TokenKind::kPlus:
        return Operator{BinaryOp::kAdd, 6};
      case TokenKind::kMinus:
        return Operator{BinaryOp::kSubtract, 6};
      case TokenKind::kConcat:
        return Operator{BinaryOp::kConcat, 6};
      case TokenKind::kStar:
        return Operator{BinaryOp::kMultiply, 7};
      case TokenKind::kSlash:
        return Operator{BinaryOp::kDivide, 7};
      case TokenKind::kPercent:
        return Operator{BinaryOp::kModulo, 7};
      case TokenKind::kWord:
        if (At(Keyword::kDIV)) return Operator{BinaryOp::kIntDivide, 7};
        return std::nullopt;
      default:
        return std::nullopt;
    }
  };
  const size_t first = position();
  ExprPtr left = ReadUnary();
  while (const std::optional<Operator> op = peek()) {
    if (op->precedence < precedence) break;
    if (op->op == BinaryOp::kConcat) {
      left = ReadConcats(first, std::move(left));
      continue;
    }
    for (size_t i = 0; i < op->tokens; ++i) Next();
    ExprPtr right = ReadValue(op->precedence + 1);
    left = Make(first, BinaryExpr{op->op, std::move(left), std::move(right)});
  }
  return left;
}

// One || or several. A long chain becomes a balanced tree, which means the same and stays flat;
// chains of other operators must lean left, for what overflows or rounds depends on it.
ExprPtr Grammar::ReadConcats(size_t first, ExprPtr left) {
  constexpr int kTighter = 7;
  std::vector<ChainOperand> operands;
  std::vector<Span> spans{left->span};  // From the first operand to each.
  operands.push_back({std::move(left), first, position() - 1});
  while (Accept(TokenKind::kConcat)) {
    const size_t begin = position();
    ExprPtr operand = ReadValue(kTighter);
    operands.push_back({std::move(operand), begin, position() - 1});
    spans.push_back(SpanFrom(first));
  }
  constexpr size_t kLong = 64;
  if (operands.size() > kLong) {
    return Balanced(operands, 0, operands.size() - 1, BinaryOp::kConcat);
  }
  ExprPtr expr = std::move(operands[0].expr);
  for (size_t i = 1; i < operands.size(); ++i) {
    expr = MakeSpanned(spans[i],
                       BinaryExpr{BinaryOp::kConcat, std::move(expr), std::move(operands[i].expr)});
  }
  return expr;
}

ExprPtr Grammar::ReadUnary() {
  const size_t first = position();
  UnaryOp op;
  if (At(TokenKind::kMinus)) {
    // A minus before a number is part of it: -2147483648 is an INT.
    if (At(TokenKind::kNumber, 1)) return ReadPostfix();
    op = UnaryOp::kMinus;
  } else if (At(TokenKind::kPlus)) {
    op = UnaryOp::kPlus;
  } else if (At(TokenKind::kTilde)) {
    op = UnaryOp::kBitNot;
  } else {
    return ReadPostfix();
  }
  Next();
  const Level level(*this);
  ExprPtr operand = ReadUnary();
  return Make(first, UnaryExpr{op, std::move(operand)});
}

ExprPtr Grammar::ReadPostfix() {
  const size_t first = position();
  ExprPtr expr = ReadPrimary();
  while (true) {
    if (At(TokenKind::kDot) && AtName(1)) {
      Next();
      Identifier field = ReadIdentifier();
      expr = Make(first, FieldExpr{std::move(expr), std::move(field)});
    } else if (Accept(TokenKind::kLeftBracket)) {
      ExprPtr index = ReadExpression();
      Expect(TokenKind::kRightBracket);
      expr = Make(first, IndexExpr{std::move(expr), std::move(index)});
    } else if (Accept(TokenKind::kDoubleColon)) {
      const size_t type_first = position();
      DataType type = ReadType();
      Span type_span = SpanFrom(type_first);
      expr = Make(first, CastExpr{std::move(expr), std::move(type), std::move(type_span), false});
    } else if (At(Keyword::kCOLLATE) && AtName(1)) {
      RefuseRest(Unsupported("COLLATE", Here(), "leave it out; strings compare by their bytes"));
    } else if (At(TokenKind::kColon) && (AtName(1) || At(TokenKind::kLeftBracket, 1))) {
      expr = ReadExtraction(std::move(expr), first);
    } else {
      return expr;
    }
  }
}

// x:a.b[0]['c'], from the colon.
ExprPtr Grammar::ReadExtraction(ExprPtr operand, size_t first) {
  const size_t path_first = position();
  std::string path = "$";
  std::string last;
  const auto add_name = [&](const std::string& name) {
    const bool plain = QuoteName(name) == name;
    const char quote = name.find('\'') == std::string::npos ? '\'' : '"';
    path += plain ? "." + name : std::string("[") + quote + name + quote + "]";
    last = name;
  };
  Next();
  if (AtName()) add_name(ReadIdentifier().text);
  while (true) {
    if (At(TokenKind::kDot) && AtName(1)) {
      Next();
      add_name(ReadIdentifier().text);
    } else if (Accept(TokenKind::kLeftBracket)) {
      if (At(TokenKind::kString)) {
        add_name(ReadStringText());
      } else {
        path += "[" + std::to_string(ReadInteger()) + "]";
        last.clear();
      }
      Expect(TokenKind::kRightBracket);
    } else {
      break;
    }
  }
  CallExpr call;
  call.extracted = last;
  call.function.parts.push_back({"variant_get", SpanFrom(path_first)});
  call.function.span = SpanFrom(path_first);
  call.arguments.push_back({std::nullopt, std::move(operand)});
  call.arguments.push_back(
      {std::nullopt, Make(path_first, LiteralExpr{Value::String(std::move(path))})});
  return Make(first, std::move(call));
}

ExprPtr Grammar::ReadPrimary() {
  const size_t first = position();
  switch (Peek().kind) {
    case TokenKind::kLeftParen:
      return ReadParenthesized();
    case TokenKind::kMinus:
      Next();
      return ReadNumber(/*negative=*/true, first);
    case TokenKind::kNumber:
      return ReadNumber(/*negative=*/false, first);
    case TokenKind::kString:
      return ReadStrings();
    case TokenKind::kStar:
      return ReadStar(first, std::nullopt);
    case TokenKind::kColon:
    case TokenKind::kQuestion:
      return ReadParameter();
    case TokenKind::kQuotedName:
      return ReadNamePrimary();
    case TokenKind::kWord:
      return ReadWordPrimary();
    default:
      FailHere(AtEnd() ? "an expression is expected here" : "");
  }
}

ExprPtr Grammar::ReadWordPrimary() {
  const size_t first = position();
  const bool called = At(TokenKind::kLeftParen, 1);
  const bool is_name = At(TokenKind::kDot, 1) || At(TokenKind::kComma, 1) ||
                       At(TokenKind::kRightParen, 1) || At(TokenKind::kEnd, 1) ||
                       At(TokenKind::kArrow, 1);
  switch (Peek().keyword) {
    case Keyword::kNULL:
      Next();
      return MakeLiteral(first, Value());
    case Keyword::kTRUE:
      Next();
      return MakeLiteral(first, Value::Boolean(true));
    case Keyword::kFALSE:
      Next();
      return MakeLiteral(first, Value::Boolean(false));
    case Keyword::kCASE:
      if (!is_name) return ReadCase();
      break;
    case Keyword::kCAST:
    case Keyword::kTRY_CAST:
      if (called) return ReadCast();
      break;
    case Keyword::kINTERVAL:
      if (StartsInterval()) return ReadInterval();
      break;
    case Keyword::kEXISTS: {
      size_t parentheses = 1;
      while (At(TokenKind::kLeftParen, parentheses)) ++parentheses;
      if (!called || !StartsQuery(parentheses)) break;
      Next();
      Next();
      const size_t query_first = position();
      QueryPtr query = ReadQuery();
      if (At(TokenKind::kComma)) {
        // exists((SELECT array), x -> ...): the function.
        Next();
        if (auto* inner = std::get_if<QueryPtr>(&query->body)) {
          QueryPtr unwrapped = std::move(*inner);
          query = std::move(unwrapped);
        }
        std::vector<ExprPtr> arguments;
        arguments.push_back(Make(query_first, SubqueryExpr{std::move(query)}));
        std::vector<ExprPtr> rest = ReadExpressions();
        for (ExprPtr& argument : rest) arguments.push_back(std::move(argument));
        Expect(TokenKind::kRightParen);
        return CallOf(first, "exists", std::move(arguments));
      }
      Expect(TokenKind::kRightParen);
      return Make(first, ExistsExpr{std::move(query)});
    }
    default:
      break;
  }
  if (At(TokenKind::kString, 1)) return ReadTypedLiteral();
  if (called && At(Keyword::kIDENTIFIER)) {
    Name name = ReadIdentifierClause();
    if (At(TokenKind::kLeftParen)) return ReadCall(first, std::move(name));
    return Make(first, NameExpr{std::move(name)});
  }
  if (called) {
    if (std::optional<ExprPtr> call = ReadSpecialCall()) return std::move(*call);
  }
  if (!called && !At(TokenKind::kDot, 1) && !At(TokenKind::kArrow, 1)) {
    if (ExprPtr call = ReadBareFunction()) return call;
  }
  if (!CanBeColumn()) {
    const std::string word(KeywordText(Peek().keyword));
    const bool after_comma = At(Keyword::kFROM);
    FailHere(after_comma ? "an expression is missing before FROM, or there is a comma too many"
                         : "an expression is expected here; " + word +
                               " as a name wants backticks: `" + std::string(Text(Peek())) + "`");
  }
  return ReadNamePrimary();
}

// Every word may be a column, but the ones that begin a clause only where a clause cannot begin:
// so that SELECT a, FROM t is told from a column called "from".
bool Grammar::CanBeColumn() const {
  const bool begins_clause =
      AtAny({Keyword::kSELECT, Keyword::kFROM,  Keyword::kWHERE,  Keyword::kHAVING,
             Keyword::kLIMIT,  Keyword::kUNION, Keyword::kEXCEPT, Keyword::kINTERSECT,
             Keyword::kJOIN,   Keyword::kINNER, Keyword::kCROSS,  Keyword::kON,
             Keyword::kUSING,  Keyword::kAND,   Keyword::kOR,     Keyword::kTHEN,
             Keyword::kELSE,   Keyword::kWHEN,  Keyword::kAS,     Keyword::kBETWEEN,
             Keyword::kIN,     Keyword::kIS,    Keyword::kLIKE,   Keyword::kQUALIFY}) ||
      (AtAny({Keyword::kGROUP, Keyword::kORDER, Keyword::kPARTITION}) && At(Keyword::kBY, 1));
  if (!begins_clause) return true;
  switch (Peek(1).kind) {
    case TokenKind::kComma:
    case TokenKind::kRightParen:
    case TokenKind::kDot:
    case TokenKind::kEq:
    case TokenKind::kNe:
    case TokenKind::kLt:
    case TokenKind::kLe:
    case TokenKind::kGt:
    case TokenKind::kGe:
    case TokenKind::kPlus:
    case TokenKind::kSlash:
      return true;
    default:
      return false;
  }
}

ExprPtr Grammar::ReadNamePrimary() {
  const size_t first = position();
  Name name;
  name.parts.push_back(ReadIdentifier());
  while (At(TokenKind::kDot)) {
    if (At(TokenKind::kStar, 1)) {
      name.span = SpanFrom(first);
      Next();
      return ReadStar(first, std::move(name));
    }
    if (!AtName(1)) break;
    Next();
    name.parts.push_back(ReadIdentifier());
  }
  name.span = SpanFrom(first);
  // A query is no argument: it is what comes next, as in REPLACE ON t.a = s.a (SELECT ...).
  const bool calls = name.parts.size() == 1 || !At(Keyword::kSELECT, 1);
  if (At(TokenKind::kLeftParen) && calls) return ReadCall(first, std::move(name));
  if (At(TokenKind::kArrow) && name.parts.size() == 1) {
    Next();
    LambdaExpr lambda;
    lambda.parameters.push_back(std::move(name.parts[0]));
    lambda.body = ReadExpression();
    return Make(first, std::move(lambda));
  }
  return Make(first, NameExpr{std::move(name)});
}

ExprPtr Grammar::ReadStar(size_t first, std::optional<Name> qualifier) {
  Expect(TokenKind::kStar);
  StarExpr star;
  star.qualifier = std::move(qualifier);
  if (At(Keyword::kEXCEPT) && At(TokenKind::kLeftParen, 1) && !StartsQuery(2)) {
    Next();
    Next();
    do {
      star.except.push_back(ReadName());
    } while (Accept(TokenKind::kComma));
    Expect(TokenKind::kRightParen);
  }
  return Make(first, std::move(star));
}

ExprPtr Grammar::ReadParameter() {
  const size_t first = position();
  ParameterExpr parameter;
  const Value* value = nullptr;
  if (Accept(TokenKind::kQuestion)) {
    parameter.position = markers_.positional++;
    if (parameters_ && parameter.position < parameters_->positional.size()) {
      value = &parameters_->positional[parameter.position];
    }
  } else {
    Expect(TokenKind::kColon);
    parameter.name = ReadIdentifier().text;
    markers_.named = true;
    if (parameters_) {
      const auto found = parameters_->named.find(*parameter.name);
      if (found != parameters_->named.end()) value = &found->second;
    }
  }
  if (value != nullptr) return Make(first, LiteralExpr{*value});
  return Make(first, std::move(parameter));
}

}  // namespace weir::sql
