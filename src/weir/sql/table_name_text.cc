#include "weir/sql/table_name_text.h"

#include "weir/sql/parser.h"

namespace weir::sql {

std::optional<Name> TableNameIn(const std::string& text, const Span& span) {
  const auto parsed =
      ParseExpression(std::make_shared<SourceText>(SourceText{"the name of a table", text}));
  const auto* expr = std::get_if<ExprPtr>(&parsed);
  const auto* name = expr != nullptr ? std::get_if<NameExpr>(&(*expr)->node) : nullptr;
  if (name == nullptr) return std::nullopt;
  Name found = name->name;
  found.span = span;
  for (Identifier& part : found.parts) part.span = span;
  return found;
}

bool IsReadStream(const Name& function) {
  return function.parts.size() == 1 && LowerName(function.parts[0].text) == "read_stream";
}

}  // namespace weir::sql
