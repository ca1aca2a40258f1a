// Compiled and run by tools/setup: opens an instance, uses the inner classes that engine/duckdb
// derives from, and prints the version of the library and of the running instance.
#include <cstdio>

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_reader.hpp"
#include "parquet_multi_file_info.hpp"
#include "parquet_reader.hpp"

namespace {
struct Reader : duckdb::MultiFileReader {};
}  // namespace

int main() {
  duckdb::DuckDB database(nullptr);
  duckdb::Connection connection(database);
  Reader reader;
  duckdb::MultiFileFunction<duckdb::ParquetMultiFileInfo> scan("probe");
  // A member function's address is a link-time check that the library exports the class.
  auto exported = &duckdb::ParquetReader::GetUnionData;
  if (exported == nullptr) return 1;
  const auto result = connection.Query("SELECT version()");
  std::printf("%s %s\n", duckdb::DuckDB::LibraryVersion(),
              result->GetValue(0, 0).ToString().c_str());
}
