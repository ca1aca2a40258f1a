#include <cctype>
#include <charconv>

#include "weir/base/check.h"
#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// The end of what is quoted from `begin` on; a doubled quote stands for itself.
size_t SkipQuoted(std::string_view text, size_t begin) {
  const char quote = text[begin];
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] != quote) continue;
    if (i + 1 < text.size() && text[i + 1] == quote) {
      ++i;
      continue;
    }
    return i + 1;
  }
  return text.size();
}

bool IsQuote(char c) { return c == '\'' || c == '"'; }

// Computing it twice costs nothing: a column, a field, a literal.
bool IsCheap(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  if (IsQuote(text[0])) return SkipQuoted(text, 0) == text.size();
  for (const char c : text) {
    if (!IsNameByte(c) && c != '.' && c != '-') return false;
  }
  return true;
}

// Names of lambda parameters must not meet those of an enclosing one.
std::string NameFor(std::string_view text) {
  uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  char digits[8];
  const auto printed = std::to_chars(digits, digits + sizeof(digits), hash, 16);
  return "weir_" + std::string(digits, printed.ptr);
}

std::string Joined(std::span<const std::string> arguments, size_t from) {
  std::string result;
  for (size_t i = from; i < arguments.size(); ++i) {
    if (i > from) result += ", ";
    result += arguments[i];
  }
  return result;
}

}  // namespace

std::string NativeCast(const std::string& text, const DataType& type) {
  return "CAST(" + text + " AS " + DuckdbType(type) + ")";
}

std::string QuotedName(std::string_view name) {
  std::string result = "\"";
  for (const char c : name) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string QuotedText(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string Fill(std::string_view text, std::span<const std::string> arguments) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      result += text[i];
      continue;
    }
    ++i;
    if (text[i] == '$') {
      result += '$';
      continue;
    }
    if (text[i] == '*') {
      result += Joined(arguments, 0);
      continue;
    }
    const size_t position = static_cast<size_t>(text[i] - '1');
    if (i + 1 < text.size() && text[i + 1] == '+') {  // $2+: the second and all after it.
      result += Joined(arguments, position);
      ++i;
      continue;
    }
    WEIR_CHECK(position < arguments.size());
    result += arguments[position];
  }
  return result;
}

std::function<std::string(std::span<const std::string>)> Text(std::string text) {
  return [text = std::move(text)](std::span<const std::string> arguments) {
    return Fill(text, arguments);
  };
}

std::function<std::string(std::span<const std::string>)> OnceText(std::string text) {
  return [text = std::move(text)](std::span<const std::string> arguments) {
    return Once(text, arguments);
  };
}

std::string Once(std::string_view text, std::span<const std::string> values) {
  bool cheap = true;
  for (const std::string& value : values) cheap = cheap && IsCheap(value);
  if (cheap) return Fill(text, values);
  std::string key(text);
  std::string packed;
  for (size_t i = 0; i < values.size(); ++i) {
    key += values[i];
    packed += (i > 0 ? ", v" : "v") + std::to_string(i + 1) + " := " + values[i];
  }
  const std::string name = NameFor(key);
  std::vector<std::string> members;
  for (size_t i = 0; i < values.size(); ++i) {
    members.push_back(name + ".v" + std::to_string(i + 1));
  }
  return "list_transform([struct_pack(" + packed + ")], lambda " + name + ": " +
         Fill(text, members) + ")[1]";
}

std::string TypedText(const std::string& text, const DataType& type) {
  const std::string name = DuckdbType(type);
  // A template can't hold a field's name that looks like one of its parameters.
  return name.find('$') == std::string::npos ? "CAST(" + text + " AS " + name + ")" : text;
}

std::string WithOnce(const std::string& value,
                     const std::function<std::string(const std::string&)>& body) {
  if (IsCheap(value)) return body(value);
  const std::string name = NameFor(value + body(""));
  return "list_transform([" + value + "], lambda " + name + ": " + body(name) + ")[1]";
}

LambdaText ParseLambda(const std::string& text) {
  constexpr std::string_view kLambda = "lambda ";
  const size_t colon = text.find(':');
  WEIR_CHECK(text.starts_with(kLambda) && colon != std::string::npos);
  LambdaText result;
  std::string name;
  for (size_t i = kLambda.size(); i <= colon; ++i) {
    if (text[i] == ',' || i == colon) {
      result.parameters.push_back(name);
      name.clear();
    } else if (text[i] != ' ') {
      name += text[i];
    }
  }
  result.body = text.substr(colon + 1);
  if (result.body.starts_with(' ')) result.body.erase(0, 1);
  return result;
}

std::string ReplaceName(const std::string& body, const std::string& name,
                        const std::string& replacement) {
  std::string result;
  for (size_t i = 0; i < body.size();) {
    size_t end = i + 1;
    if (IsQuote(body[i])) {
      end = SkipQuoted(body, i);
    } else if (IsNameByte(body[i])) {
      while (end < body.size() && IsNameByte(body[end])) ++end;
    }
    const std::string_view token(body.data() + i, end - i);
    const bool member = i > 0 && body[i - 1] == '.';
    result += token == name && !member ? std::string_view(replacement) : token;
    i = end;
  }
  return result;
}

}  // namespace weir::sql
