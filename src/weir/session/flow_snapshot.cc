#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/flow_run.h"
#include "weir/session/named_inputs.h"
#include "weir/sql/parser.h"

// Which version of a snapshot a flow reads next.
namespace weir::session {

std::shared_ptr<const SnapshotVersions> FlowRun::VersionsFor(
    const FlowLog& log, int64_t done, const std::optional<SnapshotVersion>& stored) {
  SnapshotVersions versions{std::nullopt, std::nullopt, TypeId::kTimestamp};
  if (done >= 0) {
    if (const auto before = log.Find(done)) versions.last = before->version;
  }
  const bool is_time = flow_.cdc->version == nullptr;
  std::optional<SnapshotVersion> next = stored && is_time ? stored : NextVersion(versions);
  if (!next) return nullptr;
  auto parsed = sql::ParseType(std::make_shared<SourceText>(SourceText{"<version>", next->type}));
  if (const auto* type = std::get_if<DataType>(&parsed)) versions.type = *type;
  versions.current = std::move(next);
  return std::make_shared<const SnapshotVersions>(std::move(versions));
}

std::optional<SnapshotVersion> FlowRun::NextVersion(const SnapshotVersions& versions) {
  if (flow_.cdc->version == nullptr) {
    const Value now(TypeId::kTimestamp, services_.clock.Now().micros);
    return SnapshotVersion{"TIMESTAMP", now.ToString()};
  }
  const BoundFlow query =
      BindVersionQuery(services_, options_, scope_, flow_, versions.last, *progress_);
  const auto rows =
      services_.engine.Query({NewUuid(), query.plan, query.binding->WholeInputs(), std::nullopt});
  std::optional<SnapshotVersion> next;
  while (const auto batch = rows->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (next) {
        throw Error(ErrorCode::kInvalid,
                    "the query in WITH VERSION of flow " + flow_.name +
                        " gives several rows; let it give the next version alone, as with min() "
                        "or LIMIT 1")
            .WithCondition("SCALAR_SUBQUERY_TOO_MANY_ROWS");
      }
      const Value value = batch->At(0, row);
      if (value.is_null()) continue;  // As min() of nothing.
      next = SnapshotVersion{query.plan->columns[0].type.ToSql(), value.ToString()};
    }
  }
  if (next) CheckIsLater(versions, *next);
  return next;
}

// Snapshots are compared with what came before them.
void FlowRun::CheckIsLater(const SnapshotVersions& versions, const SnapshotVersion& next) const {
  if (!versions.last) return;
  const sql::BindOptions bind;
  NamedInputs none(bind);
  const auto rows = services_.engine.Query(
      {NewUuid(),
       none.Query("SELECT " + next.ToSql() + " > " + versions.last->ToSql() + " AS later"),
       {},
       std::nullopt});
  const auto batch = rows->Next();
  const Value later = batch ? batch->At(0, 0) : Value::Null(TypeId::kBoolean);
  if (!later.is_null() && later.boolean()) return;
  throw Error(ErrorCode::kInvalid,
              "the query in WITH VERSION of flow " + flow_.name + " gives version " + next.value +
                  ", which is not behind the last one, " + versions.last->value +
                  "; let it ask for versions greater than last_snapshot_version() has")
      .WithCondition("AUTOCDC_SNAPSHOT_VERSION_NOT_GREATER");
}

}  // namespace weir::session
