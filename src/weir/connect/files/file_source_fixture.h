#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/base/error.h"
#include "weir/connect/files/file_source.h"
#include "weir/io/memory_store.h"

// A source of files in memory. For tests.
namespace weir::connect {

// Resolves every path below one store in memory.
class MemoryStores : public io::Stores {
 public:
  explicit MemoryStores(std::shared_ptr<io::ObjectStore> store) : store_(std::move(store)) {}
  io::Location Resolve(const std::string& path, const std::string& base_folder) override {
    std::string whole = path.starts_with('/') ? path : base_folder + "/" + path;
    while (whole.ends_with('/')) whole.pop_back();
    return {store_, whole.empty() ? "" : whole.substr(1) + "/", "mem://" + whole};
  }

 private:
  std::shared_ptr<io::ObjectStore> store_;
};

class NamedFormats : public FormatReader {
 public:
  Schema ReadSchema(const std::string&, io::ObjectStore& store, const std::string& key) override {
    const std::string text = store.Read(key);
    if (text == "broken") throw Error(ErrorCode::kCorrupt, "no Parquet file");
    if (text == "wide") return Schema({{"id", TypeId::kLong, false}, {"more", TypeId::kString}});
    return Schema({{"id", TypeId::kInt, false}});
  }
};

// "name TYPE, ..." for a few types.
inline Schema ParseColumns(const std::string& columns, const std::string& option) {
  std::vector<Field> fields;
  std::string rest = columns + ",";
  for (size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
    std::string one = rest.substr(0, comma);
    rest = rest.substr(comma + 1);
    while (one.starts_with(' ')) one = one.substr(1);
    const std::string type = one.substr(one.find(' ') + 1);
    if (type != "BIGINT" && type != "STRING" && type != "DATE" && type != "INT") {
      throw DiagnosticError({{"PARSE_SYNTAX_ERROR", "42601", {}, "in " + option, ""}});
    }
    fields.push_back({one.substr(0, one.find(' ')), type == "BIGINT"   ? TypeId::kLong
                                                    : type == "STRING" ? TypeId::kString
                                                    : type == "INT"    ? TypeId::kInt
                                                                       : TypeId::kDate});
  }
  return Schema(fields);
}

class FileSourceTest : public testing::Test {
 protected:
  using Arguments = std::vector<std::pair<std::string, std::string>>;

  void Put(const std::string& key, const std::string& bytes = "id,name\n1,a\n") {
    clock.Advance(1'000'000);
    store->Put(key, bytes);
  }
  std::unique_ptr<Source> Open(const std::string& path, const Arguments& arguments) {
    std::vector<Argument> given{{"", Value::String(path), {}}};
    for (const auto& [name, value] : arguments) given.push_back({name, Value::String(value), {}});
    return FileConnector().open(given, Context());
  }
  std::unique_ptr<Source> OpenCsv(const std::string& path, Arguments arguments = {}) {
    arguments.push_back({"format", "csv"});
    arguments.push_back({"header", "true"});
    return Open(path, arguments);
  }
  OpenContext Context() {
    OpenContext context{stores, formats, "/home", ParseColumns};
    context.stream = true;
    context.clock = &clock;
    context.writable = &stores;
    return context;
  }

  static std::vector<std::string> Keys(const FileSet& set) {
    std::vector<std::string> keys;
    for (const SourceFile& file : set.files) keys.push_back(file.key);
    return keys;
  }
  // The keys of the next batch, which is then taken.
  std::vector<std::string> Next(Source& source, Progress& progress, ReadLimit limit = {}) {
    const auto plan = source.Plan(progress, limit);
    if (!plan) return {"nothing"};
    const auto set = std::get<FileSet>(source.Read(*plan, source.Discover()));
    progress.Add(*plan);
    return Keys(set);
  }
  std::vector<std::string> All(const std::string& path, const Arguments& arguments = {}) {
    const auto source = OpenCsv(path, arguments);
    const auto progress = source->NewProgress();
    return Next(*source, *progress, {{}, {}, true});
  }
  std::string WhatIsWrong(const std::string& path, const Arguments& arguments) {
    try {
      Open(path, arguments);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  FakeClock clock{Instant{0}};
  std::shared_ptr<io::MemoryStore> store = std::make_shared<io::MemoryStore>(clock);
  MemoryStores stores{store};
  NamedFormats formats;
};

}  // namespace weir::connect
