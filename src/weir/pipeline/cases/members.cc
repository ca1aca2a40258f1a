#include "weir/pipeline/cases/members.h"

#include "weir/types/parse_text.h"

namespace weir::pipeline {

Members::Members(const Cell& cell, std::string what, Diagnostics& diagnostics,
                 const std::string& hint)
    : cell_(cell),
      what_(std::move(what)),
      diagnostics_(diagnostics),
      is_good_(cell.kind == Cell::Kind::kMembers) {
  if (is_good_) return;
  diagnostics_.push_back(
      CaseProblem(cell.span, what_ + " must be keys and values, not " + cell.KindName(), hint));
}

const Cell* Members::Find(const std::string& key) {
  asked_.insert(key);
  const Cell* found = nullptr;
  for (size_t i = 0; i < cell_.names.size(); ++i) {
    if (cell_.names[i].text != key) continue;
    if (found != nullptr) {
      diagnostics_.push_back(CaseProblem(cell_.names[i].span, "`" + key + "` stands twice"));
    }
    found = &cell_.items[i];
  }
  return found;
}

std::optional<Cell> Members::Text(const std::string& key) {
  const Cell* found = Find(key);
  if (found == nullptr) return std::nullopt;
  if (found->IsText()) return *found;
  diagnostics_.push_back(CaseProblem(
      found->span, "`" + key + "` must be a text, not " + std::string(found->KindName())));
  return std::nullopt;
}

std::optional<int64_t> Members::Count(const std::string& key) {
  const auto text = Text(key);
  if (!text) return std::nullopt;
  const auto count = ParseLong(text->text);
  if (count && *count >= 0) return count;
  diagnostics_.push_back(
      CaseProblem(text->span, "`" + key + "` must be a number of rows, not " + text->text));
  return std::nullopt;
}

bool Members::Flag(const std::string& key) {
  const auto text = Text(key);
  if (!text || text->text == "true" || text->text == "false") return text && text->text == "true";
  diagnostics_.push_back(
      CaseProblem(text->span, "`" + key + "` must be true or false, not " + text->text));
  return false;
}

void Members::RefuseOthers() const {
  std::string known;
  for (const std::string& key : asked_) known += (known.empty() ? "" : ", ") + key;
  for (const Cell& name : cell_.names) {
    if (asked_.count(name.text)) continue;
    diagnostics_.push_back(CaseProblem(name.span, "unknown key `" + name.text + "` in " + what_,
                                       "known keys: " + known));
  }
}

}  // namespace weir::pipeline
