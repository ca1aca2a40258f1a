#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/session/routine.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/sql/functions.h"
#include "weir/types/schema_json.h"

// CREATE, DROP and DESCRIBE FUNCTION.
namespace weir::session {

using catalog::FunctionInfo;
using catalog::Privilege;
using catalog::QualifiedName;
using catalog::Securable;
using catalog::SecurableKind;

namespace {

[[noreturn]] void RefuseFunction(const char* condition, const char* sqlstate, const Span& span,
                                 const std::string& message, const std::string& hint) {
  throw DiagnosticError({{condition, sqlstate, span, message, hint}});
}

void CheckPartsDiffer(const std::vector<sql::RoutineParameter>& parameters, const char* condition,
                      const char* sqlstate, const std::string& what) {
  std::set<std::string> seen;
  for (const sql::RoutineParameter& one : parameters) {
    if (seen.insert(LowerName(one.name.text)).second) continue;
    RefuseFunction(condition, sqlstate, one.name.span,
                   "the function would have two " + what + " " + QuoteName(one.name.text),
                   "give one of them another name");
  }
}

// Whoever leaves out one argument leaves out those behind it.
void CheckDefaultsAreLast(const std::vector<sql::RoutineParameter>& parameters) {
  for (size_t i = 1; i < parameters.size(); ++i) {
    if (parameters[i].otherwise || !parameters[i - 1].otherwise) continue;
    RefuseFunction("USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_PARAMETER_POSITION", "42601",
                   parameters[i].name.span,
                   "parameter " + QuoteName(parameters[i].name.text) +
                       " without DEFAULT stands behind " + QuoteName(parameters[i - 1].name.text) +
                       ", which has one",
                   "give it a DEFAULT, too, or put it first");
  }
}

void CheckDefinition(const sql::CreateFunction& create) {
  CheckPartsDiffer(create.parameters, "DUPLICATE_ROUTINE_PARAMETER_NAMES", "42734", "parameters");
  CheckPartsDiffer(create.columns, "DUPLICATE_ROUTINE_RETURNS_COLUMNS", "42711", "columns");
  CheckDefaultsAreLast(create.parameters);
  if (create.is_table && create.query == nullptr) {
    RefuseFunction("USER_DEFINED_FUNCTIONS.SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY", "42601",
                   create.body->span, "a function that RETURNS TABLE returns a query",
                   "write RETURN SELECT ...");
  }
}

bool HasName(const sql::SelectItem& item) {
  const auto& node = item.expr->node;
  return item.alias || !item.aliases.empty() || std::holds_alternative<sql::NameExpr>(node) ||
         std::holds_alternative<sql::FieldExpr>(node) ||
         std::holds_alternative<sql::StarExpr>(node);
}

// Columns that a function does not list are named by its query, each by another name.
void CheckReturned(const sql::CreateFunction& create, const sql::BoundRoutine& bound) {
  if (!create.is_table || !create.columns.empty()) return;
  if (const auto* const select = std::get_if<sql::Select>(&create.query->body)) {
    for (const sql::SelectItem& item : select->items) {
      if (HasName(item)) continue;
      RefuseFunction("USER_DEFINED_FUNCTIONS.SQL_TABLE_UDF_MISSING_COLUMN_NAMES", "42601",
                     item.expr->span, "this column of the function would have no name",
                     "name it with AS, or list the columns: RETURNS TABLE (a INT, b INT)");
    }
  }
  std::set<std::string> seen;
  for (const Field& column : bound.columns) {
    if (seen.insert(LowerName(column.name)).second) continue;
    RefuseFunction("DUPLICATE_ROUTINE_RETURNS_COLUMNS", "42711", create.name.span,
                   "the function would return two columns " + QuoteName(column.name),
                   "name them: RETURNS TABLE (a INT, b INT)");
  }
}

// What the body reads besides functions, whose own reads are there, too.
bool ReadsData(const std::vector<std::string>& reads) {
  return std::any_of(reads.begin(), reads.end(),
                     [](const std::string& read) { return !read.starts_with("function "); });
}

std::string FunctionKey(const sql::Name& name) { return LowerName(name.parts.back().text); }

bool IsBuiltin(const sql::Name& name) {
  return name.parts.size() == 1 && sql::KindOf(LowerName(name.parts[0].text)).has_value();
}

Error NoSuchRoutine(const std::string& name) {
  return Error(ErrorCode::kNotFound,
               "there is no function " + name + "; SHOW USER FUNCTIONS lists those that are there")
      .WithCondition("ROUTINE_NOT_FOUND");
}

// A call of what is not there, in a body, is told as Spark does.
DiagnosticError OfBody(const Diagnostics& found) {
  Diagnostics diagnostics = found;
  for (Diagnostic& one : diagnostics) {
    if (one.condition == "UNRESOLVED_ROUTINE") one.condition = "ROUTINE_NOT_FOUND";
  }
  return DiagnosticError(std::move(diagnostics));
}

}  // namespace

void Preparer::BindFunction(const sql::ResolvedRoutine& routine, Binding& binding) {
  auto bound = sql::BindRoutine(routine, binding.Names(), binding.Options());
  if (const auto* wrong = std::get_if<Diagnostics>(&bound)) throw OfBody(*wrong);
  prepared_.routine = std::get<sql::BoundRoutine>(std::move(bound));
  prepared_.access.reads = binding.access().reads;
  prepared_.temporaries = binding.temporaries();
}

void Preparer::PrepareTemporary(const sql::CreateFunction& statement) {
  const std::string key = FunctionKey(statement.name);
  const bool is_builtin = IsBuiltin(statement.name);
  if (is_builtin && statement.or_replace) {
    RefuseFunction("USER_DEFINED_FUNCTIONS.CANNOT_REPLACE_NON_SQL_UDF_WITH_SQL_UDF", "42601",
                   statement.name.span, key + " is a built-in function, which cannot be replaced",
                   "choose another name");
  }
  if (!statement.or_replace && (is_builtin || state_.FindFunction(key) != nullptr)) {
    RefuseFunction(
        "ROUTINE_ALREADY_EXISTS", "42723", statement.name.span,
        "the function " + key + " is there already",
        is_builtin ? "choose another name" : "write CREATE OR REPLACE TEMPORARY FUNCTION");
  }
  Binding binding(services_, options_, nullptr, &state_);
  BindFunction(RoutineOf(prepared_.statement, statement, statement.name.parts.back().text,
                         {statement.name.parts.back().text}),
               binding);
  const auto cycle = state_.CycleOfFunction(key, prepared_.temporaries);
  if (cycle.empty()) return;
  std::string path;
  for (const std::string& name : cycle) path += (path.empty() ? "" : " -> ") + name;
  RefuseFunction("CYCLIC_FUNCTION_REFERENCE", "42887", statement.name.span,
                 "the function " + key + " would call itself: " + path,
                 "give the new one another name");
}

void Preparer::PrepareKept(const sql::CreateFunction& statement) {
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  CheckTextIsWhole("function");
  RequireMayCreate(name, Privilege::kCreateFunction);
  const auto existing = services_.catalog.FindFunction(name);
  const std::string object = RoutineObject(name);
  if (existing && statement.or_replace) {
    services_.catalog.RequireManage(
        principal(), {SecurableKind::kFunction, name.catalog, name.schema, name.name});
  }
  // Its paths have to mean the same wherever it is called.
  SessionOptions nowhere = options_;
  nowhere.base_folder.clear();
  Binding binding(services_, nowhere, nullptr, &state_);
  binding.IsFor("the " + object, "FUNCTION");
  BindFunction(RoutineOf(prepared_.statement, statement, name.ToString(),
                         {name.catalog, name.schema, name.name}),
               binding);
  const auto& reads = prepared_.access.reads;
  if (std::find(reads.begin(), reads.end(), object) != reads.end()) {
    RefuseFunction("CYCLIC_FUNCTION_REFERENCE", "42887", statement.name.span,
                   object + " would call itself, directly or through other functions and views",
                   "take the call out of its body, or give the new one another name");
  }
  if (statement.reads_data == false && ReadsData(reads)) {
    RefuseFunction("INVALID_SQL_FUNCTION_DATA_ACCESS", "42K0E", statement.name.span,
                   object + " says CONTAINS SQL, and reads a table or view",
                   "write READS SQL DATA");
  }
  prepared_.access.writes.push_back(object);
}

void Preparer::operator()(const sql::CreateFunction& statement) {
  CheckDefinition(statement);
  if (statement.temporary) {
    PrepareTemporary(statement);
  } else {
    PrepareKept(statement);
  }
  CheckReturned(statement, *prepared_.routine);
}

std::unique_ptr<Result> Executor::CreateTemporary(const sql::CreateFunction& statement) {
  const auto definition =
      RoutineDefinition(statement, *prepared_.routine, ReadsData(prepared_.access.reads));
  TemporaryFunction function;
  const std::string& name = statement.name.parts.back().text;
  function.routine = RoutineOf(prepared_.statement, statement, name, {name});
  if (function.routine.columns.empty()) function.routine.columns = prepared_.routine->columns;
  function.routine.zone = options_.zone;
  function.parameters = SchemaFromJson(definition.parameters_json).fields();
  function.comment = statement.comment;
  function.body = definition.body;
  function.deterministic = definition.deterministic;
  function.reads_data = definition.reads_data;
  function.catalog = prepared_.catalog;
  function.schema_name = prepared_.schema;
  function.temporaries = prepared_.temporaries;
  state_.PutFunction(FunctionKey(statement.name), std::move(function));
  return Done();
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateFunction& statement) {
  if (statement.temporary) return CreateTemporary(statement);
  const QualifiedName name = Name(statement.name);
  const auto existing = services_.catalog.FindFunction(name);
  if (existing && statement.if_not_exists) return Done();
  FunctionInfo info =
      existing && statement.or_replace ? GetFunction(statement.name) : FunctionInfo();
  info.name = name;
  // It reads with the rights of who wrote it.
  info.owner = options_.principal;
  info.comment = statement.comment;
  info.definition =
      RoutineDefinition(statement, *prepared_.routine, ReadsData(prepared_.access.reads));
  info.definition.catalog = prepared_.catalog;
  info.definition.schema = prepared_.schema;
  info.definition.time_zone = options_.zone->name();
  if (!info.id.empty()) {
    services_.catalog.UpdateFunction(info);
    return Done();
  }
  info.id = services_.catalog.Reserve({name.catalog, name.schema}).id;
  MakeUnlessThere(
      statement.if_not_exists, [&] { services_.catalog.CreateFunction(info); },
      [&] { return services_.catalog.FindFunction(name).has_value(); });
  return Done();
}

FunctionInfo Executor::GetFunction(const sql::Name& name) const {
  const QualifiedName full = Name(name);
  const auto info = services_.catalog.FindFunction(full);
  if (!info) throw NoSuchRoutine(full.ToString());
  if (info->revision <= prepared_.catalog_revision) return *info;
  throw Error(ErrorCode::kConflict, "function " + full.ToString() +
                                        " was changed by somebody else at this moment; run it "
                                        "again")
      .WithCondition("CONCURRENT_CATALOG_CHANGE");
}

// DROP [TEMPORARY] FUNCTION of what is not of the catalog.
void Preparer::DropTemporaryFunction(const sql::Drop& statement) const {
  const std::string key = FunctionKey(statement.name);
  if (IsBuiltin(statement.name)) {
    RefuseFunction(statement.temporary ? "_LEGACY_ERROR_TEMP_1255" : "_LEGACY_ERROR_TEMP_1017",
                   "42000", statement.name.span,
                   key + " is a built-in function, which cannot be dropped",
                   "name a function of a schema in full: DROP FUNCTION schema." + key);
  }
  if (statement.temporary && !statement.if_exists && state_.FindFunction(key) == nullptr) {
    RefuseFunction("ROUTINE_NOT_FOUND", "42883", statement.name.span,
                   "there is no temporary function " + key,
                   "DROP TEMPORARY FUNCTION IF EXISTS passes over it");
  }
  if (!statement.temporary && statement.name.parts.size() == 1 &&
      state_.FindFunction(key) != nullptr) {
    RefuseFunction("_LEGACY_ERROR_TEMP_1017", "42000", statement.name.span,
                   key + " is a temporary function", "write DROP TEMPORARY FUNCTION " + key);
  }
}

void Executor::DropFunction(const sql::Drop& statement) {
  if (statement.temporary) return state_.DropFunction(FunctionKey(statement.name));
  const QualifiedName name = Name(statement.name);
  if (!services_.catalog.FindFunction(name) && statement.if_exists) return;
  services_.catalog.DropFunction(GetFunction(statement.name).name);
}

void Preparer::RequireExecute(const sql::Name& name) {
  if (IsBuiltin(name)) return;
  if (name.parts.size() == 1 && state_.FindFunction(FunctionKey(name)) != nullptr) return;
  const QualifiedName full = Qualify(name, options_.catalog, options_.schema);
  try {
    services_.catalog.RequireFunction(principal(), Privilege::kExecute, full);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    RefuseFunction("UNRESOLVED_ROUTINE", "42883", name.span, error.what(),
                   "SHOW FUNCTIONS lists built-in and other functions");
  }
  prepared_.access.reads.push_back(RoutineObject(full));
}

namespace {

// "Function:  name", the next lines of a text of several under its first.
class FunctionText {
 public:
  void Add(const std::string& label, const std::string& text) {
    std::string line = label + ":";
    line.resize(std::max(line.size() + 1, kWidth), ' ');
    rows_.push_back({Text(line + text)});
  }
  void Add(const std::string& label, const std::vector<std::string>& texts) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i == 0) {
        Add(label, texts[0]);
      } else {
        rows_.push_back({Text(std::string(kWidth, ' ') + texts[i])});
      }
    }
  }
  const Rows& rows() const { return rows_; }

 private:
  static constexpr size_t kWidth = 15;
  Rows rows_;
};

std::vector<std::string> FieldTexts(const std::vector<Field>& fields) {
  std::vector<std::string> texts;
  for (const Field& field : fields) {
    std::string text = QuoteName(field.name) + " " + field.type.ToSql();
    if (const auto otherwise = DefaultText(field)) text += " DEFAULT " + *otherwise;
    if (const auto comment = field.Comment()) text += " '" + *comment + "'";
    texts.push_back(std::move(text));
  }
  return texts;
}

Rows BuiltinText(const std::string& name) {
  FunctionText text;
  text.Add("Function", name);
  std::vector<std::string> usages;
  for (const std::string& signature : sql::SignatureTexts(name)) usages.push_back(name + signature);
  if (usages.empty()) usages.push_back(name + "(...)");
  text.Add("Usage", usages);
  return text.rows();
}

struct Described {
  std::string name;
  bool is_table;
  std::vector<Field> parameters;
  std::vector<Field> returns;
  std::optional<std::string> comment;
  bool deterministic;
  bool reads_data;
  std::string body;
};

FunctionText DescriptionOf(const Described& function, bool extended) {
  FunctionText text;
  text.Add("Function", function.name);
  text.Add("Type", function.is_table ? "TABLE" : "SCALAR");
  auto input = FieldTexts(function.parameters);
  if (input.empty()) input.push_back("()");
  text.Add("Input", input);
  text.Add("Returns", function.is_table ? FieldTexts(function.returns)
                                        : std::vector{function.returns[0].type.ToSql()});
  if (!extended) return text;
  if (function.comment) text.Add("Comment", *function.comment);
  text.Add("Deterministic", function.deterministic ? "true" : "false");
  text.Add("Data Access", function.reads_data ? "READS SQL DATA" : "CONTAINS SQL");
  text.Add("Body", function.body);
  return text;
}

}  // namespace

std::unique_ptr<Result> Executor::DescribeFunction(const sql::Describe& statement) const {
  const Schema schema = TextColumns({"function_desc"});
  if (IsBuiltin(statement.name)) {
    return RowsResult(id_, schema, BuiltinText(LowerName(statement.name.parts[0].text)));
  }
  const TemporaryFunction* const temporary =
      statement.name.parts.size() == 1 ? state_.FindFunction(FunctionKey(statement.name)) : nullptr;
  if (temporary != nullptr) {
    const FunctionText text =
        DescriptionOf({temporary->routine.display_name, temporary->routine.is_table,
                       temporary->parameters, temporary->routine.columns, temporary->comment,
                       temporary->deterministic, temporary->reads_data, temporary->body},
                      statement.extended);
    return RowsResult(id_, schema, text.rows());
  }
  const FunctionInfo info = GetFunction(statement.name);
  const auto& made = info.definition;
  FunctionText text = DescriptionOf(
      {info.name.ToString(), made.is_table, SchemaFromJson(made.parameters_json).fields(),
       SchemaFromJson(made.returns_json).fields(), info.comment, made.deterministic,
       made.reads_data, made.body},
      statement.extended);
  if (statement.extended) {
    text.Add("Owner", info.owner);
    text.Add("Create Time", FormatIso(info.created));
  }
  return RowsResult(id_, schema, text.rows());
}

}  // namespace weir::session
