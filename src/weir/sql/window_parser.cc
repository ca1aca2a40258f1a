#include "weir/sql/ast_visit.h"
#include "weir/sql/grammar.h"

namespace weir::sql {
namespace {

bool IsConstant(const Expr& expr) {
  if (std::holds_alternative<NameExpr>(expr.node) || std::holds_alternative<CallExpr>(expr.node) ||
      QueryOf(expr) != nullptr) {
    return false;
  }
  bool constant = true;
  ForEachChild(expr, [&](const ExprPtr& child) { constant = constant && IsConstant(*child); });
  return constant;
}

}  // namespace

WindowSpec Grammar::ReadWindowSpec() {
  const size_t first = position();
  WindowSpec window;
  if (AtName()) {
    window.base = ReadCheckedIdentifier();
    window.span = SpanFrom(first);
    return window;
  }
  Expect(TokenKind::kLeftParen);
  const bool starts_clause =
      (AtAny({Keyword::kPARTITION, Keyword::kDISTRIBUTE, Keyword::kORDER, Keyword::kSORT,
              Keyword::kCLUSTER}) &&
       At(Keyword::kBY, 1)) ||
      (AtAny({Keyword::kRANGE, Keyword::kROWS}) && !At(TokenKind::kRightParen, 1));
  if (AtName() && !starts_clause) window.base = ReadCheckedIdentifier();
  if (AcceptAll({Keyword::kCLUSTER, Keyword::kBY})) {
    window.partition_by = ReadExpressions();
  } else {
    if (AcceptAll({Keyword::kPARTITION, Keyword::kBY}) ||
        AcceptAll({Keyword::kDISTRIBUTE, Keyword::kBY})) {
      window.partition_by = ReadExpressions();
    }
    if (AcceptAll({Keyword::kORDER, Keyword::kBY}) || AcceptAll({Keyword::kSORT, Keyword::kBY})) {
      window.order_by = ReadSortItems();
    }
  }
  window.frame = ReadFrame();
  Expect(TokenKind::kRightParen);
  window.span = SpanFrom(first);
  return window;
}

std::optional<WindowFrame> Grammar::ReadFrame() {
  WindowFrame frame{};
  if (Accept(Keyword::kROWS)) {
    frame.unit = FrameUnit::kRows;
  } else if (Accept(Keyword::kRANGE)) {
    frame.unit = FrameUnit::kRange;
  } else {
    return std::nullopt;
  }
  if (Accept(Keyword::kBETWEEN)) {
    frame.start = ReadFrameBound();
    Expect(Keyword::kAND);
    frame.end = ReadFrameBound();
  } else {
    frame.start = ReadFrameBound();
    frame.end.kind = FrameBoundKind::kCurrentRow;
  }
  return frame;
}

FrameBound Grammar::ReadFrameBound() {
  FrameBound bound{};
  if (AcceptAll({Keyword::kCURRENT, Keyword::kROW})) {
    bound.kind = FrameBoundKind::kCurrentRow;
    return bound;
  }
  const bool unbounded = Accept(Keyword::kUNBOUNDED);
  // Not a whole expression: AND parts the bounds.
  if (!unbounded) {
    bound.offset = ReadValue();
    if (!IsConstant(*bound.offset)) {
      Report(MakeDiagnostic("_LEGACY_ERROR_TEMP_0064", bound.offset->span,
                            "Frame bound value must be a literal.",
                            "write a number or an interval, such as 3 PRECEDING"));
    }
  }
  if (Accept(Keyword::kPRECEDING)) {
    bound.kind = unbounded ? FrameBoundKind::kUnboundedPreceding : FrameBoundKind::kPreceding;
  } else if (Accept(Keyword::kFOLLOWING)) {
    bound.kind = unbounded ? FrameBoundKind::kUnboundedFollowing : FrameBoundKind::kFollowing;
  } else {
    FailHere("expected PRECEDING or FOLLOWING here");
  }
  return bound;
}

std::vector<SortItem> Grammar::ReadSortItems() {
  std::vector<SortItem> items;
  do {
    items.push_back(ReadSortItem());
  } while (Accept(TokenKind::kComma));
  return items;
}

SortItem Grammar::ReadSortItem() {
  const size_t first = position();
  SortItem item;
  item.expr = ReadExpression();
  if (Accept(Keyword::kDESC)) {
    item.descending = true;
  } else {
    Accept(Keyword::kASC);
  }
  item.nulls_first = ReadNullOrder();
  item.span = SpanFrom(first);
  return item;
}

std::optional<bool> Grammar::ReadNullOrder() {
  if (AcceptAll({Keyword::kNULLS, Keyword::kFIRST})) return true;
  if (AcceptAll({Keyword::kNULLS, Keyword::kLAST})) return false;
  return std::nullopt;
}

}  // namespace weir::sql
