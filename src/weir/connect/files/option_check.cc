#include "weir/connect/files/option_check.h"

#include <algorithm>
#include <utility>

#include "weir/base/error.h"
#include "weir/connect/bytes/compression.h"
#include "weir/connect/files/option_values.h"

namespace weir::connect {

namespace {

constexpr std::string_view kPrefix = "cloudfiles.";

std::string_view WithoutPrefix(std::string_view name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// The format that the path's ending tells, or "".
std::string FormatOfPath(const std::string& path) {
  const std::string lower = LowerName(path);
  const std::string_view name = WithoutCompression(lower);
  for (const auto& [ending, format] :
       std::initializer_list<std::pair<const char*, const char*>>{{".csv", "csv"},
                                                                  {".json", "json"},
                                                                  {".jsonl", "json"},
                                                                  {".ndjson", "json"},
                                                                  {".parquet", "parquet"},
                                                                  {".avro", "avro"},
                                                                  {".xml", "xml"}}) {
    if (name.ends_with(ending)) return format;
  }
  return "";
}

// Whether the arguments ask for unknown options to be passed over.
bool TakesUnknown(const std::vector<Argument>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const Argument& argument) {
    const std::string name = LowerName(argument.name);
    return WithoutPrefix(name) == "validateoptions" && !argument.value.is_null() &&
           LowerName(argument.value.ToString()) == "false";
  });
}

}  // namespace

std::string CallerOf(const OpenContext& context) {
  return context.statement.empty() ? "read_files" : context.statement;
}

OptionCheck::OptionCheck(const std::vector<Argument>& arguments, const OpenContext& context)
    : context_(context), validates_(!TakesUnknown(arguments)) {
  for (const Argument& argument : arguments) Take(argument);
  ChooseFormat();
  for (const auto& [name, given] : given_) CheckFormat(given);
}

std::optional<std::string> OptionCheck::Text(const std::string& name) const {
  const auto found = given_.find(LowerName(name));
  if (found == given_.end()) return std::nullopt;
  return found->second.text;
}

bool OptionCheck::Flag(const std::string& name, bool otherwise) const {
  const auto text = Text(name);
  return text ? LowerName(*text) == "true" : otherwise;
}

std::optional<Schema> OptionCheck::Columns(const std::string& name) {
  const auto found = given_.find(LowerName(name));
  if (found == given_.end()) return std::nullopt;
  try {
    return context_.parse_columns(found->second.text, name);
  } catch (const DiagnosticError& error) {
    for (const Diagnostic& diagnostic : error.diagnostics()) found_.push_back(diagnostic);
  }
  return std::nullopt;
}

std::map<std::string, std::string> OptionCheck::RecordOptions() const {
  std::map<std::string, std::string> options;
  for (const auto& [name, given] : given_) {
    if (given.info->refusal.empty()) options[name] = given.text;
  }
  return options;
}

void OptionCheck::Refuse(const std::string& name, const std::string& message,
                         const std::string& hint) {
  const auto found = given_.find(LowerName(name));
  Report("INVALID_PARAMETER_VALUE", found == given_.end() ? Span{} : found->second.span, message,
         hint);
}

void OptionCheck::Finish() const {
  if (!found_.empty()) throw DiagnosticError(found_);
}

void OptionCheck::Report(const std::string& condition, const Span& span, const std::string& message,
                         const std::string& hint) {
  found_.push_back({condition, std::string(SqlStateOf(condition)), span, message, hint});
}

void OptionCheck::Take(const Argument& argument) {
  const std::string written = LowerName(argument.name);
  const std::string name(WithoutPrefix(written));
  if (name.empty() || name == "path") return TakePath(argument);
  const OptionInfo* const info = FindOption(name);
  if (info == nullptr) return ReportUnknown(argument, name);
  const std::string quoted = "option `" + std::string(info->name) + "`";
  if (argument.value.is_null() || argument.value.type().IsNested()) {
    return Report("INVALID_PARAMETER_VALUE", argument.span, quoted + " is not a plain value", "");
  }
  const std::string text = argument.value.ToString();
  if (!IsAccepted(*info, text, argument.span)) return;
  const Given given{info, text, argument.span};
  if (!given_.emplace(LowerName(info->name), given).second) {
    Report("DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT", argument.span, quoted + " is given twice", "");
  }
}

// Whether it has an effect; what can't be is reported.
bool OptionCheck::IsAccepted(const OptionInfo& info, const std::string& text, const Span& span) {
  const std::string quoted = "option `" + std::string(info.name) + "`";
  if (!info.refusal.empty()) {
    if (LowerName(text) != LowerName(info.accepted) || info.accepted.empty()) {
      Report("UNSUPPORTED_FEATURE", span,
             quoted + " = '" + text + "' is not supported: " + std::string(info.refusal),
             "leave it out");
    }
    return false;
  }
  const auto mistake = MistakeIn(info.kind, text);
  if (mistake.empty()) return true;
  Report("INVALID_PARAMETER_VALUE", span,
         quoted + " is '" + text + "', but must be " + std::string(mistake), "");
  return false;
}

void OptionCheck::TakePath(const Argument& argument) {
  if (has_path_) {
    return Report("DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT", argument.span,
                  "the path is given twice", "");
  }
  has_path_ = true;
  if (argument.value.type().id() != TypeId::kString || argument.value.is_null() ||
      argument.value.text().empty()) {
    return Report("INVALID_PARAMETER_VALUE", argument.span, "the path is not a text", "");
  }
  path_ = argument.value.text();
}

void OptionCheck::ReportUnknown(const Argument& argument, const std::string& name) {
  if (!validates_) return;
  const std::string_view nearest = NearestOption(name);
  const bool has_place = argument.name_span.source != nullptr;
  Report("UNRECOGNIZED_PARAMETER_NAME", has_place ? argument.name_span : argument.span,
         CallerOf(context_) +
             (context_.statement.empty() ? " has no option `" : " has no format option `") +
             argument.name + "`",
         nearest.empty() ? "" : "did you mean `" + std::string(nearest) + "`?");
}

void OptionCheck::ChooseFormat() {
  if (!has_path_) {
    Report("REQUIRED_PARAMETER_NOT_FOUND", {}, "read_files needs a path",
           "read_files('/path/to/files', format => 'csv')");
  }
  format_ = LowerName(Text("format").value_or(FormatOfPath(path_)));
  if (!format_.empty() || !found_.empty()) return;
  Report("REQUIRED_PARAMETER_NOT_FOUND", {},
         "the path '" + path_ + "' does not tell the format of its files",
         "add format => 'csv', 'json', 'parquet', 'avro', 'xml', 'text' or 'binaryFile'");
}

void OptionCheck::CheckFormat(const Given& given) {
  if (format_.empty() || (given.info->formats & MaskOfFormat(format_)) != 0) return;
  Report("INVALID_PARAMETER_VALUE", given.span,
         "option `" + std::string(given.info->name) + "` has no meaning for format " + format_,
         "leave it out");
}

}  // namespace weir::connect
