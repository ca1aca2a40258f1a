#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/dataset_table.h"
#include "weir/session/refusal.h"
#include "weir/session/session.h"
#include "weir/session/table_keys.h"

// PRIMARY KEY and FOREIGN KEY of the datasets of pipelines.
namespace weir::session {

using catalog::KeyInfo;
using catalog::QualifiedName;

namespace {

bool SameKey(const KeyInfo& left, const KeyInfo& right) {
  return left.name == right.name && left.columns == right.columns && left.parent == right.parent &&
         left.parent_key == right.parent_key && left.parent_columns == right.parent_columns &&
         left.options == right.options;
}

bool Has(const std::vector<KeyInfo>& keys, const KeyInfo& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const auto& one) { return SameKey(one, key); });
}

// The keys of a pipeline's datasets, as their definitions say them.
class DefinedKeys {
 public:
  DefinedKeys(const Services& services, const PipelineScope& scope)
      : services_(services), scope_(scope) {}

  // Those that can be told: not a foreign key to a dataset that is not known.
  std::vector<KeyInfo> Of(const Dataset& dataset, const Schema& columns) const {
    return From(dataset, columns, [&](const sql::KeyDefinition& key) {
      const Dataset* parent = ParentIn(dataset, key);
      return parent == nullptr || scope_.schemas.contains(parent->name);
    });
  }

  // Those that the catalog can have by now: with a foreign key comes the key that it refers to.
  std::vector<KeyInfo> ThatMayBePut(const Dataset& dataset, const Schema& columns) const {
    return From(dataset, columns, [&](const sql::KeyDefinition& key) {
      const Dataset* parent = ParentIn(dataset, key);
      return parent == nullptr || IsThere(*parent);
    });
  }

  bool Refers(const Dataset& dataset, const Dataset& parent) const {
    if (dataset.clauses() == nullptr) return false;
    const auto& keys = dataset.clauses()->keys;
    return std::any_of(keys.begin(), keys.end(), [&](const sql::KeyDefinition& key) {
      return ParentIn(dataset, key) == &parent;
    });
  }

 private:
  // The other dataset that a foreign key refers to; null: none.
  const Dataset* ParentIn(const Dataset& dataset, const sql::KeyDefinition& key) const {
    if (!key.parent) return nullptr;
    const auto at = scope_.datasets.find(scope_.Qualify(*key.parent));
    const bool is_other = at != scope_.datasets.end() && at->second->IsTable() &&
                          at->second->sink == nullptr && at->second != &dataset;
    return is_other ? at->second : nullptr;
  }

  std::optional<KeyParent> Planned(const QualifiedName& name) const {
    const auto dataset = scope_.datasets.find(name);
    const auto columns = scope_.schemas.find(name);
    if (dataset == scope_.datasets.end() || columns == scope_.schemas.end() ||
        dataset->second->clauses() == nullptr) {
      return std::nullopt;
    }
    KeyParent parent{columns->second, std::nullopt};
    const auto primary = From(*dataset->second, columns->second,
                              [](const sql::KeyDefinition& key) { return !key.parent; });
    if (!primary.empty()) parent.primary = primary.front();
    return parent;
  }

  // Whether the catalog has its primary key as it is defined.
  bool IsThere(const Dataset& parent) const {
    const auto info = FindDatasetTable(services_, scope_, parent);
    const auto planned = Planned(parent.name);
    return info && planned && planned->primary &&
           Has(services_.catalog.KeysOf(info->id), *planned->primary);
  }

  template <typename Choice>
  std::vector<KeyInfo> From(const Dataset& dataset, const Schema& columns,
                            const Choice& takes) const {
    std::vector<const sql::KeyDefinition*> chosen;
    for (const sql::KeyDefinition& key : dataset.clauses()->keys) {
      if (takes(key)) chosen.push_back(&key);
    }
    return KeysFrom(services_,
                    {dataset.name, columns, scope_.catalog, scope_.schema,
                     [this](const QualifiedName& name) { return Planned(name); }},
                    chosen);
  }

  const Services& services_;
  const PipelineScope& scope_;
};

// Puts a key that another flow of the update may put at the same moment.
void PutKey(catalog::Catalog& catalog, const std::string& table_id, const KeyInfo& key) {
  try {
    catalog.AddKey(table_id, key);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kExists || !Has(catalog.KeysOf(table_id), key)) throw;
  }
}

void PutKeys(const Services& services, const catalog::TableInfo& info,
             const std::vector<KeyInfo>& wanted) {
  const auto there = services.catalog.KeysOf(info.id);
  for (const KeyInfo& key : there) {
    if (!Has(wanted, key)) services.catalog.DropKey(info.id, key.name);
  }
  for (const KeyInfo& key : wanted) {
    if (!Has(there, key)) PutKey(services.catalog, info.id, key);
  }
}

}  // namespace

Diagnostics Session::CheckKeys(const PipelineScope& scope, const Dataset& dataset,
                               const Schema& schema) {
  if (dataset.clauses() == nullptr || dataset.clauses()->keys.empty()) return {};
  try {
    RecordingRefusals(services_, options_.principal, dataset.WrittenObject(), [&] {
      for (const sql::KeyDefinition& key : dataset.clauses()->keys) {
        if (!key.parent || scope.datasets.contains(scope.Qualify(*key.parent))) continue;
        services_.catalog.RequireTable(options_.principal, catalog::Privilege::kSelect,
                                       scope.Qualify(*key.parent));
      }
    });
    DefinedKeys(services_, scope).Of(dataset, schema);
    return {};
  } catch (const DiagnosticError& error) {
    return error.diagnostics();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) throw;
    return {AsDiagnostic(error, dataset.span)};
  }
}

void Session::EnsureKeys(const PipelineScope& scope, const Dataset& dataset, const Schema& schema) {
  const auto info = FindDatasetTable(services_, scope, dataset);
  if (!info || !dataset.IsTable() || dataset.sink != nullptr) return;
  const DefinedKeys defined(services_, scope);
  PutKeys(services_, *info, defined.ThatMayBePut(dataset, schema));
  // Tables that were made before this one could not refer to it then.
  for (const auto& [name, other] : scope.datasets) {
    const auto columns = scope.schemas.find(name);
    if (other == &dataset || columns == scope.schemas.end() || !defined.Refers(*other, dataset)) {
      continue;
    }
    const auto child = FindDatasetTable(services_, scope, *other);
    if (!child || child->pipeline_id != scope.pipeline_id) continue;
    PutKeys(services_, *child, defined.ThatMayBePut(*other, columns->second));
  }
}

std::vector<std::string> KeyChanges(const Services& services, const PipelineScope& scope,
                                    const Dataset& dataset, const catalog::TableInfo& info,
                                    const Schema& schema) {
  const auto there = services.catalog.KeysOf(info.id);
  const auto wanted = DefinedKeys(services, scope).Of(dataset, schema);
  std::vector<std::string> changes;
  for (const KeyInfo& key : there) {
    if (!Has(wanted, key)) changes.push_back("the key " + QuoteName(key.name) + " goes");
  }
  for (const KeyInfo& key : wanted) {
    if (!Has(there, key)) {
      changes.push_back("the key " + QuoteName(key.name) + " is added: " + KeyText(key));
    }
  }
  return changes;
}

}  // namespace weir::session
