#include "weir/pipeline/cases/given_files.h"

#include <algorithm>

#include "weir/connect/bytes/compression.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/pipeline/cases/given_volume.h"
#include "weir/session/cdc_query.h"
#include "weir/sql/binder.h"

namespace weir::pipeline {
namespace {

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string FormatOfPath(const std::string& path) {
  const std::string lower = LowerName(LastPart(path));
  const std::string_view name = connect::WithoutCompression(lower);
  if (name.ends_with(".csv")) return "csv";
  if (name.ends_with(".parquet")) return "parquet";
  const bool is_json =
      name.ends_with(".json") || name.ends_with(".jsonl") || name.ends_with(".ndjson");
  return is_json ? "json" : "";
}

const Value* LiteralOf(const sql::ExprPtr& expr) {
  const auto* literal = expr == nullptr ? nullptr : std::get_if<sql::LiteralExpr>(&expr->node);
  return literal == nullptr ? nullptr : &literal->value;
}

FileCall CallOf(const session::Dataset& dataset, const sql::NamedInput& input) {
  FileCall call;
  call.dataset = dataset.name;
  call.span = input.name.span;
  for (const sql::Argument& argument : *input.arguments) {
    const Value* value = LiteralOf(argument.value);
    if (value == nullptr || value->is_null()) continue;
    std::string name = argument.name ? LowerName(argument.name->text) : "path";
    if (name.starts_with("cloudfiles.")) name.erase(0, 11);
    const std::string text = value->ToString();
    if (name == "path") call.path = text;
    if (name == "format") call.format = LowerName(text);
    if (name == "header") call.header = LowerName(text) == "true";
    if (name == "sep" || name == "delimiter") call.delimiter = text;
    if (name == "nullvalue") call.null_text = text;
  }
  if (call.format.empty() && call.path) call.format = FormatOfPath(*call.path);
  return call;
}

// A name that one part of a pattern matches: "part-*.csv" -> "part-given_1.csv".
std::string NameFor(std::string_view pattern, const std::string& stem) {
  std::string name;
  bool has_stem = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const size_t close = c == '['   ? pattern.find(']', i + 1)
                         : c == '{' ? pattern.find('}', i + 1)
                                    : std::string_view::npos;
    if (c == '*') {
      if (!has_stem) name += stem;
      has_stem = true;
    } else if (c == '?') {
      name += 'x';
    } else if (close != std::string_view::npos) {
      const std::string_view inside = pattern.substr(i + 1, close - i - 1);
      name += c == '{' ? inside.substr(0, inside.find(',')) : inside.substr(0, 1);
      i = close;
    } else {
      name += c;
    }
  }
  return name;
}

bool Matches(const connect::PathPattern& pattern, const std::string& below_base) {
  auto match = pattern.Begin();
  for (size_t at = 0; at < below_base.size();) {
    const size_t slash = std::min(below_base.find('/', at), below_base.size());
    match = pattern.Step(match, below_base.substr(at, slash - at));
    if (match.IsWhole()) return true;
    at = slash + 1;
  }
  return false;
}

class Placer {
 public:
  Placer(const Given& given, const FileCall& call, size_t step, Diagnostics& diagnostics)
      : given_(given), call_(call), step_(step), diagnostics_(diagnostics) {}

  void Place(io::Stores& stores, const std::string& base_folder) {
    const connect::PathPattern pattern(*call_.path);
    const io::Location base =
        stores.Resolve(pattern.base().empty() ? "." : PlaceOfGiven(pattern.base()), base_folder);
    // A folder without files is a source that has nothing yet, not one that is missing.
    const bool is_file = IsFile(pattern);
    if (!is_file) base.store->Put(base.prefix + "_given", "");
    const auto bytes = Bytes();
    if (!bytes) return;
    const auto name = is_file ? std::optional<std::string>("") : Name(pattern);
    if (!name) return;
    const std::string key =
        is_file ? base.prefix.substr(0, base.prefix.size() - 1) : base.prefix + *name;
    base.store->Put(key, *bytes);
  }

 private:
  bool IsFile(const connect::PathPattern& pattern) const {
    return !pattern.HasWildcards() && !given_.as && !FormatOfPath(*call_.path).empty();
  }

  std::optional<std::string> Name(const connect::PathPattern& pattern) {
    const std::string stem = "given_" + std::to_string(step_);
    if (!pattern.HasWildcards()) return given_.as ? given_.as->text : stem + "." + Ending();
    const std::string path = *call_.path;
    std::string rest = path.substr(path.starts_with(pattern.base()) ? pattern.base().size() : 0);
    rest.erase(0, rest.find_first_not_of('/'));
    std::string name = given_.as ? given_.as->text : NameFor(rest, stem);
    if (!given_.as && name.ends_with(stem)) name += "." + Ending();
    if (Matches(pattern, name)) return name;
    const Cell& at = given_.as ? *given_.as : given_.name;
    Report(at, "the file " + name + " would not be one that '" + path + "' matches",
           "as: a name, with its folders, that it matches");
    return std::nullopt;
  }

  std::string Ending() const {
    const auto* text = std::get_if<RowsText>(&given_.rows);
    if (text != nullptr && text->first_line == 1 &&
        text->source->name.find('.') != std::string::npos) {
      return std::string(LastPart(text->source->name))
          .substr(LastPart(text->source->name).rfind('.') + 1);
    }
    return call_.format;
  }

  // Nothing: no file is to be written.
  std::optional<std::string> Bytes() {
    if (const auto* text = std::get_if<RowsText>(&given_.rows)) return Bytes(*text);
    const auto& rows = std::get<WrittenRows>(given_.rows);
    if (rows.rows.empty()) return std::nullopt;
    if (call_.format == "csv") return Csv(rows);
    if (call_.format == "json") return JsonLines(rows);
    Report(given_.name,
           "rows can't be written as " + (call_.format.empty() ? "files" : call_.format) + " for " +
               call_.Name(),
           "give a file: its bytes are read as they are");
    return std::nullopt;
  }

  std::optional<std::string> Bytes(const RowsText& text) {
    const bool in_test = text.source == given_.name.span.source;
    if (!in_test || text.format == call_.format) return text.text;
    diagnostics_.push_back(CaseProblem(
        text.span,
        call_.Name() + " reads " + (call_.format.empty() ? "files of no format" : call_.format) +
            ", not " + text.format,
        "the text is what a file of the source holds"));
    return std::nullopt;
  }

  std::string Csv(const WrittenRows& rows) {
    std::string text;
    for (size_t i = 0; call_.header && i < rows.columns.size(); ++i) {
      text += (i ? call_.delimiter : "") + Field(rows.columns[i].text, false);
    }
    if (call_.header) text += "\n";
    for (const auto& row : rows.rows) {
      const std::string line = CsvLine(row);
      if (line.empty()) {
        diagnostics_.push_back(CaseProblem(
            row.span, "a record of CSV that holds only NULL is an empty line, which is passed over",
            "give one more column, or leave the row out"));
      }
      text += line + "\n";
    }
    return text;
  }

  std::string CsvLine(const WrittenRows::Row& row) {
    std::string line;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (i > 0) line += call_.delimiter;
      if (!row.cells[i] || row.cells[i]->IsNull()) {
        line += call_.null_text;
        continue;
      }
      const Cell& cell = *row.cells[i];
      if (!cell.IsText()) {
        Report(cell, std::string("a record of CSV can't hold ") + cell.KindName(), "");
      } else if (cell.text.find('\n') != std::string::npos) {
        Report(cell, "a record of CSV can't hold a line break", "");
      } else if (!call_.null_text.empty() && cell.text == call_.null_text) {
        Report(cell, "'" + cell.text + "' is what " + call_.Name() + " reads as NULL",
               "write null");
      }
      line += Field(cell.text, cell.text.empty());
    }
    return line;
  }

  std::string Field(const std::string& text, bool quote) const {
    if (!quote && text.find_first_of("\"\\\n\r") == std::string::npos &&
        text.find(call_.delimiter) == std::string::npos) {
      return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return quoted + "\"";
  }

  static std::string JsonLines(const WrittenRows& rows) {
    std::string text;
    for (const auto& row : rows.rows) {
      Cell object;
      object.kind = Cell::Kind::kMembers;
      for (size_t i = 0; i < row.cells.size(); ++i) {
        if (!row.cells[i]) continue;
        object.names.push_back(rows.columns[i]);
        object.items.push_back(*row.cells[i]);
      }
      text += ToJson(object) + "\n";
    }
    return text;
  }

  void Report(const Cell& cell, const std::string& message, const std::string& hint) {
    diagnostics_.push_back(CaseProblem(cell.span, message, hint));
  }

  const Given& given_;
  const FileCall& call_;
  const size_t step_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string FileCall::Name() const { return "read_files('" + path.value_or("...") + "')"; }

std::vector<FileCall> FileCallsOf(const session::Dataset& dataset) {
  std::vector<FileCall> calls;
  for (const session::Flow& flow : dataset.flows) {
    for (const sql::NamedInput& input : session::InputsOfFlow(flow)) {
      if (!input.is_function || LowerName(input.name.ToString()) != "read_files") continue;
      calls.push_back(CallOf(dataset, input));
    }
  }
  return calls;
}

bool SamePath(const std::string& left, const std::string& right) {
  const auto without_slash = [](const std::string& path) {
    return path.substr(0, path.find_last_not_of('/') + 1);
  };
  return without_slash(left) == without_slash(right);
}

void PlaceFile(const Given& given, const FileCall& call, size_t step, io::Stores& stores,
               const std::string& base_folder, Diagnostics& diagnostics) {
  Placer(given, call, step, diagnostics).Place(stores, base_folder);
}

}  // namespace weir::pipeline
