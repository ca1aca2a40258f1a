#include "weir/connect/files/option_table.h"

#include <algorithm>
#include <string>
#include <vector>

#include "weir/types/data_type.h"

namespace weir::connect {

namespace {

using Kind = OptionKind;

constexpr unsigned kLineRecords = kCsvFormat | kJsonFormat;
constexpr unsigned kRecords = kLineRecords | kXmlFormat;
constexpr unsigned kLines = kLineRecords | kTextFormat;
// Whose columns the files tell.
constexpr unsigned kInferred = kRecords | kParquetFormat | kAvroFormat;
constexpr std::string_view kCloudAccess =
    "weir takes AWS's own settings, or those of s3.conf in its home";
constexpr std::string_view kNoQueueSetup =
    "weir makes no queues; make one that gets the bucket's events, and give its queueUrl";
constexpr std::string_view kDialect = "weir reads standard JSON only";
constexpr std::string_view kIsoForm = "weir reads dates and times in ISO form only";

constexpr OptionInfo kOptions[] = {
    {"format", Kind::kFormat},
    {"schema", Kind::kColumns, kInferred | kTextFormat},
    {"schemaHints", Kind::kColumns, kInferred},
    {"inferColumnTypes", Kind::kBoolean, kInferred},
    {"inferSchema", Kind::kBoolean, kInferred},
    {"rescuedDataColumn", Kind::kText, kInferred},
    {"schemaEvolutionMode", Kind::kEvolution, kInferred},
    {"pathGlobFilter", Kind::kText},
    {"fileNamePattern", Kind::kText},
    {"recursiveFileLookup", Kind::kBoolean},
    {"modifiedAfter", Kind::kTime},
    {"modifiedBefore", Kind::kTime},
    {"includeExistingFiles", Kind::kBoolean},
    {"allowOverwrites", Kind::kOverwrites},
    {"maxFilesPerTrigger", Kind::kCount},
    {"maxBytesPerTrigger", Kind::kBytes},
    {"maxFileAge", Kind::kInterval},
    {"partitionColumns", Kind::kText},
    {"useStrictGlobber", Kind::kBoolean},
    {"validateOptions", Kind::kBoolean},
    {"useNotifications", Kind::kBoolean},
    {"queueUrl", Kind::kText},
    {"region", Kind::kText},
    {"fetchParallelism", Kind::kCount},
    {"backfillInterval", Kind::kInterval},
    {"cleanSource", Kind::kCleaning},
    {"cleanSource.retentionDuration", Kind::kInterval},
    {"cleanSource.moveDestination", Kind::kText},
    {"ignoreCorruptFiles", Kind::kBoolean},
    {"ignoreMissingFiles", Kind::kBoolean},
    {"readerCaseSensitive", Kind::kBoolean, kLineRecords},
    {"parserCaseSensitive", Kind::kBoolean, kCsvFormat, "its name is readerCaseSensitive now"},
    {"mode", Kind::kMode, kRecords},
    {"columnNameOfCorruptRecord", Kind::kText, kRecords},
    {"multiLine", Kind::kBoolean, kLineRecords},
    {"lineSep", Kind::kLineSeparator, kLines},
    {"timeZone", Kind::kText, kRecords},
    {"wholeText", Kind::kBoolean, kTextFormat},

    {"header", Kind::kBoolean, kCsvFormat},
    {"enforceSchema", Kind::kBoolean, kCsvFormat},
    {"sep", Kind::kDelimiter, kCsvFormat},
    {"delimiter", Kind::kDelimiter, kCsvFormat},
    {"quote", Kind::kCharacter, kCsvFormat},
    {"escape", Kind::kCharacter, kCsvFormat},
    {"comment", Kind::kCharacter, kCsvFormat},
    {"nullValue", Kind::kText, kCsvFormat | kXmlFormat},
    {"emptyValue", Kind::kText, kCsvFormat},
    {"nanValue", Kind::kText, kCsvFormat},
    {"positiveInf", Kind::kText, kCsvFormat},
    {"negativeInf", Kind::kText, kCsvFormat},
    {"ignoreLeadingWhiteSpace", Kind::kBoolean, kCsvFormat},
    {"ignoreTrailingWhiteSpace", Kind::kBoolean, kCsvFormat},
    {"skipRows", Kind::kLines, kCsvFormat},
    {"primitivesAsString", Kind::kBoolean, kJsonFormat},
    {"singleVariantColumn", Kind::kText, kJsonFormat},

    {"rowTag", Kind::kText, kXmlFormat},
    {"attributePrefix", Kind::kText, kXmlFormat},
    {"valueTag", Kind::kText, kXmlFormat},
    {"excludeAttribute", Kind::kBoolean, kXmlFormat},
    {"ignoreSurroundingSpaces", Kind::kBoolean, kXmlFormat},
    {"ignoreNamespace", Kind::kBoolean, kXmlFormat},
    {"wildcardColName", Kind::kText, kXmlFormat},

    // Known, and refused unless they ask for what happens anyway.
    {"encoding", Kind::kText, kLines | kXmlFormat, "weir reads UTF-8 only", "utf-8"},
    {"charset", Kind::kText, kLines | kXmlFormat, "weir reads UTF-8 only", "utf-8"},
    {"rowValidationXSDPath", Kind::kText, kXmlFormat,
     "weir does not check rows against XML schemas"},
    {"avroSchema", Kind::kText, kAvroFormat, "give the columns with `schema`"},
    {"avroSchemaUrl", Kind::kText, kAvroFormat, "give the columns with `schema`"},
    {"ignoreExtension", Kind::kBoolean, kAvroFormat, "names of files don't matter", "true"},
    {"enableStableIdentifiersForUnionType", Kind::kBoolean, kAvroFormat,
     "members of unions are called member0, member1, ...", "false"},
    {"dateFormat", Kind::kText, kRecords, kIsoForm, "yyyy-MM-dd"},
    {"timestampFormat", Kind::kText, kRecords, kIsoForm},
    {"timestampNTZFormat", Kind::kText, kRecords, kIsoForm},
    {"timeFormat", Kind::kText, kRecords, kIsoForm},
    {"locale", Kind::kText, kRecords, "numbers and dates are read as in en-US", "en-us"},
    {"samplingRatio", Kind::kText, kRecords, "weir chooses its sample itself"},
    {"compression", Kind::kText, kAnyFormat,
     "weir goes by the ending of the name (.gz, .zst, ...)"},
    {"maxColumns", Kind::kCount, kCsvFormat, "weir has no such limit"},
    {"maxCharsPerColumn", Kind::kText, kCsvFormat, "weir has no such limit", "-1"},
    {"charToEscapeQuoteEscaping", Kind::kCharacter, kCsvFormat,
     "the escape character escapes itself"},
    {"unescapedQuoteHandling", Kind::kText, kCsvFormat,
     "a field with a stray quote is read up to the next delimiter", "stop_at_delimiter"},
    {"preferDate", Kind::kBoolean, kCsvFormat, "dates are told from timestamps", "true"},
    {"enableDateTimeParsingFallback", Kind::kBoolean, kRecords, kIsoForm, "false"},
    {"allowComments", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowUnquotedFieldNames", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowSingleQuotes", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowNumericLeadingZeros", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowBackslashEscapingAnyCharacter", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowUnquotedControlChars", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"allowNonNumericNumbers", Kind::kBoolean, kJsonFormat, kDialect, "false"},
    {"prefersDecimal", Kind::kBoolean, kJsonFormat, "numbers with a fraction are DOUBLE", "false"},
    {"inferTimestamp", Kind::kBoolean, kJsonFormat, "texts are STRING; give a schema hint",
     "false"},
    {"dropFieldIfAllNull", Kind::kBoolean, kJsonFormat, "all fields are kept", "false"},
    {"mergeSchema", Kind::kBoolean, kInferred, "schemas of files are always merged", "true"},
    {"datetimeRebaseMode", Kind::kText, kParquetFormat | kAvroFormat,
     "dates are proleptic Gregorian", "corrected"},
    {"int96RebaseMode", Kind::kText, kParquetFormat, "dates are proleptic Gregorian", "corrected"},
    {"schemaLocation", Kind::kText, kAnyFormat,
     "weir keeps the schema with the table; leave it out"},
    {"partitions", Kind::kText, kAnyFormat, "it is called partitionColumns"},
    {"latestFirst", Kind::kBoolean, kAnyFormat, "the oldest files are read first", "false"},
    {"fileNameOnly", Kind::kBoolean, kAnyFormat, "files are told apart by their whole path",
     "false"},
    {"useIncrementalListing", Kind::kText, kAnyFormat,
     "the folder is always listed, and only names that are new are looked at", "false"},
    {"useManagedFileEvents", Kind::kText, kAnyFormat, kNoQueueSetup, "false"},
    {"listOnStart", Kind::kBoolean, kAnyFormat, "a run always begins with a listing", "true"},
    {"resourceTag", Kind::kText, kAnyFormat, kNoQueueSetup},
    {"resourceTags", Kind::kText, kAnyFormat, kNoQueueSetup},
    {"pathRewrites", Kind::kText, kAnyFormat, "events name the buckets that weir reads"},
    {"databricks.serviceCredential", Kind::kText, kAnyFormat, kCloudAccess},
    {"roleArn", Kind::kText, kAnyFormat, kCloudAccess},
    {"roleExternalId", Kind::kText, kAnyFormat, kCloudAccess},
    {"roleSessionName", Kind::kText, kAnyFormat, kCloudAccess},
    {"stsEndpoint", Kind::kText, kAnyFormat, kCloudAccess},
    {"awsAccessKey", Kind::kText, kAnyFormat, kCloudAccess},
    {"awsSecretKey", Kind::kText, kAnyFormat, kCloudAccess},
    {"badRecordsPath", Kind::kText, kRecords, "malformed records are reported with the update"},
};

size_t Distance(std::string_view left, std::string_view right) {
  std::vector<size_t> row(right.size() + 1);
  for (size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      const size_t above = row[j];
      const size_t change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[right.size()];
}

}  // namespace

std::span<const OptionInfo> KnownOptions() { return kOptions; }

const OptionInfo* FindOption(std::string_view name) {
  const std::string lower = LowerName(name);
  for (const OptionInfo& option : kOptions) {
    if (LowerName(option.name) == lower) return &option;
  }
  return nullptr;
}

std::string_view NearestOption(std::string_view name) {
  const std::string lower = LowerName(name);
  std::string_view nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const OptionInfo& option : kOptions) {
    const size_t distance = Distance(lower, LowerName(option.name));
    if (option.refusal.empty() && distance < least) {
      least = distance;
      nearest = option.name;
    }
  }
  return nearest;
}

}  // namespace weir::connect
