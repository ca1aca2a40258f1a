#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "weir/base/check.h"
#include "weir/base/edit_distance.h"
#include "weir/sql/functions.h"
#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

namespace {

const FunctionTable& Table() {
  static const FunctionTable table;
  return table;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t blank = std::min(text.find(' '), text.size());
    if (blank > 0) words.push_back(text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return words;
}

// "string..." stands for any number of them, also none.
bool IsRepeated(std::string_view word) { return word.ends_with("..."); }

struct RowParameters {
  std::vector<std::string_view> words;

  explicit RowParameters(const FunctionRow& row) : words(Words(row.parameters)) {}
  bool Repeats() const { return !words.empty() && IsRepeated(words.back()); }
  bool Takes(size_t count) const {
    return Repeats() ? count + 1 >= words.size() : count == words.size();
  }
  std::string_view At(size_t i) const {
    if (i < words.size() && !IsRepeated(words[i])) return words[i];
    const std::string_view last = words.back();
    return last.substr(0, last.size() - 3);
  }
};

std::optional<std::vector<DataType>> AcceptAll(const RowParameters& row, const Call& call) {
  std::vector<DataType> types;
  for (size_t i = 0; i < call.size(); ++i) {
    auto type = Accept(row.At(i), call.type(i), false);
    if (!type) return std::nullopt;
    types.push_back(*type);
  }
  return types;
}

std::string Required(std::string_view word) {
  std::string name(word);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name == "SMALL") return "(\"INT\" or \"SMALLINT\" or \"TINYINT\")";
  return "\"" + name + "\"";
}

std::string ExpectedCounts(const std::vector<FunctionRow>& rows) {
  std::vector<size_t> counts;
  for (const FunctionRow& row : rows) {
    const RowParameters parameters(row);
    if (parameters.Repeats()) return "> " + std::to_string(parameters.words.size() - 2);
    counts.push_back(parameters.words.size());
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  std::string text = counts.size() > 1 ? "[" : "";
  for (size_t i = 0; i < counts.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(counts[i]);
  }
  return counts.size() > 1 ? text + "]" : text;
}

Signature SignatureOf(const Call& call, const FunctionRow& row, std::vector<DataType> types) {
  const DataType result = ResultType(row.result, types);
  const bool by_key =
      !row.by_key.empty() && types[0].id() == TypeId::kArray && NeedsOrderKey(types[0].element());
  std::string text = by_key ? row.by_key : row.text;
  if (call.distinct) {
    const size_t open = text.find('(');
    WEIR_CHECK(row.kind == FunctionKind::kAggregate && open != std::string::npos);
    text.insert(open + 1, "DISTINCT ");
  }
  // Of an array that is NULL, or holds nothing else, the engine makes a NULL without its type.
  const bool may_lose_type =
      (row.result == "$1" && result.id() == TypeId::kArray) || (by_key && result.IsNested());
  if (row.kind == FunctionKind::kScalar && may_lose_type) text = TypedText(text, result);
  Signature signature = MakeSignature(call, row.kind, std::move(types), result, text, row.flags);
  if (!row.outer.empty()) {
    signature.duckdb_result = [outer = std::string(row.outer)](const std::string& value) {
      return Fill(outer, std::span(&value, 1));
    };
  }
  if (!row.filter.empty()) signature.duckdb_filter = Text(std::string(row.filter));
  return signature;
}

NoSuchSignature Mismatch(const Call& call, const std::vector<FunctionRow>& rows) {
  for (const FunctionRow& row : rows) {
    const RowParameters parameters(row);
    if (!parameters.Takes(call.size())) continue;
    for (size_t i = 0; i < call.size(); ++i) {
      if (!Accept(parameters.At(i), call.type(i), false)) {
        return WrongType(i, Required(parameters.At(i)), call.type(i));
      }
    }
  }
  return WrongCount(call.name, ExpectedCounts(rows), call.size());
}

// Whether a whole number would have to fit a smaller type.
bool Narrows(const std::vector<DataType>& types, const Call& call) {
  for (size_t i = 0; i < call.size(); ++i) {
    const DataType& given = call.type(i);
    if (given.IsIntegral() && types[i].IsIntegral() && types[i].id() < given.id()) return true;
  }
  return false;
}

size_t CountExact(const RowParameters& row, const Call& call) {
  size_t count = 0;
  for (size_t i = 0; i < call.size(); ++i) {
    count += Accept(row.At(i), call.type(i), true) ? 1 : 0;
  }
  return count;
}

// Of the rows that take whole numbers without narrowing them, or of all: the one that takes most of
// the arguments as they are, and the others converted; the first such.
Resolution ResolveRows(const Call& call, const std::vector<FunctionRow>& rows) {
  const FunctionRow* best = nullptr;
  std::pair<bool, size_t> best_fit;  // Keeps whole numbers; how many arguments are exact.
  for (const FunctionRow& row : rows) {
    const RowParameters parameters(row);
    if (!parameters.Takes(call.size())) continue;
    const auto types = AcceptAll(parameters, call);
    if (!types) continue;
    const std::pair fit(!Narrows(*types, call), CountExact(parameters, call));
    if (best != nullptr && fit <= best_fit) continue;
    best = &row;
    best_fit = fit;
  }
  if (best == nullptr) return Mismatch(call, rows);
  return SignatureOf(call, *best, *AcceptAll(RowParameters(*best), call));
}

// Signatures once found are kept for good: plans point at them.
class Interned {
 public:
  const Signature* Find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = signatures_.find(key);
    return found == signatures_.end() ? nullptr : found->second.get();
  }
  const Signature* Keep(const std::string& key, Signature signature) {
    const std::lock_guard lock(mutex_);
    auto& slot = signatures_[key];
    if (!slot) slot = std::make_unique<const Signature>(std::move(signature));
    return slot.get();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<const Signature>> signatures_;
};

Interned& Signatures() {
  static Interned signatures;
  return signatures;
}

// A type with the nullability at every level, which its SQL text leaves out.
std::string KeyOf(const DataType& type) {
  std::string key = type.IsNested() ? "" : type.ToString();
  if (type.id() == TypeId::kArray) {
    key = "a(" + KeyOf(type.element()) + (type.contains_null() ? "?)" : ")");
  } else if (type.id() == TypeId::kMap) {
    key =
        "m(" + KeyOf(type.key()) + "," + KeyOf(type.value()) + (type.contains_null() ? "?)" : ")");
  } else if (type.id() == TypeId::kStruct) {
    key = "s(";
    for (const Field& field : type.fields()) {
      key += QuotedName(field.name) + KeyOf(field.type) + (field.nullable ? "?," : ",");
    }
    key += ")";
  }
  return key;
}

// A literal, told apart from every other.
void AppendKey(std::string& key, const Value& value) {
  if (value.is_null()) {
    key += "NULL";
  } else if (value.type().IsNested()) {
    key += std::to_string(value.items().size()) + "(";
    for (const Value& item : value.items()) AppendKey(key, item);
  } else {
    const std::string text = value.ToString();
    key += "'" + std::to_string(text.size()) + ":" + text;
  }
}

std::string KeyOf(const Call& call, bool with_literals) {
  std::string key(call.name);
  if (call.distinct) key += " distinct";
  for (const ArgumentShape& argument : call.arguments) {
    key += '\x1f';
    key += KeyOf(argument.type);
    if (argument.nullable) key += '?';
    if (argument.lambda_parameters > 0) key += "->" + std::to_string(argument.lambda_parameters);
    if (with_literals && argument.literal != nullptr) {
      key += argument.is_literal ? '=' : '~';  // Some results depend on that too.
      AppendKey(key, *argument.literal);
    }
  }
  return key;
}

NoSuchFunction Unknown(const std::string& name) {
  constexpr size_t kSuggestions = 3;
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& known : FunctionNames()) {
    const size_t distance = EditDistance(name, known);
    if (distance <= 1 + name.size() / 4) near.emplace_back(distance, known);
  }
  std::sort(near.begin(), near.end());
  NoSuchFunction result;
  for (size_t i = 0; i < near.size() && i < kSuggestions; ++i) {
    result.suggestions.push_back(near[i].second);
  }
  return result;
}

bool HasKind(std::string_view name, FunctionKind kind) {
  const auto* const entry = Table().Find(LowerName(name));
  return entry != nullptr && entry->kind == kind;
}

}  // namespace

FunctionTable::FunctionTable() {
  AddOperators(*this);
  AddConditionals(*this);
  AddNumerics(*this);
  AddStrings(*this);
  AddDatetimes(*this);
  AddArrays(*this);
  AddMaps(*this);
  AddLambdas(*this);
  AddAggregates(*this);
  AddWindows(*this);
  AddGenerators(*this);
  AddConversions(*this);
  AddCodes(*this);
  AddChance(*this);
  AddDigests(*this);
  AddStatistics(*this);
  AddJson(*this);
  AddVariants(*this);
  AddCsv(*this);
}

void FunctionTable::Add(const FunctionRow& row) {
  Entry& entry = entries_[std::string(row.name)];
  WEIR_CHECK(!entry.resolver);
  entry.kind = row.kind;
  entry.by_literal = false;
  entry.rows.push_back(row);
}

void FunctionTable::Add(std::string_view name, FunctionKind kind, Resolver resolver) {
  const bool added = entries_.emplace(name, Entry{kind, {}, std::move(resolver), true}).second;
  WEIR_CHECK(added);
}

void FunctionTable::Alias(std::string_view name, std::string_view of) {
  const auto found = entries_.find(of);
  WEIR_CHECK(found != entries_.end());
  const bool added = entries_.emplace(name, found->second).second;
  WEIR_CHECK(added);
}

const FunctionTable::Entry* FunctionTable::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

FunctionLookup LookUp(std::string_view name, std::span<const ArgumentShape> arguments,
                      bool distinct) {
  const std::string lower = LowerName(name);
  const auto* const entry = Table().Find(lower);
  if (entry == nullptr) return Unknown(lower);
  const Call call{lower, arguments, distinct};
  const std::string key = KeyOf(call, entry->by_literal);
  if (const Signature* const known = Signatures().Find(key)) return known;
  if (distinct && entry->kind != FunctionKind::kAggregate) {
    return NoSuchSignature{"INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                           "The function `" + lower + "` does not support DISTINCT."};
  }
  Resolution resolution = entry->resolver ? entry->resolver(call) : ResolveRows(call, entry->rows);
  if (auto* const none = std::get_if<NoSuchSignature>(&resolution)) return std::move(*none);
  return Signatures().Keep(key, std::get<Signature>(std::move(resolution)));
}

std::vector<std::string> FunctionNames() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : Table().entries()) {
    // What WITHIN GROUP turns around has names that only the binder writes.
    if (!name.ends_with(" asc") && !name.ends_with(" desc")) names.push_back(name);
  }
  return names;
}

std::vector<std::string> SignatureTexts(std::string_view name) {
  std::vector<std::string> texts;
  const auto* const entry = Table().Find(LowerName(name));
  if (entry == nullptr) return texts;
  for (const FunctionRow& row : entry->rows) {
    std::string text = "(" + row.parameters + ")";
    for (size_t at = 0; (at = text.find(' ', at)) != std::string::npos; at += 2) {
      text.replace(at, 1, ", ");
    }
    texts.push_back(text + " -> " + row.result);
  }
  return texts;
}

std::optional<FunctionKind> KindOf(std::string_view name) {
  const auto* const entry = Table().Find(LowerName(name));
  if (entry == nullptr) return std::nullopt;
  return entry->kind;
}

bool IsAggregate(std::string_view name) { return HasKind(name, FunctionKind::kAggregate); }
bool IsGenerator(std::string_view name) { return HasKind(name, FunctionKind::kGenerator); }
bool IsWindowOnly(std::string_view name) { return HasKind(name, FunctionKind::kWindow); }

NoSuchSignature WrongCount(std::string_view name, std::string_view expected, size_t actual) {
  return {"WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
          "The `" + std::string(name) + "` requires " + std::string(expected) +
              " parameters but the actual number is " + std::to_string(actual) + "."};
}

NoSuchSignature NotFoldable(std::string_view parameter, std::string_view type) {
  return {"DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the input `" + std::string(parameter) +
                                                      "` should be a foldable \"" +
                                                      std::string(type) + "\" expression."};
}

NoSuchSignature WrongKey(const Call& call) {
  return {"DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
          "Input to `" + std::string(call.name) +
              "` should have been \"MAP\" followed by a value with same key type, but it's [\"" +
              call.type(0).ToSql() + "\", \"" + call.type(1).ToSql() + "\"]."};
}

NoSuchSignature WrongType(size_t position, std::string_view required, const DataType& given) {
  static constexpr std::string_view kOrdinals[] = {"first", "second", "third",  "fourth",
                                                   "fifth", "sixth",  "seventh"};
  const std::string which = position < std::size(kOrdinals) ? std::string(kOrdinals[position])
                                                            : std::to_string(position + 1) + "th";
  return {"DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
          "The " + which + " parameter requires the " + std::string(required) +
              " type, however the argument has the type \"" + given.ToSql() + "\"."};
}

Signature MakeSignature(const Call& call, FunctionKind kind, std::vector<DataType> arguments,
                        DataType result, std::string text, unsigned flags) {
  Signature signature;
  // Names live as long as the table.
  signature.name = Table().entries().find(call.name)->first;
  signature.kind = kind;
  signature.arguments = std::move(arguments);
  signature.result = std::move(result);
  signature.nullable = (flags & kMayBeNull) != 0;
  signature.never_null = (flags & kNeverNull) != 0;
  signature.deterministic = (flags & kNonDeterministic) == 0;
  if ((flags & kOfMoments) != 0) signature.clock = Clock::kMoments;
  if ((flags & kByLocalClock) != 0) signature.clock = Clock::kLocal;
  constexpr std::string_view kZone = "$zone";
  const std::string zone = "$" + std::to_string(signature.arguments.size() + 1);
  for (size_t at = 0; (at = text.find(kZone, at)) != std::string::npos;) {
    WEIR_CHECK(kind == FunctionKind::kScalar);
    text.replace(at, kZone.size(), zone);
    signature.clock = Clock::kZone;
  }
  // A number after '$' that comes twice: the argument is to be computed once.
  bool repeats = false;
  for (size_t i = 0; kind == FunctionKind::kScalar && i < signature.arguments.size(); ++i) {
    const std::string mark = "$" + std::to_string(i + 1);
    const size_t first = text.find(mark);
    repeats =
        repeats || (first != std::string::npos && text.find(mark, first + 1) != std::string::npos);
  }
  signature.duckdb = repeats ? OnceText(std::move(text)) : Text(std::move(text));
  return signature;
}

}  // namespace weir::sql
