#include "weir/app/test_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "weir/app/display_width.h"
#include "weir/app/output.h"
#include "weir/app/update_text.h"
#include "weir/base/json.h"

namespace weir::app {
namespace {

using pipeline::CaseFailure;
using pipeline::CaseOutcome;
using pipeline::CaseStatus;
using pipeline::RowChange;
using pipeline::RowDiff;
using ShownRow = std::vector<std::string>;

constexpr size_t kWidestShown = 60;

// Cuts between characters, not within one.
std::string Cut(const std::string& text) {
  if (DisplayWidth(text) <= kWidestShown) return text;
  std::string cut;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    if (DisplayWidth(cut) + 3 >= kWidestShown) break;
    cut += text.substr(at, end - at);
    at = end;
  }
  return cut + "...";
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\t') {
      escaped += "\\t";
    } else if (c == '\r') {
      escaped += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      escaped += fmt::format("\\x{:02x}", byte);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// Texts that would be taken for something else stand in quotes.
std::string CellText(const Value& value) {
  const std::string text = value.ToString();
  if (value.is_null() || value.type().id() != TypeId::kString) return Cut(Escaped(text));
  const bool unclear = text.empty() || text == "NULL" || text.front() == ' ' ||
                       text.back() == ' ' || text.front() == '\'';
  return Cut(unclear ? "'" + Escaped(text) + "'" : Escaped(text));
}

// The changes as a table; under cells that differ stands ^^^.
class DiffTable {
 public:
  explicit DiffTable(const RowDiff& diff) : diff_(diff) {
    AddLine(' ', [&](size_t i) { return Escaped(diff.columns[i].name); });
    for (const RowChange& change : diff.changes) {
      if (change.kind != RowChange::Kind::kUnexpected) {
        AddLine('-', [&](size_t i) { return CellText(change.expected[i]); });
      }
      if (change.kind == RowChange::Kind::kMissing) continue;
      AddLine('+', [&](size_t i) { return CellText(change.found[i]); });
      if (!change.differing.empty()) marks_[lines_.size()] = change.differing;
    }
  }

  std::string ToText(const std::string& indent) const {
    std::string text;
    for (size_t i = 0; i < lines_.size(); ++i) {
      text += indent + Line(lines_[i]) + "\n";
      const auto marks = marks_.find(i + 1);
      if (marks != marks_.end()) text += indent + Marks(marks->second, lines_[i - 1], lines_[i]);
    }
    return text;
  }

 private:
  template <typename Text>
  void AddLine(char sign, const Text& cell) {
    ShownRow cells = {std::string(1, sign)};
    widths_.resize(diff_.columns.size());
    for (size_t i = 0; i < diff_.columns.size(); ++i) {
      cells.push_back(cell(i));
      widths_[i] = std::max(widths_[i], DisplayWidth(cells.back()));
    }
    lines_.push_back(std::move(cells));
  }

  std::string Line(const ShownRow& cells) const {
    std::string line = cells[0] + " ";
    for (size_t i = 1; i < cells.size(); ++i) {
      const std::string pad(widths_[i - 1] - DisplayWidth(cells[i]), ' ');
      const bool right = diff_.columns[i - 1].type.IsNumeric();
      line += (i > 1 ? " | " : "") + (right ? pad + cells[i] : cells[i] + pad);
    }
    return line.substr(0, line.find_last_not_of(' ') + 1);
  }

  std::string Marks(const std::vector<size_t>& columns, const ShownRow& expected,
                    const ShownRow& found) const {
    ShownRow marks(diff_.columns.size() + 1);
    for (const size_t column : columns) {
      const size_t width =
          std::max(DisplayWidth(expected[column + 1]), DisplayWidth(found[column + 1]));
      marks[column + 1] = std::string(width, '^');
    }
    marks[0] = " ";
    std::string line = Line(marks);
    std::replace(line.begin(), line.end(), '|', ' ');
    return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }

  const RowDiff& diff_;
  std::vector<size_t> widths_;
  std::vector<ShownRow> lines_;
  std::map<size_t, std::vector<size_t>> marks_;  // Behind the line of that number, from 1.
};

std::string Indented(const std::string& text, const std::string& indent) {
  std::string indented;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    indented += (end > at ? indent : "") + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return indented;
}

std::string OneFailure(const CaseFailure& failure, bool several_steps) {
  std::string text = failure.span.source->name + ":" + std::to_string(failure.span.Line()) + ": ";
  text += failure.dataset;
  if (several_steps) text += ", step " + std::to_string(failure.step);
  text += ": " + failure.message + "\n";
  if (!failure.diff) return text;
  text += DiffTable(*failure.diff).ToText("  ");
  const int64_t all = failure.diff->missing + failure.diff->unexpected + failure.diff->differing;
  const auto shown = static_cast<int64_t>(failure.diff->changes.size());
  if (all > shown) text += "  ... and " + std::to_string(all - shown) + " more\n";
  return text;
}

// Written here and not by the library, whose numbers would lose digits of decimals.
std::string RowJson(const Schema& columns, const std::vector<Value>& row) {
  std::string text;
  for (size_t i = 0; i < row.size(); ++i) {
    text += (i ? "," : "") + ToJsonString(columns[i].name) + ":" + ToJsonText(row[i]);
  }
  return "{" + text + "}";
}

std::string ChangeJson(const RowDiff& diff, const RowChange& change) {
  std::string text;
  const auto add = [&](const char* name, const std::string& json) {
    text += (text.empty() ? "" : ",") + ToJsonString(name) + ":" + json;
  };
  if (change.kind != RowChange::Kind::kUnexpected) {
    add("expected", RowJson(diff.columns, change.expected));
  }
  if (change.kind != RowChange::Kind::kMissing) {
    add("found", RowJson(diff.columns, change.found));
  }
  Json differing = Json::array();
  for (const size_t column : change.differing) differing.push_back(diff.columns[column].name);
  if (!differing.empty()) add("differing", differing.dump());
  return "{" + text + "}";
}

std::string FailureJson(const CaseFailure& failure) {
  Json json{{"step", failure.step},
            {"dataset", failure.dataset},
            {"line", failure.span.Line()},
            {"message", failure.message}};
  if (failure.diff) {
    json["expected_rows"] = failure.diff->expected_rows;
    json["found_rows"] = failure.diff->found_rows;
    json["missing"] = failure.diff->missing;
    json["unexpected"] = failure.diff->unexpected;
    json["differing"] = failure.diff->differing;
  }
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!failure.diff) return text;
  std::string changes;
  for (const RowChange& change : failure.diff->changes) {
    changes += (changes.empty() ? "" : ",") + ChangeJson(*failure.diff, change);
  }
  text.pop_back();
  return text + ",\"changes\":[" + changes + "]}";
}

// What XML can hold: no control characters, and its own marks escaped.
std::string Xml(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      xml += "&amp;";
    } else if (c == '<') {
      xml += "&lt;";
    } else if (c == '>') {
      xml += "&gt;";
    } else if (c == '"') {
      xml += "&quot;";
    } else if (byte < 0x20 && c != '\t' && c != '\n') {
      xml += '?';
    } else {
      xml += c;
    }
  }
  return xml;
}

// U+FFFD for bytes that are no text, U+FFFE and U+FFFF, which XML does not allow.
std::string Utf8(const std::string& text) {
  std::string clean = Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
  for (const char* const banned : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (size_t at = clean.find(banned); at != std::string::npos; at = clean.find(banned)) {
      clean.replace(at, 3, "\xef\xbf\xbd");
    }
  }
  return clean;
}

std::string CaseXml(const std::string& pipeline, const CaseOutcome& outcome) {
  std::string xml = fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"",
      Xml(Utf8(pipeline)), Xml(Utf8(outcome.name)), Xml(Utf8(outcome.file)), outcome.line,
      outcome.seconds);
  if (outcome.status == CaseStatus::kPassed) return xml + "/>\n";
  const bool failed = outcome.status == CaseStatus::kFailed;
  const std::string text = Utf8(FailureText(outcome));
  const char* element = failed ? "failure" : "error";
  return xml +
         fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                     element, pipeline::CaseStatusName(outcome.status), Xml(FirstLine(text)),
                     Xml(text));
}

std::string Suite(const char* element, const std::string& pipeline,
                  const std::vector<CaseOutcome>& outcomes) {
  double seconds = 0;
  for (const CaseOutcome& outcome : outcomes) seconds += outcome.seconds;
  return fmt::format(
      "<{} name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{:.3f}\">\n",
      element, Xml(Utf8(pipeline)), outcomes.size(), CountOf(outcomes, CaseStatus::kFailed),
      CountOf(outcomes, CaseStatus::kBroken), seconds);
}

}  // namespace

std::string FailureText(const CaseOutcome& outcome) {
  if (outcome.status == CaseStatus::kBroken) {
    return outcome.error.substr(0, outcome.error.find_last_not_of('\n') + 1) + "\n";
  }
  const bool several = std::any_of(outcome.failures.begin(), outcome.failures.end(),
                                   [](const CaseFailure& failure) { return failure.step > 1; });
  std::string text;
  for (const CaseFailure& failure : outcome.failures) text += OneFailure(failure, several);
  return text;
}

size_t CountOf(const std::vector<CaseOutcome>& outcomes, CaseStatus status) {
  return static_cast<size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [&](const CaseOutcome& outcome) { return outcome.status == status; }));
}

std::string OutcomeText(const CaseOutcome& outcome) {
  const char* word = outcome.status == CaseStatus::kPassed   ? "passed"
                     : outcome.status == CaseStatus::kFailed ? "FAILED"
                                                             : "BROKEN";
  std::string line = fmt::format("  {}    {}\n", word, outcome.name);
  if (outcome.status == CaseStatus::kPassed) return line;
  return line + Indented(FailureText(outcome), "      ");
}

std::string OutcomeJson(const CaseOutcome& outcome) {
  Json json{{"test", outcome.name},
            {"file", outcome.file},
            {"line", outcome.line},
            {"status", pipeline::CaseStatusName(outcome.status)},
            {"seconds", outcome.seconds}};
  if (!outcome.error.empty()) json["error"] = outcome.error;
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (outcome.failures.empty()) return text;
  std::string failures;
  for (const CaseFailure& failure : outcome.failures) {
    failures += (failures.empty() ? "" : ",") + FailureJson(failure);
  }
  text.pop_back();
  return text + ",\"failures\":[" + failures + "]}";
}

std::string JUnit(const std::string& pipeline, const std::vector<CaseOutcome>& outcomes) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += Suite("testsuites", pipeline, outcomes) + "  " + Suite("testsuite", pipeline, outcomes);
  for (const CaseOutcome& outcome : outcomes) xml += CaseXml(pipeline, outcome);
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace weir::app
