#include "weir/app/doctor/home_state.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "weir/app/app.h"
#include "weir/app/commands.h"
#include "weir/app/doctor/home_checks.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_engine.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kApplicationId = 0x77656972;
constexpr const char* kPutBack =
    "put weir.db, weir.db-wal and weir.db-shm back from a copy of the home, with weir stopped";

NoLogger& Silent() {
  static NoLogger logger;
  return logger;
}

std::string UngroupedCount(size_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

HomeState::HomeState(const GlobalOptions& global, const std::string& home, const Clock& clock,
                     Instant grace)
    : global_(global),
      home_(home),
      clock_(clock),
      grace_(grace),
      principal_(SystemUser()),
      stores_(disk_, home, clock),
      engine_(engine::MakeDuckdbEngine({1, std::nullopt, ""})),
      connectors_(connect::BuiltinConnectors()) {
  try {
    problem_ = DatabaseProblem();
    if (!problem_.empty()) return;
    catalog_ = std::make_unique<catalog::Catalog>(
        *database_, clock_, stores_.Resolve(home_ + "/data", "").uri, principal_,
        std::vector<std::string>{stores_.Resolve(home_, "").uri});
  } catch (const Error& error) {
    problem_ = error.what();
    std::error_code ignored;
    const bool has_data =
        fs::exists(home_ + "/data", ignored) &&
        fs::directory_iterator(home_ + "/data", ignored) != fs::directory_iterator();
    is_empty_ = error.code() == ErrorCode::kNotFound && !has_data;
  }
}

std::string HomeState::DatabaseProblem() {
  const std::string file = home_ + "/weir.db";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return file + " is gone";
  state::DatabaseOptions options;
  options.read_only = true;
  database_ = std::make_unique<state::Database>(file, options);
  auto tx = database_->Read();
  auto id = tx.Query("PRAGMA application_id");
  if (!id.Next() || id.Int(0) != kApplicationId) return file + " is no weir home's database";
  return "";
}

std::vector<std::string> HomeState::Damage() const {
  std::vector<std::string> damage;
  auto tx = database_->Read();
  for (auto row = tx.Query("PRAGMA integrity_check(10)"); row.Next();) {
    if (row.Text(0) != "ok") damage.push_back(row.Text(0));
  }
  for (auto row = tx.Query("PRAGMA foreign_key_check"); row.Next();) {
    damage.push_back("a row of " + row.Text(0) + " names one of " + row.Text(2) + " that is gone");
  }
  return damage;
}

Finding HomeState::CheckDatabase() const {
  const char* const name = "state";
  if (is_empty_) {
    return {name, Verdict::kWarning, problem_,
            "nothing is lost: the next command that may write the home makes it, once there is "
            "room; or delete the file"};
  }
  if (!catalog_) return {name, Verdict::kWrong, problem_, kPutBack};
  try {
    if (const auto damage = Damage(); !damage.empty()) {
      return {name, Verdict::kWrong, home_ + "/weir.db is damaged: " + damage.front(), kPutBack};
    }
  } catch (const Error& error) {
    return {name, Verdict::kWrong, error.what(), kPutBack};
  }
  constexpr uintmax_t kLongWal = uintmax_t{64} << 20;
  std::error_code none;
  const uintmax_t wal = fs::file_size(home_ + "/weir.db-wal", none);
  if (!none && wal > kLongWal) {
    return {name, Verdict::kWarning, "weir.db-wal has grown to " + SizeText(wal),
            "a process reads it all the time and keeps it from being folded; end it"};
  }
  return {name, Verdict::kOk, fmt::format("format {}, whole", state::Database::Format()), ""};
}

Findings HomeState::CheckStatements() const {
  if (!catalog_) return {};
  size_t running = 0;
  size_t abandoned = 0;
  for (const catalog::OpenStatement& statement : catalog_->OpenStatements()) {
    ++(statement.is_abandoned ? abandoned : running);
  }
  const char* const name = "statements";
  const std::string now = UngroupedCount(running, "statement") + " running";
  if (abandoned == 0) return {{name, Verdict::kOk, now, ""}};
  return {
      {name, Verdict::kWarning,
       now + ", " + UngroupedCount(abandoned, "record") + " left open by processes that are gone",
       "the next command that may write the home closes them; so does weir doctor --fix",
       [this, abandoned] {
         const LocalApp app(global_);  // Closes them.
         return "closed " + UngroupedCount(abandoned, "record") + " of abandoned statements";
       }}};
}

// Asking the locks themselves could get in the way of an update that begins at this moment.
std::vector<HomeState::Holder> HomeState::LockHolders() const {
  std::map<std::string, int64_t> holders;  // By major:minor:inode.
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process, file;
    words >> number >> kind >> mode >> access >> process >> file;
    if (kind == "FLOCK") holders[file] = std::atoll(process.c_str());
  }
  std::vector<Holder> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home_ + "/locks", ignored)) {
    struct stat status {};
    if (stat(entry.path().c_str(), &status) != 0) continue;
    const auto holder = holders.find(
        fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino));
    if (holder != holders.end()) found.push_back({entry.path().string(), holder->second});
  }
  return found;
}

Finding HomeState::CheckLocks() const {
  const char* const name = "updates";
  const auto holders = LockHolders();
  if (holders.empty()) return {name, Verdict::kOk, "no pipeline is being updated", ""};
  std::string text;
  bool is_stale = false;
  for (const Holder& holder : holders) {
    std::string note;
    std::getline(std::ifstream(holder.lock) >> std::ws, note);
    if (!text.empty()) text += "; ";
    text += "one by " + (note.empty() ? "another process" : note);
    // The lock outlives whoever took it where a child of theirs has inherited it.
    const std::string taker = "process " + std::to_string(holder.process) + " ";
    std::error_code ignored;
    const bool lives =
        holder.process <= 0 || fs::exists("/proc/" + std::to_string(holder.process), ignored);
    if (lives && (note.empty() || holder.process <= 0 || note.starts_with(taker))) continue;
    is_stale = true;
    text += ", whose lock is held on by a process that it started";
  }
  if (!is_stale) return {name, Verdict::kOk, text, ""};
  return {name, Verdict::kWarning, text, "end that process: fuser " + holders.front().lock};
}

bool HomeState::IsInUse() const {
  if (!LockHolders().empty()) return true;
  if (!catalog_) return true;  // Nobody knows.
  for (const catalog::OpenStatement& statement : catalog_->OpenStatements()) {
    if (!statement.is_abandoned) return true;
  }
  return false;
}

session::Services HomeState::services() const {
  return {*catalog_, *engine_, snapshots_, stores_,      connectors_,
          clock_,    Silent(), flows_,     view_changes_};
}

}  // namespace weir::app
