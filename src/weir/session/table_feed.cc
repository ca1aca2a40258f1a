#include "weir/session/table_feed.h"

#include "weir/base/error.h"
#include "weir/session/lent_files.h"
#include "weir/sql/table_name_text.h"
#include "weir/types/parse_text.h"

namespace weir::session {
namespace {

[[noreturn]] void Wrong(const sql::Name& function, const Span& span, const std::string& condition,
                        const std::string& message) {
  const std::string name = LowerName(function.ToString());
  throw DiagnosticError({{condition, std::string(SqlStateOf(condition)), span, message,
                          "write " + name + "('...', start) or " + name +
                              "('...', start, end), start and end being versions or timestamps"}});
}

delta::FeedBound BoundOf(const sql::Name& function, const sql::NamedArgument& argument,
                         const TimeZone& zone, const TimeZones& zones) {
  const Value& value = argument.value;
  const auto wrong = [&] {
    Wrong(function, argument.span, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
          "the changes of a table start and end at a version or a timestamp, not at " +
              value.ToString());
  };
  if (value.is_null()) wrong();
  if (value.type().IsIntegral()) return value.integer();
  switch (value.type().id()) {
    case TypeId::kTimestamp:
      return Instant{value.integer()};
    case TypeId::kTimestampNtz:
      return Instant{zone.ToInstant(value.integer())};
    case TypeId::kDate:
      return Instant{zone.ToInstant(value.integer() * 86'400'000'000)};
    case TypeId::kString:
      if (const auto micros = ParseTimestamp(value.text(), zone, &zones)) return Instant{*micros};
      break;
    default:
      break;
  }
  wrong();
  return {};
}

}  // namespace

bool IsTableChanges(const sql::Name& function) {
  if (function.parts.size() != 1) return false;
  const std::string name = LowerName(function.parts[0].text);
  return name == "table_changes" || name == "table_changes_by_path";
}

FeedCall FeedCallOf(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                    bool stream, const TimeZone& zone, const TimeZones& zones) {
  const size_t count = arguments.size();
  bool named = false;
  for (const auto& argument : arguments) named |= !argument.name.empty();
  if (count < 1 || count > 3 || named) {
    Wrong(function, function.span, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
          LowerName(function.ToString()) +
              " takes a table, where its changes start and, maybe, where they end");
  }
  if (count == 1) {
    Wrong(function, function.span, "DELTA_NO_START_FOR_CDC_READ",
          "it is not said from which version or time on the changes of the table are wanted");
  }
  if (stream && count == 3) {
    Wrong(function, arguments[2].span, "UNSUPPORTED_FEATURE",
          "a stream of changes has no end; leave it out, or leave STREAM out");
  }
  const Value& first = arguments[0].value;
  const bool is_text = first.type().id() == TypeId::kString && !first.is_null();
  FeedCall call;
  if (is_text && LowerName(function.parts[0].text) == "table_changes_by_path") {
    const Span& span = arguments[0].span;
    call.table = {{{"delta", span}, {first.text(), span}}, span};
  } else {
    auto name = is_text ? sql::TableNameIn(first.text(), arguments[0].span) : std::nullopt;
    if (!name) {
      Wrong(function, arguments[0].span, "TABLE_OR_VIEW_NOT_FOUND",
            first.ToString() + " is not the name of a table");
    }
    call.table = *std::move(name);
  }
  call.start = BoundOf(function, arguments[1], zone, zones);
  call.text = "table_changes(" + call.table.ToString() + ", " + arguments[1].value.ToString();
  if (count == 3) {
    call.end = BoundOf(function, arguments[2], zone, zones);
    call.text += ", " + arguments[2].value.ToString();
  }
  call.text += ")";
  return call;
}

engine::FeedInput FeedInputOf(const Services& services, const BoundInput& input,
                              const delta::FeedRange& range) {
  const auto read = [&] {
    try {
      return delta::FeedOf(*input.table, *input.snapshot, range);
    } catch (const Error& error) {
      if (input.table_name.empty()) throw;
      throw WithTableName(error, input.table->location().uri, input.table_name);
    }
  };
  engine::FeedInput feed{input.table->location(), delta::FeedSchema(input.snapshot->schema()),
                         input.snapshot->metadata().configuration, read()};
  std::vector<delta::AddFile> files;
  for (const delta::FeedFile& file : feed.files) {
    files.push_back(file.file);
    if (!file.taken_by_json) continue;
    files.push_back(file.file);
    files.back().deletion_vector_json = *file.taken_by_json;
  }
  JudgeFiles(services, input.reader, *input.snapshot, files, input.table->location());
  return feed;
}

}  // namespace weir::session
