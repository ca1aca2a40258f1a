#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/catalog/names.h"
#include "weir/sql/ast.h"
#include "weir/types/data_type.h"

namespace weir::session {

// The time zone's setting, of sessions and of pipelines' configuration, as Spark writes it.
inline constexpr const char* kZoneKey = "spark.sql.session.timeZone";

enum class DatasetKind { kStreamingTable, kMaterializedView, kView, kTemporaryView };
// "streaming table", "materialized view", ...
std::string_view DatasetKindName(DatasetKind kind);

// A query that fills a dataset. `query` shares the lifetime of the parsed statement.
struct Flow {
  std::string name;  // As its txn and its plans know it: renaming a flow starts it anew.
  std::shared_ptr<const sql::Query> query;
  bool once = false;
  Span span;
  // Of AUTO CDC, whose events `query` gives (cdc_query.h); null: its rows are added, or are all.
  std::shared_ptr<const sql::AutoCdc> cdc = nullptr;
  // What its rows take the place of; null: they are added.
  std::shared_ptr<const sql::FlowReplace> replace = nullptr;

  // Of REPLACE WHERE: computed anew by each update, of whole tables.
  bool ReplacesWhere() const { return replace != nullptr && replace->where != nullptr; }
  bool ReplacesUsing() const { return replace != nullptr && replace->where == nullptr; }
};

// A place outside of the pipeline to which its flows add rows: a table of the catalog, or that of a
// folder. Nobody reads a sink; what is in it is nobody's but its own.
struct Sink {
  std::optional<catalog::QualifiedName> table;
  std::string path;           // Where there is no table.
  bool merge_schema = false;  // New columns of the rows become the table's.
};

// A dataset as a pipeline declares it.
struct Dataset {
  DatasetKind kind;
  catalog::QualifiedName name;
  std::shared_ptr<const sql::StatementNode> statement;
  std::vector<Flow> flows;                     // Views: one. Streaming tables: any number.
  Span span;                                   // Of its name, for messages.
  bool is_private = false;                     // Its table is there for this pipeline alone.
  std::shared_ptr<const Sink> sink = nullptr;  // Not null: a streaming table that is a sink.

  // What is written, for the record of statements: a table's name, or a sink's folder.
  std::string WrittenObject() const;
  std::string_view KindName() const;  // "sink", or that of its kind.
  // Of streaming tables and materialised views; null for views.
  const sql::TableClauses* clauses() const;
  // Whether AUTO CDC keeps it.
  bool IsKeptByCdc() const { return !flows.empty() && flows.front().cdc != nullptr; }
  // What of it changes rows that are there, so that no stream can follow it; "" when nothing does.
  std::string WhatChangesRows() const;
  bool IsTable() const {
    return kind == DatasetKind::kStreamingTable || kind == DatasetKind::kMaterializedView;
  }
};

// What flows of one pipeline see beside the catalog: each other.
struct PipelineScope {
  std::string pipeline_id;  // Stable: the same project keeps its tables.
  std::string pipeline_name;
  std::string catalog;  // For names that don't say.
  std::string schema;
  std::string base_folder;  // For relative paths.
  std::string time_zone;    // Of its configuration; "": UTC.
  std::map<catalog::QualifiedName, const Dataset*> datasets;
  // Schemas that the datasets' tables will have, as far as they have been worked out. A dataset
  // that is here is bound by this schema as long as `planning`, else by its table.
  std::map<catalog::QualifiedName, Schema> schemas;
  bool planning = false;
  // Tables that are about to be emptied: what their flows have read does not count.
  std::set<catalog::QualifiedName> starting_anew;
  bool is_statement = false;  // Of a dataset of no pipeline, which a statement defines.

  // The dataset that a name in a query of this pipeline means, if it is one. Sinks are not read.
  const Dataset* Find(const sql::Name& name) const;
  catalog::QualifiedName Qualify(const sql::Name& name) const;
  // What the catalog is to call the dataset's table.
  catalog::QualifiedName StoredName(const Dataset& dataset) const;
  // The app whose progress in the table counts how often its flows were started anew, and what the
  // table knows a flow by. A sink's table may be that of several pipelines.
  std::string GenerationApp(const Dataset& dataset) const;
  // What a change of definition takes that can't be made in place, as messages say it.
  std::string RebuildHint(const Dataset& dataset) const;
  std::string LogName(const Dataset& dataset, const Flow& flow) const;
};

}  // namespace weir::session
