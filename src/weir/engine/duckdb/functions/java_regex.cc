#define PCRE2_CODE_UNIT_WIDTH 8
#include "weir/engine/duckdb/functions/java_regex.h"

#include <pcre2.h>

#include <cstring>

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

static_assert(JavaRegex::kNone == PCRE2_UNSET);

namespace {

// Reads a pattern from left to right; what both write alike is copied.
class Translation {
 public:
  Translation(std::string_view pattern, std::string_view function)
      : pattern_(pattern), function_(function) {}

  std::string Run() {
    while (at_ < pattern_.size()) Next();
    return std::move(result_);
  }

 private:
  bool Ahead(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  void Copy(size_t count) {
    result_ += pattern_.substr(at_, count);
    at_ += count;
  }
  [[noreturn]] void Refuse(const std::string& what) const {
    Raise("UNSUPPORTED_FEATURE.REGULAR_EXPRESSION",
          "The feature is not supported: " + what + " in the pattern '" + std::string(pattern_) +
              "' of `" + std::string(function_) + "`.");
  }

  void Next() {
    if (Ahead("\\")) return Escape();
    if (Ahead("[")) return Class();
    if (Ahead("(?") && at_ + 2 < pattern_.size()) return Flags();
    if (Ahead("(*")) Refuse("'(*'");  // A verb of PCRE2, which Java does not know.
    Copy(1);
  }

  // (?i), (?i-s:...): letters that mean something else there are refused.
  void Flags() {
    for (size_t i = at_ + 2; i < pattern_.size(); ++i) {
      const char c = pattern_[i];
      if (c == 'u' || c == 'U' || c == 'd') Refuse(std::string("the flag ") + c);
      if (c != 'i' && c != 's' && c != 'm' && c != 'x' && c != '-') break;
    }
    Copy(2);
  }

  void Escape() {
    if (at_ + 1 >= pattern_.size()) return Copy(1);
    switch (pattern_[at_ + 1]) {
      case 'Q': {
        const size_t end = std::min(pattern_.find("\\E", at_ + 2), pattern_.size());
        return Copy(std::min(end + 2, pattern_.size()) - at_);
      }
      case 'u':
        if (at_ + 6 > pattern_.size()) return Copy(2);
        result_ += "\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}";
        at_ += 6;
        return;
      case 'p':
      case 'P':
        return Property(pattern_[at_ + 1] == 'P');
      default:
        return Copy(2);
    }
  }

  // POSIX classes, which are of ASCII in Java, and Unicode's properties.
  void Property(bool negated) {
    static constexpr std::pair<std::string_view, std::string_view> kPosix[] = {
        {"Lower", "a-z"},
        {"Upper", "A-Z"},
        {"ASCII", "\\x00-\\x7F"},
        {"Alpha", "A-Za-z"},
        {"Digit", "0-9"},
        {"Alnum", "0-9A-Za-z"},
        {"Punct", "!-\\/:-@\\[-`{-~"},
        {"Graph", "!-~"},
        {"Print", " -~"},
        {"Blank", " \\t"},
        {"Cntrl", "\\x00-\\x1F\\x7F"},
        {"XDigit", "0-9A-Fa-f"},
        {"Space", " \\t\\n\\x0B\\f\\r"}};
    const size_t end = pattern_.find('}', at_);
    if (!pattern_.substr(at_ + 2).starts_with('{') || end == std::string_view::npos) {
      return Copy(2);
    }
    std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
    for (const auto& [java, characters] : kPosix) {
      if (name != java) continue;
      if (in_class_ && negated) Refuse("\\P{" + std::string(name) + "} in a class");
      result_ += in_class_ ? std::string(characters)
                           : (negated ? "[^" : "[") + std::string(characters) + "]";
      at_ = end + 1;
      return;
    }
    if (name.starts_with("java") || name.starts_with("In") ||
        name.find('=') != std::string_view::npos) {
      Refuse("\\p{" + std::string(name) + "}");
    }
    if (name.starts_with("Is")) name.remove_prefix(2);
    result_ += (negated ? "\\P{" : "\\p{") + std::string(name) + "}";
    at_ = end + 1;
  }

  void Class() {
    Copy(1);
    in_class_ = true;
    if (Ahead("^")) Copy(1);
    if (Ahead("]")) Copy(1);
    while (at_ < pattern_.size() && !Ahead("]")) {
      if (Ahead("[")) Refuse("a class within a class");
      if (Ahead("&&")) Refuse("an intersection of classes");
      if (Ahead("\\")) {
        Escape();
      } else {
        Copy(1);
      }
    }
    in_class_ = false;
    if (at_ < pattern_.size()) Copy(1);
  }

  std::string_view pattern_;
  std::string_view function_;
  std::string result_;
  size_t at_ = 0;
  bool in_class_ = false;
};

struct FreeContext {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

}  // namespace

struct JavaRegex::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;

  ~Compiled() {
    pcre2_match_data_free(match);
    pcre2_code_free(code);
  }
};

JavaRegex::JavaRegex(std::string_view pattern, std::string_view function)
    : compiled_(std::make_unique<Compiled>()), function_(function) {
  const std::string text = ToPcre(pattern, function);
  const std::unique_ptr<pcre2_compile_context, FreeContext> context(
      pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
  int error = 0;
  size_t offset = 0;
  compiled_->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context.get());
  if (compiled_->code == nullptr) {
    Raise("INVALID_PARAMETER_VALUE.PATTERN", "The value of parameter(s) `regexp` in `" +
                                                 std::string(function) + "` is invalid: '" +
                                                 std::string(pattern) + "'.");
  }
  pcre2_jit_compile(compiled_->code, PCRE2_JIT_COMPLETE);  // Slower without, but the same.
  compiled_->match = pcre2_match_data_create_from_pattern(compiled_->code, nullptr);
  uint32_t groups = 0;
  pcre2_pattern_info(compiled_->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  groups_ = groups;
}

JavaRegex::~JavaRegex() = default;

JavaRegex::Bounds JavaRegex::Find(std::string_view text, size_t from) {
  const int result = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(text.data()),
                                 text.size(), from, PCRE2_NO_UTF_CHECK, compiled_->match, nullptr);
  if (result == PCRE2_ERROR_NOMATCH) return {};
  if (result < 0) {
    Raise("INVALID_PARAMETER_VALUE.PATTERN",
          "The pattern of `" + function_ +
              "` takes too many steps to match; make it less ambiguous.");
  }
  return {pcre2_get_ovector_pointer(compiled_->match), 2 * (groups_ + 1)};
}

std::string ToPcre(std::string_view pattern, std::string_view function) {
  return Translation(pattern, function).Run();
}

}  // namespace weir::engine
