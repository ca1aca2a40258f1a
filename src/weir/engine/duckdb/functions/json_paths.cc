#include <span>

#include "weir/engine/duckdb/functions/json_text.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/parse_text.h"

// get_json_object(json, path), as Hive has it.
namespace weir::engine {

namespace {

struct Step {
  enum class Kind { kName, kIndex, kEach } kind;
  std::string name;
  int64_t index = 0;
};
using Steps = std::span<const Step>;

// "$.a['b'][0][*].c", with blanks before each part.
class PathReader {
 public:
  explicit PathReader(std::string_view path) : path_(path) {}

  // Nothing when it is not well formed, or leads nowhere: names have no wildcards.
  std::optional<std::vector<Step>> Read() {
    std::vector<Step> steps;
    if (!Take("$")) return std::nullopt;
    while (!AtEnd()) {
      auto step = ReadStep();
      if (!step) return std::nullopt;
      steps.push_back(std::move(*step));
    }
    return steps;
  }

 private:
  bool AtEnd() {
    SkipBlanks();
    return path_.empty();
  }
  void SkipBlanks() {
    const size_t first = path_.find_first_not_of(" \t\n\r\f\v");
    path_.remove_prefix(std::min(first, path_.size()));
  }
  bool Take(std::string_view sign) {
    SkipBlanks();
    if (!path_.starts_with(sign)) return false;
    path_.remove_prefix(sign.size());
    return true;
  }
  std::string_view Until(std::string_view ends) {
    SkipBlanks();
    const std::string_view taken = path_.substr(0, path_.find_first_of(ends));
    path_.remove_prefix(taken.size());
    return taken;
  }

  std::optional<Step> ReadStep() {
    if (Take(".")) return Named(Until(".["));
    if (Take("['")) {
      const std::string_view name = Until("'");
      return Take("']") ? Named(name) : std::nullopt;
    }
    if (!Take("[")) return std::nullopt;
    if (Take("*")) return Ended({Step::Kind::kEach, {}});
    const std::string_view digits = Until("]");
    const bool whole = digits.find_first_not_of("0123456789") == std::string_view::npos;
    const auto index = whole && !digits.empty() ? ParseLong(digits) : std::nullopt;
    return index ? Ended({Step::Kind::kIndex, {}, *index}) : std::nullopt;
  }
  static std::optional<Step> Named(std::string_view name) {
    if (name.empty() || name == "*") return std::nullopt;
    return Step{Step::Kind::kName, std::string(name)};
  }
  std::optional<Step> Ended(Step step) {
    if (!Take("]")) return std::nullopt;
    return step;
  }

  std::string_view path_;
};

// Writes matches; commas come by themselves between the items of an array.
class Matches {
 public:
  Matches(std::string& out, JsonEscapes escapes) : out_(out), escapes_(escapes) {}

  void BeginItem() {
    if (in_array_ > 0 && !first_) out_ += ',';
    first_ = false;
  }
  void BeginArray() {
    BeginItem();
    out_ += '[';
    ++in_array_;
    first_ = true;
  }
  void EndArray() {
    out_ += ']';
    --in_array_;
    first_ = false;
  }
  std::string& out() { return out_; }
  JsonEscapes escapes() const { return escapes_; }

 private:
  std::string& out_;
  JsonEscapes escapes_;
  int in_array_ = 0;
  bool first_ = true;
};

enum class Style { kRaw, kQuoted, kFlat };

class Evaluation {
 public:
  explicit Evaluation(JsonCursor& cursor) : cursor_(cursor) {}

  // Takes the cursor's next value; whether something matched and was written.
  bool Run(Matches& matches, Style style, Steps steps) {
    const JsonKind kind = cursor_.Kind();
    if (steps.empty()) return Write(matches, style, kind);
    const bool named = steps[0].kind == Step::Kind::kName;
    if (kind == JsonKind::kObject && named) return RunMembers(matches, style, steps);
    if (kind == JsonKind::kArray && !named) return RunItems(matches, style, steps);
    cursor_.Skip();
    return false;
  }

 private:
  bool Write(Matches& matches, Style style, JsonKind kind) {
    if (kind == JsonKind::kText && style == Style::kRaw) {
      matches.out() += cursor_.TakeText(scratch_);
      return true;
    }
    if (kind == JsonKind::kArray && style == Style::kFlat) return RunEach(matches, style, {}) > 0;
    matches.BeginItem();
    CopyJson(cursor_, matches.out(), matches.escapes());
    return true;
  }

  bool RunMembers(Matches& matches, Style style, Steps steps) {
    bool matched = false;
    cursor_.BeginObject();
    for (std::string_view name; cursor_.NextName(name, scratch_);) {
      const bool wanted = !matched && name == steps[0].name && cursor_.Kind() != JsonKind::kNull;
      if (wanted) {
        matched = Run(matches, style, steps.subspan(1));
      } else {
        cursor_.Skip();
      }
    }
    return matched;
  }

  bool RunItems(Matches& matches, Style style, Steps steps) {
    const auto each = [&](size_t i) {
      return steps.size() > i && steps[i].kind == Step::Kind::kEach;
    };
    if (!each(0)) {
      // From here on there may be several.
      return RunItem(matches, each(1) ? Style::kQuoted : style, steps);
    }
    if (each(1)) return RunWithin(matches, Style::kFlat, steps.subspan(2));
    if (style == Style::kQuoted) return RunWithin(matches, style, steps.subspan(1));
    return RunBuffered(matches, style == Style::kRaw ? Style::kQuoted : style, steps.subspan(1));
  }

  bool RunItem(Matches& matches, Style style, Steps steps) {
    bool matched = false;
    int64_t at = 0;
    cursor_.BeginArray();
    for (; cursor_.NextItem(); ++at) {
      if (at == steps[0].index) {
        matched = Run(matches, style, steps.subspan(1));
      } else {
        cursor_.Skip();
      }
    }
    return matched;
  }

  int64_t RunEach(Matches& matches, Style style, Steps steps) {
    int64_t matched = 0;
    cursor_.BeginArray();
    while (cursor_.NextItem()) matched += Run(matches, style, steps) ? 1 : 0;
    return matched;
  }

  bool RunWithin(Matches& matches, Style style, Steps steps) {
    matches.BeginArray();
    const bool matched = RunEach(matches, style, steps) > 0;
    matches.EndArray();
    return matched;
  }

  // Of a single match the brackets go.
  bool RunBuffered(Matches& matches, Style style, Steps steps) {
    std::string buffer;
    Matches inner(buffer, JsonEscapes::kNone);
    inner.BeginArray();
    const int64_t matched = RunEach(inner, style, steps);
    inner.EndArray();
    if (matched == 0) return false;
    matches.BeginItem();
    matches.out() += matched > 1 ? buffer : std::string_view(buffer).substr(1, buffer.size() - 2);
    return true;
  }

  JsonCursor& cursor_;
  std::string scratch_;
};

// The last path, understood; most calls have one.
struct Paths : duckdb::FunctionLocalState {
  std::string text;
  std::optional<std::optional<std::vector<Step>>> steps;

  const std::optional<std::vector<Step>>& Get(std::string_view path) {
    if (!steps || path != text) {
      steps = PathReader(path).Read();
      text = path;
    }
    return *steps;
  }
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewPaths(duckdb::ExpressionState&,
                                                        const duckdb::BoundFunctionExpression&,
                                                        duckdb::FunctionData*) {
  return duckdb::make_uniq<Paths>();
}

std::optional<std::string> Extracted(Frame& frame, std::string_view text, std::string_view path) {
  const auto& steps = frame.Local<Paths>().Get(path);
  if (!steps) return std::nullopt;
  JsonCursor cursor(text, kHiveDialect);
  std::string result;
  Matches matches(result, JsonEscapes::kPairs);
  const bool matched = Evaluation(cursor).Run(matches, Style::kRaw, *steps);
  if (!matched || !cursor.ok()) return std::nullopt;
  return result;
}

}  // namespace

void AddJsonPaths(Registry& registry) {
  duckdb::ScalarFunction function =
      registry.Make([](Frame& frame, std::string_view text, std::string_view path) {
        return Extracted(frame, text, path);
      });
  function.SetInitStateCallback(NewPaths);
  registry.Add("weir_get_json_object", std::move(function));
}

}  // namespace weir::engine
