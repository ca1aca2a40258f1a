#include "weir/session/stream_clock.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::session {

StreamClock StreamClock::FromJson(const std::string& json, const std::string& where) {
  const Json members = ParseJson(json, where);
  StreamClock clock;
  try {
    clock.ended_ms_ = members.at("ended").get<int64_t>();
    clock.now_ms_ = members.at("now").get<int64_t>();
    for (const Json& one : members.at("reached")) {
      clock.reached_ms_.push_back(one.is_null() ? std::nullopt : std::optional(one.get<int64_t>()));
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + " is damaged", error.what());
  }
  return clock;
}

std::string StreamClock::ToJson() const {
  Json reached = Json::array();
  for (const auto& one : reached_ms_) reached.push_back(one ? Json(*one) : Json());
  return Json{{"ended", ended_ms_}, {"now", now_ms_}, {"reached", std::move(reached)}}.dump();
}

StreamClock StreamClock::After(const std::vector<std::optional<int64_t>>& reached_ms,
                               bool latest) const {
  StreamClock after = *this;
  after.reached_ms_.resize(reached_ms.size());
  std::optional<int64_t> chosen;
  for (size_t i = 0; i < reached_ms.size(); ++i) {
    auto& reached = after.reached_ms_[i];
    if (reached_ms[i]) reached = std::max(reached.value_or(*reached_ms[i]), *reached_ms[i]);
    // A stream that gave nothing yet may still give anything.
    const int64_t one = reached.value_or(0);
    const int64_t before = chosen.value_or(one);
    chosen = latest ? std::max(before, one) : std::min(before, one);
  }
  after.ended_ms_ = now_ms_;
  if (chosen) after.now_ms_ = std::max(now_ms_, *chosen);
  return after;
}

}  // namespace weir::session
