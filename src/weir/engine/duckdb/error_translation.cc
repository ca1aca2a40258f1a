#include "weir/engine/duckdb/error_translation.h"

#include <map>
#include <optional>
#include <regex>

namespace weir::engine {
namespace {

using duckdb::ExceptionType;

struct Meaning {
  ErrorCode code;
  const char* condition = "";
  const char* advice = "";
};

bool Contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

Meaning MeaningOf(ExceptionType type, const std::string& message, bool reads_files) {
  switch (type) {
    case ExceptionType::OUT_OF_RANGE:
      // Spark names that of its two smallest types differently.
      if (Contains(message, "of INT8 ") || Contains(message, "of INT16 ")) {
        return {ErrorCode::kInvalid, "BINARY_ARITHMETIC_OVERFLOW"};
      }
      return {ErrorCode::kInvalid, "ARITHMETIC_OVERFLOW"};
    case ExceptionType::CONVERSION:
    case ExceptionType::MISMATCH_TYPE:
      if (Contains(message, "out of range") || Contains(message, "overflow")) {
        return {ErrorCode::kInvalid, "CAST_OVERFLOW"};
      }
      return {ErrorCode::kInvalid, "CAST_INVALID_INPUT"};
    case ExceptionType::DIVIDE_BY_ZERO:
      return {ErrorCode::kInvalid, "DIVIDE_BY_ZERO"};
    case ExceptionType::INVALID_INPUT:
      if (Contains(message, "Map keys must be unique")) {
        return {ErrorCode::kInvalid, "DUPLICATED_MAP_KEY"};
      }
      if (Contains(message, "Map keys can not be NULL")) {
        return {ErrorCode::kInvalid, "NULL_MAP_KEY"};
      }
      if (Contains(message, "More than one row returned by a subquery")) {
        return {ErrorCode::kInvalid, "SCALAR_SUBQUERY_TOO_MANY_ROWS"};
      }
      // How its Parquet reader calls what is not Parquet.
      if (Contains(message, "No magic bytes") || Contains(message, "ile '") ||
          Contains(message, "arquet")) {
        return {ErrorCode::kCorrupt};
      }
      return {ErrorCode::kInvalid};
    case ExceptionType::OUT_OF_MEMORY:
      return {ErrorCode::kExhausted, "",
              "; give the engine more memory, or a folder with more room to spill to"};
    case ExceptionType::IO:
      if (Contains(message, "Failed to create directory") || Contains(message, "duckdb_temp_")) {
        return {ErrorCode::kExhausted, "", "; the engine can't spill there"};
      }
      [[fallthrough]];
    case ExceptionType::SERIALIZATION:
      return {Contains(message, "No space left") ? ErrorCode::kExhausted : ErrorCode::kCorrupt};
    case ExceptionType::INTERRUPT:
      return {ErrorCode::kCancelled};
    case ExceptionType::PERMISSION:
      return {ErrorCode::kDenied};
    case ExceptionType::NOT_IMPLEMENTED:
      return {ErrorCode::kUnsupported};
    case ExceptionType::OBJECT_SIZE:
      return {ErrorCode::kExhausted};
    case ExceptionType::INVALID:
      // Of libraries that it uses, to read pages.
      return {reads_files ? ErrorCode::kCorrupt : ErrorCode::kInternal};
    default:
      return {ErrorCode::kInternal};
  }
}

// Its type of a value as Spark calls it in messages: `of_values` "integer", else "INT".
std::string TypeNameOf(const std::string& type, bool of_values) {
  static const std::map<std::string, std::pair<const char*, const char*>> kNames = {
      {"INT8", {"byte", "TINYINT"}},    {"INT16", {"short", "SMALLINT"}},
      {"INT32", {"integer", "INT"}},    {"INT64", {"long", "BIGINT"}},
      {"FLOAT", {"float", "FLOAT"}},    {"DOUBLE", {"double", "DOUBLE"}},
      {"VARCHAR", {"string", "STRING"}}};
  const auto found = kNames.find(type);
  if (found != kNames.end()) return of_values ? found->second.first : found->second.second;
  return type.starts_with("DECIMAL") && of_values ? "decimal" : type;
}

// What the engine says of its own types and functions, said of Spark's.
std::string InTermsOfSpark(const std::string& message) {
  static const std::regex kOverflow(
      R"(Overflow in (\w+) of ([A-Z0-9]+(?:\([\d, ]+\))?) \((.*)\)!?.*)");
  static const std::regex kCast(
      R"(Type ([A-Z0-9]+(?:\([\d, ]+\))?) with value (.*) can't be cast because the value is out of range for the destination type ([A-Z0-9]+(?:\([\d, ]+\))?))");
  static const std::map<std::string, const char*> kTolerant = {
      {"addition", "try_add"}, {"subtraction", "try_subtract"}, {"multiplication", "try_multiply"}};
  std::smatch parts;
  if (std::regex_match(message, parts, kOverflow)) {
    const auto tolerant = kTolerant.find(parts[1]);
    return TypeNameOf(parts[2], true) + " overflow: " + parts[3].str() + "." +
           (tolerant == kTolerant.end() ? ""
                                        : " Use `" + std::string(tolerant->second) +
                                              "` to tolerate overflow and return NULL instead.");
  }
  if (std::regex_match(message, parts, kCast)) {
    return "The value " + parts[2].str() + " of the type \"" + TypeNameOf(parts[1], false) +
           "\" cannot be cast to \"" + TypeNameOf(parts[3], false) +
           "\" due to an overflow. Use `try_cast` to tolerate overflow and return NULL instead.";
  }
  return message;
}

// "DIVIDE_BY_ZERO" of "[DIVIDE_BY_ZERO] Division by zero"; "" where there is none.
std::string ConditionIn(const std::string& message) {
  if (message.empty() || message[0] != '[') return {};
  const size_t end = message.find(']');
  if (end == std::string::npos || end == 1) return {};
  std::string condition = message.substr(1, end - 1);
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return std::all_of(condition.begin(), condition.end(), allowed) ? condition : std::string();
}

// What is wrong with a VARIANT of a file, where the engine tells it as a cast that failed, or of
// a library: the condition, the words, the file if it is known.
struct VariantFault {
  std::string condition, what, file;
};

std::optional<VariantFault> VariantFaultIn(const std::string& message) {
  constexpr std::string_view kInFile = "Error while reading file \"";
  const size_t words = message.find("] a VARIANT ");
  if (message.starts_with(kInFile) && words != std::string::npos) {
    const size_t condition = message.rfind('[', words) + 1;
    const std::string file = message.substr(kInFile.size());
    return VariantFault{message.substr(condition, words - condition),
                        message.substr(words + 2, message.find('\n', words) - words - 2),
                        file.substr(0, file.find('"'))};
  }
  if (message.starts_with("a VARIANT ") && Contains(message, " is malformed: ")) {
    return VariantFault{"MALFORMED_VARIANT", message, ""};
  }
  return std::nullopt;
}

[[noreturn]] void ThrowVariantFault(const VariantFault& fault, const std::string& sql) {
  const bool malformed = fault.condition == "MALFORMED_VARIANT";
  throw Error(malformed ? ErrorCode::kCorrupt : ErrorCode::kUnsupported,
              "[" + fault.condition + "] " + fault.what +
                  (fault.file.empty() ? "" : ", in the file " + fault.file) +
                  (malformed ? "; put back a whole copy of it" : ""),
              sql)
      .WithCondition(fault.condition);
}

// Where a message about what is in a file does not say which.
std::string WhichFile(const StatementContext& context, const std::string& message) {
  std::string list;
  const auto files = context.LastRead();
  for (const std::string& file : files) {
    if (message.find(file) != std::string::npos) return "";
    list += (list.empty() ? "" : ", ") + file;
  }
  if (list.empty()) return "";
  return (files.size() == 1 ? ", in " : ", in one of ") + list;
}

}  // namespace

bool IsInternal(const duckdb::ErrorData& error) {
  return error.Type() == ExceptionType::INTERNAL ||
         (error.Type() == ExceptionType::FATAL && !IsRefusedByBrokenInstance(error));
}

bool IsRefusedByBrokenInstance(const duckdb::ErrorData& error) {
  return error.Type() == ExceptionType::FATAL &&
         Contains(error.RawMessage(), "database has been invalidated");
}

void ThrowTranslated(const duckdb::ErrorData& error, const StatementContext& context,
                     const std::string& sql) {
  // Of an interrupted statement, what was kept is what the interruption met.
  if (error.Type() != ExceptionType::INTERRUPT) {
    if (const std::exception_ptr kept = context.kept()) std::rethrow_exception(kept);
  }
  const std::string& raw = error.RawMessage();
  if (IsInternal(error)) {
    throw Error(ErrorCode::kInternal, "the engine met an internal error in this statement: " + raw,
                sql);
  }
  if (Contains(raw, "Cannot perform non-inner join on subquery")) {
    throw Error(ErrorCode::kUnsupported,
                "[UNSUPPORTED_FEATURE] the ON condition of this join, or of this MERGE, has a "
                "sub-query that is not supported there; join what the sub-query gives, or compute "
                "its value before and name that",
                sql)
        .WithCondition("UNSUPPORTED_FEATURE");
  }
  if (const auto fault = VariantFaultIn(context.Readably(raw))) ThrowVariantFault(*fault, sql);
  const auto& extra = error.ExtraInfo();
  const auto named = extra.find("weir_condition");
  std::string condition = named != extra.end() ? named->second : ConditionIn(raw);
  if (!condition.empty()) {
    const std::string prefix = "[" + condition + "] ";
    throw Error(ErrorCode::kInvalid, raw.starts_with("[") ? raw : prefix + raw, sql)
        .WithCondition(condition);
  }
  const Meaning meaning = MeaningOf(error.Type(), raw, !context.parquet.empty());
  condition = meaning.condition;
  std::string message = InTermsOfSpark(context.Readably(raw));
  // The lines after the first advise to change settings that are not the user's.
  if (error.Type() == ExceptionType::OUT_OF_MEMORY ||
      condition == "SCALAR_SUBQUERY_TOO_MANY_ROWS") {
    message = message.substr(0, message.find('\n'));
  }
  message += meaning.advice;
  if (meaning.code == ErrorCode::kCancelled) message = "the statement was cancelled";
  if (!condition.empty()) message.insert(0, "[" + condition + "] ");
  if (meaning.code == ErrorCode::kCorrupt && !context.parquet.empty()) {
    message = "a Parquet file can't be read: " + message + WhichFile(context, message) +
              "; put back a whole copy of it";
  }
  if (meaning.code == ErrorCode::kInternal) message.insert(0, "the engine refused its plan: ");
  throw Error(meaning.code, message, sql).WithCondition(condition);
}

}  // namespace weir::engine
