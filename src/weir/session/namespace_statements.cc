#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/clone_needs.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"

// Catalogs and schemas, DROP, COMMENT ON, USE and GRANT.
namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::SchemaName;
using catalog::Securable;
using catalog::SecurableKind;
using sql::ObjectKind;

namespace {

SchemaName SchemaNameOf(const sql::Name& name, const std::string& catalog) {
  if (name.parts.size() > 2) {
    throw Error(ErrorCode::kInvalid,
                "the schema name " + name.ToString() + " has too many parts; use catalog.schema")
        .WithCondition("REQUIRES_SINGLE_PART_NAMESPACE");
  }
  return {LowerName(name.parts.size() == 2 ? name.parts[0].text : catalog),
          LowerName(name.parts.back().text)};
}

Error NotFound(const std::string& what, const std::string& name, const std::string& condition) {
  return Error(ErrorCode::kNotFound,
               "the " + what + " " + name + " can't be found; SHOW lists what is there")
      .WithCondition(condition);
}

}  // namespace

Securable SecurableOf(ObjectKind kind, const sql::Name& name, const std::string& catalog,
                      const std::string& schema) {
  if (kind == ObjectKind::kMetastore) return {};
  if (kind == ObjectKind::kCatalog) {
    return {SecurableKind::kCatalog, LowerName(name.parts.back().text), "", ""};
  }
  if (kind == ObjectKind::kSchema) {
    const SchemaName full = SchemaNameOf(name, catalog);
    return {SecurableKind::kSchema, full.catalog, full.schema, ""};
  }
  if (kind == ObjectKind::kVolume || kind == ObjectKind::kFunction) {
    const QualifiedName full = Qualify(name, catalog, schema);
    const bool is_volume = kind == ObjectKind::kVolume;
    return {is_volume ? SecurableKind::kVolume : SecurableKind::kFunction, full.catalog,
            full.schema, full.name};
  }
  return SecurableOf(Qualify(name, catalog, schema));
}

std::unique_ptr<Result> Executor::Done() const { return RowsResult(id_, Schema(), {}, found_); }

// Between the judgement and now its name may have come to mean another table, or its owner or
// definition to be another.
void Executor::CheckIsAsJudged(const catalog::TableInfo& info) const {
  if (info.revision <= prepared_.catalog_revision) return;
  throw Error(ErrorCode::kConflict,
              info.name.ToString() + " was changed by somebody else at this moment; run it again")
      .WithCondition("CONCURRENT_CATALOG_CHANGE");
}

catalog::TableInfo Executor::GetTable(const QualifiedName& name) const {
  const auto info = services_.catalog.FindTable(name);
  if (!info) throw NotFound("table", name.ToString(), "TABLE_OR_VIEW_NOT_FOUND");
  CheckIsAsJudged(*info);
  return *info;
}

catalog::TableInfo Executor::GetTable(const sql::Name& name) const {
  if (!IsPathName(name)) return GetTable(Name(name));
  catalog::TableInfo info;
  info.name = {"", "delta", name.parts[1].text};
  info.kind = catalog::TableKind::kExternal;
  info.location = ResolveUnjudged(services_, name.parts[1].text, options_.base_folder).uri;
  // A link on the way may have been changed since the folder was judged.
  const auto judged = [&](const std::vector<std::string>& objects) {
    return std::find(objects.begin(), objects.end(), info.location) != objects.end();
  };
  if (!judged(prepared_.access.reads) && !judged(prepared_.access.writes)) {
    throw Error(ErrorCode::kConflict,
                name.ToString() + " leads to another folder than a moment ago; run it again");
  }
  return info;
}

delta::CommitOptions Executor::CommitOptions(const std::string& operation) const {
  return {operation, {}, {}, {{"weirStatement", "\"" + id_ + "\""}}};
}

void Preparer::RequireManage(ObjectKind kind, const sql::Name& name) {
  const Securable on = SecurableOf(kind, name, options_.catalog, options_.schema);
  services_.catalog.RequireManage(principal(), on);
  prepared_.access.writes.push_back(on.ToString());
}

void Preparer::operator()(const sql::CreateSchema& statement) {
  const SchemaName name = SchemaNameOf(statement.name, options_.catalog);
  const Securable in{SecurableKind::kCatalog, name.catalog, "", ""};
  services_.catalog.Require(principal(), Privilege::kUseCatalog, in);
  services_.catalog.Require(principal(), Privilege::kCreateSchema, in);
  if (statement.location) {
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", statement.location_span,
          "LOCATION of a schema would be where its tables are found by their paths, and is not "
          "supported.",
          "write MANAGED LOCATION: its new managed tables go there, each under its own id"}});
  }
  const bool is_there = statement.if_not_exists && services_.catalog.FindSchema(name);
  if (!is_there) JudgeManagedLocation(statement.managed_location, statement.location_span);
  prepared_.access.writes.push_back(name.ToString());
}

// Refused where somebody's files are, whoever asks: from then on it is reached by table name alone.
void Preparer::JudgeManagedLocation(const std::optional<std::string>& path, const Span& span) {
  if (!path) return;
  RefuseVolumePath(*path, span, "a managed location can't be in a volume",
                   "name a folder outside of volumes");
  prepared_.access.writes.push_back(
      JudgedLocation(services_, principal(), *path, options_.base_folder));
}

// Again: a link on the way may have been changed since it was judged.
std::string Executor::ManagedLocation(const std::optional<std::string>& path) const {
  if (!path) return "";
  return JudgedLocation(services_, options_.principal, *path, options_.base_folder);
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateSchema& statement) {
  const SchemaName name = SchemaNameOf(statement.name, prepared_.catalog);
  if (services_.catalog.FindSchema(name) && statement.if_not_exists) return Done();
  MakeUnlessThere(
      statement.if_not_exists,
      [&] {
        services_.catalog.CreateSchema({name, options_.principal, statement.comment,
                                        statement.properties,
                                        ManagedLocation(statement.managed_location)});
      },
      [&] { return services_.catalog.FindSchema(name).has_value(); });
  return Done();
}

void Preparer::operator()(const sql::CreateCatalog& statement) {
  services_.catalog.Require(principal(), Privilege::kCreateCatalog, {});
  const bool is_there =
      statement.if_not_exists && services_.catalog.FindCatalog(LowerName(statement.name.text));
  if (!is_there) JudgeManagedLocation(statement.managed_location, statement.location_span);
  prepared_.access.writes.push_back(LowerName(statement.name.text));
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateCatalog& statement) {
  const std::string name = LowerName(statement.name.text);
  if (services_.catalog.FindCatalog(name) && statement.if_not_exists) return Done();
  MakeUnlessThere(
      statement.if_not_exists,
      [&] {
        services_.catalog.CreateCatalog({name, options_.principal, statement.comment,
                                         ManagedLocation(statement.managed_location)});
      },
      [&] { return services_.catalog.FindCatalog(name).has_value(); });
  return Done();
}

void Preparer::operator()(const sql::Drop& statement) {
  if (statement.kind == ObjectKind::kFunction) DropTemporaryFunction(statement);
  if (statement.temporary || FindTemporary(state_, statement.kind, statement.name)) return;
  const Securable on =
      SecurableOf(statement.kind, statement.name, options_.catalog, options_.schema);
  const catalog::Catalog& names = services_.catalog;
  const bool exists = on.kind == SecurableKind::kCatalog ? names.FindCatalog(on.catalog).has_value()
                      : on.kind == SecurableKind::kSchema
                          ? names.FindSchema({on.catalog, on.schema}).has_value()
                      : on.kind == SecurableKind::kVolume
                          ? names.FindVolume({on.catalog, on.schema, on.table}).has_value()
                      : on.kind == SecurableKind::kFunction
                          ? names.FindFunction({on.catalog, on.schema, on.table}).has_value()
                          : names.FindTable({on.catalog, on.schema, on.table}).has_value();
  if (!exists && on.kind == SecurableKind::kFunction) {
    names.RequireLook(principal(), {on.catalog, on.schema});
    if (statement.if_exists) return;
    throw DiagnosticError(
        {{"UNRESOLVED_ROUTINE", "42883", statement.name.span, "there is no " + on.ToString(),
          "DROP FUNCTION IF EXISTS passes over it"}});
  }
  if (exists) {
    RequireManage(statement.kind, statement.name);
  } else if (on.kind == SecurableKind::kTable || on.kind == SecurableKind::kVolume) {
    names.RequireAbsence(principal(), Privilege::kManage, on);
  } else if (!statement.if_exists) {
    RequireManage(statement.kind, statement.name);
  } else if (on.kind == SecurableKind::kSchema) {
    names.Require(principal(), Privilege::kUseCatalog,
                  {SecurableKind::kCatalog, on.catalog, "", ""});
  }
}

std::unique_ptr<Result> Executor::operator()(const sql::Drop& statement) {
  const auto delete_files = [&](const std::vector<catalog::TableInfo>& dropped) {
    for (const auto& info : dropped) {
      if (info.kind == catalog::TableKind::kView || info.kind == catalog::TableKind::kExternal) {
        continue;
      }
      LetGoOfFolder(services_, options_.principal, id_, info.location);
    }
  };
  if (statement.kind == ObjectKind::kCatalog) {
    const std::string name = LowerName(statement.name.parts.back().text);
    if (!services_.catalog.FindCatalog(name)) {
      if (statement.if_exists) return Done();
      throw NotFound("catalog", name, "CATALOG_NOT_FOUND");
    }
    delete_files(services_.catalog.DropCatalog(name));
    return Done();
  }
  const auto drop_table = [&](const catalog::TableInfo& info) {
    const auto loans = services_.catalog.LoansOf(info.id);
    delete_files({services_.catalog.DropTable(info.name)});
    LetGoOfLoans(services_, options_.principal, id_, loans);
  };
  if (statement.kind == ObjectKind::kSchema) {
    const SchemaName name = SchemaNameOf(statement.name, prepared_.catalog);
    if (!services_.catalog.FindSchema(name)) {
      if (statement.if_exists) return Done();
      throw NotFound("schema", name.ToString(), "SCHEMA_NOT_FOUND");
    }
    if (statement.cascade) {
      // Whoever manages the schema manages what is in it, so the list is complete.
      for (const auto& table : services_.catalog.ListTables(options_.principal, name)) {
        drop_table(table);
      }
      for (const auto& volume : services_.catalog.ListVolumes(options_.principal, name)) {
        DropVolume(volume.name);
      }
      for (const auto& function : services_.catalog.ListFunctions(options_.principal, name)) {
        services_.catalog.DropFunction(function.name);
      }
    }
    delete_files(services_.catalog.DropSchema(name));
    return Done();
  }
  if (statement.kind == ObjectKind::kFunction) {
    DropFunction(statement);
    return Done();
  }
  if (FindTemporary(state_, statement.kind, statement.name) != nullptr) {
    state_.DropView(*SessionState::ViewKey(statement.name));
    return Done();
  }
  if (statement.temporary) {
    if (statement.if_exists) return Done();
    throw NotFound("temporary view", statement.name.ToString(), "TABLE_OR_VIEW_NOT_FOUND");
  }
  const QualifiedName name = Name(statement.name);
  if (statement.kind == ObjectKind::kVolume) {
    if (!services_.catalog.FindVolume(name) && statement.if_exists) return Done();
    DropVolume(GetVolume(statement.name).name);
    return Done();
  }
  const auto info = services_.catalog.FindTable(name);
  if (!info) {
    if (statement.if_exists) return Done();
    throw NotFound("table or view", name.ToString(), "TABLE_OR_VIEW_NOT_FOUND");
  }
  CheckIsAsJudged(*info);
  const bool is_view = info->kind == catalog::TableKind::kView;
  if (is_view != (statement.kind == ObjectKind::kView)) {
    throw Error(ErrorCode::kInvalid, name.ToString() + " is a " + (is_view ? "view" : "table") +
                                         "; use DROP " + (is_view ? "VIEW" : "TABLE"))
        .WithCondition("WRONG_COMMAND_FOR_OBJECT_TYPE");
  }
  drop_table(*info);
  return Done();
}

void Preparer::operator()(const sql::CommentOn& statement) {
  if (const auto* view = FindTemporary(state_, statement.kind, statement.name)) {
    throw Error(ErrorCode::kUnsupported,
                "a comment on the temporary view " + view->ToString() +
                    " is not supported; CREATE OR REPLACE TEMPORARY VIEW takes COMMENT");
  }
  RequireManage(statement.kind, statement.name);
}

std::unique_ptr<Result> Executor::operator()(const sql::CommentOn& statement) {
  if (statement.kind == ObjectKind::kCatalog) {
    const std::string name = LowerName(statement.name.parts.back().text);
    auto info = services_.catalog.FindCatalog(name);
    if (!info) throw NotFound("catalog", name, "CATALOG_NOT_FOUND");
    info->comment = statement.comment;
    services_.catalog.UpdateCatalog(*info);
    return Done();
  }
  if (statement.kind == ObjectKind::kSchema) {
    const SchemaName name = SchemaNameOf(statement.name, prepared_.catalog);
    auto info = services_.catalog.FindSchema(name);
    if (!info) throw NotFound("schema", name.ToString(), "SCHEMA_NOT_FOUND");
    info->comment = statement.comment;
    services_.catalog.UpdateSchema(*info);
    return Done();
  }
  if (statement.kind == ObjectKind::kVolume) {
    catalog::VolumeInfo volume = GetVolume(statement.name);
    volume.comment = statement.comment;
    services_.catalog.UpdateVolume(volume);
    return Done();
  }
  if (statement.kind == ObjectKind::kFunction) {
    catalog::FunctionInfo function = GetFunction(statement.name);
    function.comment = statement.comment;
    services_.catalog.UpdateFunction(function);
    return Done();
  }
  catalog::TableInfo info = GetTable(Name(statement.name));
  if (info.kind != catalog::TableKind::kView) {
    ChangeMetadata(info, "SET TBLPROPERTIES",
                   [&](delta::Metadata& metadata) { metadata.description = statement.comment; });
  }
  info.comment = statement.comment;
  services_.catalog.UpdateTable(info);
  return Done();
}

// ALTER CATALOG and ALTER SCHEMA.
void Executor::AlterNamespace(const sql::AlterTable& statement) {
  const auto* owner = std::get_if<sql::AlterTable::SetOwner>(&statement.action);
  if (statement.kind == ObjectKind::kCatalog) {
    const std::string name = LowerName(statement.name.parts.back().text);
    auto info = services_.catalog.FindCatalog(name);
    if (!info) throw NotFound("catalog", name, "CATALOG_NOT_FOUND");
    WEIR_CHECK(owner != nullptr);
    info->owner = owner->owner.text;
    return services_.catalog.UpdateCatalog(*info);
  }
  const SchemaName name = SchemaNameOf(statement.name, prepared_.catalog);
  auto info = services_.catalog.FindSchema(name);
  if (!info) throw NotFound("schema", name.ToString(), "SCHEMA_NOT_FOUND");
  if (owner != nullptr) {
    info->owner = owner->owner.text;
  } else if (const auto* set = std::get_if<sql::AlterTable::SetProperties>(&statement.action)) {
    for (const auto& [key, value] : set->properties) info->properties[key] = value;
  } else if (const auto* unset = std::get_if<sql::AlterTable::UnsetProperties>(&statement.action)) {
    for (const std::string& key : unset->keys) info->properties.erase(key);
  } else {
    throw Error(ErrorCode::kUnsupported,
                "ALTER SCHEMA takes OWNER TO, SET DBPROPERTIES and UNSET DBPROPERTIES")
        .WithCondition("UNSUPPORTED_FEATURE");
  }
  services_.catalog.UpdateSchema(*info);
}

void Preparer::operator()(const sql::Use& statement) {
  const bool is_catalog = statement.kind == ObjectKind::kCatalog;
  const Securable on = SecurableOf(statement.kind, statement.name, options_.catalog, "");
  services_.catalog.Require(principal(), Privilege::kUseCatalog,
                            {SecurableKind::kCatalog, on.catalog, "", ""});
  if (!is_catalog) services_.catalog.Require(principal(), Privilege::kUseSchema, on);
}

std::unique_ptr<Result> Executor::operator()(const sql::Use& statement) {
  if (statement.kind == ObjectKind::kCatalog) {
    const std::string name = LowerName(statement.name.parts.back().text);
    if (!services_.catalog.FindCatalog(name)) throw NotFound("catalog", name, "CATALOG_NOT_FOUND");
    options_.catalog = name;
    options_.schema = "default";
    return Done();
  }
  const SchemaName name = SchemaNameOf(statement.name, options_.catalog);
  if (!services_.catalog.FindSchema(name)) {
    throw NotFound("schema", name.ToString(), "SCHEMA_NOT_FOUND");
  }
  options_.catalog = name.catalog;
  options_.schema = name.schema;
  return Done();
}

void Preparer::operator()(const sql::Grant& statement) {
  for (const std::string& name : statement.privileges) {
    if (!catalog::ParsePrivilege(name)) {
      throw Error(ErrorCode::kInvalid, "there is no privilege " + name)
          .WithCondition("INVALID_PRIVILEGE");
    }
  }
  RequireManage(statement.kind, statement.name);
}

std::unique_ptr<Result> Executor::operator()(const sql::Grant& statement) {
  const Securable on =
      SecurableOf(statement.kind, statement.name, prepared_.catalog, prepared_.schema);
  if (on.kind == SecurableKind::kTable) GetTable({on.catalog, on.schema, on.table});
  if (on.kind == SecurableKind::kVolume) GetVolume(statement.name);
  if (on.kind == SecurableKind::kFunction) GetFunction(statement.name);
  for (const std::string& name : statement.privileges) {
    if (statement.revoke) {
      services_.catalog.Revoke(statement.principal, *catalog::ParsePrivilege(name), on);
    } else {
      services_.catalog.Grant(statement.principal, *catalog::ParsePrivilege(name), on);
    }
  }
  return Done();
}

}  // namespace weir::session
