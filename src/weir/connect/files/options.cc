#include "weir/connect/files/options.h"

#include <algorithm>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/connect/files/option_check.h"
#include "weir/connect/files/option_values.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

constexpr int64_t kDayMicros = int64_t{24} * 3600 * 1'000'000;
constexpr int64_t kLeastAge = 14 * kDayMicros;
constexpr uint64_t kMostQueueThreads = 64;
constexpr int64_t kLeastRetention = 7 * kDayMicros;

SchemaEvolution EvolutionFrom(const std::string& text) {
  const std::string lower = LowerName(text);
  if (lower == "none") return SchemaEvolution::kNone;
  if (lower == "rescue") return SchemaEvolution::kRescue;
  if (lower == "failonnewcolumns") return SchemaEvolution::kFail;
  return lower == "addnewcolumns" ? SchemaEvolution::kAddNewColumns : SchemaEvolution::kWiden;
}

std::optional<Instant> TimeFrom(const std::optional<std::string>& text, const TimeZone& zone) {
  const auto micros = text ? ParseTimestamp(*text, zone) : std::nullopt;
  if (!micros) return std::nullopt;
  return Instant{*micros};
}

void SetText(OptionCheck& checker, FileOptions& options) {
  options.schema = checker.Columns("schema");
  options.evolution = SchemaEvolution::kNone;
  if (!options.schema) return;
  const Schema& schema = *options.schema;
  if (schema.size() == 1 && schema[0].type.id() == TypeId::kString) return;
  checker.Refuse("schema", "text files have one column, a STRING",
                 "schema => 'value STRING' names it; read several as csv");
}

// Records are the values of one column of the type VARIANT.
void SetVariantColumn(OptionCheck& checker, FileOptions& options, const std::string& name) {
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

void SetColumns(OptionCheck& checker, FileOptions& options) {
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
  if (given && AddsColumns(options.evolution)) {
    checker.Refuse("schemaEvolutionMode", *evolution + " contradicts an explicit schema",
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

void SetZone(OptionCheck& checker, const OpenContext& context, FileOptions& options) {
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

std::vector<std::string> NamesIn(const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    const std::string_view name = TrimAsCast(std::string_view(list).substr(begin, comma - begin));
    if (!name.empty()) names.emplace_back(name);
    begin = comma + 1;
  }
  return names;
}

void SetFolders(OptionCheck& checker, const OpenContext& context, FileOptions& options) {
  // What a COPY INTO loads into is a table that has its columns.
  options.reads_folders = context.statement.empty();
  const auto list = checker.Text("partitionColumns");
  if (!list) return;
  options.folder_columns = NamesIn(*list);
  options.reads_folders = !options.folder_columns->empty();
  std::set<std::string> names;
  for (const std::string& name : *options.folder_columns) {
    if (names.insert(LowerName(name)).second) continue;
    checker.Refuse("partitionColumns", "partitionColumns names " + name + " twice", "");
  }
}

void SetOverwrites(OptionCheck& checker, const OpenContext& context, FileOptions& options) {
  const std::string overwrites = LowerName(checker.Text("allowOverwrites").value_or("false"));
  if (overwrites == "false") return;
  options.overwrites = overwrites == "replace" ? Overwrites::kReplace : Overwrites::kAppend;
  if (options.overwrites == Overwrites::kReplace &&
      (!context.stream || !context.statement.empty())) {
    checker.Refuse("allowOverwrites",
                   "allowOverwrites => 'replace' takes the place of rows that a stream has read "
                   "before, and this is none",
                   "read with STREAM into a streaming table, or leave it out");
  }
}

void SetTaking(OptionCheck& checker, FileOptions& options) {
  options.include_existing = checker.Flag("includeExistingFiles", true);
  if (const auto text = checker.Text("maxFilesPerTrigger")) options.max_files = *ParseCount(*text);
  if (const auto text = checker.Text("maxBytesPerTrigger")) options.max_bytes = ParseBytes(*text);
  if (const auto text = checker.Text("maxFileAge")) options.max_age = ParseDuration(*text);
  if (options.max_age && *options.max_age < kLeastAge) {
    checker.Refuse("maxFileAge",
                   "maxFileAge must be 14 days or more, since older files are not "
                   "read any more, even if they never were",
                   "leave it out: weir remembers a million files in some ten megabytes");
  }
}

void SetCleaning(OptionCheck& checker, const OpenContext& context, FileOptions& options) {
  const auto mode = checker.Text("cleanSource");
  const auto retention = checker.Text("cleanSource.retentionDuration");
  const auto place = checker.Text("cleanSource.moveDestination");
  if (!mode) {
    for (const char* const name :
         {"cleanSource.retentionDuration", "cleanSource.moveDestination"}) {
      if (checker.Has(name)) {
        checker.Refuse(name, std::string(name) + " means nothing without cleanSource",
                       "add cleanSource => 'MOVE' or 'DELETE'");
      }
    }
    return;
  }
  const std::string lower = LowerName(*mode);
  if (lower == "off") return;
  if (!context.stream || !context.statement.empty()) {
    return checker.Refuse("cleanSource",
                          "cleanSource acts on files that a stream has read, and this is none",
                          "read with STREAM into a streaming table, or leave it out");
  }
  options.cleaning = lower == "delete" ? Cleaning::kDelete : Cleaning::kMove;
  options.retention = retention ? *ParseDuration(*retention) : 30 * kDayMicros;
  if (options.cleaning == Cleaning::kDelete && options.retention < kLeastRetention) {
    checker.Refuse("cleanSource.retentionDuration",
                   "with cleanSource => 'DELETE' retentionDuration must be 7 days or more",
                   "MOVE has no such limit");
  }
  if ((options.cleaning == Cleaning::kMove) != place.has_value()) {
    checker.Refuse(place ? "cleanSource.moveDestination" : "cleanSource",
                   place ? "cleanSource.moveDestination is for cleanSource => 'MOVE'"
                         : "cleanSource => 'MOVE' needs a `cleanSource.moveDestination`",
                   "");
  }
  options.move_destination = place.value_or("");
}

void SetNotifications(OptionCheck& checker, FileOptions& options) {
  options.notifications = checker.Flag("useNotifications", false);
  options.queue_url = checker.Text("queueUrl").value_or("");
  options.queue_region = checker.Text("region").value_or("");
  if (const auto text = checker.Text("fetchParallelism")) {
    options.queue_threads = std::min<uint64_t>(*ParseCount(*text), kMostQueueThreads);
  }
  if (const auto text = checker.Text("backfillInterval")) options.backfill = ParseDuration(*text);
  for (const char* const name : {"queueUrl", "backfillInterval"}) {
    if (!options.notifications && checker.Has(name)) {
      checker.Refuse(name, std::string(name) + " means nothing without useNotifications => true",
                     "without it the folder is listed each time");
    }
  }
  for (const char* const name : {"region", "fetchParallelism"}) {
    if (options.queue_url.empty() && checker.Has(name) && checker.Text(name) != "1") {
      checker.Refuse(name, std::string(name) + " means nothing without queueUrl", "leave it out");
    }
  }
  if (!options.queue_url.empty() && options.cleaning != Cleaning::kOff && !options.backfill) {
    checker.Refuse("cleanSource",
                   "with queueUrl, cleanSource acts when the files are listed, which is then only "
                   "done at first",
                   "add backfillInterval => '1 day', say");
  }
}

// Options that contradict each other.
void CheckPairs(OptionCheck& checker) {
  if (checker.Text("pathGlobFilter") && checker.Text("fileNamePattern")) {
    checker.Refuse("fileNamePattern", "pathGlobFilter and fileNamePattern are one option",
                   "leave one out");
  }
  if (checker.format() == "xml" && checker.Text("rowTag").value_or("").empty()) {
    checker.Refuse("rowTag", "format xml needs a rowTag: the element that is a row",
                   "rowTag => 'book' reads <books><book>...</book><book>...</book></books>");
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
  OptionCheck checker(arguments, context);
  checker.Finish();
  FileOptions options;
  options.path = checker.path();
  options.caller = CallerOf(context);
  options.base_folder = context.base_folder;
  options.format = checker.format();
  options.record_options = checker.RecordOptions();
  SetColumns(checker, options);
  SetFolders(checker, context, options);
  options.recursive = checker.Flag("recursiveFileLookup", true);
  options.strict_globs = checker.Flag("useStrictGlobber", true);
  options.name_filter =
      checker.Text("pathGlobFilter").value_or(checker.Text("fileNamePattern").value_or(""));
  CheckPairs(checker);
  SetZone(checker, context, options);
  options.modified_after = TimeFrom(checker.Text("modifiedAfter"), *options.zone);
  options.modified_before = TimeFrom(checker.Text("modifiedBefore"), *options.zone);
  SetTaking(checker, options);
  SetOverwrites(checker, context, options);
  SetCleaning(checker, context, options);
  SetNotifications(checker, options);
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
