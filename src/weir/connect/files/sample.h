#pragma once

#include <functional>
#include <vector>

#include "weir/connect/files/options.h"
#include "weir/connect/files/text_reader.h"
#include "weir/io/object_store.h"
#include "weir/types/relation.h"

namespace weir::connect {

// Up to 64 files: the oldest and the newest.
std::vector<SourceFile> SampleFiles(const std::vector<SourceFile>& files);
// How many bytes of each of that many files are looked at.
size_t SampleBytes(size_t files);

// Hands over a reader of the file's records. A file that is gone, or damaged further on, is sampled
// as far as it goes.
void SampleRecords(const SourceFile& file, io::ObjectStore& store, const std::string& format,
                   const RecordOptions& options, const std::function<void(TextReader&)>& look);

// The columns of CSV, JSON and XML records in the files; types as inferred, names as they are.
Schema InferCsv(const FileOptions& options, const std::vector<SourceFile>& sample,
                io::ObjectStore& store);
Schema InferJson(const FileOptions& options, const std::vector<SourceFile>& sample,
                 io::ObjectStore& store);
Schema InferXml(const FileOptions& options, const std::vector<SourceFile>& sample,
                io::ObjectStore& store);

}  // namespace weir::connect
