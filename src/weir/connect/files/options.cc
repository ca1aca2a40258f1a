#include "weir/connect/files/options.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "weir/base/error.h"
#include "weir/connect/bytes/compression.h"
#include "weir/connect/files/option_table.h"
#include "weir/connect/files/option_values.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

constexpr std::string_view kPrefix = "cloudfiles.";
std::string_view WithoutPrefix(std::string_view name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

SchemaEvolution EvolutionFrom(const std::string& text) {
  const std::string lower = LowerName(text);
  if (lower == "none") return SchemaEvolution::kNone;
  return lower == "rescue" ? SchemaEvolution::kRescue : SchemaEvolution::kAddNewColumns;
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
                                                                  {".parquet", "parquet"}}) {
    if (name.ends_with(ending)) return format;
  }
  return "";
}

std::string Caller(const OpenContext& context) {
  return context.statement.empty() ? "read_files" : context.statement;
}

// The arguments by lower-case name, with everything wrong about them.
class Checker {
 public:
  Checker(const std::vector<Argument>& arguments, const OpenContext& context) : context_(context) {
    for (const Argument& argument : arguments) Take(argument);
    ChooseFormat();
    for (const auto& [name, given] : given_) CheckFormat(given);
  }

  const std::string& path() const { return path_; }
  const std::string& format() const { return format_; }

  std::optional<std::string> Text(const std::string& name) const {
    const auto found = given_.find(LowerName(name));
    if (found == given_.end()) return std::nullopt;
    return found->second.text;
  }
  bool Flag(const std::string& name, bool otherwise) const {
    const auto text = Text(name);
    return text ? LowerName(*text) == "true" : otherwise;
  }
  std::optional<Schema> Columns(const std::string& name) {
    const auto found = given_.find(LowerName(name));
    if (found == given_.end()) return std::nullopt;
    try {
      return context_.parse_columns(found->second.text, name);
    } catch (const DiagnosticError& error) {
      for (const Diagnostic& diagnostic : error.diagnostics()) found_.push_back(diagnostic);
    }
    return std::nullopt;
  }
  std::map<std::string, std::string> RecordOptions() const {
    std::map<std::string, std::string> options;
    for (const auto& [name, given] : given_) {
      if (given.info->refusal.empty()) options[name] = given.text;
    }
    return options;
  }
  void Refuse(const std::string& name, const std::string& message, const std::string& hint) {
    const auto found = given_.find(LowerName(name));
    Report("INVALID_PARAMETER_VALUE", found == given_.end() ? Span{} : found->second.span, message,
           hint);
  }
  void Finish() const {
    if (!found_.empty()) throw DiagnosticError(found_);
  }

 private:
  struct Given {
    const OptionInfo* info;
    std::string text;
    Span span;
  };

  void Report(const std::string& condition, const Span& span, const std::string& message,
              const std::string& hint) {
    found_.push_back({condition, std::string(SqlStateOf(condition)), span, message, hint});
  }

  void Take(const Argument& argument) {
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
    if (!info->refusal.empty()) {
      if (LowerName(text) != LowerName(info->accepted) || info->accepted.empty()) {
        Report("UNSUPPORTED_FEATURE", argument.span,
               quoted + " = '" + text + "' is not supported: " + std::string(info->refusal),
               "leave it out");
      }
      return;
    }
    if (const auto mistake = MistakeIn(info->kind, text); !mistake.empty()) {
      return Report("INVALID_PARAMETER_VALUE", argument.span,
                    quoted + " is '" + text + "', but must be " + std::string(mistake), "");
    }
    const Given given{info, text, argument.span};
    if (!given_.emplace(LowerName(info->name), given).second) {
      Report("DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT", argument.span, quoted + " is given twice",
             "");
    }
  }

  void TakePath(const Argument& argument) {
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

  void ReportUnknown(const Argument& argument, const std::string& name) {
    const std::string_view nearest = NearestOption(name);
    const bool has_place = argument.name_span.source != nullptr;
    Report("UNRECOGNIZED_PARAMETER_NAME", has_place ? argument.name_span : argument.span,
           Caller(context_) +
               (context_.statement.empty() ? " has no option `" : " has no format option `") +
               argument.name + "`",
           nearest.empty() ? "" : "did you mean `" + std::string(nearest) + "`?");
  }

  void ChooseFormat() {
    if (!has_path_) {
      Report("REQUIRED_PARAMETER_NOT_FOUND", {}, "read_files needs a path",
             "read_files('/path/to/files', format => 'csv')");
    }
    format_ = LowerName(Text("format").value_or(FormatOfPath(path_)));
    if (!format_.empty() || !found_.empty()) return;
    Report("REQUIRED_PARAMETER_NOT_FOUND", {},
           "the path '" + path_ + "' does not tell the format of its files",
           "add format => 'csv', 'json', 'parquet', 'text' or 'binaryFile'");
  }

  void CheckFormat(const Given& given) {
    if (format_.empty() || (given.info->formats & MaskOfFormat(format_)) != 0) return;
    Report("INVALID_PARAMETER_VALUE", given.span,
           "option `" + std::string(given.info->name) + "` has no meaning for format " + format_,
           "leave it out");
  }

  const OpenContext& context_;
  bool has_path_ = false;
  std::string path_;
  std::string format_;
  std::map<std::string, Given> given_;
  Diagnostics found_;
};

std::optional<Instant> TimeFrom(const std::optional<std::string>& text, const TimeZone& zone) {
  const auto micros = text ? ParseTimestamp(*text, zone) : std::nullopt;
  if (!micros) return std::nullopt;
  return Instant{*micros};
}

void SetText(Checker& checker, FileOptions& options) {
  options.schema = checker.Columns("schema");
  options.evolution = SchemaEvolution::kNone;
  if (!options.schema) return;
  const Schema& schema = *options.schema;
  if (schema.size() == 1 && schema[0].type.id() == TypeId::kString) return;
  checker.Refuse("schema", "text files have one column, a STRING",
                 "schema => 'value STRING' names it; read several as csv");
}

// Records are the values of one column of the type VARIANT.
void SetVariantColumn(Checker& checker, FileOptions& options, const std::string& name) {
  const Schema whole({{name, TypeId::kVariant, true, "{}"}});
  if (name.empty()) {
    checker.Refuse("singleVariantColumn", "the column of singleVariantColumn has no name",
                   "singleVariantColumn => 'value' names it");
  }
  const auto schema = checker.Columns("schema");
  if (schema && schema->ToDdl() != whole.ToDdl()) {
    checker.Refuse("schema", "with singleVariantColumn there is one column, " + whole.ToDdl(),
                   "leave one of the options out");
  }
  for (const char* const other : {"schemaHints", "rescuedDataColumn", "schemaEvolutionMode"}) {
    if (!checker.Text(other)) continue;
    checker.Refuse(other, std::string(other) + " has no meaning with singleVariantColumn",
                   "leave one of the options out");
  }
  options.schema = whole;
  options.evolution = SchemaEvolution::kNone;
}

void SetColumns(Checker& checker, FileOptions& options) {
  if (HasFixedColumns(options.format)) return SetText(checker, options);
  if (const auto name = checker.Text("singleVariantColumn")) {
    return SetVariantColumn(checker, options, *name);
  }
  options.schema = checker.Columns("schema");
  options.hints = checker.Columns("schemaHints").value_or(Schema());
  options.infer_types = checker.Flag("inferColumnTypes", checker.Flag("inferSchema", true));
  const bool given = options.schema.has_value();
  const auto evolution = checker.Text("schemaEvolutionMode");
  options.evolution = evolution ? EvolutionFrom(*evolution)
                      : given   ? SchemaEvolution::kNone
                                : SchemaEvolution::kAddNewColumns;
  if (given && options.evolution == SchemaEvolution::kAddNewColumns) {
    checker.Refuse("schemaEvolutionMode", "addNewColumns contradicts an explicit schema",
                   "leave out `schema` and give `schemaHints`, or use rescue");
  }
  const bool rescues = options.evolution != SchemaEvolution::kNone;
  options.rescued_column =
      checker.Text("rescuedDataColumn").value_or(rescues ? "_rescued_data" : "");
  if (options.schema && options.schema->Find(options.rescued_column)) {
    checker.Refuse("schema", "the schema has a column " + options.rescued_column + " of its own",
                   "leave it out, or name the rescued data column otherwise");
  }
}

void SetZone(Checker& checker, const OpenContext& context, FileOptions& options) {
  options.zone = context.zone;
  const auto name = checker.Text("timeZone");
  if (!name) return;
  TimeZonePtr zone = context.zones == nullptr ? FixedZone(*name) : context.zones->Find(*name);
  if (zone != nullptr) {
    options.zone = std::move(zone);
  } else {
    checker.Refuse("timeZone", "there is no time zone '" + *name + "'",
                   "write a region such as 'Europe/Berlin', or an offset such as '+01:00'");
  }
}

// Options that contradict each other.
void CheckPairs(Checker& checker) {
  if (checker.Text("pathGlobFilter") && checker.Text("fileNamePattern")) {
    checker.Refuse("fileNamePattern", "pathGlobFilter and fileNamePattern are one option",
                   "leave one out");
  }
  if (!checker.Text("lineSep")) return;
  for (const char* const other : {"multiLine", "wholeText"}) {
    if (!checker.Flag(other, false)) continue;
    checker.Refuse("lineSep", "lineSep is not supported with " + std::string(other) + " => true",
                   "leave one out");
  }
}

}  // namespace

bool HasFixedColumns(std::string_view format) {
  return (MaskOfFormat(format) & (kTextFormat | kBinaryFormat)) != 0;
}

FileOptions FileOptionsFrom(const std::vector<Argument>& arguments, const OpenContext& context) {
  Checker checker(arguments, context);
  checker.Finish();
  FileOptions options;
  options.path = checker.path();
  options.caller = Caller(context);
  options.base_folder = context.base_folder;
  options.format = checker.format();
  options.record_options = checker.RecordOptions();
  SetColumns(checker, options);
  options.recursive = checker.Flag("recursiveFileLookup", true);
  options.name_filter =
      checker.Text("pathGlobFilter").value_or(checker.Text("fileNamePattern").value_or(""));
  CheckPairs(checker);
  SetZone(checker, context, options);
  options.modified_after = TimeFrom(checker.Text("modifiedAfter"), *options.zone);
  options.modified_before = TimeFrom(checker.Text("modifiedBefore"), *options.zone);
  options.include_existing = checker.Flag("includeExistingFiles", true);
  options.allow_overwrites = checker.Flag("allowOverwrites", false);
  if (const auto text = checker.Text("maxFilesPerTrigger")) options.max_files = *ParseCount(*text);
  if (const auto text = checker.Text("maxBytesPerTrigger")) options.max_bytes = ParseBytes(*text);
  checker.Finish();
  return options;
}

std::string PathArgument(const std::vector<Argument>& arguments) {
  for (const Argument& argument : arguments) {
    const std::string name = LowerName(argument.name);
    if (!name.empty() && name != "path") continue;
    if (!argument.value.is_null() && argument.value.type().id() == TypeId::kString) {
      return argument.value.text();
    }
  }
  throw DiagnosticError(
      {{"REQUIRED_PARAMETER_NOT_FOUND", "4274K", Span{}, "read_files needs a path",
        "read_files('/path/to/files', format => 'csv')"}});
}

}  // namespace weir::connect
