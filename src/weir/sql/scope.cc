#include "weir/sql/scope.h"

#include <algorithm>
#include <utility>

#include "weir/base/edit_distance.h"

namespace weir::sql {

namespace {

constexpr size_t kIndexFrom = 8;  // Columns; fewer are looked through.

PlanColumn ColumnAt(const ScopeEntry& entry, size_t position) {
  PlanColumn column = entry.relation->columns()[position];
  column.nullable |= entry.nullable;
  return column;
}

bool IsMerged(const ScopeEntry& entry, size_t position) {
  return position < entry.merged.size() && entry.merged[position];
}

std::string QualifiedName(const ScopeEntry& entry, size_t position) {
  std::string text;
  for (const std::string& part : entry.relation->qualifier()) text += QuoteName(part) + ".";
  return text + QuoteName(entry.relation->columns()[position].name);
}

}  // namespace

ScopeRelation::ScopeRelation(std::vector<std::string> qualifier, std::vector<PlanColumn> columns,
                             std::optional<size_t> visible)
    : qualifier_(std::move(qualifier)),
      columns_(std::move(columns)),
      visible_(visible.value_or(columns_.size())) {
  for (const std::string& part : qualifier_) lower_qualifier_.push_back(LowerName(part));
  if (columns_.size() < kIndexFrom) return;
  index_.reserve(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) index_.emplace(LowerName(columns_[i].name), i);
}

bool ScopeRelation::Matches(const std::vector<std::string>& parts, size_t count) const {
  if (count > lower_qualifier_.size()) return false;
  return std::equal(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(count),
                    lower_qualifier_.end() - static_cast<ptrdiff_t>(count));
}

void ScopeRelation::Find(const std::string& name, std::vector<size_t>& positions) const {
  if (columns_.size() < kIndexFrom) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (LowerName(columns_[i].name) == name) positions.push_back(i);
    }
    return;
  }
  const auto [begin, end] = index_.equal_range(name);
  for (auto entry = begin; entry != end; ++entry) positions.push_back(entry->second);
  std::sort(positions.begin(), positions.end());
}

void Scope::Add(std::shared_ptr<const ScopeRelation> relation) {
  entries.push_back({std::move(relation), false, {}});
}

void Scope::Append(const Scope& other, bool nullable) {
  for (ScopeEntry entry : other.entries) {
    entry.nullable |= nullable;
    entries.push_back(std::move(entry));
  }
  unknown |= other.unknown;
}

void Scope::MakeNullable() {
  for (ScopeEntry& entry : entries) entry.nullable = true;
}

void Scope::FindQualified(const std::vector<std::string>& parts, size_t qualifiers,
                          std::vector<std::pair<const ScopeEntry*, size_t>>& found) const {
  std::vector<size_t> positions;
  for (const ScopeEntry& entry : entries) {
    if (qualifiers > 0 && !entry.relation->Matches(parts, qualifiers)) continue;
    positions.clear();
    entry.relation->Find(parts[qualifiers], positions);
    for (size_t position : positions) {
      if (qualifiers == 0 && IsMerged(entry, position)) continue;
      const ColumnId id = entry.relation->columns()[position].id;
      const bool known = std::any_of(found.begin(), found.end(), [&](const auto& other) {
        return other.first->relation->columns()[other.second].id == id;
      });
      if (!known) found.emplace_back(&entry, position);
    }
  }
}

ScopeLookup Scope::Find(const std::vector<std::string>& parts) const {
  std::vector<std::pair<const ScopeEntry*, size_t>> found;
  for (size_t qualifiers = parts.size(); qualifiers-- > 0;) {
    FindQualified(parts, qualifiers, found);
    if (found.empty()) continue;
    if (found.size() == 1) {
      return ScopeMatch{ColumnAt(*found[0].first, found[0].second), qualifiers + 1};
    }
    ScopeAmbiguity ambiguity;
    for (const auto& [entry, position] : found) {
      ambiguity.candidates.push_back(QualifiedName(*entry, position));
    }
    return ambiguity;
  }
  return std::monostate{};
}

std::optional<std::vector<PlanColumn>> Scope::Star(
    const std::vector<std::string>& qualifier) const {
  std::vector<PlanColumn> columns;
  bool found = qualifier.empty();
  for (const ScopeEntry& entry : entries) {
    if (!qualifier.empty() && !entry.relation->Matches(qualifier, qualifier.size())) continue;
    found = true;
    for (size_t i = 0; i < entry.relation->visible(); ++i) {
      if (qualifier.empty() && IsMerged(entry, i)) continue;
      columns.push_back(ColumnAt(entry, i));
    }
  }
  if (!found) return std::nullopt;
  return columns;
}

std::vector<std::string> Scope::Suggestions(const std::string& name) const {
  constexpr size_t kMost = 5;
  std::vector<std::pair<size_t, std::string>> ranked;
  const std::string lower = LowerName(name);
  for (const ScopeEntry& entry : entries) {
    for (size_t i = 0; i < entry.relation->visible(); ++i) {
      if (IsMerged(entry, i)) continue;
      const std::string& column = entry.relation->columns()[i].name;
      std::string text = QuoteName(column);
      if (entries.size() > 1 && !entry.relation->qualifier().empty()) {
        text = QuoteName(entry.relation->qualifier().back()) + "." + text;
      }
      ranked.emplace_back(EditDistance(lower, LowerName(column)), std::move(text));
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<std::string> names;
  for (size_t i = 0; i < ranked.size() && i < kMost; ++i) {
    names.push_back(std::move(ranked[i].second));
  }
  return names;
}

std::vector<std::string> LowerParts(const Name& name) {
  std::vector<std::string> parts;
  parts.reserve(name.parts.size());
  for (const Identifier& part : name.parts) parts.push_back(LowerName(part.text));
  return parts;
}

}  // namespace weir::sql
