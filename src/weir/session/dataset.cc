#include "weir/session/dataset.h"

#include "weir/session/flow_log.h"
#include "weir/types/data_type.h"

namespace weir::session {

std::string_view DatasetKindName(DatasetKind kind) {
  switch (kind) {
    case DatasetKind::kStreamingTable:
      return "streaming table";
    case DatasetKind::kMaterializedView:
      return "materialized view";
    case DatasetKind::kView:
      return "view";
    case DatasetKind::kTemporaryView:
      return "temporary view";
  }
  return "dataset";
}

std::string Dataset::WrittenObject() const {
  if (sink == nullptr) return name.ToString();
  return sink->table ? sink->table->ToString() : sink->path;
}

std::string_view Dataset::KindName() const {
  return sink != nullptr ? "sink" : DatasetKindName(kind);
}

std::string Dataset::WhatChangesRows() const {
  for (const Flow& flow : flows) {
    if (flow.cdc != nullptr) return "AUTO CDC";
    if (flow.ReplacesWhere()) return "REPLACE WHERE";
    if (flow.ReplacesUsing()) return "REPLACE USING";
  }
  return "";
}

const sql::TableClauses* Dataset::clauses() const {
  const auto* create = std::get_if<sql::CreateDataset>(&statement->node);
  return create == nullptr ? nullptr : &create->clauses;
}

catalog::QualifiedName PipelineScope::Qualify(const sql::Name& name) const {
  const auto& parts = name.parts;
  const bool is_live = parts.size() == 2 && LowerName(parts[0].text) == "live";
  const auto part = [&](size_t from_end, const std::string& otherwise) {
    const bool present = parts.size() > from_end && !(is_live && from_end > 0);
    return LowerName(present ? parts[parts.size() - 1 - from_end].text : otherwise);
  };
  return {part(2, catalog), part(1, schema), part(0, "")};
}

const Dataset* PipelineScope::Find(const sql::Name& name) const {
  if (name.parts.size() > 3) return nullptr;
  const auto at = datasets.find(Qualify(name));
  return at == datasets.end() || at->second->sink != nullptr ? nullptr : at->second;
}

catalog::QualifiedName PipelineScope::StoredName(const Dataset& dataset) const {
  if (dataset.sink != nullptr && dataset.sink->table) return *dataset.sink->table;
  return dataset.is_private ? catalog::PrivateName(dataset.name, pipeline_id) : dataset.name;
}

std::string PipelineScope::GenerationApp(const Dataset& dataset) const {
  if (dataset.sink == nullptr) return kGenerationAppId;
  return std::string(kGenerationAppId) + "/" + pipeline_id + ":" + dataset.name.ToString();
}

std::string PipelineScope::RebuildHint(const Dataset& dataset) const {
  if (is_statement) return "DROP TABLE " + dataset.name.ToString() + ", and create it again";
  return "--full-refresh " + dataset.name.name + " rebuilds the table that way";
}

std::string PipelineScope::LogName(const Dataset& dataset, const Flow& flow) const {
  return dataset.sink == nullptr ? flow.name : pipeline_id + ":" + flow.name;
}

}  // namespace weir::session
