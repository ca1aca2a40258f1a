#include <unordered_map>

#include "weir/base/ascii.h"
#include "weir/engine/duckdb/functions/java_regex.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"

namespace weir::engine {

namespace {

// Patterns compiled by one thread for one call in a statement.
class Patterns : public duckdb::FunctionLocalState {
 public:
  JavaRegex& Get(std::string_view pattern, std::string_view function) {
    if (last_ != nullptr && pattern == last_text_) return *last_;
    constexpr size_t kMost = 100;
    if (compiled_.size() > kMost) compiled_.clear();
    auto& slot = compiled_[std::string(pattern)];
    if (!slot) slot = std::make_unique<JavaRegex>(pattern, function);
    last_text_ = pattern;
    last_ = slot.get();
    return *last_;
  }

 private:
  std::unordered_map<std::string, std::unique_ptr<JavaRegex>> compiled_;
  std::string last_text_;
  JavaRegex* last_ = nullptr;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewRegexes(duckdb::ExpressionState&,
                                                          const duckdb::BoundFunctionExpression&,
                                                          duckdb::FunctionData*) {
  return duckdb::make_uniq<Patterns>();
}

using Bounds = JavaRegex::Bounds;

// A group's text, nothing when it took no part; 0 is the whole match.
std::optional<std::string_view> GroupOf(std::string_view text, const Bounds& bounds, size_t group) {
  const size_t begin = bounds[2 * group];
  if (begin == JavaRegex::kNone) return std::nullopt;
  return text.substr(begin, bounds[2 * group + 1] - begin);
}

// Calls `visit` with every match from the left, as Java's Matcher.find: after an empty match the
// search goes on one character later. Stops when it says false.
template <typename Visit>
void ForMatches(JavaRegex& regex, std::string_view text, const Visit& visit) {
  for (size_t from = 0; from <= text.size();) {
    const Bounds bounds = regex.Find(text, from);
    if (bounds.empty()) return;
    const size_t begin = bounds[0];
    const size_t end = bounds[1];
    if (!visit(bounds)) return;
    from = end;
    if (begin == end) {
      ++from;
      while (from < text.size() && IsContinuation(text[from])) ++from;
    }
  }
}

void CheckGroup(const JavaRegex& regex, int32_t group, std::string_view function) {
  if (group >= 0 && static_cast<size_t>(group) <= regex.groups()) return;
  Raise("INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
        "The value of parameter(s) `idx` in `" + std::string(function) +
            "` is invalid: Expects group index between 0 and " + std::to_string(regex.groups()) +
            ", but got " + std::to_string(group) + ".");
}

std::string Extracted(JavaRegex& regex, std::string_view text, int32_t group) {
  const Bounds bounds = regex.Find(text, 0);
  if (bounds.empty()) return {};
  CheckGroup(regex, group, "regexp_extract");
  return std::string(GroupOf(text, bounds, static_cast<size_t>(group)).value_or(""));
}

// "$1" stands for a group, and '\\' before a character for that.
void AppendReplacement(std::string& result, std::string_view replacement, std::string_view text,
                       const Bounds& bounds) {
  const size_t groups = bounds.size() / 2 - 1;
  for (size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i >= replacement.size()) {
        Raise("INVALID_REGEXP_REPLACE", "character to be escaped is missing");
      }
      result += replacement[i];
    } else if (c == '$') {
      if (i + 1 >= replacement.size() || !IsDigit(replacement[i + 1])) {
        Raise("INVALID_REGEXP_REPLACE",
              "Illegal group reference in '" + std::string(replacement) +
                  "'; write \\$ for a plain $ (groups by name are not supported)");
      }
      size_t group = static_cast<size_t>(replacement[++i] - '0');
      // More digits belong to it as long as there is such a group.
      while (i + 1 < replacement.size() && IsDigit(replacement[i + 1]) &&
             group * 10 + static_cast<size_t>(replacement[i + 1] - '0') <= groups) {
        group = group * 10 + static_cast<size_t>(replacement[++i] - '0');
      }
      if (group > groups) {
        Raise("INVALID_REGEXP_REPLACE", "No group " + std::to_string(group));
      }
      result += GroupOf(text, bounds, group).value_or("");
    } else {
      result += c;
    }
  }
}

std::string Replaced(JavaRegex& regex, std::string_view text, std::string_view replacement,
                     int32_t from) {
  if (from < 1) {
    Raise("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
          "The position of `regexp_replace` must be between (0, 2147483647], but is " +
              std::to_string(from) + ".");
  }
  const size_t kept = ByteOfCharacter(text, from - 1);
  std::string result(text.substr(0, kept));
  const std::string_view rest = text.substr(kept);
  size_t done = 0;
  ForMatches(regex, rest, [&](const Bounds& bounds) {
    result += rest.substr(done, bounds[0] - done);
    AppendReplacement(result, replacement, rest, bounds);
    done = bounds[1];
    return true;
  });
  return result += rest.substr(done);
}

// As Java's String.split: a limit of at most 0 keeps what is empty at the end.
std::vector<std::string_view> Split(JavaRegex& regex, std::string_view text, int32_t limit) {
  std::vector<std::string_view> parts;
  size_t done = 0;
  ForMatches(regex, text, [&](const Bounds& bounds) {
    const size_t begin = bounds[0];
    const size_t end = bounds[1];
    if (limit > 0 && parts.size() + 1 >= static_cast<size_t>(limit)) return false;
    if (end == 0) return true;  // An empty match at the start.
    if (begin == end && begin >= text.size()) return false;
    parts.push_back(text.substr(done, begin - done));
    done = end;
    return true;
  });
  parts.push_back(text.substr(done));
  return parts;
}

// Functions that keep their patterns.
template <typename F>
void AddPattern(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function = registry.Make(f);
  function.SetInitStateCallback(NewRegexes);
  registry.Add(name, std::move(function));
}

// ------------------------------------------------------------------------------- lists of texts

using Parts = std::vector<std::string_view>;

// f(text, pattern, number) that gives several texts.
template <typename F>
void AddListing(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function(
      {duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR, duckdb::LogicalType::INTEGER},
      duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR),
      [f](duckdb::DataChunk& input, duckdb::ExpressionState& state, duckdb::Vector& result) {
        auto& patterns = Frame{state}.Local<Patterns>();
        const bool constant = input.AllConstant();
        std::array<duckdb::UnifiedVectorFormat, 3> formats;
        for (size_t i = 0; i < 3; ++i) input.data[i].ToUnifiedFormat(input.size(), formats[i]);
        const auto* const texts =
            duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(formats[0]);
        const auto* const regexes =
            duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(formats[1]);
        const auto* const numbers = duckdb::UnifiedVectorFormat::GetData<int32_t>(formats[2]);
        result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
        auto* const entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
        const duckdb::idx_t count = constant ? 1 : input.size();
        for (duckdb::idx_t row = 0; row < count; ++row) {
          const duckdb::idx_t offset = duckdb::ListVector::GetListSize(result);
          entries[row] = {offset, 0};
          std::array<duckdb::idx_t, 3> at;
          bool valid = true;
          for (size_t i = 0; i < 3; ++i) {
            at[i] = formats[i].sel->get_index(row);
            valid = valid && formats[i].validity.RowIsValid(at[i]);
          }
          if (!valid) {
            duckdb::FlatVector::Validity(result).SetInvalid(row);
            continue;
          }
          const auto& text = texts[at[0]];
          const auto& regex = regexes[at[1]];
          const Parts parts = f(patterns, std::string_view(text.GetData(), text.GetSize()),
                                std::string_view(regex.GetData(), regex.GetSize()), numbers[at[2]]);
          duckdb::ListVector::Reserve(result, offset + parts.size());
          auto& child = duckdb::ListVector::GetEntry(result);
          for (size_t i = 0; i < parts.size(); ++i) {
            duckdb::FlatVector::GetData<duckdb::string_t>(child)[offset + i] =
                duckdb::StringVector::AddString(child, parts[i].data(), parts[i].size());
          }
          duckdb::ListVector::SetListSize(result, offset + parts.size());
          entries[row].length = parts.size();
        }
        if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
      });
  function.SetFallible();
  function.SetInitStateCallback(NewRegexes);
  registry.Add(name, std::move(function));
}

}  // namespace

void AddRegularExpressions(Registry& registry) {
  AddPattern(registry, "weir_rlike",
             [](Frame& frame, std::string_view text, std::string_view pattern) {
               return !frame.Local<Patterns>().Get(pattern, "rlike").Find(text, 0).empty();
             });
  AddPattern(registry, "weir_regexp_extract",
             [](Frame& frame, std::string_view text, std::string_view pattern, int32_t group) {
               return Extracted(frame.Local<Patterns>().Get(pattern, "regexp_extract"), text,
                                group);
             });
  AddPattern(registry, "weir_regexp_replace",
             [](Frame& frame, std::string_view text, std::string_view pattern,
                std::string_view replacement, int32_t from) {
               return Replaced(frame.Local<Patterns>().Get(pattern, "regexp_replace"), text,
                               replacement, from);
             });
  AddPattern(registry, "weir_regexp_count",
             [](Frame& frame, std::string_view text, std::string_view pattern) {
               int32_t count = 0;
               ForMatches(frame.Local<Patterns>().Get(pattern, "regexp_count"), text,
                          [&](const Bounds&) { return ++count > 0; });
               return count;
             });
  AddPattern(registry, "weir_regexp_instr",
             [](Frame& frame, std::string_view text, std::string_view pattern) {
               const Bounds bounds =
                   frame.Local<Patterns>().Get(pattern, "regexp_instr").Find(text, 0);
               if (bounds.empty()) return int32_t{0};
               return static_cast<int32_t>(CountCharacters(text.substr(0, bounds[0])) + 1);
             });
  AddPattern(registry, "weir_regexp_substr",
             [](Frame& frame, std::string_view text,
                std::string_view pattern) -> std::optional<std::string> {
               const Bounds bounds =
                   frame.Local<Patterns>().Get(pattern, "regexp_substr").Find(text, 0);
               if (bounds.empty() || bounds[0] == bounds[1]) return std::nullopt;
               return std::string(*GroupOf(text, bounds, 0));
             });
  AddListing(registry, "weir_split",
             [](Patterns& patterns, std::string_view text, std::string_view pattern,
                int32_t limit) -> Parts {
               if (text.empty()) return {text};
               return Split(patterns.Get(pattern, "split"), text, limit);
             });
  AddListing(registry, "weir_regexp_extract_all",
             [](Patterns& patterns, std::string_view text, std::string_view pattern,
                int32_t group) -> Parts {
               JavaRegex& regex = patterns.Get(pattern, "regexp_extract_all");
               Parts parts;
               ForMatches(regex, text, [&](const Bounds& bounds) {
                 CheckGroup(regex, group, "regexp_extract_all");
                 parts.push_back(GroupOf(text, bounds, static_cast<size_t>(group)).value_or(""));
                 return true;
               });
               return parts;
             });
}

}  // namespace weir::engine
