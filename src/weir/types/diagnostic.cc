#include "weir/types/diagnostic.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weir {

namespace {

using ConditionState = std::pair<std::string_view, std::string_view>;

// Sorted by name; conditions with sub-conditions are listed by their main name.
// From Spark's error-conditions.json, and Delta's delta-error-classes.json.
constexpr ConditionState kStates[] = {
    {"AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "42845"},
    {"ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", "42710"},
    {"AMBIGUOUS_COLUMN_OR_FIELD", "42702"},
    {"AMBIGUOUS_REFERENCE", "42704"},
    {"AMBIGUOUS_REFERENCE_TO_FIELDS", "42000"},
    {"ARITHMETIC_OVERFLOW", "22003"},
    {"ASSIGNMENT_ARITY_MISMATCH", "42802"},
    {"ATTEMPT_ANALYSIS_IN_PIPELINE_QUERY_FUNCTION", "0A000"},
    {"BINARY_ARITHMETIC_OVERFLOW", "22003"},
    {"CANNOT_CAST_DATATYPE", "42846"},
    {"CANNOT_PARSE_TIME", "22010"},
    {"CANNOT_PARSE_TIMESTAMP", "22007"},
    {"CANNOT_UPDATE_FIELD", "0A000"},
    {"CANNOT_UP_CAST_DATATYPE", "42846"},
    {"CAST_INVALID_INPUT", "22018"},
    {"CAST_OVERFLOW", "22003"},
    {"CAST_OVERFLOW_IN_TABLE_INSERT", "22003"},
    {"CATALOG_NOT_FOUND", "42P08"},
    {"COLUMN_ALREADY_EXISTS", "42711"},
    {"COLUMN_NOT_FOUND", "42703"},
    {"CONCAT_WS_ARG", "42K09"},
    {"CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", "42710"},
    {"CREATE_VIEW_COLUMN_ARITY_MISMATCH", "21S01"},
    {"CYCLIC_DEPENDENCY", "42K0G"},
    {"DATATYPE_MISMATCH", "42K09"},
    {"DATATYPE_MISSING_SIZE", "42K01"},
    {"DATETIME_FIELD_OUT_OF_BOUNDS", "22023"},
    {"DATETIME_OVERFLOW", "22008"},
    {"DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003"},
    {"DEFAULT_DATABASE_NOT_EXISTS", "42704"},
    {"DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809"},
    {"DELTA_CANNOT_MODIFY_TABLE_PROPERTY", "42939"},
    {"DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA", "0AKDC"},
    {"DELTA_COLUMN_NOT_FOUND", "42703"},
    {"DELTA_CONCURRENT_APPEND", "2D521"},
    {"DELTA_CONCURRENT_DELETE_READ", "2D521"},
    {"DELTA_CONCURRENT_WRITE", "2D521"},
    {"DELTA_CONSTRAINT_ALREADY_EXISTS", "42710"},
    {"DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE", "42K09"},
    {"DELTA_CONSTRAINT_DOES_NOT_EXIST", "42704"},
    {"DELTA_CREATE_TABLE_SCHEME_MISMATCH", "42KD7"},
    {"DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA", "0AKDC"},
    {"DELTA_DUPLICATE_COLUMNS_FOUND", "42711"},
    {"DELTA_FAILED_TO_MERGE_FIELDS", "22005"},
    {"DELTA_FILE_NOT_FOUND", "42K03"},
    {"DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE", "42K09"},
    {"DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH", "42K09"},
    {"DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED", "429BQ"},
    {"DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN", "429BQ"},
    {"DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", "42808"},
    {"DELTA_IDENTITY_COLUMNS_PARTITION_NOT_SUPPORTED", "42601"},
    {"DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE", "428H2"},
    {"DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", "42808"},
    {"DELTA_INVALID_CDC_RANGE", "22003"},
    {"DELTA_INVALID_CHARACTERS_IN_COLUMN_NAME", "42K05"},
    {"DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES", "42K05"},
    {"DELTA_METADATA_ABSENT", "XXKDS"},
    {"DELTA_METADATA_CHANGED", "2D521"},
    {"DELTA_METADATA_MISMATCH", "42KDG"},
    {"DELTA_MISSING_CHANGE_DATA", "KD002"},
    {"DELTA_MISSING_DELTA_TABLE", "42P01"},
    {"DELTA_MISSING_PARTITION_COLUMN", "42KD6"},
    {"DELTA_MODE_NOT_SUPPORTED", "0AKDC"},
    {"DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", "23512"},
    {"DELTA_NEW_NOT_NULL_VIOLATION", "23512"},
    {"DELTA_NON_BOOLEAN_CHECK_CONSTRAINT", "42621"},
    {"DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502"},
    {"DELTA_NO_START_FOR_CDC_READ", "42601"},
    {"DELTA_OPERATION_NOT_ALLOWED", "0AKDC"},
    {"DELTA_PATH_DOES_NOT_EXIST", "42K03"},
    {"DELTA_PROTOCOL_CHANGED", "2D521"},
    {"DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS", "42711"},
    {"DELTA_TABLE_NOT_FOUND", "42P01"},
    {"DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION", "42816"},
    {"DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "42816"},
    {"DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", "0AKDC"},
    {"DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP", "0AKDC"},
    {"DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", "0AKDC"},
    {"DELTA_UNSUPPORTED_DATA_TYPE_IN_GENERATED_COLUMN", "42621"},
    {"DELTA_UNSUPPORTED_DROP_COLUMN", "0AKDC"},
    {"DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN", "0AKDC"},
    {"DELTA_UNSUPPORTED_FEATURES_FOR_READ", "56038"},
    {"DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038"},
    {"DELTA_UNSUPPORTED_RENAME_COLUMN", "0AKDC"},
    {"DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA", "0AKDC"},
    {"DELTA_VERSION_NOT_FOUND", "22003"},
    {"DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001"},
    {"DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "0A000"},
    {"DIVIDE_BY_ZERO", "22012"},
    {"DUPLICATED_CTE_NAMES", "42602"},
    {"DUPLICATED_FIELD_NAME_IN_ARROW_STRUCT", "42713"},
    {"DUPLICATED_MAP_KEY", "23505"},
    {"DUPLICATED_METRICS_NAME", "42710"},
    {"DUPLICATE_CLAUSES", "42614"},
    {"DUPLICATE_KEY", "23505"},
    {"DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT", "4274K"},
    {"ELEMENT_AT_BY_INDEX_ZERO", "22003"},
    {"EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", "42K09"},
    {"EXCEED_LIMIT_LENGTH", "54006"},
    {"EXPECT_TABLE_NOT_VIEW", "42809"},
    {"EXPECT_VIEW_NOT_TABLE", "42809"},
    {"FAILED_READ_FILE", "KD001"},
    {"FAILED_TO_PARSE_TOO_COMPLEX", "54001"},
    {"FIELD_ALREADY_EXISTS", "42710"},
    {"FIELD_NOT_FOUND", "42704"},
    {"FORBIDDEN_OPERATION", "42809"},
    {"GROUPING_COLUMN_MISMATCH", "42803"},
    {"GROUP_BY_AGGREGATE", "42903"},
    {"GROUP_BY_POS_AGGREGATE", "42903"},
    {"GROUP_BY_POS_OUT_OF_RANGE", "42805"},
    {"INCOMPATIBLE_COLUMN_TYPE", "42825"},
    {"INCOMPATIBLE_DATA_FOR_TABLE", "KD000"},
    {"INCOMPATIBLE_JOIN_TYPES", "42613"},
    {"INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42825"},
    {"INSERT_COLUMN_ARITY_MISMATCH", "21S01"},
    {"INTERNAL_ERROR", "XX000"},
    {"INTERVAL_ARITHMETIC_OVERFLOW", "22015"},
    {"INTERVAL_DIVIDED_BY_ZERO", "22012"},
    {"INVALID_AGGREGATE_FILTER", "42903"},
    {"INVALID_ARRAY_INDEX", "22003"},
    {"INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "22003"},
    {"INVALID_CONF_VALUE", "22022"},
    {"INVALID_ESC", "42604"},
    {"INVALID_EXTRACT_BASE_FIELD_TYPE", "42000"},
    {"INVALID_EXTRACT_FIELD", "42601"},
    {"INVALID_EXTRACT_FIELD_TYPE", "42000"},
    {"INVALID_FIELD_NAME", "42000"},
    {"INVALID_FORMAT", "42601"},
    {"INVALID_FRACTION_OF_SECOND", "22023"},
    {"INVALID_IDENTIFIER", "42602"},
    {"INVALID_INLINE_TABLE", "42000"},
    {"INVALID_INTERVAL_FORMAT", "22006"},
    {"INVALID_JSON_SCHEMA_MAP_TYPE", "22032"},
    {"INVALID_LAMBDA_FUNCTION_CALL", "42K0D"},
    {"INVALID_LIMIT_LIKE_EXPRESSION", "42K0E"},
    {"INVALID_NON_DETERMINISTIC_EXPRESSIONS", "42K0E"},
    {"INVALID_NUMERIC_LITERAL_RANGE", "22003"},
    {"INVALID_OPTIONS", "42K06"},
    {"INVALID_PARAMETER_VALUE", "22023"},
    {"INVALID_PIPELINE_DEFINITION", "42000"},
    {"INVALID_SCHEMA", "42K07"},
    {"INVALID_SQL_SYNTAX", "42000"},
    {"INVALID_STATEMENT_OR_CLAUSE", "42601"},
    {"INVALID_SUBQUERY_EXPRESSION", "42823"},
    {"INVALID_TIME_TRAVEL_TIMESTAMP_EXPR", "42K0E"},
    {"INVALID_TYPED_LITERAL", "42604"},
    {"INVALID_USAGE_OF_STAR_OR_REGEX", "42000"},
    {"INVALID_WHERE_CONDITION", "42903"},
    {"INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC", "42601"},
    {"LOCATION_ALREADY_EXISTS", "42710"},
    {"MALFORMED_CSV_RECORD", "KD000"},
    {"MALFORMED_RECORD_IN_PARSING", "22023"},
    {"MAP_KEY_DOES_NOT_EXIST", "22023"},
    {"MISMATCHED_TYPES", "42825"},
    {"MISSING_AGGREGATION", "42803"},
    {"MISSING_GROUP_BY", "42803"},
    {"NAMED_PARAMETERS_NOT_SUPPORTED", "4274K"},
    {"NESTED_AGGREGATE_FUNCTION", "42607"},
    {"NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION", "42613"},
    {"NON_PARTITION_COLUMN", "42000"},
    {"NOT_A_PARTITIONED_TABLE", "42809"},
    {"NOT_NULL_ASSERT_VIOLATION", "42000"},
    {"NOT_NULL_CONSTRAINT_VIOLATION", "42000"},
    {"NOT_SUPPORTED_CHANGE_SAME_COLUMN", "0A000"},
    {"NO_HANDLER_FOR_UDAF", "42000"},
    {"NUMERIC_OUT_OF_SUPPORTED_RANGE", "22003"},
    {"NUMERIC_VALUE_OUT_OF_RANGE", "22003"},
    {"NUM_COLUMNS_MISMATCH", "42826"},
    {"NUM_TABLE_VALUE_ALIASES_MISMATCH", "42826"},
    {"ORDER_BY_POS_OUT_OF_RANGE", "42805"},
    {"PARSE_EMPTY_STATEMENT", "42617"},
    {"PARSE_SYNTAX_ERROR", "42601"},
    {"PARTITIONS_NOT_FOUND", "428FT"},
    {"PATH_ALREADY_EXISTS", "42K04"},
    {"PATH_NOT_FOUND", "42K03"},
    {"PERMISSION_DENIED", "42501"},
    {"PYTHON_EXCEPTION", "39000"},
    {"RECURSIVE_VIEW", "42K0H"},
    {"REMAINDER_BY_ZERO", "22012"},
    {"REQUIRED_PARAMETER_NOT_FOUND", "4274K"},
    {"REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE", "42000"},
    {"RESERVED_CDC_COLUMNS_ON_WRITE", "42939"},
    {"ROUTINE_ALREADY_EXISTS", "42723"},
    {"ROUTINE_NOT_FOUND", "42883"},
    {"RUN_EMPTY_PIPELINE", "42617"},
    {"SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000"},
    {"SCHEMA_ALREADY_EXISTS", "42P06"},
    {"SCHEMA_NOT_EMPTY", "2BP01"},
    {"SCHEMA_NOT_FOUND", "42704"},
    {"SPECIFY_PARTITION_IS_NOT_ALLOWED", "42601"},
    {"SYNTAX_DISCONTINUED", "42601"},
    {"TABLE_OR_VIEW_ALREADY_EXISTS", "42P07"},
    {"TABLE_OR_VIEW_NOT_FOUND", "42P01"},
    {"TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS", "54023"},
    {"TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "428EK"},
    {"UNABLE_TO_INFER_SCHEMA", "42KD9"},
    {"UNBOUND_SQL_PARAMETER", "42P02"},
    {"UNCLOSED_BRACKETED_COMMENT", "42601"},
    {"UNEXPECTED_INPUT_TYPE", "42K09"},
    {"UNEXPECTED_POSITIONAL_ARGUMENT", "4274K"},
    {"UNKNOWN_FIELD_EXCEPTION", "KD003"},
    {"UNRECOGNIZED_PARAMETER_NAME", "4274K"},
    {"UNRECOGNIZED_SQL_TYPE", "42704"},
    {"UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883"},
    {"UNRESOLVED_COLUMN", "42703"},
    {"UNRESOLVED_FIELD", "42703"},
    {"UNRESOLVED_MAP_KEY", "42703"},
    {"UNRESOLVED_ROUTINE", "42883"},
    {"UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703"},
    {"UNSET_NONEXISTENT_PROPERTIES", "42K0J"},
    {"UNSUPPORTED_ADD_FILE", "KDADD"},
    {"UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING", "0A000"},
    {"UNSUPPORTED_DATATYPE", "0A000"},
    {"UNSUPPORTED_DEFAULT_VALUE", "0A000"},
    {"UNSUPPORTED_EXPR_FOR_WINDOW", "42P20"},
    {"UNSUPPORTED_FEATURE", "0A000"},
    {"UNSUPPORTED_GENERATOR", "42K0E"},
    {"UNSUPPORTED_GROUPING_EXPRESSION", "42K0E"},
    {"UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY", "0A000"},
    {"UNSUPPORTED_TYPED_LITERAL", "0A000"},
    {"VIEW_ALREADY_EXISTS", "42P07"},
    {"VIEW_NOT_FOUND", "42P01"},
    {"WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "42601"},
    {"WRONG_NUM_ARGS", "42605"},
};

static_assert(std::is_sorted(std::begin(kStates), std::end(kStates)), "searched by halves");

constexpr size_t kTabWidth = 8;
constexpr size_t kLongestExcerpt = 200;  // Bytes.

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// How many columns a terminal moves for this character, or 0 within one.
size_t WidthAt(std::string_view text, size_t i) {
  if (!StartsCharacter(text[i])) return 0;
  const auto byte = [&](size_t k) -> uint32_t {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) & 0x3Fu : 0;
  };
  const auto lead = static_cast<unsigned char>(text[i]);
  uint32_t code = lead;
  if (lead >= 0xF0) {
    code = (lead & 0x07u) << 18 | byte(1) << 12 | byte(2) << 6 | byte(3);
  } else if (lead >= 0xE0) {
    code = (lead & 0x0Fu) << 12 | byte(1) << 6 | byte(2);
  } else if (lead >= 0xC0) {
    code = (lead & 0x1Fu) << 6 | byte(1);
  }
  const bool combining =
      (code >= 0x300 && code < 0x370) || code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F);
  if (combining) return 0;
  const bool wide = (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) ||
                    (code >= 0xAC00 && code < 0xD7A4) || (code >= 0xF900 && code < 0xFB00) ||
                    (code >= 0xFF00 && code < 0xFF61) || (code >= 0x1F300 && code < 0x1FAFF) ||
                    (code >= 0x20000 && code < 0x3FFFE);
  return wide ? 2 : 1;
}

struct TextLine {
  std::string_view text;
  size_t begin = 0;
};

TextLine LineAt(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return {line, begin};
}

// The part of a long line that is shown: what is around `at`, in whole characters.
std::pair<size_t, size_t> Window(std::string_view line, size_t at) {
  if (line.size() <= kLongestExcerpt) return {0, line.size()};
  size_t begin = at > kLongestExcerpt / 2 ? at - kLongestExcerpt / 2 : 0;
  size_t end = std::min(begin + kLongestExcerpt, line.size());
  while (begin > 0 && !StartsCharacter(line[begin])) --begin;
  while (end < line.size() && !StartsCharacter(line[end])) ++end;
  return {begin, end};
}

// The line with its tabs spread out, and under it the carets.
std::string Excerpt(const Span& span) {
  const TextLine line = LineAt(span.source->text, span.begin);
  const size_t first = std::min(span.begin - line.begin, line.text.size());
  const size_t last = std::max(first, span.end - line.begin);
  const auto [begin, end] = Window(line.text, first);
  std::string shown = begin > 0 ? "..." : "";
  std::string carets(shown.size(), ' ');
  size_t column = shown.size();
  for (size_t i = begin; i < end; ++i) {
    const bool tab = line.text[i] == '\t';
    const size_t width = tab ? kTabWidth - column % kTabWidth : WidthAt(line.text, i);
    shown += tab ? std::string(width, ' ') : std::string(1, line.text[i]);
    column += width;
    if (i < first) carets.append(width, ' ');
    if (i >= first && i < last) carets.append(width, '^');
  }
  if (end < line.text.size()) shown += "...";
  if (carets.find('^') == std::string::npos) carets += '^';
  return "  " + shown + "\n  " + carets + "\n";
}

std::string RenderAll(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += diagnostic.Render();
  }
  return text;
}

ErrorCode SharedCode(const Diagnostics& diagnostics) {
  if (diagnostics.empty()) return ErrorCode::kInvalid;
  const ErrorCode first = diagnostics.front().code;
  const bool shared = std::all_of(diagnostics.begin(), diagnostics.end(),
                                  [&](const Diagnostic& other) { return other.code == first; });
  return shared ? first : ErrorCode::kInvalid;
}

}  // namespace

std::string_view Span::Text() const {
  if (!source || begin >= source->text.size() || end <= begin) return {};
  return std::string_view(source->text).substr(begin, end - begin);
}

size_t Span::Line() const {
  if (!source) return 1;
  const size_t limit = std::min(begin, source->text.size());
  return 1 + static_cast<size_t>(std::count(
                 source->text.begin(), source->text.begin() + static_cast<ptrdiff_t>(limit), '\n'));
}

size_t Span::Column() const {
  if (!source) return 1;
  const TextLine line = LineAt(source->text, begin);
  const std::string_view before =
      line.text.substr(0, std::min(begin, source->text.size()) - line.begin);
  return 1 + static_cast<size_t>(std::count_if(before.begin(), before.end(), StartsCharacter));
}

std::string Diagnostic::Render() const {
  std::string text;
  if (span.source) {
    text += span.source->name + ":" + std::to_string(span.Line()) + ":" +
            std::to_string(span.Column()) + ": ";
  }
  if (!condition.empty()) text += "[" + condition + "] ";
  text += message + "\n";
  if (span.source) text += Excerpt(span);
  if (!hint.empty()) text += "  hint: " + hint + "\n";
  return text;
}

Diagnostic AsDiagnostic(const Error& error, const Span& span) {
  const std::string condition =
      error.condition().empty() ? std::string(ErrorCodeName(error.code())) : error.condition();
  return {condition, std::string(SqlStateOf(condition)), span, error.what(), "", error.code()};
}

DiagnosticError::DiagnosticError(Diagnostics diagnostics)
    : Error(Error(SharedCode(diagnostics), RenderAll(diagnostics))
                .WithCondition(diagnostics.empty() ? "" : diagnostics.front().condition)),
      diagnostics_(std::move(diagnostics)) {}

std::string_view SqlStateOf(std::string_view condition) {
  const std::string_view main = condition.substr(0, condition.find('.'));
  const auto* const found = std::lower_bound(
      std::begin(kStates), std::end(kStates), main,
      [](const ConditionState& entry, std::string_view name) { return entry.first < name; });
  return found != std::end(kStates) && found->first == main ? found->second : "XX000";
}

}  // namespace weir
