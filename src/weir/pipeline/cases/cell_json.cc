#include <string_view>

#include "weir/base/json.h"
#include "weir/pipeline/cases/cell.h"

namespace weir::pipeline {
namespace {

// Builds cells from the parser's events, since its own numbers would lose digits of decimals.
class CellBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit CellBuilder(const Span& span) : span_(span) {}

  bool null() override { return Add(New(Cell::Kind::kNull)); }
  bool boolean(bool value) override { return AddText(value ? "true" : "false", false); }
  bool number_integer(number_integer_t value) override {
    return AddText(std::to_string(value), false);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return AddText(std::to_string(value), false);
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return AddText(digits, false);
  }
  bool string(string_t& text) override { return AddText(text, true); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(Cell::Kind::kMembers); }
  bool key(string_t& name) override {
    Cell cell = New(Cell::Kind::kText);
    cell.text = name;
    open_.back().names.push_back(std::move(cell));
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(Cell::Kind::kList); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception&) override {
    error_byte_ = byte;
    return false;
  }

  std::optional<Cell> Take() { return std::move(root_); }
  size_t error_byte() const { return error_byte_; }

 private:
  Cell New(Cell::Kind kind) const {
    Cell cell;
    cell.kind = kind;
    cell.span = span_;
    return cell;
  }
  bool AddText(const std::string& text, bool quoted) {
    Cell cell = New(Cell::Kind::kText);
    cell.text = text;
    cell.quoted = quoted;
    // As `--output json` prints a BINARY; other types don't look at it.
    cell.base64 = quoted;
    return Add(std::move(cell));
  }
  bool Add(Cell cell) {
    if (open_.empty()) {
      root_ = std::move(cell);
    } else {
      open_.back().items.push_back(std::move(cell));
    }
    return true;
  }
  bool Open(Cell::Kind kind) {
    open_.push_back(New(kind));
    return true;
  }
  bool Close() {
    Cell cell = std::move(open_.back());
    open_.pop_back();
    return Add(std::move(cell));
  }

  const Span& span_;
  std::vector<Cell> open_;
  std::optional<Cell> root_;
  size_t error_byte_ = 0;
};

std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Whether JSON has a word or number of that spelling.
bool IsJsonWord(const std::string& text) {
  if (text == "true" || text == "false") return true;
  const bool may_be_number = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  return may_be_number && Json::accept(text);
}

}  // namespace

std::optional<Cell> ParseJsonCell(std::string_view json, const Span& span,
                                  Diagnostics& diagnostics) {
  CellBuilder builder(span);
  if (nlohmann::json::sax_parse(json, &builder)) return builder.Take();
  diagnostics.push_back(CaseProblem(
      span, "not valid JSON, at character " + std::to_string(builder.error_byte()) + " of " +
                std::string(json.substr(0, 60)) + (json.size() > 60 ? "..." : "")));
  return std::nullopt;
}

std::string ToJson(const Cell& cell) {
  std::string text;
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return "null";
    case Cell::Kind::kText:
      return !cell.quoted && IsJsonWord(cell.text) ? cell.text : Quoted(cell.text);
    case Cell::Kind::kList:
      for (const Cell& item : cell.items) text += (text.empty() ? "" : ",") + ToJson(item);
      return "[" + text + "]";
    case Cell::Kind::kMembers:
      for (size_t i = 0; i < cell.items.size(); ++i) {
        text += (i ? "," : "") + Quoted(cell.names[i].text) + ":" + ToJson(cell.items[i]);
      }
      return "{" + text + "}";
  }
  return text;
}

}  // namespace weir::pipeline
