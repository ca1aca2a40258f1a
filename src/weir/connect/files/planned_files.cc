#include "weir/connect/files/planned_files.h"

#include <algorithm>
#include <optional>

#include "weir/base/error.h"
#include "weir/io/parallel.h"
#include "weir/types/whole_digits.h"

namespace weir::connect {

namespace {

constexpr size_t kFarThreads = 32;  // Each waits for an answer most of the time.

std::vector<std::optional<io::ObjectInfo>> InfosOf(io::ObjectStore& store,
                                                   const std::vector<SourceFile>& files) {
  std::vector<std::optional<io::ObjectInfo>> infos(files.size());
  io::InParallel(files.size(), store.IsFar() ? kFarThreads : 1,
                 [&](size_t i) { infos[i] = store.Find(files[i].key); });
  return infos;
}

bool IsAsListed(const SourceFile& file, const io::ObjectInfo& info) {
  const SourceFile now{file.uri, file.key, info.size, info.modified, info.etag};
  return info.size == file.size && VersionHash(now) == VersionHash(file);
}

// The narrowest type of its kind that holds both; `type` where there is none.
DataType GrownType(const DataType& type, const DataType& more) {
  if (type.IsIntegral() && more.IsIntegral()) return type.id() > more.id() ? type : more;
  if (type.id() == TypeId::kFloat && more.id() == TypeId::kDouble) return more;
  if (type.id() != TypeId::kDecimal || more.id() != TypeId::kDecimal) return type;
  const int scale = std::max(type.scale(), more.scale());
  const int precision = std::max(WholeDigits(type), WholeDigits(more)) + scale;
  return precision > 38 ? type : DataType::Decimal(precision, scale);
}

std::optional<size_t> PlaceOfField(const std::vector<Field>& fields, const std::string& name) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (LowerName(fields[i].name) == LowerName(name)) return i;
  }
  return std::nullopt;
}

void AddNewNames(const std::vector<Field>& found, const std::vector<Field>& fields,
                 const std::string& above, std::vector<std::string>& names) {
  for (const Field& field : found) {
    const auto place = PlaceOfField(fields, field.name);
    if (!place) {
      names.push_back(above + field.name);
      continue;
    }
    const DataType* there = &fields[*place].type;
    const DataType* now = &field.type;
    while (there->id() == TypeId::kArray && now->id() == TypeId::kArray) {
      there = &there->element();
      now = &now->element();
    }
    if (there->id() == TypeId::kStruct && now->id() == TypeId::kStruct) {
      AddNewNames(now->fields(), there->fields(), above + field.name + ".", names);
    }
  }
}

}  // namespace

bool Counts(const FileOptions& options, const FileProgress& done, Instant now,
            const SourceFile& file) {
  if (options.max_age && file.modified.micros < now.micros - *options.max_age) return false;
  const auto taken = done.known().Find(file.key);
  if (!taken) return true;
  return options.overwrites != Overwrites::kIgnore && taken->version != VersionHash(file);
}

bool AreAsListed(io::ObjectStore& store, const std::vector<SourceFile>& files) {
  const auto infos = InfosOf(store, files);
  for (size_t i = 0; i < files.size(); ++i) {
    if (!infos[i] || !IsAsListed(files[i], *infos[i])) return false;
  }
  return true;
}

std::vector<SourceFile> UnchangedFiles(const FileOptions& options, io::ObjectStore& store,
                                       const std::vector<SourceFile>& files) {
  const auto found = options.record_options.find("ignoremissingfiles");
  const bool ignore = found != options.record_options.end() && LowerName(found->second) == "true";
  const auto infos = InfosOf(store, files);
  std::vector<SourceFile> there;
  for (size_t i = 0; i < files.size(); ++i) {
    const SourceFile& file = files[i];
    if (!infos[i]) {
      if (ignore) continue;
      throw Error(ErrorCode::kNotFound,
                  "the file " + file.uri +
                      " was to be read but is gone; put it back, or read with "
                      "ignoreMissingFiles => true")
          .WithCondition("FAILED_READ_FILE.FILE_NOT_EXIST");
    }
    if (!IsAsListed(file, *infos[i])) {
      if (options.overwrites == Overwrites::kReplace) {
        there.push_back({file.uri, file.key, infos[i]->size, infos[i]->modified, infos[i]->etag});
        continue;
      }
      throw Error(ErrorCode::kConflict,
                  "the file " + file.uri + " changed after its batch was planned (" +
                      std::to_string(file.size) + " bytes then, " + std::to_string(infos[i]->size) +
                      " now); run it again, by the file as it is")
          .WithCondition("FAILED_READ_FILE");
    }
    there.push_back(file);
  }
  return there;
}

Schema GrownSchema(const Schema& columns, const Schema& more, bool widen) {
  std::vector<Field> fields = columns.fields();
  for (const Field& field : more.fields()) {
    const auto place = PlaceOfField(fields, field.name);
    if (!place) {
      fields.push_back(field);
    } else if (widen) {
      fields[*place].type = GrownType(fields[*place].type, field.type);
    }
  }
  return Schema(std::move(fields));
}

std::vector<std::string> NewColumnsIn(const Schema& found, const Schema& columns) {
  std::vector<std::string> names;
  AddNewNames(found.fields(), columns.fields(), "", names);
  return names;
}

void ThrowNewColumns(const SourceFile& file, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + QuoteName(name);
  throw DiagnosticError(
      {{"UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE", "KD003", Span{},
        "the file " + file.uri + " has fields that no column is there for: " + list +
            " (schemaEvolutionMode is failOnNewColumns)",
        "add them to `schema` or `schemaHints`, take the file away, or use addNewColumns or "
        "rescue"}});
}

}  // namespace weir::connect
