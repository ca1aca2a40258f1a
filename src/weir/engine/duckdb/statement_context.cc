#include "weir/engine/duckdb/statement_context.h"

#include <charconv>

namespace weir::engine {
namespace {

constexpr char kStateKey[] = "weir_statement";
constexpr std::string_view kScheme = "weir://";
constexpr size_t kKeptRejects = 1000;

std::string NewRoot() {
  static std::atomic<uint64_t> serial{0};
  return std::string(kScheme) + std::to_string(++serial) + "/";
}

[[noreturn]] void Refuse(std::string_view path) {
  throw duckdb::PermissionException("\"" + std::string(path) +
                                    "\" was not granted to this statement");
}

// Takes a number and the '/' after it off the front of `rest`.
std::optional<size_t> TakeNumber(std::string_view& rest) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != '/') return std::nullopt;
  rest.remove_prefix(static_cast<size_t>(end - rest.data()) + 1);
  return number;
}

std::string_view NameOf(std::string_view uri) {
  const size_t slash = uri.rfind('/');
  return slash == std::string_view::npos ? uri : uri.substr(slash + 1);
}

}  // namespace

StatementContext::StatementContext() : root_(NewRoot()) {}

StatementContext& StatementContext::Of(duckdb::ClientContext& context) {
  const auto state = context.registered_state->Get<StatementContext>(kStateKey);
  if (!state) throw duckdb::PermissionException("no statement of weir runs on this connection");
  return *state;  // The connection holds it for as long as anything runs on it.
}

void StatementContext::Attach(duckdb::Connection& connection,
                              duckdb::shared_ptr<StatementContext> context) {
  connection.context->registered_state->Insert(kStateKey, std::move(context));
}

std::string StatementContext::PathOf(sql::InputId input, size_t file) const {
  const std::string uri = parquet.at(input)->UriOf(file);
  return root_ + std::to_string(input) + "/" + std::to_string(file) + "/" +
         std::string(NameOf(uri));
}

StatementContext::Readable StatementContext::ToRead(std::string_view path) const {
  if (!path.starts_with(root_)) Refuse(path);
  std::string_view rest = path.substr(root_.size());
  const auto input = TakeNumber(rest);
  const auto file = input ? TakeNumber(rest) : std::nullopt;
  if (!file) Refuse(path);
  const auto source = parquet.find(static_cast<sql::InputId>(*input));
  if (source == parquet.end() || *file >= source->second->size()) Refuse(path);
  const ParquetSource& files = *source->second;
  Readable readable{files.store(), files.KeyOf(*file), files.UriOf(*file), files.is_past(), {}};
  if (files.store()->IsFar()) readable.known = files.KnownOf(*file);
  return readable;
}

StatementContext::Writable StatementContext::ToWrite(std::string_view path) const {
  // Folders come without the '/' at their end.
  const bool is_folder = std::string(path) + "/" == kNewFiles;
  if (!writable || (!is_folder && !path.starts_with(kNewFiles))) Refuse(path);
  const std::string_view relative = is_folder ? "" : path.substr(kNewFiles.size());
  return {writable->store, writable->prefix + std::string(relative)};
}

std::string StatementContext::Readably(std::string text) const {
  for (size_t at = text.find(root_); at != std::string::npos; at = text.find(root_, at + 1)) {
    size_t end = text.find_first_of("\"'\n", at);
    if (end == std::string::npos) end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    try {
      text.replace(at, end - at, ToRead(std::string_view(text).substr(at, end - at)).uri);
    } catch (const duckdb::Exception&) {
      text.replace(at, root_.size(), "");  // A file being written.
    }
  }
  return text;
}

void StatementContext::NoteRead(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  std::string& last = last_read_[std::this_thread::get_id()];
  if (last != uri) last = uri;
}

std::set<std::string> StatementContext::LastRead() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> files;
  for (const auto& [thread, uri] : last_read_) files.insert(uri);
  return files;
}

void StatementContext::Keep(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (!kept_) kept_ = std::move(failure);
}

std::exception_ptr StatementContext::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

int64_t StatementContext::TakeNumbers(const std::string& column, int64_t first, int64_t step,
                                      int64_t rows) {
  const std::lock_guard lock(mutex_);
  const auto taken = last_numbers_.find(column);
  int64_t start = first, span = 0, last = 0;
  bool over = taken != last_numbers_.end() && __builtin_add_overflow(taken->second, step, &start);
  over = over || __builtin_mul_overflow(rows - 1, step, &span) ||
         __builtin_add_overflow(start, span, &last);
  if (over) {
    throw Error(ErrorCode::kInvalid, "the numbers of identity column `" + column +
                                         "` leave the range of BIGINT; nothing was written")
        .WithCondition("ARITHMETIC_OVERFLOW");
  }
  last_numbers_[column] = last;
  return start;
}

std::map<std::string, int64_t> StatementContext::LastNumbers() const {
  const std::lock_guard lock(mutex_);
  return last_numbers_;
}

void StatementContext::Report(Reject reject) {
  const std::lock_guard lock(mutex_);
  ++reject_count_;
  if (rejects_.size() < kKeptRejects) rejects_.push_back(std::move(reject));
}

void StatementContext::CountRescued(int64_t rescued_rows, int64_t lossy_rows) {
  const std::lock_guard lock(mutex_);
  rescued_rows_ += rescued_rows;
  lossy_rows_ += lossy_rows;
}

RunStatistics StatementContext::Statistics() const {
  RunStatistics statistics;
  for (const auto& plan : expectations) {
    for (const auto& counter : plan) {
      statistics.expectations.push_back(
          {counter->name, counter->passed.load(), counter->failed.load()});
    }
  }
  statistics.dropped_rows = dropped_rows.load();
  const std::lock_guard lock(mutex_);
  statistics.rejects = rejects_;
  statistics.reject_count = reject_count_;
  statistics.rescued_rows = rescued_rows_;
  statistics.lossy_rows = lossy_rows_;
  return statistics;
}

}  // namespace weir::engine
