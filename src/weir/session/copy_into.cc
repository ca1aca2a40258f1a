#include "weir/session/copy_into.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/fingerprint.h"
#include "weir/base/json.h"
#include "weir/connect/files/options.h"
#include "weir/session/insert_columns.h"
#include "weir/session/statement.h"
#include "weir/session/table_feed.h"
#include "weir/sql/ast_clone.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr const char* kFlow = "COPY INTO";  // No flow of a pipeline can be called so.
constexpr size_t kCompactedPlans = FlowLog::kCompactionInterval;
constexpr int64_t kPreviewRows = 50;

// Whose keys mean the same file: "files:file://" of "files:file:///data/in/*.csv". What was loaded
// is remembered by file, whatever path and pattern named it.
std::string StoreOf(const std::string& identity) {
  const size_t authority = identity.find("://");
  if (authority == std::string::npos) return identity;
  return identity.substr(0, identity.find('/', authority + 3));
}

// A name as a pattern that matches it alone.
std::string Literally(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (std::string_view("*?[]{}\\,").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string PathOf(const sql::CopyInto& statement) {
  std::string path = statement.path;
  if (statement.files.empty() && !statement.pattern) return path;
  if (!path.ends_with('/')) path += '/';
  if (statement.pattern) return path + *statement.pattern;
  std::string names;
  for (const std::string& name : statement.files) {
    names += (names.empty() ? "" : ",") + Literally(name);
  }
  return path + "{" + names + "}";
}

sql::ExprPtr TextLiteral(const Span& span, const std::string& text) {
  return sql::ExprAt(span, sql::LiteralExpr{Value::String(text)});
}

// STREAM read_files(path, format => ..., options)
sql::FromItemPtr SourceOf(const sql::CopyInto& statement) {
  const Span& span = statement.path_span;
  sql::FunctionFrom call{{{{"read_files", span}}, span}, {}, true};
  const auto add = [&](const std::string& name, const std::string& value, const Span& at) {
    call.arguments.push_back({sql::Identifier{name, at}, TextLiteral(at, value)});
  };
  call.arguments.push_back({std::nullopt, TextLiteral(span, PathOf(statement))});
  add("format", statement.format.text, statement.format.span);
  // One statement is one batch.
  add("maxFilesPerTrigger", std::to_string(INT64_MAX), span);
  bool says_corrupt = false;
  bool says_rescued = connect::HasFixedColumns(LowerName(statement.format.text));
  for (const auto& [name, value] : statement.format_options) {
    const std::string lower = LowerName(name);
    // The schemas of files are always merged.
    if (lower == "mergeschema" && LowerName(value) == "true") continue;
    says_corrupt |= lower == "ignorecorruptfiles" || lower == "mode";
    says_rescued |= lower == "rescueddatacolumn" || lower == "schemaevolutionmode";
    add(name, value, span);
  }
  // A damaged file would count as loaded.
  if (!says_corrupt) add("ignoreCorruptFiles", "false", span);
  if (!says_rescued) add("schemaEvolutionMode", "none", span);
  auto item = std::make_unique<sql::FromItem>();
  item->span = span;
  item->node = std::move(call);
  return item;
}

sql::QueryPtr QueryOf(const sql::CopyInto& statement) {
  sql::Select select;
  for (const sql::SelectItem& item : statement.items) {
    select.items.push_back({sql::Clone(*item.expr), item.alias, item.aliases});
  }
  if (select.items.empty()) {
    auto star = std::make_unique<sql::Expr>(sql::Expr{statement.path_span, sql::StarExpr{}});
    select.items.push_back({std::move(star), std::nullopt, {}});
  }
  select.from = SourceOf(statement);
  auto query = std::make_unique<sql::Query>();
  query->span = statement.path_span;
  query->body = std::move(select);
  return query;
}

void CheckStatement(const sql::CopyInto& statement) {
  for (const auto& [name, value] : statement.copy_options) {
    const std::string lower = LowerName(name);
    const bool known = lower == "force" || lower == "mergeschema";
    const bool is_flag = LowerName(value) == "true" || LowerName(value) == "false";
    if (known && is_flag) continue;
    throw DiagnosticError(
        {{known ? "INVALID_PARAMETER_VALUE" : "UNRECOGNIZED_PARAMETER_NAME", "22023",
          statement.path_span,
          known ? "the COPY option `" + name + "` is '" + value + "', but must be true or false"
                : "COPY INTO has no COPY option `" + name + "`",
          known ? "" : "COPY_OPTIONS are force and mergeSchema"}});
  }
  if (!statement.files.empty() && statement.pattern) {
    throw DiagnosticError({{"INVALID_PARAMETER_VALUE", "22023", statement.path_span,
                            "FILES and PATTERN can't both be given", "leave one out"}});
  }
}

bool IsTrue(const sql::Properties& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const auto& option) {
    return LowerName(option.first) == name && LowerName(option.second) == "true";
  });
}

// The table's columns and then those that only the query gives.
Schema Merged(const Schema& table, const Schema& given) {
  std::vector<Field> fields = table.fields();
  for (const Field& field : given.fields()) {
    if (table.Find(field.name)) continue;
    fields.push_back({field.name, field.type, true, "{}"});
  }
  return Schema(std::move(fields));
}

}  // namespace

const BoundInput& BoundCopy::Source() const {
  const auto& inputs = binding->inputs();
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [](const BoundInput& input) { return input.stream; });
  return *found;
}

BoundCopy BindCopy(const Services& services, const SessionOptions& options,
                   const SessionState& state, const sql::CopyInto& statement, const Schema& table) {
  CheckStatement(statement);
  BoundCopy bound{std::make_unique<Binding>(services, options, nullptr, &state), nullptr, table};
  bound.binding->LoadsFor("COPY INTO");
  sql::BindOptions bind = bound.binding->Options();
  bind.allow_streams = true;
  const sql::QueryPtr query = QueryOf(statement);
  const Schema given = GivenColumns(statement.columns, {}, table);
  const bool by_name = !statement.by_position && statement.columns.empty();
  const bool merges = by_name && IsTrue(statement.copy_options, "mergeschema");
  bound.plan =
      PlanOrThrow(sql::BindInsert(*query, given, by_name, merges, bound.binding->Names(), bind));
  if (!statement.columns.empty()) bound.plan = FillColumns(bound.plan, given, {}, table, bind);
  if (merges) bound.target = Merged(table, sql::SchemaOf(*bound.plan));
  const auto& inputs = bound.binding->inputs();
  const auto streams = std::count_if(inputs.begin(), inputs.end(),
                                     [](const BoundInput& input) { return input.stream; });
  if (streams != 1) {
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", statement.path_span,
          "COPY INTO can't read STREAM in its expressions", "read the table without STREAM"}});
  }
  return bound;
}

bool CopyRun::Option(const std::string& name) const {
  return IsTrue(statement_.copy_options, name);
}

std::optional<connect::BatchPlan> CopyRun::PlanNew(const BoundCopy& bound,
                                                   const Reached& reached) const {
  const BoundInput& input = bound.Source();
  const auto at = reached.sources.find(StoreOf(input.identity));
  const bool anew = at == reached.sources.end() || Option("force");
  return input.Plan(anew ? *input.source->NewProgress() : *at->second.In(*input.source), {});
}

std::map<sql::InputId, engine::Input> CopyRun::InputsOf(const BoundCopy& bound,
                                                        const connect::BatchPlan& plan) const {
  std::map<sql::InputId, engine::Input> inputs;
  for (const BoundInput& input : bound.binding->inputs()) {
    if (input.feed) {
      inputs.emplace(input.id, FeedInputOf(services_, input, *input.feed));
    } else if (input.table != nullptr) {
      inputs.emplace(input.id,
                     engine::TableInput{
                         input.table->location(), input.snapshot, std::nullopt, {}, input.is_past});
    } else if (input.stream) {
      inputs.emplace(input.id, engine::RelationInput{input.source->Read(plan, input.source_schema),
                                                     input.store});
    } else {
      const connect::ReadLimit everything{std::nullopt, std::nullopt, true};
      const auto whole = input.Plan(*input.source->NewProgress(), everything);
      inputs.emplace(input.id,
                     engine::RelationInput{input.source->Read(whole.value_or(connect::BatchPlan{}),
                                                              input.source_schema),
                                           input.store});
    }
  }
  return inputs;
}

CopyOutcome CopyRun::Run(const delta::Table& table) {
  std::string why = "another COPY INTO of the same table was quicker";
  try {
    if (auto outcome = Try(table)) return *std::move(outcome);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kConflict || !error.condition().empty()) throw;
    why = error.what();
  }
  throw Error(ErrorCode::kConflict, why + "; run it again").WithCondition("DELTA_CONCURRENT_WRITE");
}

std::optional<CopyOutcome> CopyRun::Try(const delta::Table& table) {
  const auto base = table.Latest();
  RequireLastingProgress(*base, statement_.target.ToString());
  const BoundCopy bound = BindCopy(services_, options_, state_, statement_, base->schema());
  const FlowLog log(table.location(), kFlow, GenerationOf(*base));
  const int64_t done = log.Done(*base);
  Reached reached = log.Through(done);
  const auto plan = PlanNew(bound, reached);
  if (!plan) return CopyOutcome{};
  const std::string store = StoreOf(bound.Source().identity);
  FlowBatch batch{Fingerprint(sql::ToText(*bound.plan)), base->metadata().id, {}};
  InputPlan input;
  input.identity = store;
  input.name = statement_.path;
  input.stream = true;
  input.source = *plan;
  batch.inputs.push_back(std::move(input));
  const int64_t number = log.StoreAfter(done, std::move(batch));

  TableChange change;
  change.base = base;
  change.commit = commit_;
  change.commit.parameters["source"] = Json(PathOf(statement_)).dump();
  change.progress = {log.app_id(), number};
  change.rests_on = kGenerationAppId;
  delta::Metadata metadata = base->metadata();
  if (!(bound.target == base->schema())) {
    metadata.schema_json = SchemaToJson(bound.target);
    change.metadata = metadata;
  }
  const auto written = WriteFiles(services_, id_, bound.plan, InputsOf(bound, *plan),
                                  table.location(), metadata, bound.binding->Options());
  change.files = written.files;
  change.numbers = written.last_numbers;
  change.commit.metrics = WriteMetrics(written);
  const ChangeOutcome committed = CommitChange(services_, table, change);
  if (committed.was_there) return std::nullopt;
  auto& loaded = reached.sources[store];
  loaded.plans.push_back(*plan);
  if (loaded.plans.size() >= kCompactedPlans) {
    loaded = {loaded.In(*bound.Source().source)->ToJson(), {}};
    log.Compact(number, reached);
  }
  return CopyOutcome{committed.version, written.statistics};
}

std::unique_ptr<engine::QueryResult> CopyRun::Validate(const delta::Table& table) {
  const auto base = table.Latest();
  const BoundCopy bound = BindCopy(services_, options_, state_, statement_, base->schema());
  const FlowLog log(table.location(), kFlow, GenerationOf(*base));
  const auto plan = PlanNew(bound, log.Through(log.Done(*base)));
  const auto inputs = InputsOf(bound, plan.value_or(connect::BatchPlan{}));
  delta::Metadata metadata = base->metadata();
  metadata.schema_json = SchemaToJson(bound.target);
  const sql::PlanPtr rows =
      EnforceRules(bound.plan, metadata, statement_.target.ToString(), bound.binding->Options());
  const auto limited = [&](std::optional<int64_t> limit) {
    sql::PlanPtr some = rows;
    if (limit) {
      some = std::make_shared<sql::Plan>(sql::Plan{rows->columns, sql::LimitPlan{rows, limit, 0}});
    }
    return services_.engine.Query({id_, std::move(some), inputs, std::nullopt});
  };
  const auto all = limited(statement_.validate_rows);
  while (all->Next()) {
  }
  return limited(std::min(statement_.validate_rows.value_or(kPreviewRows), kPreviewRows));
}

}  // namespace weir::session
