#include <algorithm>

#include "weir/base/ascii.h"
#include "weir/engine/duckdb/functions/java_regex.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"

// URLs as java.net.URI takes them apart, and the form encoding of java.net.URLEncoder.
namespace weir::engine {

namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAlnum(char c) { return IsAlpha(c) || IsDigit(c); }

struct Url {
  using Part = std::optional<std::string_view>;
  Part scheme;
  Part authority;
  Part user;
  Part host;
  Part path;  // Nothing in "mailto:a@b".
  Part query;
  Part fragment;
};

constexpr std::string_view kUnreserved = "_-!.~'()*";

// Letters, digits, what RFC 2396 leaves free, `more`, whole escapes, and characters beyond ASCII
// that are neither blank nor control.
bool IsLegal(std::string_view text, std::string_view more) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if ((c & 0x80) != 0) {
      const uint32_t character = NextCharacter(text, at);
      const bool control = character < 0xA0;
      const bool blank = character == 0xA0 || character == 0x1680 || character == 0x202F ||
                         character == 0x205F || character == 0x3000 ||
                         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
                         character == 0x2029;
      if (control || blank) return false;
      continue;
    }
    if (c == '%') {
      if (at + 2 >= text.size() || HexValue(text[at + 1]) < 0 || HexValue(text[at + 2]) < 0) {
        return false;
      }
      at += 3;
      continue;
    }
    if (!IsAlnum(c) && kUnreserved.find(c) == std::string_view::npos &&
        more.find(c) == std::string_view::npos) {
      return false;
    }
    ++at;
  }
  return true;
}

constexpr std::string_view kInPath = ":@&=+$,;/";
constexpr std::string_view kReserved = ";/?:@&=+$,[]";

bool IsIpv4(std::string_view host) {
  int groups = 0;
  while (true) {
    size_t digits = 0;
    int value = 0;
    while (digits < host.size() && IsDigit(host[digits]) && digits < 4) {
      value = value * 10 + (host[digits++] - '0');
    }
    if (digits == 0 || digits > 3 || value > 255) return false;
    host.remove_prefix(digits);
    if (++groups == 4) return host.empty();
    if (!host.starts_with('.')) return false;
    host.remove_prefix(1);
  }
}

// Labels of letters, digits and inner hyphens; the last begins with a letter.
bool IsHostname(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return false;
  std::string_view last;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    last = host.substr(begin, end - begin);
    if (last.empty() || !IsAlnum(last.front()) || !IsAlnum(last.back())) return false;
    if (!std::all_of(last.begin(), last.end(), [](char c) { return IsAlnum(c) || c == '-'; })) {
      return false;
    }
    begin = end + 1;
  }
  return IsAlpha(last.front());
}

bool IsIpv6(std::string_view address) {
  const size_t zone = address.find('%');
  if (zone != std::string_view::npos) {
    if (zone + 1 == address.size()) return false;
    address = address.substr(0, zone);
  }
  int groups = 0;
  bool shortened = false;
  while (!address.empty()) {
    if (address.starts_with("::")) {
      if (shortened) return false;
      shortened = true;
      address.remove_prefix(2);
      continue;
    }
    if (groups > 0 && address.starts_with(':')) address.remove_prefix(1);
    if (IsIpv4(address)) {
      groups += 2;
      break;
    }
    size_t digits = 0;
    while (digits < address.size() && HexValue(address[digits]) >= 0) ++digits;
    if (digits == 0 || digits > 4) return false;
    address.remove_prefix(digits);
    ++groups;
    if (!address.empty() && !address.starts_with(':')) return false;
    if (address == ":") return false;
  }
  return shortened ? groups < 8 : groups == 8;
}

// user@host:port. Another authority is one by a registry and has neither.
bool ReadServer(std::string_view authority, Url& url) {
  std::string_view rest = authority;
  Url::Part user;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    user = rest.substr(0, at);
    if (!IsLegal(*user, ";:&=+$,")) return false;
    rest.remove_prefix(at + 1);
  }
  std::string_view host;
  if (rest.starts_with('[')) {
    const size_t close = rest.find(']');
    if (close == std::string_view::npos || !IsIpv6(rest.substr(1, close - 1))) return false;
    host = rest.substr(0, close + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    if (!IsIpv4(host) && !IsHostname(host)) return false;
  }
  rest.remove_prefix(host.size());
  if (!rest.empty()) {
    if (!rest.starts_with(':')) return false;
    rest.remove_prefix(1);
    int64_t port = 0;
    for (const char c : rest) {
      if (!IsDigit(c)) return false;
      port = std::min<int64_t>(port * 10 + (c - '0'), int64_t{1} << 40);
    }
    if (port > INT32_MAX) return false;
  }
  url.user = user;
  url.host = host;
  return true;
}

bool ReadAuthority(std::string_view authority, Url& url) {
  url.authority = authority;
  const bool brackets = authority.find_first_of("[]") != std::string_view::npos;
  if (ReadServer(authority, url)) return true;
  return !brackets && IsLegal(authority, "$,;:@&=+");
}

// Nothing where java.net.URI throws.
std::optional<Url> ReadUrl(std::string_view text) {
  Url url;
  const size_t stop = std::min(text.find_first_of(":/?#"), text.size());
  if (stop < text.size() && text[stop] == ':') {
    const std::string_view scheme = text.substr(0, stop);
    const bool legal = !scheme.empty() && IsAlpha(scheme.front()) &&
                       std::all_of(scheme.begin(), scheme.end(), [](char c) {
                         return IsAlnum(c) || c == '+' || c == '-' || c == '.';
                       });
    if (!legal) return std::nullopt;
    url.scheme = scheme;
    text.remove_prefix(stop + 1);
  }
  if (const size_t at = text.find('#'); at != std::string_view::npos) {
    url.fragment = text.substr(at + 1);
    if (!IsLegal(*url.fragment, kReserved)) return std::nullopt;
    text = text.substr(0, at);
  }
  if (url.scheme && !text.starts_with('/')) {  // Opaque.
    if (text.empty() || !IsLegal(text, kReserved)) return std::nullopt;
    return url;
  }
  if (const size_t at = text.find('?'); at != std::string_view::npos) {
    url.query = text.substr(at + 1);
    if (!IsLegal(*url.query, kReserved)) return std::nullopt;
    text = text.substr(0, at);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t end = std::min(text.find('/'), text.size());
    if (end > 0) {
      if (!ReadAuthority(text.substr(0, end), url)) return std::nullopt;
    } else if (text.empty() && !url.query && !url.fragment) {
      return std::nullopt;
    }
    text.remove_prefix(end);
  }
  if (!IsLegal(text, kInPath)) return std::nullopt;
  url.path = text;
  return url;
}

using UrlText = std::optional<std::string>;

UrlText Own(const Url::Part& part) { return part ? UrlText(std::string(*part)) : std::nullopt; }

UrlText PartOf(const Url& url, std::string_view part) {
  if (part == "HOST") return Own(url.host);
  if (part == "PATH") return Own(url.path);
  if (part == "QUERY") return Own(url.query);
  if (part == "REF") return Own(url.fragment);
  if (part == "PROTOCOL") return Own(url.scheme);
  if (part == "AUTHORITY") return Own(url.authority);
  if (part == "USERINFO") return Own(url.user);
  if (part != "FILE" || !url.path) return std::nullopt;
  return std::string(*url.path) + (url.query ? "?" + std::string(*url.query) : "");
}

std::optional<Url> ParseUrl(std::string_view text, bool is_try) {
  auto url = ReadUrl(text);
  if (!url && !is_try) {
    Raise("INVALID_URL", "The url is invalid: " + std::string(text) +
                             ". Use `try_parse_url` to tolerate invalid URL and return NULL "
                             "instead.");
  }
  return url;
}

// The value of the first `key=` in a query, where the key is a pattern of Java.
class QueryKeys : public duckdb::FunctionLocalState {
 public:
  UrlText Find(std::string_view query, std::string_view key) {
    if (!regex_ || key != key_) {
      key_ = key;
      regex_ = std::make_unique<JavaRegex>("(&|^)" + key_ + "=([^&]*)", "parse_url");
    }
    const auto bounds = regex_->Find(query, 0);
    const size_t group = regex_->groups() * 2;
    if (bounds.empty()) return std::nullopt;
    // The second group, as Spark counts, also where the key has groups of its own.
    if (group < 4 || bounds[4] == JavaRegex::kNone) return std::nullopt;
    return std::string(query.substr(bounds[4], bounds[5] - bounds[4]));
  }

 private:
  std::string key_;
  std::unique_ptr<JavaRegex> regex_;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewKeys(duckdb::ExpressionState&,
                                                       const duckdb::BoundFunctionExpression&,
                                                       duckdb::FunctionData*) {
  return duckdb::make_uniq<QueryKeys>();
}

void AddParse(Registry& registry, const std::string& name, bool is_try) {
  registry.Add(name, [is_try](std::string_view text, std::string_view part) -> UrlText {
    const auto url = ParseUrl(text, is_try);
    return url ? PartOf(*url, part) : std::nullopt;
  });
  duckdb::ScalarFunction keyed =
      registry.Make([is_try](Frame& frame, std::string_view text, std::string_view part,
                             std::string_view key) -> UrlText {
        if (part != "QUERY") return std::nullopt;
        const auto url = ParseUrl(text, is_try);
        if (!url || !url->query) return std::nullopt;
        return frame.Local<QueryKeys>().Find(*url->query, key);
      });
  keyed.SetInitStateCallback(NewKeys);
  registry.Add(name, std::move(keyed));
}

std::string EncodedForm(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (IsAlnum(c) || c == '-' || c == '_' || c == '.' || c == '*') {
      result += c;
    } else if (c == ' ') {
      result += '+';
    } else {
      result += '%';
      result += kDigits[static_cast<unsigned char>(c) >> 4];
      result += kDigits[c & 0x0F];
    }
  }
  return result;
}

// The bytes; nothing where an escape is none.
std::optional<std::string> DecodedForm(std::string_view text) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      result += ' ';
    } else if (text[at] == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[at + 1]);
      const int low = HexValue(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return MadeUtf8(result);
}

}  // namespace

void AddUrls(Registry& registry) {
  AddParse(registry, "weir_parse_url", false);
  AddParse(registry, "weir_try_parse_url", true);
  registry.Add("weir_url_encode", [](std::string_view text) { return EncodedForm(text); });
  registry.Add("weir_try_url_decode", [](std::string_view text) { return DecodedForm(text); });
  registry.Add("weir_url_decode", [](std::string_view text) {
    auto decoded = DecodedForm(text);
    if (!decoded) {
      Raise("CANNOT_DECODE_URL", "The provided URL cannot be decoded: " + std::string(text) +
                                     ". Please ensure that the URL is properly formatted and try "
                                     "again.");
    }
    return *decoded;
  });
}

}  // namespace weir::engine
