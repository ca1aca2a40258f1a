#include "weir/types/csv_text.h"

#include <algorithm>
#include <limits>

#include "weir/types/parse_text.h"

namespace weir {

namespace {

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// "\t" and the like may be written out.
std::string Unescaped(const std::string& text) {
  if (text.size() != 2 || text[0] != '\\') return text;
  switch (text[1]) {
    case 't':
      return "\t";
    case 'n':
      return "\n";
    case 'r':
      return "\r";
    case '0':
      return std::string(1, '\0');
    default:
      return text.substr(1);
  }
}

class Splitter {
 public:
  Splitter(std::string_view line, const CsvRules& rules) : line_(line), rules_(rules) {}

  std::vector<std::optional<std::string>> Run() {
    for (size_t at = 0; at <= line_.size();) {
      at = ReadField(at) + rules_.delimiter.size();
      Add();
    }
    return std::move(fields_);
  }

 private:
  size_t FieldEnd(size_t from) const {
    return std::min(line_.find(rules_.delimiter, from), line_.size());
  }
  bool AtDelimiter(size_t at) const {
    return line_.substr(at, rules_.delimiter.size()) == rules_.delimiter;
  }

  size_t ReadField(size_t from) {
    size_t first = from;
    while (rules_.trim_leading && first < line_.size() && IsBlank(line_[first]) &&
           !AtDelimiter(first)) {
      ++first;
    }
    quoted_ = rules_.quote != 0 && first < line_.size() && line_[first] == rules_.quote;
    if (quoted_) return ReadQuoted(first);
    return ReadPlain(first, FieldEnd(first));
  }

  size_t ReadPlain(size_t from, size_t end) {
    std::string_view text = line_.substr(from, end - from);
    while (rules_.trim_trailing && !text.empty() && IsBlank(text.back())) text.remove_suffix(1);
    text_ = text;
    return end;
  }

  // From the quote at `open` to the end of the field.
  size_t ReadQuoted(size_t open) {
    text_.clear();
    size_t at = open + 1;
    for (; at < line_.size() && line_[at] != rules_.quote; ++at) {
      const char next = at + 1 < line_.size() ? line_[at + 1] : '\0';
      const bool escaped = rules_.escape != 0 && line_[at] == rules_.escape &&
                           (next == rules_.quote || next == rules_.escape) && next != 0;
      if (escaped) ++at;
      text_ += line_[at];
    }
    size_t end = std::min(at + 1, line_.size());
    while (end < line_.size() && IsBlank(line_[end]) && !AtDelimiter(end)) ++end;
    if (at >= line_.size() || end >= line_.size() || AtDelimiter(end)) return end;
    quoted_ = false;
    return ReadPlain(open, FieldEnd(end));
  }

  void Add() {
    const std::string& shown = !text_.empty() ? text_
                               : quoted_      ? rules_.empty_text
                                              : rules_.null_text;
    if (shown == rules_.null_text) {
      fields_.emplace_back();
    } else {
      fields_.emplace_back(shown);
    }
  }

  std::string_view line_;
  const CsvRules& rules_;
  std::string text_;
  bool quoted_ = false;
  std::vector<std::optional<std::string>> fields_;
};

bool IsPadded(std::string_view text) {
  const auto blank = [](char c) { return IsBlank(c) || c == 0x7F; };
  return text.empty() || blank(text.front()) || blank(text.back());
}

std::optional<Value> WholeUnpadded(std::string_view text, const DataType& type, int64_t min,
                                   int64_t max) {
  const auto value = IsPadded(text) ? std::nullopt : ParseLong(text);
  if (!value || *value < min || *value > max) return std::nullopt;
  return Value(type, *value);
}

template <typename Integer>
std::optional<Value> WholeUnpadded(std::string_view text, const DataType& type) {
  return WholeUnpadded(text, type, std::numeric_limits<Integer>::min(),
                       std::numeric_limits<Integer>::max());
}

// Java knows "NaN" and "Infinity", but not "nan" or "inf".
bool IsRealText(std::string_view text) {
  text = TrimAsCast(text);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text == "NaN" || text == "Infinity" ||
         text.find_first_of("0123456789") != std::string_view::npos;
}

std::optional<Value> Real(std::string_view text, const DataType& type, const CsvRules& rules) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == rules.nan_text) return Value(type, std::numeric_limits<double>::quiet_NaN());
  if (text == rules.positive_infinity) return Value(type, kInfinity);
  if (text == rules.negative_infinity) return Value(type, -kInfinity);
  if (!IsRealText(text)) return std::nullopt;
  return ParseValue(text, type);
}

std::optional<Value> Decimal(std::string_view text, const DataType& type) {
  std::string digits(text);
  std::erase(digits, ',');
  const auto value =
      IsPadded(digits) ? std::nullopt : ParseDecimal(digits, type.precision(), type.scale());
  if (!value) return std::nullopt;
  return Value(type, *value);
}

}  // namespace

CsvRules CsvRulesOf(const std::map<std::string, std::string>& options, bool writing) {
  CsvRules rules;
  rules.trim_leading = writing;
  rules.trim_trailing = writing;
  if (writing) rules.empty_text = "\"\"";
  const auto text = [&](const char* name, std::string& into) {
    if (const auto found = options.find(name); found != options.end()) into = found->second;
  };
  const auto character = [&](const char* name, char& into) {
    const auto found = options.find(name);
    if (found == options.end()) return;
    const std::string one = Unescaped(found->second);
    into = one.empty() ? '\0' : one[0];
  };
  const auto flag = [&](const char* name, bool& into) {
    const auto found = options.find(name);
    if (found != options.end()) into = LowerName(found->second) == "true";
  };
  text("sep", rules.delimiter);
  text("delimiter", rules.delimiter);
  rules.delimiter = Unescaped(rules.delimiter);
  character("quote", rules.quote);
  character("escape", rules.escape);
  character("comment", rules.comment);
  text("nullvalue", rules.null_text);
  text("emptyvalue", rules.empty_text);
  text("nanvalue", rules.nan_text);
  text("positiveinf", rules.positive_infinity);
  text("negativeinf", rules.negative_infinity);
  flag("ignoreleadingwhitespace", rules.trim_leading);
  flag("ignoretrailingwhitespace", rules.trim_trailing);
  return rules;
}

std::optional<std::vector<std::optional<std::string>>> SplitCsv(std::string_view line,
                                                                const CsvRules& rules) {
  if (rules.comment != 0 && line.starts_with(rules.comment)) return std::nullopt;
  return Splitter(line, rules).Run();
}

std::optional<Value> ReadCsvCell(std::string_view text, const DataType& type,
                                 const CsvRules& rules) {
  switch (type.id()) {
    case TypeId::kString:
    case TypeId::kBinary:
      return Value(type, std::string(text));
    case TypeId::kBoolean: {
      const std::string lower = LowerName(text);
      if (lower != "true" && lower != "false") return std::nullopt;
      return Value::Boolean(lower == "true");
    }
    case TypeId::kByte:
      return WholeUnpadded<int8_t>(text, type);
    case TypeId::kShort:
      return WholeUnpadded<int16_t>(text, type);
    case TypeId::kInt:
      return WholeUnpadded<int32_t>(text, type);
    case TypeId::kLong:
      return WholeUnpadded<int64_t>(text, type);
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Real(text, type, rules);
    case TypeId::kDecimal:
      return Decimal(text, type);
    default:
      return std::nullopt;
  }
}

void AppendCsvField(std::string& out, std::string_view text, const CsvRules& rules,
                    const CsvQuoting& quoting, bool first) {
  while (rules.trim_leading && !text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (rules.trim_trailing && !text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  const bool comment = first && text.starts_with(rules.comment == 0 ? '#' : rules.comment);
  const bool quotes = rules.quote != 0 && text.find(rules.quote) != std::string_view::npos;
  const bool quoted = quoting.all || comment || (quotes && quoting.inner_quotes) ||
                      text.find(rules.delimiter) != std::string_view::npos ||
                      text.find_first_of("\r\n") != std::string_view::npos;
  if (!quoted || rules.quote == 0) {
    out += text;
    return;
  }
  out += rules.quote;
  for (const char c : text) {
    if ((c == rules.quote || c == rules.escape) && rules.escape != 0) out += rules.escape;
    out += c;
  }
  out += rules.quote;
}

}  // namespace weir
