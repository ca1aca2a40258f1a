#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "weir/app/output.h"
#include "weir/base/error.h"

namespace weir::app {

// What the program answers the shell.
enum ExitCode {
  kSuccess = 0,
  kFailed = 1,          // A statement or flow failed, or a definition is wrong.
  kUsage = 2,           // The command line is wrong.
  kPermission = 3,      // Something is not allowed.
  kEnvironment = 4,     // Disk full, no memory, a store that does not answer: try again later.
  kInternalError = 70,  // A defect in weir.
  kReaderGone = 141,    // Nobody reads the output any more: as SIGPIPE, which ends other programs.
  // And 130 or 143, as shells say it, where SIGINT (Ctrl-C) or SIGTERM stopped it.
};

// The command line is wrong, which shows only after it was taken apart.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ErrorCode::kInvalid, message) {}
};

// What stands before or behind any command.
struct GlobalOptions {
  std::string home;
  OutputFormat output = OutputFormat::kTable;
  bool verbose = false;  // The log goes to standard error too.
  std::optional<int> threads;
  std::optional<int64_t> memory_limit_bytes;
};

struct SqlInput {
  std::string text;      // -e: of statements; -f: the name of a file of them.
  bool is_file = false;  // -f
};

struct SqlOptions {
  std::string time_zone;                // --time-zone; "": UTC.
  std::vector<SqlInput> inputs;         // In the order of the command line.
  std::vector<std::string> parameters;  // --param
};

struct InitOptions {
  std::string name;
  std::string folder;  // "": the name.
};

struct PipelineOptions {
  std::string spec;  // "": found from the current folder up.
  std::vector<std::string> refresh;
  std::vector<std::string> full_refresh;
  bool full_refresh_all = false;
  int retries = 2;
  bool continuous = false;
  int64_t interval_millis = 1000;
  std::string graph_format = "text";
};

struct TestOptions {
  std::string spec;
  std::vector<std::string> names;  // Patterns; none: all tests.
  bool list = false;
  std::string junit;  // "": no such file.
};

struct DoctorOptions {
  bool fix = false;
  int64_t grace_millis = int64_t{24} * 3'600'000;
};

// The commands. They print results to `out` and progress and errors to `err`, and give the exit
// code; what goes wrong as a whole is thrown.
int RunSql(const GlobalOptions& global, const SqlOptions& options, std::istream& in,
           std::ostream& out, std::ostream& err);
int RunPipelineInit(const InitOptions& options, std::ostream& out);
int RunPipelineDryRun(const GlobalOptions& global, const PipelineOptions& options,
                      std::ostream& out, std::ostream& err);
int RunPipelineUpdate(const GlobalOptions& global, const PipelineOptions& options,
                      std::ostream& out, std::ostream& err);
int RunPipelineGraph(const GlobalOptions& global, const PipelineOptions& options, std::ostream& out,
                     std::ostream& err);
int RunPipelineTest(const GlobalOptions& global, const TestOptions& options, std::ostream& out);
int RunDoctor(const GlobalOptions& global, const DoctorOptions& options, std::ostream& out,
              std::ostream& err);
int RunTableHistory(const GlobalOptions& global, const std::string& table, std::ostream& out);
int RunTableFiles(const GlobalOptions& global, const std::string& table, std::ostream& out);

// Parses the command line and runs the command. Never throws: the boundary of `main`.
int Main(int argc, char** argv, std::istream& in, std::ostream& out, std::ostream& err);

// The exit code for a failure.
int ExitCodeOf(ErrorCode code);

}  // namespace weir::app
