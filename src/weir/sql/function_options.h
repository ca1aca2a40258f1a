#pragma once

#include <map>
#include <optional>
#include <string>

#include "weir/sql/functions_table.h"

// Options and schemas as arguments of from_json, to_csv and the like. Internal to functions*.cc.
namespace weir::sql {

enum OptionFormat : unsigned { kJsonOption = 1, kCsvOption = 2, kBothOptions = 3 };

struct FunctionOptions {
  std::map<std::string, std::string> values;  // By name in lower case.

  bool Flag(const std::string& lower_name, bool otherwise = false) const;
  std::string Text(const std::string& lower_name, const std::string& otherwise = {}) const;
  // A JSON object of texts.
  std::string ToJson() const;
};

// The argument at `position`, which may be missing: a constant map of texts. What is wrong with it
// instead: options that nobody knows and those that weir does not have are refused by name.
std::variant<FunctionOptions, NoSuchSignature> OptionsOf(const Call& call, size_t position,
                                                         OptionFormat format);

// The argument at `position` as a type: DDL of a type or of columns, or the JSON of a schema. All
// in it may be NULL.
std::variant<DataType, NoSuchSignature> SchemaOf(const Call& call, size_t position);

// A type with all in it nullable.
DataType AsNullable(const DataType& type);
// The type as a function of the engine takes it: see engine/duckdb/functions/typed_call.h.
std::string TypeArgument(const DataType& type);

// "f(x, '<type>', '<options>')" with the result's type behind where it depends on the call.
std::function<std::string(std::span<const std::string>)> TypedCallText(
    const std::string& function, const DataType& type, const FunctionOptions& options,
    bool tells_result);

// The same of a function whose result depends on the session's time zone (Clock::kZone), which it
// gets as the option timeZone, unless that is given.
std::function<std::string(std::span<const std::string>)> ZonedCallText(
    const std::string& function, const DataType& type, const FunctionOptions& options,
    bool tells_result);

// An argument that has to be a text, and is not converted to one.
std::optional<NoSuchSignature> RequireText(const Call& call, size_t position);

}  // namespace weir::sql
