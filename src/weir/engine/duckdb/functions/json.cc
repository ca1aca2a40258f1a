#include <yyjson.hpp>

#include <span>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/value.h"

// Reading JSON texts as Spark does with Jackson.
namespace weir::engine {

namespace {

using duckdb_yyjson::yyjson_doc;
using duckdb_yyjson::yyjson_val;

struct Document {
  explicit Document(std::string_view text)
      : doc(duckdb_yyjson::yyjson_read_opts(
            const_cast<char*>(text.data()), text.size(),
            duckdb_yyjson::YYJSON_READ_BIGNUM_AS_RAW | duckdb_yyjson::YYJSON_READ_STOP_WHEN_DONE,
            nullptr, nullptr)) {}
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { duckdb_yyjson::yyjson_doc_free(doc); }
  yyjson_val* root() const { return duckdb_yyjson::yyjson_doc_get_root(doc); }

  yyjson_doc* doc;
};

// ------------------------------------------------------------------------------- writing

void WriteText(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kDigits[c >> 4];
          out += kDigits[c & 0x0F];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string_view TextOf(yyjson_val* value) {
  return {duckdb_yyjson::yyjson_get_str(value), duckdb_yyjson::yyjson_get_len(value)};
}

void Write(std::string& out, yyjson_val* value) {
  using namespace duckdb_yyjson;  // NOLINT: a C interface.
  size_t i = 0;
  size_t count = 0;
  yyjson_val* key = nullptr;
  yyjson_val* item = nullptr;
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_NULL:
      out += "null";
      return;
    case YYJSON_TYPE_BOOL:
      out += yyjson_get_bool(value) ? "true" : "false";
      return;
    case YYJSON_TYPE_RAW:
      out.append(yyjson_get_raw(value), yyjson_get_len(value));
      return;
    case YYJSON_TYPE_NUM:
      if (yyjson_is_uint(value))
        out += std::to_string(yyjson_get_uint(value));
      else if (yyjson_is_sint(value))
        out += std::to_string(yyjson_get_sint(value));
      else
        out += Value(TypeId::kDouble, yyjson_get_real(value)).ToString();
      return;
    case YYJSON_TYPE_STR:
      WriteText(out, TextOf(value));
      return;
    case YYJSON_TYPE_ARR:
      out += '[';
      yyjson_arr_foreach(value, i, count, item) {
        if (i > 0) out += ',';
        Write(out, item);
      }
      out += ']';
      return;
    case YYJSON_TYPE_OBJ:
      out += '{';
      yyjson_obj_foreach(value, i, count, key, item) {
        if (i > 0) out += ',';
        WriteText(out, TextOf(key));
        out += ':';
        Write(out, item);
      }
      out += '}';
      return;
    default:
      return;
  }
}

// ------------------------------------------------------------------------------- paths

struct Step {
  enum class Kind { kName, kIndex, kAll } kind;
  std::string name;
  size_t index = 0;
};

// "$.a['b'][0][*].c"; nothing when it is not well formed.
std::optional<std::vector<Step>> StepsOf(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  std::vector<Step> steps;
  for (size_t at = 1; at < path.size();) {
    if (path[at] == '.') {
      const size_t end = std::min(path.find_first_of(".[", at + 1), path.size());
      const std::string_view name = path.substr(at + 1, end - at - 1);
      if (name.empty()) return std::nullopt;
      steps.push_back(name == "*" ? Step{Step::Kind::kAll, "*"}
                                  : Step{Step::Kind::kName, std::string(name)});
      at = end;
      continue;
    }
    const size_t end = path.find(']', at);
    if (path[at] != '[' || end == std::string_view::npos || end == at + 1) return std::nullopt;
    const std::string_view inner = path.substr(at + 1, end - at - 1);
    if (inner == "*") {
      steps.push_back({Step::Kind::kAll, {}});
    } else if (inner.size() >= 2 && inner.front() == '\'' && inner.back() == '\'') {
      steps.push_back({Step::Kind::kName, std::string(inner.substr(1, inner.size() - 2))});
    } else if (inner.find_first_not_of("0123456789") == std::string_view::npos &&
               inner.size() < 10) {
      steps.push_back(
          {Step::Kind::kIndex, {}, static_cast<size_t>(std::stoul(std::string(inner)))});
    } else {
      return std::nullopt;
    }
    at = end + 1;
  }
  return steps;
}

yyjson_val* Follow(yyjson_val* value, const Step& step) {
  if (step.kind == Step::Kind::kIndex) {
    return duckdb_yyjson::yyjson_arr_get(value, step.index);
  }
  return duckdb_yyjson::yyjson_obj_getn(value, step.name.data(), step.name.size());
}

// The values that the steps lead to; NULLs lead nowhere.
void Collect(yyjson_val* value, std::span<const Step> steps, std::vector<yyjson_val*>& found) {
  if (value == nullptr) return;
  if (steps.empty()) {
    if (!duckdb_yyjson::yyjson_is_null(value)) found.push_back(value);
    return;
  }
  if (steps[0].kind != Step::Kind::kAll) {
    return Collect(Follow(value, steps[0]), steps.subspan(1), found);
  }
  size_t i = 0;
  size_t count = 0;
  yyjson_val* item = nullptr;
  if (!duckdb_yyjson::yyjson_is_arr(value)) return;
  using namespace duckdb_yyjson;  // NOLINT: the macro needs it.
  yyjson_arr_foreach(value, i, count, item) Collect(item, steps.subspan(1), found);
}

std::optional<std::string> Extracted(std::string_view text, std::string_view path) {
  const auto steps = StepsOf(path);
  if (!steps) return std::nullopt;
  size_t wildcards = 0;
  for (const Step& step : *steps) {
    wildcards += step.kind == Step::Kind::kAll ? 1 : 0;
    if (wildcards > 1 || step.name == "*") {
      Raise("UNSUPPORTED_FEATURE.JSON_PATH",
            "The feature is not supported: the path '" + std::string(path) +
                "' of `get_json_object`; it may have one [*] at most, and no .*");
    }
  }
  const Document document(text);
  if (document.doc == nullptr) return std::nullopt;
  std::vector<yyjson_val*> found;
  Collect(document.root(), *steps, found);
  if (found.empty()) return std::nullopt;
  std::string result;
  if (wildcards == 0) {
    if (duckdb_yyjson::yyjson_is_str(found[0])) return std::string(TextOf(found[0]));
    Write(result, found[0]);
    return result;
  }
  // Of a single match the brackets go.
  if (found.size() == 1) {
    Write(result, found[0]);
    return result;
  }
  for (yyjson_val* const value : found) {
    result += result.empty() ? "[" : ",";
    Write(result, value);
  }
  return result + "]";
}

std::optional<int32_t> ArrayLength(std::string_view text) {
  const Document document(text);
  if (document.doc == nullptr || !duckdb_yyjson::yyjson_is_arr(document.root())) {
    return std::nullopt;
  }
  return static_cast<int32_t>(duckdb_yyjson::yyjson_arr_size(document.root()));
}

}  // namespace

void AddJson(Registry& registry) {
  registry.Add("weir_get_json_object",
               [](std::string_view text, std::string_view path) { return Extracted(text, path); });
  registry.Add("weir_json_array_length", [](std::string_view text) { return ArrayLength(text); });
}

}  // namespace weir::engine
