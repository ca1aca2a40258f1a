#include "weir/session/stream_call.h"

#include "weir/base/error.h"
#include "weir/sql/table_name_text.h"

namespace weir::session {
namespace {

constexpr const char* kOption = "skipchangecommits";
constexpr const char* kUse = "write read_stream('t', skipChangeCommits => true)";

[[noreturn]] void WrongCall(const Span& span, const char* condition, const std::string& message,
                            const std::string& hint = kUse) {
  throw DiagnosticError({{condition, std::string(SqlStateOf(condition)), span, message, hint}});
}

// As read_files takes its options: TRUE or 'true'.
bool FlagOf(const sql::NamedArgument& option) {
  const Value& value = option.value;
  if (!value.is_null() && value.type().id() == TypeId::kBoolean) return value.boolean();
  if (!value.is_null() && value.type().id() == TypeId::kString) {
    const std::string text = LowerName(value.text());
    if (text == "true" || text == "false") return text == "true";
  }
  WrongCall(option.span, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            "skipChangeCommits is TRUE or FALSE, not " + value.ToString());
}

}  // namespace

StreamCall StreamCallOf(const sql::Name& function,
                        const std::vector<sql::NamedArgument>& arguments) {
  if (arguments.empty() || !arguments[0].name.empty()) {
    WrongCall(function.span, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
              "read_stream takes the name of a table, and options by their names");
  }
  const Value& first = arguments[0].value;
  const bool is_text = first.type().id() == TypeId::kString && !first.is_null();
  auto name = is_text ? sql::TableNameIn(first.text(), arguments[0].span) : std::nullopt;
  if (!name) {
    WrongCall(arguments[0].span, "TABLE_OR_VIEW_NOT_FOUND",
              first.ToString() + " is not the name of a table");
  }
  StreamCall call{*std::move(name)};
  for (size_t i = 1; i < arguments.size(); ++i) {
    const sql::NamedArgument& option = arguments[i];
    if (option.name.empty()) {
      WrongCall(option.span, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                "what stands behind the table's name is an option, and has a name");
    }
    if (option.name != kOption) {
      WrongCall(
          option.name_span, "UNSUPPORTED_FEATURE",
          "the option " + option.name + " of read_stream is not supported",
          "it takes skipChangeCommits; for a table's changes write STREAM table_changes(...)");
    }
    call.skip_change_commits = FlagOf(option);
  }
  return call;
}

}  // namespace weir::session
