#include "weir/session/session.h"

#include <chrono>
#include <random>
#include <thread>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/refusal.h"
#include "weir/session/session_zone.h"
#include "weir/session/statement.h"
#include "weir/session/statement_end.h"
#include "weir/sql/parser.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr size_t kRecordedText = 4000;
constexpr std::string_view kCatalogChanged = "CONCURRENT_CATALOG_CHANGE";
constexpr int kTries = 30;
constexpr int kLongestPauseMillis = 100;

// By somebody who was quicker: nothing was written, and run again it starts from what they left.
bool WasOvertaken(const Error& error) {
  return error.code() == ErrorCode::kConflict &&
         (error.condition() == "DELTA_CONCURRENT_WRITE" || error.condition() == kCatalogChanged);
}

Error StillOvertaken(const Error& error) {
  return Error(error.code(),
               std::string(error.what()) + " (" + std::to_string(kTries) +
                   " tries in a row met others' changes)",
               error.detail())
      .WithCondition(error.condition());
}

// By chance, so that those who met don't meet again. The catalog is read again in a moment.
std::chrono::milliseconds PauseAfter(const Error& error, int attempt) {
  if (error.condition() == kCatalogChanged) return std::chrono::milliseconds(0);
  thread_local std::minstd_rand chance{std::random_device{}()};
  const int longest = attempt < 7 ? 1 << attempt : kLongestPauseMillis;
  return std::chrono::milliseconds(std::uniform_int_distribution<>(0, longest)(chance));
}

// Passes batches through and closes the statement's record when they end, one way or the other.
class RecordedResult : public Result {
 public:
  RecordedResult(const Services& services, std::unique_ptr<Result> rows,
                 std::map<std::string, int64_t> versions)
      : services_(services), rows_(std::move(rows)), versions_(std::move(versions)) {}

  ~RecordedResult() override {
    if (open_) Close("CANCELLED");
  }

  const Schema& schema() const override { return rows_->schema(); }
  const std::string& statement_id() const override { return rows_->statement_id(); }
  const engine::RunStatistics& statistics() const override { return rows_->statistics(); }

  std::optional<Batch> Next() override {
    try {
      auto batch = rows_->Next();
      if (!batch && open_) Close("SUCCEEDED");
      return batch;
    } catch (const Error& error) {
      if (open_) Close("FAILED: " + std::string(ErrorCodeName(error.code())));
      throw;
    }
  }

 private:
  void Close(const std::string& outcome) noexcept {
    open_ = false;
    try {
      EndStatement(services_, statement_id(), outcome, versions_);
    } catch (const std::exception&) {
      // The record stays open, which reads as "abandoned": true enough, and nothing is lost.
    }
  }

  const Services services_;
  std::unique_ptr<Result> rows_;
  std::map<std::string, int64_t> versions_;
  bool open_ = true;
};

catalog::StatementRecord RecordOf(const Prepared& prepared, const std::string& principal,
                                  const std::string& decision) {
  return {NewUuid(),
          principal,
          prepared.text.substr(0, kRecordedText),
          prepared.access.reads,
          prepared.access.writes,
          decision,
          prepared.begun};
}

}  // namespace

void RecordRefusal(const Services& services, const std::string& principal, const std::string& text,
                   const Access& access, const Error& refusal) {
  const catalog::StatementRecord record{
      NewUuid(),    principal,     text.substr(0, kRecordedText),
      access.reads, access.writes, std::string("DENIED: ") + refusal.what()};
  services.catalog.BeginStatement(record);
  EndStatement(services, record.id, "DENIED", {});
}

Session::Session(Services services, SessionOptions options)
    : services_(services), options_(std::move(options)), state_(std::make_unique<SessionState>()) {}

Session::~Session() = default;

void Session::BeginIn(const std::string& time_zone) {
  options_.zone = ZoneNamed(services_, time_zone);
  options_.first_zone = options_.zone;
}

std::variant<Prepared, Diagnostics> Session::Prepare(
    std::shared_ptr<const SourceText> text, std::shared_ptr<const sql::Parameters> parameters) {
  auto parsed = sql::ParseStatement(std::move(text), std::move(parameters));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) return std::move(*diagnostics);
  return Prepare(
      std::shared_ptr<const sql::StatementNode>(std::get<sql::StatementPtr>(std::move(parsed))));
}

std::variant<Prepared, Diagnostics> Session::Prepare(
    std::shared_ptr<const sql::StatementNode> statement) {
  for (int attempt = 1;; ++attempt) {
    const int64_t revision = services_.catalog.Revision();
    try {
      return PrepareOnce(statement);
    } catch (const Error& error) {
      if (attempt == kTries || !MayHaveBeenDropped(error, revision)) throw;
    }
  }
}

bool Session::MayHaveBeenDropped(const Error& error, int64_t catalog_revision) const {
  const bool is_gone = error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kCorrupt;
  return is_gone && services_.catalog.Revision() != catalog_revision;
}

std::variant<Prepared, Diagnostics> Session::PrepareOnce(
    std::shared_ptr<const sql::StatementNode> statement) {
  if (!statement->refused.empty()) return statement->refused;
  Prepared prepared;
  prepared.given = statement;
  prepared.statement = std::move(statement);
  prepared.text = std::string(prepared.statement->span.Text());
  prepared.catalog = options_.catalog;
  prepared.schema = options_.schema;
  prepared.begun = services_.clock.Now();
  prepared.catalog_revision = services_.catalog.Revision();
  prepared.session_revision = state_->revision();
  try {
    Preparer(services_, options_, *state_, prepared).Prepare(prepared.given);
  } catch (const DiagnosticError& error) {
    return error.diagnostics();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kDenied) {
      RecordRefusal(services_, options_.principal, prepared.text, prepared.access, error);
    }
    throw;
  }
  return prepared;
}

std::unique_ptr<Result> Session::Execute(const Prepared& prepared) {
  Prepared fresh;
  const Prepared* now = &prepared;
  for (int attempt = 1;; ++attempt) {
    try {
      return ExecuteOnce(*now);
    } catch (const Error& error) {
      if (!WasOvertaken(error) && !MayHaveBeenDropped(error, now->catalog_revision)) throw;
      if (attempt == kTries) throw StillOvertaken(error);
      std::this_thread::sleep_for(PauseAfter(error, attempt));
    }
    fresh = PrepareAgain(prepared);
    now = &fresh;
  }
}

Prepared Session::PrepareAgain(const Prepared& prepared) {
  auto again = Prepare(prepared.given);
  if (auto* diagnostics = std::get_if<Diagnostics>(&again)) throw DiagnosticError(*diagnostics);
  return std::get<Prepared>(std::move(again));
}

void Session::CheckIsCurrent(const Prepared& prepared) const {
  if (prepared.catalog_revision == services_.catalog.Revision() &&
      prepared.session_revision == state_->revision()) {
    return;
  }
  throw Error(ErrorCode::kConflict, "the catalog was changed by somebody else at this moment")
      .WithCondition(std::string(kCatalogChanged));
}

std::unique_ptr<Result> Session::ExecuteOnce(const Prepared& prepared) {
  CheckIsCurrent(prepared);
  const auto record = RecordOf(prepared, options_.principal, "ALLOWED");
  services_.catalog.BeginStatement(record);
  Executor executor(services_, options_, *state_, prepared, record.id, SetExecuted(record.id));
  try {
    // A VACUUM that began before the record was there knows nothing of this statement.
    CheckIsCurrent(prepared);
    auto rows = std::visit(executor, prepared.statement->node);
    return std::make_unique<RecordedResult>(services_, std::move(rows), executor.versions());
  } catch (const Error& error) {
    EndStatement(services_, record.id, "FAILED: " + std::string(ErrorCodeName(error.code())),
                 executor.versions());
    throw;
  }
}

void Session::Cancel() {
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    id = executed_;
    executed_stop_.request_stop();
  }
  services_.engine.Cancel(id);
}

std::optional<engine::Progress> Session::Progress() const {
  return services_.engine.ProgressOf(executed());
}

std::stop_token Session::SetExecuted(const std::string& id) {
  const std::lock_guard lock(mutex_);
  executed_ = id;
  executed_stop_ = std::stop_source();
  return executed_stop_.get_token();
}

std::string Session::executed() const {
  const std::lock_guard lock(mutex_);
  return executed_;
}

std::optional<Schema> Session::ColumnsOf(const sql::Name& name) const {
  if (const TemporaryView* const view = state_->FindView(name)) return view->schema;
  try {
    const auto full = Qualify(name, options_.catalog, options_.schema);
    const auto info = services_.catalog.FindTable(full);
    if (!info || !services_.catalog.Allows(options_.principal, catalog::Privilege::kSelect,
                                           SecurableOf(full))) {
      return std::nullopt;
    }
    if (info->view) return SchemaFromJson(info->view->schema_json);
    return OpenTable(services_, info->location).Latest()->schema();
  } catch (const Error&) {
    return std::nullopt;  // Whoever reads the table is told what is wrong with it.
  }
}

std::unique_ptr<Result> Session::Run(const std::string& text, const std::string& source_name,
                                     std::shared_ptr<const sql::Parameters> parameters) {
  auto prepared =
      Prepare(std::make_shared<SourceText>(SourceText{source_name, text}), std::move(parameters));
  if (auto* diagnostics = std::get_if<Diagnostics>(&prepared)) throw DiagnosticError(*diagnostics);
  return Execute(std::get<Prepared>(prepared));
}

}  // namespace weir::session
