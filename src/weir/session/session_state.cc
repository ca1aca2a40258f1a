#include "weir/session/session_state.h"

#include "weir/types/diagnostic.h"

namespace weir::session {

std::string TemporaryView::ToString() const {
  std::string text;
  for (const std::string& part : qualifier) text += (text.empty() ? "" : ".") + QuoteName(part);
  return text;
}

std::optional<std::string> SessionState::ViewKey(const sql::Name& name) {
  if (name.parts.size() == 1) return LowerName(name.parts[0].text);
  if (name.parts.size() != 2 || LowerName(name.parts[0].text) != kGlobalSchema) return std::nullopt;
  return std::string(kGlobalSchema) + "." + LowerName(name.parts[1].text);
}

const TemporaryView* SessionState::FindView(const sql::Name& name) const {
  const auto key = ViewKey(name);
  return key ? FindView(*key) : nullptr;
}

const TemporaryView* SessionState::FindView(const std::string& key) const {
  const auto found = views_.find(key);
  return found == views_.end() ? nullptr : &found->second;
}

void SessionState::PutView(const std::string& key, TemporaryView view) {
  views_.insert_or_assign(key, std::move(view));
  ++revision_;
}

void SessionState::DropView(const std::string& key) {
  views_.erase(key);
  ++revision_;
}

std::vector<std::string> SessionState::Cycle(const std::string& key,
                                             const TemporaryNames& temporaries) const {
  std::map<std::string, std::string> reader;  // Of each view that was met: who led to it.
  std::vector<std::string> next;
  const auto meet = [&](const std::set<std::string>& read, const std::string& by) {
    for (const std::string& name : read) {
      if (reader.emplace(name, by).second) next.push_back(name);
    }
  };
  meet(temporaries.views, key);
  while (!next.empty() && !reader.contains(key)) {
    const std::string name = std::move(next.back());
    next.pop_back();
    if (const TemporaryView* const view = FindView(name)) meet(view->temporaries.views, name);
  }
  if (!reader.contains(key)) return {};
  std::vector<std::string> cycle{key};
  do {
    cycle.insert(cycle.begin(), reader.at(cycle.front()));
  } while (cycle.front() != key);
  return cycle;
}

std::optional<std::string> SessionState::VariableKey(const sql::Name& name) {
  const auto& parts = name.parts;
  const size_t n = parts.size();
  const bool in_session = n == 1 || (n <= 3 && LowerName(parts[n - 2].text) == "session");
  if (!in_session || (n == 3 && LowerName(parts[0].text) != "system")) return std::nullopt;
  return LowerName(parts.back().text);
}

const Variable* SessionState::FindVariable(const std::string& key) const {
  const auto found = variables_.find(key);
  return found == variables_.end() ? nullptr : &found->second;
}

void SessionState::PutVariable(const std::string& key, Variable variable) {
  variables_.insert_or_assign(key, std::move(variable));
  ++revision_;
}

void SessionState::DropVariable(const std::string& key) {
  variables_.erase(key);
  ++revision_;
}

void SessionState::Set(const std::string& key, const std::string& value) {
  settings_[key] = value;
  ++revision_;
}

void SessionState::Reset(const std::string& key) {
  settings_.erase(key);
  ++revision_;
}

void SessionState::ResetAll() {
  settings_.clear();
  ++revision_;
}

}  // namespace weir::session
