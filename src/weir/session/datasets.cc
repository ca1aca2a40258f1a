#include "weir/session/datasets.h"

#include <set>

#include "weir/base/error.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/dataset_table.h"
#include "weir/session/explain_view.h"
#include "weir/session/flow_run.h"
#include "weir/session/refusal.h"
#include "weir/session/row_rules.h"
#include "weir/session/session.h"
#include "weir/session/session_zone.h"
#include "weir/session/sink_table.h"
#include "weir/session/standalone_dataset.h"
#include "weir/session/state_fit.h"
#include "weir/session/statement.h"
#include "weir/session/table_keys.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

// The tables and views behind the datasets of pipelines.
namespace weir::session {

using catalog::Privilege;
using catalog::TableInfo;
using catalog::TableKind;

namespace {

Schema AllNullable(const Schema& schema) {
  std::vector<Field> fields = schema.fields();
  for (Field& field : fields) field = AsNullable(field);
  return Schema(std::move(fields));
}

Diagnostic ColumnCount(const Dataset& dataset, size_t declared, size_t given) {
  return {"NUM_COLUMNS_MISMATCH", "42826", dataset.span,
          dataset.name.ToString() + " declares " + std::to_string(declared) +
              " columns, but its query gives " + std::to_string(given),
          "make the list and the query agree"};
}

Diagnostic NeedsType(const sql::ColumnDefinition& column) {
  return {"PARSE_SYNTAX_ERROR", "42601", column.span,
          "column " + column.name.text + " has no type, and no query gives it one",
          "write one, as in `" + column.name.text + " BIGINT`"};
}

// A number that the table gives out stands for a row as long as the row is there.
void CheckNumbers(const Dataset& dataset) {
  const std::string keeper = dataset.WhatChangesRows();
  if (keeper.empty()) return;
  for (const sql::ColumnDefinition& column : dataset.clauses()->columns) {
    if (!column.identity) continue;
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", column.span,
          "identity columns of a table that is kept by " + keeper +
              ", which puts rows in the place of others, are not supported",
          "leave the column out: the keys of the source tell the rows; or number them in a "
          "streaming table that the flow reads"}});
  }
}

// Whether the flow's columns go to those that are declared by their names.
bool GivesByName(const std::vector<sql::ColumnDefinition>& columns, const Schema& flow) {
  return std::all_of(flow.fields().begin(), flow.fields().end(), [&](const Field& field) {
    return std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
      return LowerName(column.name.text) == LowerName(field.name);
    });
  });
}

// The type that the first flow gives a declared column, if that can be told.
std::optional<DataType> GivenType(const std::vector<sql::ColumnDefinition>& columns, size_t column,
                                  const std::vector<Schema>& flows) {
  if (flows.empty()) return std::nullopt;
  const Schema& flow = flows.front();
  if (GivesByName(columns, flow)) {
    const auto at = flow.Find(columns[column].name.text);
    return at ? std::optional(flow[*at].type) : std::nullopt;
  }
  return flow.size() == columns.size() ? std::optional(flow[column].type) : std::nullopt;
}

// Declared columns, with types from the query where the declaration has none.
std::variant<Schema, Diagnostics> Declared(const Dataset& dataset,
                                           const std::vector<sql::ColumnDefinition>& columns,
                                           const std::vector<Schema>& flows) {
  std::vector<Field> fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto type = columns[i].type ? columns[i].type : GivenType(columns, i, flows);
    if (!type) {
      const bool has_rule = columns[i].generated || columns[i].identity || columns[i].default_value;
      return Diagnostics{has_rule ? NeedsType(columns[i])
                                  : ColumnCount(dataset, columns.size(),
                                                flows.empty() ? 0 : flows.front().size())};
    }
    fields.push_back(DeclaredField(columns[i], *type));
  }
  return Schema(std::move(fields));
}

catalog::SchemaName SchemaOf(const PipelineScope& scope, const Dataset& dataset) {
  const catalog::QualifiedName name = scope.StoredName(dataset);
  return {name.catalog, name.schema};
}

std::string TextOf(const Dataset& dataset) { return std::string(dataset.statement->span.Text()); }

void CheckClaim(const PipelineScope& scope, const Dataset& dataset, const TableInfo& info) {
  if (dataset.sink != nullptr) return;
  if (!info.pipeline_id.empty() && info.pipeline_id != scope.pipeline_id) {
    throw Error(
        ErrorCode::kExists,
        dataset.name.ToString() +
            (IsStandalone(info) ? " is filled by a statement of its own"
                                : " belongs to another pipeline (" + info.pipeline_id + ")") +
            "; give the dataset another name or schema, or DROP TABLE " + dataset.name.ToString() +
            " there")
        .WithCondition("TABLE_ALREADY_MANAGED_BY_OTHER_PIPELINE");
  }
  if (info.kind == KindOf(dataset.kind) && info.pipeline_id == scope.pipeline_id) return;
  throw Error(ErrorCode::kExists, dataset.name.ToString() + " exists already as " +
                                      std::string(catalog::TableKindPhrase(info.kind)) +
                                      (info.pipeline_id.empty() ? " that no pipeline fills" : "") +
                                      "; DROP it, or give the dataset another name")
      .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
}

}  // namespace

namespace {

// The columns that flows give, where the table declares none.
Schema MergedSchema(const std::vector<Schema>& flows) {
  Schema schema;
  for (const Schema& flow : flows) {
    schema = schema.size() == 0 ? AllNullable(flow) : delta::MergeSchema(schema, flow);
  }
  return schema;
}

bool CanBeOfTable(const std::vector<Schema>& flows, const Dataset& dataset) {
  delta::Configuration properties;
  for (const auto& [name, value] : dataset.clauses()->properties) {
    properties[delta::PropertyName(name)] = value;
  }
  try {
    const Schema merged = MergedSchema(flows);
    if (merged.size() > 0) delta::CheckTableSchema(merged, properties);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<Schema> SchemasOf(const std::vector<CheckedFlow>& flows) {
  std::vector<Schema> schemas;
  for (const CheckedFlow& flow : flows) schemas.push_back(flow.schema);
  return schemas;
}

// Whether no table can have the columns because of those that every flow found, whatever the text
// says.
bool IsOfFoundColumns(const Dataset& dataset, const std::vector<CheckedFlow>& flows) {
  if (!dataset.clauses()->columns.empty()) return false;
  std::set<std::string> said;
  for (const CheckedFlow& flow : flows) {
    for (const Field& field : flow.schema.fields()) {
      const std::string name = LowerName(field.name);
      if (!flow.found.contains(name)) said.insert(name);
    }
  }
  std::vector<Schema> of_text;
  for (const CheckedFlow& flow : flows) {
    std::vector<Field> fields = flow.schema.fields();
    std::erase_if(fields,
                  [&](const Field& field) { return !said.contains(LowerName(field.name)); });
    of_text.emplace_back(std::move(fields));
  }
  return !CanBeOfTable(SchemasOf(flows), dataset) && CanBeOfTable(of_text, dataset);
}

Diagnostic WrongColumns(const Dataset& dataset, const std::vector<CheckedFlow>& flows,
                        const Error& error) {
  const bool is_found = IsOfFoundColumns(dataset, flows);
  const bool is_declared = !dataset.clauses()->columns.empty();
  return {error.condition().empty() ? "INVALID_DATASET" : error.condition(),
          std::string(SqlStateOf(error.condition())),
          dataset.span,
          std::string(error.what()) + " (in " + dataset.name.ToString() + ")",
          is_found ? "name and CAST the columns in its query; names of columns that read_files "
                     "finds come from the headers of the files, unless `schema` gives them"
          : is_declared ? ""
                        : "name and CAST the columns in its query",
          is_found ? ErrorCode::kUnsupported : ErrorCode::kInvalid};
}

}  // namespace

std::variant<Schema, Diagnostics> TableSchema(const Dataset& dataset,
                                              const std::vector<CheckedFlow>& flows) {
  const sql::TableClauses* clauses = dataset.clauses();
  if (clauses == nullptr) return flows.front().schema;
  try {
    Schema schema;
    if (!clauses->columns.empty()) {
      auto declared = Declared(dataset, clauses->columns, SchemasOf(flows));
      if (std::holds_alternative<Diagnostics>(declared)) return declared;
      schema = std::get<Schema>(std::move(declared));
    } else {
      schema = MergedSchema(SchemasOf(flows));
    }
    schema = WithKeyColumns(std::move(schema), clauses->keys);
    CheckNumbers(dataset);
    CheckDeclaration(DatasetDeclaration(dataset, schema));
    return schema;
  } catch (const DiagnosticError& error) {
    return error.diagnostics();
  } catch (const Error& error) {
    return Diagnostics{WrongColumns(dataset, flows, error)};
  }
}

namespace {

// A mistake that concerns this table as it is, whatever the text says: others can be brought up to
// date.
Diagnostic OfThisTable(const Error& error, const Span& span) {
  Diagnostic wrong = AsDiagnostic(error, span);
  if (wrong.code == ErrorCode::kInvalid) wrong.code = ErrorCode::kUnsupported;
  return wrong;
}

// A name that nothing can be called by, nor a place for it, is the text's own mistake.
Diagnostic OfItsName(const Error& error, const Span& span) {
  Diagnostic wrong = AsDiagnostic(error, span);
  if (wrong.code == ErrorCode::kNotFound) wrong.code = ErrorCode::kInvalid;
  return wrong;
}

// Throws what nothing can be called by.
void CheckNames(const Dataset& dataset) {
  if (dataset.sink != nullptr && !dataset.sink->table) return;
  const catalog::QualifiedName& name =
      dataset.sink != nullptr ? *dataset.sink->table : dataset.name;
  catalog::CheckName(name.schema, "schema");
  catalog::CheckName(name.name, dataset.IsTable() ? "table" : "view");
}

// The table of a dataset that its flows go on with.
struct FilledTable {
  delta::Table table;
  std::shared_ptr<const delta::Snapshot> base;
};

// What of one flow can be told once the columns of its table are known. `filled`: null where it
// begins.
Diagnostics CheckFlowInto(const Services& services, const SessionOptions& options,
                          const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                          const Schema& columns, const FilledTable* filled) {
  Diagnostics diagnostics;
  try {
    WithProgressOf(services, options, scope, dataset, flow, [&](FlowProgress& progress) {
      const BoundFlow bound =
          BindFlowInto(services, options, scope, dataset, flow, columns, {}, progress);
      diagnostics = PolicyProblems(bound.plan, bound.binding->inputs(), *dataset.clauses());
      if (filled == nullptr || !diagnostics.empty()) return;
      const bool has_run = FlowsOf(*filled->base).contains(flow.name);
      if (flow.once && has_run) return;
      try {
        CheckStateFits(services, scope, dataset, flow, bound, filled->table, *filled->base,
                       has_run);
      } catch (const Error& error) {
        diagnostics.push_back(OfThisTable(error, flow.span));
      }
    });
  } catch (const DiagnosticError& error) {
    diagnostics.insert(diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
  }
  return diagnostics;
}

}  // namespace

std::variant<Schema, Diagnostics> Session::CheckDataset(const PipelineScope& scope,
                                                        const Dataset& dataset,
                                                        const Schema& declared) {
  if (dataset.kind == DatasetKind::kTemporaryView) return declared;
  const auto info = FindDatasetTable(services_, scope, dataset);
  try {
    RecordingRefusals(services_, options_.principal, TextOf(dataset), [&] {
      CheckNames(dataset);
      RequireMayFill(scope, dataset, info);
      if (info) CheckClaim(scope, dataset, *info);
    });
  } catch (const Error& error) {
    return Diagnostics{OfItsName(error, dataset.span)};
  }
  if (!dataset.IsTable()) return declared;
  if (HasRules(*dataset.clauses())) {
    try {
      CheckRules(DatasetDeclaration(dataset, declared), *dataset.clauses(),
                 RuleOptions(services_, options_));
    } catch (const DiagnosticError& error) {
      return error.diagnostics();
    }
  }
  Schema columns = declared;
  std::optional<FilledTable> filled;
  try {
    if (info && dataset.sink != nullptr) {
      columns = LatestOf(OpenTable(services_, info->location), *info)->schema();
    } else if (info && scope.starting_anew.contains(dataset.name)) {
      DatasetTable(services_, options_, scope, dataset)
          .CheckUpdate(*info, DatasetDeclaration(dataset, declared), true);
    } else if (info && dataset.kind == DatasetKind::kStreamingTable) {
      const delta::Table table = OpenTable(services_, info->location);
      filled.emplace(FilledTable{table, LatestOf(table, *info)});
      columns = DatasetTable(services_, options_, scope, dataset)
                    .SchemaAfter(*filled->base, DatasetDeclaration(dataset, declared));
    }
  } catch (const Error& error) {
    return Diagnostics{OfThisTable(error, dataset.span)};
  }
  Diagnostics diagnostics;
  for (const Flow& flow : dataset.flows) {
    try {
      RecordingRefusals(services_, options_.principal, TextOf(dataset), [&] {
        const Diagnostics found = CheckFlowInto(services_, options_, scope, dataset, flow, columns,
                                                filled ? &*filled : nullptr);
        diagnostics.insert(diagnostics.end(), found.begin(), found.end());
      });
    } catch (const Error& error) {
      // An expectation reads something that it may not.
      if (error.code() != ErrorCode::kDenied) throw;
      diagnostics.push_back(AsDiagnostic(error, flow.span));
    }
  }
  if (!diagnostics.empty()) return diagnostics;
  return columns;
}

Diagnostics Session::CheckStorage(const std::string& path) {
  try {
    RefuseVolumePath(path, Span{}, "reports of updates can't be kept in a volume",
                     "name another folder as `storage` in the pipeline's spec");
    RecordingRefusals(services_, options_.principal, "storage: " + path, [&] {
      services_.catalog.RequireOutside(
          options_.principal, services_.stores.Resolve(path, options_.base_folder).uri, path);
    });
    return {};
  } catch (const Error& error) {
    Diagnostic wrong = AsDiagnostic(error, Span{});
    wrong.message = "storage of the pipeline: " + wrong.message;
    wrong.hint = "name another folder as `storage` in the pipeline's spec";
    return {std::move(wrong)};
  }
}

void Session::RequireMayCreateSchema(const catalog::SchemaName& name) {
  const catalog::Securable in{catalog::SecurableKind::kCatalog, name.catalog, "", ""};
  // Who may not create it is not told that it is absent, unless they may look.
  if (!services_.catalog.Allows(options_.principal, Privilege::kCreateSchema, in)) {
    services_.catalog.RequireLook(options_.principal, name);
  }
  services_.catalog.Require(options_.principal, Privilege::kCreateSchema, in);
}

// Whose table it is, and what it is, is told only after this.
void Session::RequireMayFill(const PipelineScope& scope, const Dataset& dataset,
                             const std::optional<TableInfo>& there) {
  if (dataset.sink != nullptr) {
    RequireMayFillSink(services_, options_, scope, *dataset.sink, there);
    if (there || !dataset.sink->table) return;
  }
  const catalog::SchemaName schema = SchemaOf(scope, dataset);
  if (there) {
    services_.catalog.RequireTable(options_.principal, Privilege::kModify, there->name);
    // As for ALTER TABLE ... RENAME.
    if (there->name == scope.StoredName(dataset)) return;
    services_.catalog.RequireManage(options_.principal, SecurableOf(there->name));
    services_.catalog.Require(options_.principal, Privilege::kCreateTable,
                              {catalog::SecurableKind::kSchema, schema.catalog, schema.schema, ""});
  } else if (!services_.catalog.FindSchema(schema)) {
    RequireMayCreateSchema(schema);
  } else {
    services_.catalog.Require(options_.principal, Privilege::kCreateTable,
                              {catalog::SecurableKind::kSchema, schema.catalog, schema.schema, ""});
  }
}

void Session::EnsureSchema(const catalog::SchemaName& name) {
  if (services_.catalog.FindSchema(name)) return;
  RequireMayCreateSchema(name);
  try {
    services_.catalog.CreateSchema({name, options_.principal, {}, {}});
  } catch (const Error& error) {
    // Another flow of the same update may have been quicker.
    if (error.code() != ErrorCode::kExists) throw;
  }
}

EnsuredDataset Session::EnsureDataset(const PipelineScope& scope, const Dataset& dataset,
                                      const Schema& schema, bool full_refresh) {
  if (dataset.kind == DatasetKind::kTemporaryView) return {};
  const auto info = FindDatasetTable(services_, scope, dataset);
  RecordingRefusals(services_, options_.principal, TextOf(dataset), [&] {
    const bool is_folder = dataset.sink != nullptr && !dataset.sink->table;
    if (!info && !is_folder) EnsureSchema(SchemaOf(scope, dataset));
    RequireMayFill(scope, dataset, info);
  });
  if (info) CheckClaim(scope, dataset, *info);
  if (dataset.sink != nullptr) {
    if (!info) {
      MakeSinkTable(services_, options_, scope, dataset, DatasetDeclaration(dataset, schema));
    } else if (full_refresh) {
      RestartSink(services_, scope, dataset, *info);
    }
    return {};
  }
  if (dataset.kind == DatasetKind::kView) {
    // What was checked may have been checked by somebody else, or while there was a right.
    RecordingRefusals(services_, options_.principal, TextOf(dataset), [&] {
      FlowProgress nothing;
      BindFlow(services_, options_, scope, dataset, dataset.flows.front(), nothing);
    });
    TableInfo view = info.value_or(TableInfo{});
    view.view = catalog::ViewDefinition{std::string(dataset.flows.front().query->span.Text()),
                                        scope.catalog, scope.schema, SchemaToJson(schema)};
    view.comment = std::get<sql::CreateView>(dataset.statement->node).comment;
    view.pipeline_id = scope.pipeline_id;
    PutViewZone(view.properties,
                scope.time_zone.empty() ? *UtcZone() : *ZoneNamed(services_, scope.time_zone));
    if (info) {
      if (info->view->query != view.view->query || info->comment != view.comment ||
          info->properties != view.properties ||
          info->view->schema_json != view.view->schema_json) {
        // Its query runs with the owner's rights.
        RecordingRefusals(services_, options_.principal, TextOf(dataset), [&] {
          services_.catalog.RequireManage(options_.principal, SecurableOf(dataset.name));
        });
        services_.catalog.UpdateTable(view);
      }
      return {};
    }
    view.id = services_.catalog.Reserve({dataset.name.catalog, dataset.name.schema}).id;
    view.name = dataset.name;
    view.kind = TableKind::kView;
    view.owner = options_.principal;
    try {
      services_.catalog.CreateTable(view);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kExists) throw;
      throw MadeMeanwhile(dataset);
    }
    return {};
  }
  const TableDeclaration declaration = DatasetDeclaration(dataset, schema);
  CheckDeclaration(declaration);
  DatasetTable table(services_, options_, scope, dataset);
  if (info) return {table.Update(table.Move(*info), declaration, full_refresh), false};
  table.Create(declaration);
  return {{}, true};
}

}  // namespace weir::session
