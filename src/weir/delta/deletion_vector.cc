#include "weir/delta/deletion_vector.h"

#include <simdjson.h>
#include <zlib.h>

#include <limits>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/json_writer.h"
#include "weir/delta/paths.h"
#include "weir/delta/z85.h"

namespace weir::delta {
namespace {

using Storage = DeletionVector::Storage;

constexpr size_t kUuidCharacters = 20;
constexpr char kVectorFileVersion = 1;
// One of some runs or a few dozen rows: the log is read faster than a file of its own.
constexpr size_t kLargestInline = 128;

[[noreturn]] void CorruptVector(const std::string& problem) {
  throw Error(ErrorCode::kCorrupt, "a deletion vector " + problem);
}

std::string_view LetterOf(Storage storage) {
  return storage == Storage::kByUuid ? "u" : storage == Storage::kInline ? "i" : "p";
}

// The object that a JSON text is; keeps the parser's buffer until the next call of the thread.
std::optional<simdjson::dom::object> VectorObject(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(document) || document.get(object)) {
    return std::nullopt;
  }
  return object;
}

std::optional<std::string> VectorText(const simdjson::dom::object& object, const char* member) {
  std::string_view text;
  if (object.at_key(member).get(text)) return std::nullopt;
  return std::string(text);
}

// Absent and null are the same.
std::optional<int64_t> VectorNumber(const simdjson::dom::object& object, const char* member,
                                    int64_t most) {
  simdjson::dom::element element;
  if (object.at_key(member).get(element) || element.is_null()) return std::nullopt;
  int64_t number = 0;
  if (element.get(number) || number < 0 || number > most) {
    CorruptVector("has a bad `" + std::string(member) + "`");
  }
  return number;
}

uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void AppendBigEndian(std::string& bytes, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
}

uint32_t ChecksumOf(std::string_view bytes) {
  return static_cast<uint32_t>(crc32(crc32(0, nullptr, 0),
                                     reinterpret_cast<const Bytef*>(bytes.data()),
                                     static_cast<uInt>(bytes.size())));
}

std::string InlineBytes(const DeletionVector& vector) {
  auto bytes = DecodeZ85(vector.path_or_inline);
  const auto size = static_cast<size_t>(vector.size_bytes);
  if (!bytes || bytes->size() < size || bytes->size() - size >= 4) {
    CorruptVector("is written in the log, but not as its " + std::to_string(size) + " bytes");
  }
  bytes->resize(size);
  return *std::move(bytes);
}

std::string ReadRange(io::ObjectReader& reader, uint64_t offset, size_t length) {
  std::string bytes(length, '\0');
  if (reader.ReadAt(offset, bytes.data(), length) != length) CorruptVector("ends too early");
  return bytes;
}

std::string StoredBytes(io::ObjectStore& store, const std::string& key,
                        const DeletionVector& vector) {
  const auto reader = store.Open(key);
  if (ReadRange(*reader, 0, 1).front() != kVectorFileVersion) {
    CorruptVector("is of a file version that weir does not know");
  }
  // Right behind the version, where nothing else is said.
  const auto offset = static_cast<uint64_t>(vector.offset.value_or(1));
  const auto size = static_cast<size_t>(vector.size_bytes);
  // Before room is made for it: nothing is believed of its length.
  const uint64_t end = reader->info().size;
  if (offset > end || end - offset < uint64_t{8} + size) CorruptVector("ends too early");
  const std::string bytes = ReadRange(*reader, offset, size + 8);
  const std::string_view view(bytes);
  if (BigEndian(view.substr(0, 4)) != size) CorruptVector("is not of the size that the log says");
  const std::string_view data = view.substr(4, size);
  if (BigEndian(view.substr(4 + size)) != ChecksumOf(data)) CorruptVector("has a wrong checksum");
  return std::string(data);
}

std::optional<int64_t> RowsOfFile(const std::string& stats_json) {
  if (stats_json.empty()) return std::nullopt;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  int64_t rows = 0;
  if (parser.parse(stats_json).get(document) || document["numRecords"].get(rows) || rows < 0) {
    return std::nullopt;
  }
  return rows;
}

RowSet RowsBy(const io::Location& table, const std::string& path, const std::string& json,
              std::optional<int64_t> rows_of_file) {
  if (json.empty()) return {};
  std::string key;
  try {
    const DeletionVector vector = ParseDeletionVector(json);
    key = KeyOf(table, vector).value_or("");
    RowSet rows =
        RowSet::Parse(key.empty() ? InlineBytes(vector) : StoredBytes(*table.store, key, vector));
    if (rows.size() != static_cast<uint64_t>(vector.cardinality)) {
      CorruptVector("holds " + std::to_string(rows.size()) + " rows, not " +
                    std::to_string(vector.cardinality));
    }
    if (rows_of_file && rows.last() && *rows.last() >= static_cast<uint64_t>(*rows_of_file)) {
      CorruptVector("names the row " + std::to_string(*rows.last()) + " of a file of " +
                    std::to_string(*rows_of_file));
    }
    return rows;
  } catch (const Error& error) {
    throw error.WithContext("the deleted rows of the file " + path + " of table " + table.uri +
                            (key.empty() ? "" : ", kept in " + key));
  }
}

}  // namespace

DeletionVector ParseDeletionVector(std::string_view json) {
  const auto object = VectorObject(json);
  if (!object) CorruptVector("is not written as a JSON object");
  DeletionVector vector;
  const auto storage = VectorText(*object, "storageType");
  if (storage == "u") {
    vector.storage = Storage::kByUuid;
  } else if (storage == "i") {
    vector.storage = Storage::kInline;
  } else if (storage == "p") {
    vector.storage = Storage::kByPath;
  } else {
    CorruptVector("has the storage type '" + storage.value_or("") + "', not u, i or p");
  }
  auto where = VectorText(*object, "pathOrInlineDv");
  if (!where) CorruptVector("has no `pathOrInlineDv`");
  vector.path_or_inline = *std::move(where);
  constexpr int64_t kMostInt = std::numeric_limits<int32_t>::max();
  vector.offset = VectorNumber(*object, "offset", kMostInt);
  const auto size = VectorNumber(*object, "sizeInBytes", kMostInt);
  const auto cardinality =
      VectorNumber(*object, "cardinality", std::numeric_limits<int64_t>::max());
  if (!size || !cardinality) CorruptVector("has no `sizeInBytes` or no `cardinality`");
  vector.size_bytes = *size;
  vector.cardinality = *cardinality;
  return vector;
}

std::optional<DeletionVector> DeletionVectorOf(const AddFile& file) {
  if (file.deletion_vector_json.empty()) return std::nullopt;
  try {
    return ParseDeletionVector(file.deletion_vector_json);
  } catch (const Error& error) {
    throw error.WithContext("the file " + file.path);
  }
}

std::string ToJson(const DeletionVector& vector) {
  std::string json;
  JsonObjectWriter out(json);
  out.Text("storageType", LetterOf(vector.storage));
  out.Text("pathOrInlineDv", vector.path_or_inline);
  if (vector.offset) out.Integer("offset", *vector.offset);
  out.Integer("sizeInBytes", vector.size_bytes);
  out.Integer("cardinality", vector.cardinality);
  out.End();
  return json;
}

std::string DeletionVectorId(std::string_view json) {
  if (json.empty()) return {};
  const auto object = VectorObject(json);
  if (!object) return std::string(json);
  std::string id = VectorText(*object, "storageType").value_or("") +
                   VectorText(*object, "pathOrInlineDv").value_or("");
  simdjson::dom::element offset;
  if (!object->at_key("offset").get(offset) && !offset.is_null()) {
    id += "@" + std::string(simdjson::minify(offset));
  }
  return id;
}

std::optional<std::string> KeyOf(const io::Location& table, const DeletionVector& vector) {
  const std::string& where = vector.path_or_inline;
  if (vector.storage == Storage::kInline) return std::nullopt;
  if (vector.storage == Storage::kByPath) return KeyOfPath(table, where);
  if (where.size() < kUuidCharacters) CorruptVector("has a `pathOrInlineDv` that is too short");
  const std::string folder = where.substr(0, where.size() - kUuidCharacters);
  const auto uuid = DecodeZ85(std::string_view(where).substr(folder.size()));
  if (!uuid || folder.find('/') != std::string::npos) {
    CorruptVector("has a `pathOrInlineDv` that names no file");
  }
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string name = folder.empty() ? "" : EncodePath(folder) + "/";
  name += "deletion_vector_";
  for (size_t i = 0; i < uuid->size(); ++i) {
    const auto byte = static_cast<unsigned char>((*uuid)[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) name += '-';
    name += kHexDigits[byte >> 4];
    name += kHexDigits[byte & 0x0f];
  }
  return KeyOfPath(table, name + ".bin");
}

DeletionVector FromAnywhere(const io::Location& table, DeletionVector vector) {
  const auto key = KeyOf(table, vector);
  if (!key) return vector;
  vector.storage = Storage::kByPath;
  vector.path_or_inline = AbsolutePath(table, *key);
  return vector;
}

RowSet DeletedRows(const io::Location& table, const AddFile& file) {
  if (file.deletion_vector_json.empty()) return {};
  return RowsBy(table, file.path, file.deletion_vector_json, RowsOfFile(file.stats_json));
}

RowSet DeletedRows(const io::Location& table, const RemoveFile& file) {
  return RowsBy(table, file.path, file.deletion_vector_json, std::nullopt);
}

RowSet NewlyDeletedRows(const io::Location& table, const std::string& path,
                        const std::string& older_json, const std::string& newer_json) {
  RowSet rows = RowsBy(table, path, newer_json, std::nullopt);
  rows.Subtract(RowsBy(table, path, older_json, std::nullopt));
  return rows;
}

std::string WithWideBounds(std::string_view stats_json) {
  namespace ondemand = simdjson::ondemand;
  thread_local ondemand::parser parser;
  const simdjson::padded_string padded(stats_json);
  ondemand::document document;
  ondemand::object object;
  std::string wide;
  JsonObjectWriter out(wide);
  // The members as they are: a number read and printed again might lose digits.
  if (!stats_json.empty() && !parser.iterate(padded).get(document) &&
      !document.get_object().get(object)) {
    for (auto member : object) {
      std::string_view key;
      std::string_view text;
      if (member.unescaped_key().get(key)) break;
      const std::string name(key);
      if (simdjson::to_json_string(member.value()).get(text)) break;
      if (name != "tightBounds") out.Raw(name, text);
    }
  }
  out.Raw("tightBounds", "false");
  out.End();
  return wide;
}

DeletionVectorWriter::DeletionVectorWriter(const io::Location& table)
    : table_(table), uuid_(NewUuid()) {}

DeletionVector DeletionVectorWriter::Add(const RowSet& rows) {
  const std::string data = rows.Serialize();
  DeletionVector vector;
  vector.size_bytes = static_cast<int64_t>(data.size());
  vector.cardinality = static_cast<int64_t>(rows.size());
  if (data.size() <= kLargestInline) {
    vector.path_or_inline = EncodeZ85(data);
    return vector;
  }
  if (bytes_.empty()) bytes_ += kVectorFileVersion;
  if (bytes_.size() + data.size() > std::numeric_limits<int32_t>::max() - 8) {
    throw Error(ErrorCode::kUnsupported,
                "the deleted rows of one commit to table " + table_.uri +
                    " take more than 2 GB, which a file of deletion vectors can't hold");
  }
  std::string digits;
  for (const char c : uuid_) {
    if (c != '-') digits += c;
  }
  std::string uuid;
  for (size_t i = 0; i < digits.size(); i += 2) {
    uuid += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  vector.storage = Storage::kByUuid;
  vector.path_or_inline = EncodeZ85(uuid);
  vector.offset = static_cast<int64_t>(bytes_.size());
  AppendBigEndian(bytes_, static_cast<uint32_t>(data.size()));
  bytes_ += data;
  AppendBigEndian(bytes_, ChecksumOf(data));
  return vector;
}

std::string DeletionVectorWriter::Finish() {
  if (bytes_.empty()) return {};
  const std::string key = table_.prefix + "deletion_vector_" + uuid_ + ".bin";
  table_.store->Put(key, bytes_);
  return key;
}

}  // namespace weir::delta
