#include "weir/pipeline/cases/test_case.h"

#include <algorithm>
#include <filesystem>

#include "weir/base/error.h"
#include "weir/pipeline/cases/members.h"
#include "weir/types/parse_text.h"

namespace weir::pipeline {
namespace fs = std::filesystem;
namespace {

class CaseReader {
 public:
  CaseReader(const Spec& spec, std::string file, Diagnostics& diagnostics)
      : spec_(spec), file_(std::move(file)), diagnostics_(diagnostics) {}

  TestCase Read(const Cell& document, bool is_first) {
    TestCase test;
    test.file = file_;
    test.span = document.span;
    test.name = fs::path(file_).stem().string();
    Members members(document, "a test", diagnostics_);
    members.Text("description");
    if (const auto name = members.Text("name")) {
      test.name = name->text;
      test.span = name->span;
    } else if (!is_first) {
      Report(document.span, "a test that is not the first of its file needs a `name`");
    }
    if (const Cell* configuration = members.Find("configuration")) {
      ReadConfiguration(*configuration, test);
    }
    test.steps.push_back(ReadStep(members, document.span));
    const Cell* then = members.Find("then");
    members.RefuseOthers();
    if (then != nullptr) ReadSteps(*then, test);
    const bool expects = std::any_of(test.steps.begin(), test.steps.end(), [](const auto& step) {
      return !step.expect.empty() || !step.fails.empty();
    });
    if (!expects) {
      Report(document.span, "the test `" + test.name + "` expects nothing",
             "expect:\n    a_dataset:\n      - {id: 1}");
    }
    return test;
  }

 private:
  void ReadConfiguration(const Cell& written, TestCase& test) {
    ForEach(written, "configuration", [&](const Cell& key, const Cell& value) {
      if (!value.IsText()) return Report(value.span, "`" + key.text + "` must be a text");
      if (!spec_.configuration.count(key.text)) {
        return Report(key.span, "the spec has no configuration key `" + key.text + "`",
                      "it has: " + Keys(spec_.configuration));
      }
      test.configuration.emplace_back(key, value.text);
    });
  }

  static std::string Keys(const std::map<std::string, std::string>& configuration) {
    std::string keys;
    for (const auto& [key, value] : configuration) keys += (keys.empty() ? "" : ", ") + key;
    return keys.empty() ? "none" : keys;
  }

  void ReadSteps(const Cell& written, TestCase& test) {
    if (written.kind != Cell::Kind::kList) {
      return Report(written.span, "`then` must be a list of steps",
                    "then:\n    - given: ...\n      expect: ...");
    }
    for (const Cell& item : written.items) {
      Members members(item, "a step", diagnostics_);
      test.steps.push_back(ReadStep(members, item.span));
      members.RefuseOthers();
    }
  }

  TestStep ReadStep(Members& members, const Span& span) {
    TestStep step;
    step.span = span;
    if (const auto clock = members.Text("clock")) {
      const auto micros = ParseTimestamp(clock->text);
      if (!micros) {
        Report(clock->span, "'" + clock->text + "' is no timestamp", "clock: 2026-03-01 12:00:00");
      } else {
        step.clock = Instant{*micros};
      }
    }
    if (const Cell* given = members.Find("given")) {
      ForEach(*given, "given", [&](const Cell& name, const Cell& value) {
        step.given.push_back(ReadGiven(name, value));
      });
    }
    if (const Cell* refresh = members.Find("full_refresh")) ReadFullRefresh(*refresh, step);
    if (const Cell* expect = members.Find("expect")) {
      ForEach(*expect, "expect", [&](const Cell& name, const Cell& value) {
        step.expect.push_back(ReadExpected(name, value));
      });
    }
    if (const Cell* fails = members.Find("fails")) {
      ForEach(*fails, "fails", [&](const Cell& name, const Cell& value) {
        step.fails.push_back(ReadFailure(name, value));
      });
    }
    return step;
  }

  void ReadFullRefresh(const Cell& written, TestStep& step) {
    if (written.IsText() && written.text == "all") {
      step.full_refresh_all = true;
    } else if (written.kind == Cell::Kind::kList) {
      step.full_refresh = Texts(written, "full_refresh");
    } else {
      Report(written.span, "`full_refresh` must be a list of tables, or the word all");
    }
  }

  Given ReadGiven(const Cell& name, const Cell& value) {
    Given given{name, PathOf(name.text), WrittenRows{}, {}, {}, false};
    if (value.kind == Cell::Kind::kList) {
      given.rows = RowsOfList(value, diagnostics_);
      return given;
    }
    Members members(value, "what is given for " + name.text, diagnostics_,
                    "a list of rows, or one of rows:, csv:, json:, file:");
    auto rows = ReadRows(members);
    if (!rows && members.is_good()) Report(name.span, "nothing is given for " + name.text, kOneOf);
    given.rows = rows.value_or(WrittenRows{});
    if (given.path) {
      given.as = members.Text("as");
    } else {
      given.columns = members.Text("columns");
      given.replace = members.Flag("replace");
      CheckFormat(given.rows, name.span);
    }
    members.RefuseOthers();
    return given;
  }

  ExpectedDataset ReadExpected(const Cell& name, const Cell& value) {
    ExpectedDataset expected;
    expected.name = name;
    if (value.kind == Cell::Kind::kList) {
      expected.rows = RowsOfList(value, diagnostics_);
      return expected;
    }
    Members members(value, "what is expected of " + name.text, diagnostics_,
                    "a list of rows (none: []), or one of rows:, csv:, json:, file:");
    expected.rows = ReadRows(members);
    if (expected.rows) CheckFormat(*expected.rows, name.span);
    expected.ordered = members.Flag("ordered");
    if (const Cell* key = members.Find("key")) expected.key = Texts(*key, "key");
    expected.dropped = members.Count("dropped");
    expected.rejected = members.Count("rejected");
    if (const Cell* counts = members.Find("expectations")) {
      ForEach(*counts, "expectations", [&](const Cell& expectation, const Cell& count) {
        Members both(count, "what is expected of " + expectation.text, diagnostics_,
                     "{passed: 3, failed: 1}, or one of them");
        expected.expectations.push_back({expectation, both.Count("passed"), both.Count("failed")});
        both.RefuseOthers();
      });
    }
    members.RefuseOthers();
    if (!expected.rows && (expected.ordered || !expected.key.empty())) {
      Report(name.span, "`ordered` and `key` are about rows, and none are expected");
    }
    return expected;
  }

  ExpectedFailure ReadFailure(const Cell& name, const Cell& value) {
    ExpectedFailure failure{name, "", ""};
    if (value.IsText()) {
      failure.message = value.text;
      return failure;
    }
    Members members(value, "how " + name.text + " fails", diagnostics_,
                    "a part of the message, or {condition: DIVIDE_BY_ZERO, message: ...}");
    if (const auto condition = members.Text("condition")) failure.condition = condition->text;
    if (const auto message = members.Text("message")) failure.message = message->text;
    members.RefuseOthers();
    if (members.is_good() && failure.condition.empty() && failure.message.empty()) {
      Report(name.span, "say how " + name.text + " fails",
             "{condition: DIVIDE_BY_ZERO}, or a part of the message");
    }
    return failure;
  }

  // One of `rows`, `csv`, `json` and `file`, if any.
  std::optional<RowsGiven> ReadRows(Members& members) {
    std::optional<RowsGiven> rows;
    const auto take = [&](const Cell& at, RowsGiven more) {
      if (rows) Report(at.span, "rows are given twice", kOneOf);
      rows = std::move(more);
    };
    if (const Cell* list = members.Find("rows")) {
      if (list->kind != Cell::Kind::kList) {
        Report(list->span, "`rows` must be a list", "rows: []");
      }
      take(*list, RowsOfList(*list, diagnostics_));
    }
    for (const char* format : {"csv", "json"}) {
      if (const auto text = members.Text(format)) take(*text, TextIn(*text, format));
    }
    if (const auto file = members.Text("file")) {
      if (auto text = TextOf(*file)) take(*file, std::move(*text));
    }
    return rows;
  }

  static RowsText TextIn(const Cell& cell, const std::string& format) {
    RowsText text{format, cell.text, cell.span.source, 0, cell.span};
    // A block's lines stand below its `|`, each on one of its own.
    if (cell.span.Text().starts_with('|')) text.first_line = cell.span.Line() + 1;
    return text;
  }

  std::optional<RowsText> TextOf(const Cell& file) {
    const fs::path path = fs::path(spec_.folder) / fs::path(file_).parent_path() / file.text;
    try {
      auto source = std::make_shared<SourceText>(
          SourceText{path.lexically_normal().string(), ReadTextFile(path.string())});
      const Span span{source, 0, std::min(source->text.find('\n'), source->text.size())};
      return RowsText{FormatOf(path), source->text, source, 1, span};
    } catch (const Error& error) {
      Report(file.span, error.what(), "a path beside the test, as in file: data/orders.csv");
      return std::nullopt;
    }
  }

  static std::string FormatOf(const fs::path& path) {
    const std::string ending = path.extension().string();
    if (ending == ".jsonl" || ending == ".ndjson") return "json";
    return ending.empty() ? "" : ending.substr(1);
  }

  void CheckFormat(const RowsGiven& rows, const Span& span) {
    const auto* text = std::get_if<RowsText>(&rows);
    if (text == nullptr || text->format == "csv" || text->format == "json") return;
    Report(span,
           "rows are read from files that end in .csv, .json or .jsonl, not " + text->source->name);
  }

  // The path in read_files('PATH'), with the values of ${key}.
  static std::optional<std::string> PathOf(const std::string& name) {
    constexpr std::string_view kCall = "read_files(";
    if (!LowerName(name).starts_with(kCall) || !name.ends_with(')')) return std::nullopt;
    std::string path = name.substr(kCall.size(), name.size() - kCall.size() - 1);
    const bool in_quotes = path.size() >= 2 && (path.front() == '\'' || path.front() == '"') &&
                           path.front() == path.back();
    return in_quotes ? path.substr(1, path.size() - 2) : path;
  }

  std::vector<Cell> Texts(const Cell& written, const std::string& what) {
    const bool good = written.kind == Cell::Kind::kList &&
                      std::all_of(written.items.begin(), written.items.end(),
                                  [](const Cell& item) { return item.IsText(); });
    if (good) return written.items;
    Report(written.span, "`" + what + "` must be a list of names", what + ": [id]");
    return {};
  }

  template <typename Take>
  void ForEach(const Cell& written, const std::string& what, const Take& take) {
    if (written.kind != Cell::Kind::kMembers) {
      return Report(written.span, "`" + what + "` must hold keys and values");
    }
    std::vector<std::string> seen;
    for (size_t i = 0; i < written.items.size(); ++i) {
      const Cell& name = written.names[i];
      if (std::find(seen.begin(), seen.end(), name.text) != seen.end()) {
        Report(name.span, "`" + name.text + "` stands twice under `" + what + "`");
      }
      seen.push_back(name.text);
      take(name, written.items[i]);
    }
  }

  void Report(const Span& span, const std::string& message, const std::string& hint = "") {
    diagnostics_.push_back(CaseProblem(span, message, hint));
  }

  static constexpr const char* kOneOf = "one of rows:, csv:, json:, file:";

  const Spec& spec_;
  const std::string file_;
  Diagnostics& diagnostics_;
};

bool IsPassedOver(const fs::path& name) {
  const std::string text = name.filename().string();
  return text.starts_with('.') || text.starts_with('_');
}

}  // namespace

Instant DefaultTestClock() { return Instant{1'767'225'600'000'000}; }

std::vector<std::string> TestFiles(const Spec& spec) {
  std::vector<std::string> files;
  const fs::path folder = fs::path(spec.folder) / "tests";
  if (!fs::is_directory(folder)) return files;
  for (auto at = fs::recursive_directory_iterator(folder); at != fs::end(at); ++at) {
    if (at->is_directory() && IsPassedOver(at->path())) at.disable_recursion_pending();
    const std::string ending = at->path().extension().string();
    if (!at->is_regular_file() || IsPassedOver(at->path())) continue;
    if (ending != ".yml" && ending != ".yaml") continue;
    files.push_back(fs::relative(at->path(), spec.folder).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<TestCase> ReadTestFile(const Spec& spec, const std::string& file,
                                   Diagnostics& diagnostics) {
  const fs::path path = fs::path(spec.folder) / file;
  const auto source = std::make_shared<SourceText>(SourceText{file, ReadTextFile(path.string())});
  std::vector<TestCase> cases;
  const auto documents = ParseYaml(source, diagnostics);
  CaseReader reader(spec, file, diagnostics);
  for (const Cell& document : documents) {
    cases.push_back(reader.Read(document, cases.empty()));
  }
  if (documents.empty() && diagnostics.empty()) {
    diagnostics.push_back(CaseProblem({source, 0, 0}, "there is no test in this file"));
  }
  return cases;
}

}  // namespace weir::pipeline
