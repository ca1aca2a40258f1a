#include "weir/engine/duckdb/parquet_probe.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/engine/duckdb/parquet_rescue.h"

namespace weir::engine {
namespace {

bool Option(const FileSet& files, const char* name, bool otherwise) {
  const auto option = files.options.find(name);
  return option == files.options.end() ? otherwise : option->second == "true";
}

// What is wrong with the columns of a file; "" when they can be read.
std::string Mismatch(const duckdb::ParquetReader& reader, const FileSet& files) {
  for (const auto& local : reader.GetColumns()) {
    const auto column = files.schema.Find(local.name);
    if (!column) continue;
    const Field& wanted = files.schema[*column];
    if (FitsInto(local.type, wanted.type)) continue;
    return "column `" + wanted.name + "` is " + local.type.ToString() + " in the file, where " +
           wanted.type.ToSql() + " is wanted";
  }
  return {};
}

// The rows of a file, or why it can't be read.
struct Probe {
  int64_t rows = 0;
  std::string problem;
};

Probe ProbeFile(duckdb::ClientContext& context, const std::string& path, const FileSet& files) {
  Probe probe;
  try {
    duckdb::ParquetOptions options(context);
    duckdb::ParquetReader reader(context, duckdb::OpenFileInfo(path), options);
    probe.rows = static_cast<int64_t>(reader.NumRows());
    // A column that does not fit goes to the rescued column where there is one.
    if (files.rescued_column.empty()) probe.problem = Mismatch(reader, files);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    probe.problem = "not a whole Parquet file: " + duckdb::ErrorData(error).RawMessage();
  }
  return probe;
}

}  // namespace

std::vector<CountedFile> ProbedFiles(duckdb::Connection& connection, StatementContext& context,
                                     sql::InputId input, const FileSet& files,
                                     std::shared_ptr<io::ObjectStore> store,
                                     const std::vector<Reject>& broken) {
  context.parquet[input] = OpenParquetFiles(files, store);
  std::vector<CountedFile> good;
  const bool skip_corrupt = Option(files, "ignorecorruptfiles", true);
  const bool skip_missing = Option(files, "ignoremissingfiles", false);
  connection.context->RunFunctionInTransaction([&] {
    for (size_t i = 0; i < files.files.size(); ++i) {
      const SourceFile& file = files.files[i];
      if (std::any_of(broken.begin(), broken.end(),
                      [&](const Reject& reject) { return reject.file == file.uri; })) {
        continue;
      }
      if (!store->Find(file.key)) {
        if (skip_missing) continue;
        context.Keep(std::make_exception_ptr(
            Error(ErrorCode::kNotFound, "the file " + file.uri +
                                            " is gone; put it back, or read with "
                                            "ignoreMissingFiles => true")));
        throw duckdb::IOException("gone");
      }
      Probe probe = ProbeFile(*connection.context, context.PathOf(input, i), files);
      if (context.kept()) throw duckdb::IOException("failed");
      if (probe.problem.empty()) {
        good.push_back({i, probe.rows});
        continue;
      }
      probe.problem = context.Readably(probe.problem);
      if (!skip_corrupt) {
        context.Keep(
            std::make_exception_ptr(Error(ErrorCode::kCorrupt, file.uri + ": " + probe.problem)));
        throw duckdb::IOException("corrupt");
      }
      context.Report({file.uri, 0, std::move(probe.problem), ""});
    }
  });
  return good;
}

}  // namespace weir::engine
