#include "weir/app/sql_parameters.h"

#include "weir/app/command_line.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/sql/parser.h"
#include "weir/types/parse_text.h"

namespace weir::app {
namespace {

UsageError Wrong(const std::string& text, const std::string& why) {
  return UsageError("--param " + text + ": " + why +
                    "; write --param name=value, or --param name:TYPE=value, such as --param "
                    "since:DATE=2026-01-31");
}

DataType TypeOf(const std::string& type, const std::string& text) {
  auto parsed = sql::ParseType(std::make_shared<SourceText>(SourceText{"--param", type}));
  if (const auto* const found = std::get_if<DataType>(&parsed)) return *found;
  throw Wrong(text, "there is no type " + type);
}

std::optional<Value> ValueOf(const std::string& text, const DataType& type, const TimeZone& zone) {
  if (type.id() != TypeId::kTimestamp) return ParseValue(text, type);
  const auto micros = ParseTimestamp(text, zone, &engine::EngineTimeZones());
  return micros ? std::optional(Value(type, *micros)) : std::nullopt;
}

void Add(const std::string& text, const TimeZone& zone, sql::Parameters& parameters) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw Wrong(text, "there is no =");
  const size_t colon = text.substr(0, equals).find(':');
  const bool has_type = colon != std::string::npos;
  const std::string name = text.substr(0, has_type ? colon : equals);
  const std::string value = text.substr(equals + 1);
  if (name.empty()) throw Wrong(text, "there is no name");
  const DataType type =
      has_type ? TypeOf(text.substr(colon + 1, equals - colon - 1), text) : TypeId::kString;
  const auto parsed = ValueOf(value, type, zone);
  if (!parsed) throw Wrong(text, "'" + value + "' is no " + type.ToSql());
  if (!parameters.named.emplace(name, *parsed).second) throw Wrong(text, "it is given twice");
}

}  // namespace

std::shared_ptr<const sql::Parameters> SqlParametersOf(const std::vector<std::string>& texts,
                                                       const TimeZone& zone) {
  auto parameters = std::make_shared<sql::Parameters>();
  for (const std::string& text : texts) Add(text, zone, *parameters);
  return parameters;
}

}  // namespace weir::app
