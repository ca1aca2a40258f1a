#include "weir/sql/declared_strings.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/binder_signatures.h"
#include "weir/sql/expression_binder.h"
#include "weir/sql/parser.h"

namespace weir::sql {
namespace {

// Empty where none of them has a length.
StringTypes DeclaredStrings(const std::string& metadata) {
  const auto raw = RawTypeOf(metadata);
  if (!raw) return {};
  StringTypes strings;
  const auto type =
      ParseType(std::make_shared<SourceText>(SourceText{"the table's schema", *raw}), &strings);
  if (const auto* const wrong = std::get_if<Diagnostics>(&type)) {
    throw Error(ErrorCode::kCorrupt, "the table's schema says that a column was declared as " +
                                         *raw + ", which is no type: " + wrong->front().message);
  }
  return HasLengths(strings) ? strings : StringTypes{};
}

// A value anew, each string in it replaced by what a function says; null: it stays.
class StringRewriter {
 public:
  using Replace = std::function<BoundExprPtr(const BoundExprPtr&, const StringType&)>;

  StringRewriter(Binding& binding, StringTypes strings, Replace replace)
      : binding_(binding), strings_(std::move(strings)), replace_(std::move(replace)) {}

  // `value` itself where nothing changes.
  BoundExprPtr Rewrite(const BoundExprPtr& value) {
    switch (value->type.id()) {
      case TypeId::kString: {
        WEIR_CHECK(next_ < strings_.size());
        BoundExprPtr replaced = replace_(value, strings_[next_++]);
        return replaced == nullptr ? value : replaced;
      }
      case TypeId::kStruct:
        return OfStruct(value);
      case TypeId::kArray:
        return OfArray(value);
      case TypeId::kMap:
        return OfMap(value);
      default:
        return value;
    }
  }

 private:
  BoundExprPtr OfStruct(const BoundExprPtr& value) {
    const auto& fields = value->type.fields();
    std::vector<BoundExprPtr> members;
    bool changed = false;
    for (size_t i = 0; i < fields.size(); ++i) {
      const BoundExprPtr member = MakeExpr(
          value->span, fields[i].type, value->nullable || fields[i].nullable, BoundField{value, i});
      members.push_back(LiteralOf(Value::String(fields[i].name), value->span));
      members.push_back(Rewrite(member));
      changed |= members.back() != member;
    }
    if (!changed) return value;
    BoundExprPtr made = CastTo(Called("named_struct", std::move(members)), value->type);
    if (!value->nullable) return made;
    BoundCase or_null;
    or_null.branches.emplace_back(Called("isnull", {value}),
                                  LiteralOf(Value::Null(value->type), value->span));
    or_null.otherwise = std::move(made);
    return MakeExpr(value->span, value->type, true, std::move(or_null));
  }

  BoundExprPtr OfArray(const BoundExprPtr& value) {
    const PlanColumn item{binding_.NewColumn(), "item", value->type.element(),
                          value->type.contains_null()};
    const BoundExprPtr given = ColumnOf(item, value->span);
    BoundExprPtr body = Rewrite(given);
    if (body == given) return value;
    const DataType type = body->type;
    const bool nullable = body->nullable;
    BoundExprPtr lambda = MakeExpr(value->span, type, nullable,
                                   BoundLambda{{BoundColumn{item.id, item.name}}, std::move(body)});
    return CastTo(Called("transform", {value, std::move(lambda)}), value->type);
  }

  BoundExprPtr OfMap(const BoundExprPtr& value) {
    const BoundExprPtr keys = Called("map_keys", {value});
    const BoundExprPtr values = Called("map_values", {value});
    BoundExprPtr new_keys = Rewrite(keys);
    BoundExprPtr new_values = Rewrite(values);
    if (new_keys == keys && new_values == values) return value;
    return CastTo(Called("map_from_arrays", {std::move(new_keys), std::move(new_values)}),
                  value->type);
  }

  BoundExprPtr Called(std::string_view name, std::vector<BoundExprPtr> arguments) {
    const Scope none;
    ExprContext context;
    context.scope = &none;
    const Span span = arguments.front()->span;
    BoundExprPtr call =
        ExpressionBinder(binding_, std::move(context)).Call(name, std::move(arguments), span);
    WEIR_CHECK(call != nullptr);
    return call;
  }

  Binding& binding_;
  const StringTypes strings_;
  const Replace replace_;
  size_t next_ = 0;
};

BoundExprPtr WithLength(const Signature& signature, const BoundExprPtr& value, int64_t length) {
  return MakeExpr(value->span, TypeId::kString, value->nullable,
                  BoundCall{&signature, {value, LiteralOf(Value::Long(length), value->span)}});
}

BoundExprPtr Stored(const BoundExprPtr& value, const StringType& type) {
  if (type.kind == StringType::Kind::kAny) return nullptr;
  return WithLength(
      type.kind == StringType::Kind::kChar ? StoredCharSignature() : StoredVarcharSignature(),
      value, type.length);
}

BoundExprPtr Padded(const BoundExprPtr& value, const StringType& type) {
  if (type.kind != StringType::Kind::kChar) return nullptr;
  return WithLength(PaddedCharSignature(), value, type.length);
}

int64_t LengthOf(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

BoundExprPtr StoredStrings(Binding& binding, BoundExprPtr value, const std::string& metadata) {
  StringTypes strings = DeclaredStrings(metadata);
  if (strings.empty()) return value;
  return StringRewriter(binding, std::move(strings), Stored).Rewrite(value);
}

PlanPtr PaddedScan(Binding& binding, PlanPtr scan) {
  std::vector<NamedExpr> exprs;
  bool changed = false;
  for (const PlanColumn& column : scan->columns) {
    BoundExprPtr expr = ColumnOf(column, {});
    StringTypes strings = DeclaredStrings(column.metadata);
    PlanColumn named = column;
    if (!strings.empty()) {
      BoundExprPtr padded = StringRewriter(binding, std::move(strings), Padded).Rewrite(expr);
      if (padded != expr) named.id = binding.NewColumn();
      changed |= padded != expr;
      expr = std::move(padded);
      NoteLength(binding, named);
    }
    exprs.push_back({std::move(named), std::move(expr)});
  }
  return changed ? MakeProject(std::move(scan), std::move(exprs)) : scan;
}

void NoteLength(Binding& binding, const PlanColumn& column) {
  if (column.type.id() != TypeId::kString) return;
  const StringTypes strings = DeclaredStrings(column.metadata);
  if (strings.empty() || strings[0].kind != StringType::Kind::kChar) return;
  binding.char_lengths[column.id] = strings[0].length;
}

void PadForComparison(Binding& binding, const std::vector<BoundExprPtr*>& operands) {
  if (binding.char_lengths.empty()) return;
  std::vector<std::optional<int64_t>> columns;
  std::vector<std::optional<Value>> constants(operands.size());
  int64_t longest = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    const BoundExprPtr& operand = *operands[i];
    const BoundColumn* const column = AsColumn(*operand);
    const auto found =
        column == nullptr ? binding.char_lengths.end() : binding.char_lengths.find(column->id);
    columns.push_back(found == binding.char_lengths.end() ? std::nullopt
                                                          : std::optional(found->second));
    if (columns.back()) {
      longest = std::max(longest, *columns.back());
      continue;
    }
    if (operand->type.id() == TypeId::kVoid) {
      constants[i] = Value();
      continue;
    }
    if (operand->type.id() != TypeId::kString) return;
    constants[i] = ConstantOf(*operand, *binding.zone());
    if (!constants[i]) return;  // Compared as it is.
    if (!constants[i]->is_null()) longest = std::max(longest, LengthOf(constants[i]->text()));
  }
  if (std::none_of(columns.begin(), columns.end(), [](const auto& one) { return bool(one); })) {
    return;
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    BoundExprPtr& operand = *operands[i];
    if (columns[i]) {
      if (*columns[i] < longest) operand = WithLength(PaddedCharSignature(), operand, longest);
    } else if (!constants[i]->is_null()) {
      std::string text = constants[i]->text();
      const int64_t length = LengthOf(text);
      if (length == longest) continue;
      text.append(static_cast<size_t>(longest - length), ' ');
      operand = LiteralOf(Value::String(std::move(text)), operand->span);
    }
  }
}

}  // namespace weir::sql
