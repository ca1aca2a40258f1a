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

const TemporaryNames* SessionState::ReadBy(const Node& node) const {
  if (node.is_function) {
    const TemporaryFunction* const function = FindFunction(node.key);
    return function == nullptr ? nullptr : &function->temporaries;
  }
  const TemporaryView* const view = FindView(node.key);
  return view == nullptr ? nullptr : &view->temporaries;
}

std::vector<std::string> SessionState::Cycle(const Node& node,
                                             const TemporaryNames& temporaries) const {
  std::map<Node, Node> reader;  // Of each that was met: who led to it.
  std::vector<Node> next;
  const auto meet = [&](const TemporaryNames& read, const Node& by) {
    const auto meet_one = [&](Node one) {
      if (reader.emplace(one, by).second) next.push_back(std::move(one));
    };
    for (const std::string& name : read.views) meet_one({false, name});
    for (const std::string& name : read.functions) meet_one({true, name});
  };
  meet(temporaries, node);
  while (!next.empty() && !reader.contains(node)) {
    const Node one = std::move(next.back());
    next.pop_back();
    if (const TemporaryNames* const read = ReadBy(one)) meet(*read, one);
  }
  if (!reader.contains(node)) return {};
  std::vector<Node> cycle{node};
  do {
    cycle.insert(cycle.begin(), reader.at(cycle.front()));
  } while (cycle.front() != node);
  std::vector<std::string> keys;
  for (Node& one : cycle) keys.push_back(std::move(one.key));
  return keys;
}

std::vector<std::string> SessionState::CycleOfView(const std::string& key,
                                                   const TemporaryNames& temporaries) const {
  return Cycle({false, key}, temporaries);
}

std::vector<std::string> SessionState::CycleOfFunction(const std::string& key,
                                                       const TemporaryNames& temporaries) const {
  return Cycle({true, key}, temporaries);
}

const TemporaryFunction* SessionState::FindFunction(const std::string& key) const {
  const auto found = functions_.find(key);
  return found == functions_.end() ? nullptr : &found->second;
}

void SessionState::PutFunction(const std::string& key, TemporaryFunction function) {
  functions_.insert_or_assign(key, std::move(function));
  ++revision_;
}

void SessionState::DropFunction(const std::string& key) {
  functions_.erase(key);
  ++revision_;
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
