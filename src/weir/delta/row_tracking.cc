#include "weir/delta/row_tracking.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/protocol.h"
#include "weir/delta/statistics.h"

namespace weir::delta {
namespace {

constexpr const char* kMarkMember = "rowIdHighWaterMark";
constexpr const char* kSuspended = "delta.rowTrackingSuspended";

std::optional<int64_t> RowsOf(const AddFile& file) {
  return ParseStatistics(file.stats_json, Schema()).rows;
}

}  // namespace

bool AssignsRowIds(const Protocol& protocol, const Configuration& configuration) {
  return HasWriterFeature(protocol, "rowTracking") && !IsTrue(configuration, kSuspended);
}

bool TracksRows(const Configuration& configuration) {
  return IsTrue(configuration, kEnableRowTracking);
}

void NameRowTrackingColumns(Configuration& configuration) {
  if (!TracksRows(configuration)) return;
  if (IsTrue(configuration, kSuspended)) {
    throw Error(ErrorCode::kInvalid, std::string("table property ") + kEnableRowTracking +
                                         " can't be true while " + kSuspended + " is")
        .WithCondition("DELTA_ROW_TRACKING_ILLEGAL_PROPERTY_COMBINATION");
  }
  configuration.try_emplace(kRowIdColumn, "_row-id-col-" + NewUuid());
  configuration.try_emplace(kRowVersionColumn, "_row-commit-version-col-" + NewUuid());
}

int64_t RowIdHighWaterMark(const DomainMetadata& domain) {
  const Json json = ParseJson(domain.configuration, "the metadata of domain delta.rowTracking");
  const auto mark = json.is_object() ? json.find(kMarkMember) : json.end();
  if (mark == json.end() || !mark->is_number_integer()) {
    throw Error(ErrorCode::kCorrupt,
                std::string("the metadata of domain delta.rowTracking has no ") + kMarkMember);
  }
  return mark->get<int64_t>();
}

int64_t RowIdHighWaterMark(const std::map<std::string, DomainMetadata>& domains) {
  const auto domain = domains.find(kRowTrackingDomain);
  return domain == domains.end() ? -1 : RowIdHighWaterMark(domain->second);
}

void RowIds::Pass(const AddFile& file) {
  if (!file.base_row_id || *file.base_row_id <= mark_) return;
  const int64_t rows = std::max<int64_t>(RowsOf(file).value_or(1), 1);
  if (__builtin_add_overflow(*file.base_row_id, rows - 1, &mark_)) {
    throw Error(ErrorCode::kCorrupt, "the file " + file.path + " has row ids from " +
                                         std::to_string(*file.base_row_id) +
                                         " on, which is more than there can be");
  }
  gave_ = true;
}

void RowIds::Give(AddFile& file) {
  if (!file.default_row_commit_version) file.default_row_commit_version = version_;
  if (file.base_row_id) return;
  const auto rows = RowsOf(file);
  if (!rows) {
    throw Error(ErrorCode::kInvalid, "the rows of file " + file.path +
                                         " can't get row ids: its statistics do not tell how many "
                                         "there are")
        .WithCondition("DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS");
  }
  file.base_row_id = mark_ + 1;
  mark_ += *rows;
  gave_ = true;
}

std::optional<DomainMetadata> RowIds::Mark() const {
  if (!gave_) return std::nullopt;
  return DomainMetadata{kRowTrackingDomain,
                        std::string("{\"") + kMarkMember + "\":" + std::to_string(mark_) + "}",
                        false};
}

}  // namespace weir::delta
