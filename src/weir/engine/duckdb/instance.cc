#include "weir/engine/duckdb/instance.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "duckdb/main/valid_checker.hpp"
#include "weir/base/error.h"
#include "weir/engine/duckdb/data_file_copy.h"
#include "weir/engine/duckdb/expect_function.h"
#include "weir/engine/duckdb/file_system.h"
#include "weir/engine/duckdb/instant_function.h"
#include "weir/engine/duckdb/number_function.h"
#include "weir/engine/duckdb/parquet_rescue.h"
#include "weir/engine/duckdb/record_scan.h"
#include "weir/engine/duckdb/table_scan.h"
#if __has_include("weir/engine/duckdb/functions/register.h")
#include "weir/engine/duckdb/functions/register.h"
#define WEIR_HAS_FUNCTIONS
#endif

namespace weir::engine {
namespace {

// Two instances, of any processes, never share a folder: closing one removes what is in it. The
// engine makes the folder itself when it first spills, but not those above it.
std::string NewSpillFolder(const std::string& parent) {
  static std::atomic<int> serial{0};
  if (parent.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (error) {
    throw Error(ErrorCode::kExhausted,
                "the folder to spill to can't be made: " + parent + ": " + error.message());
  }
  return parent + "/engine-" + std::to_string(getpid()) + "-" + std::to_string(++serial);
}

void Apply(duckdb::DBConfig& config, const EngineOptions& options,
           const std::string& spill_folder) {
  config.SetOptionByName("autoinstall_known_extensions", false);
  config.SetOptionByName("autoload_known_extensions", false);
  config.SetOptionByName("allow_community_extensions", false);
  config.SetOptionByName("allow_unsigned_extensions", false);
  // Data files are on a local disk or behind a cache of ours.
  config.SetOptionByName("enable_external_file_cache", false);
  config.SetOptionByName("temp_directory", duckdb::Value(spill_folder));
  if (options.threads) {
    config.SetOptionByName("threads", duckdb::Value::BIGINT(*options.threads));
  }
  if (options.memory_limit_bytes) {
    config.SetOptionByName("memory_limit",
                           duckdb::Value(std::to_string(*options.memory_limit_bytes) + "B"));
  }
}

std::shared_ptr<Instance> Open(const EngineOptions& options) {
  try {
    return std::make_shared<Instance>(options);
  } catch (const duckdb::Exception& error) {
    throw Error(ErrorCode::kInternal,
                "the engine could not be set up: " + duckdb::ErrorData(error).RawMessage());
  }
}

void Must(duckdb::Connection& connection, const std::string& statement) {
  const auto result = connection.Query(statement);
  if (result->HasError()) {
    throw Error(ErrorCode::kInternal, "the engine could not be set up: " + result->GetError(),
                statement);
  }
}

}  // namespace

EndingConnection::~EndingConnection() {
  try {
    context->Destroy();
  } catch (const std::exception&) {
    // Nothing runs on it any more, which is all that is wanted.
  }
}

Instance::Instance(const EngineOptions& options)
    : spill_folder_(NewSpillFolder(options.temp_folder)) {
  duckdb::DBConfig config;
  Apply(config, options, spill_folder_);
  database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
  duckdb::DatabaseInstance& instance = *database_->instance;
  instance.GetFileSystem().RegisterSubSystem(MakeFileSystem());
  duckdb::ExtensionLoader loader(instance, "weir");
  RegisterDataFileCopy(loader);
  RegisterTableScan(loader);
  RegisterRecordScan(loader);
  RegisterExpect(loader);
  RegisterNextNumber(loader);
  RegisterInstant(loader);
  RegisterRescue(loader);
#ifdef WEIR_HAS_FUNCTIONS
  RegisterFunctions(instance);
#endif
  EndingConnection connection(*database_);
  Must(connection, "SET GLOBAL TimeZone = 'UTC'");
  Must(connection, "SET allowed_directories = ['weir://']");
  Must(connection, "SET enable_external_access = false");
  Must(connection, "SET lock_configuration = true");
}

Instance::~Instance() {
  database_.reset();
  if (spill_folder_.empty()) return;
  std::error_code ignored;  // The engine removes it itself where it made it.
  std::filesystem::remove_all(spill_folder_, ignored);
}

bool Instance::IsDead() const { return duckdb::ValidChecker::IsInvalidated(*database_->instance); }

std::shared_ptr<Instance> InstancePool::Get(std::optional<int64_t> memory_limit_bytes) {
  if (memory_limit_bytes && memory_limit_bytes != options_.memory_limit_bytes) {
    EngineOptions options = options_;
    options.memory_limit_bytes = memory_limit_bytes;
    return Open(options);
  }
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->IsDead()) current_ = Open(options_);
  return current_;
}

}  // namespace weir::engine
