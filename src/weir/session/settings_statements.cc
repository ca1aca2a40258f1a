#include "weir/base/error.h"
#include "weir/session/delta_settings.h"
#include "weir/session/rows.h"
#include "weir/session/session_zone.h"
#include "weir/session/statement.h"

// SET and RESET.
namespace weir::session {
namespace {

// What changes results, and the one value that weir has. Keys in lower case.
const std::map<std::string, std::string>& FixedSettings() {
  static const std::map<std::string, std::string> kSettings = {
      {"spark.sql.ansi.enabled", "true"},
      {"spark.sql.casesensitive", "false"},
      {"spark.sql.crossjoin.enabled", "true"},
      {"spark.sql.decimaloperations.allowprecisionloss", "true"},
      {"spark.sql.function.concatbinaryasstring", "false"},
      {"spark.sql.function.eltoutputasstring", "false"},
      {"spark.sql.groupbyaliases", "true"},
      {"spark.sql.groupbyordinal", "true"},
      {"spark.sql.legacy.allowparameterlesscount", "false"},
      {"spark.sql.legacy.allowstarwithsingletableidentifierincount", "false"},
      {"spark.sql.legacy.nullinemptylistbehavior", "false"},
      {"spark.sql.legacy.setopsprecedence.enabled", "false"},
      {"spark.sql.orderbyordinal", "true"},
      {"spark.sql.prioritizeordinalresolutioninsort.enabled", "true"},
      {"spark.sql.storeassignmentpolicy", "ANSI"},
  };
  return kSettings;
}

bool IsOverwriteMode(const std::string& key) { return LowerName(key) == kOverwriteMode; }

// What is kept under: Spark's own key is one however it is spelt.
std::string SettingKeyOf(const std::string& key) {
  return IsOverwriteMode(key) ? kOverwriteMode : key;
}

bool IsZone(const std::string& key) { return LowerName(key) == LowerName(kZoneKey); }

// How Spark finds a result, never what it is; weir has its own ways.
bool IsAboutSpeed(const std::string& key) {
  if (key.find("legacy") != std::string::npos) return false;
  for (const char* const prefix :
       {"spark.sql.adaptive.", "spark.sql.optimizer.", "spark.sql.cbo.", "spark.sql.codegen.",
        "spark.sql.statistics.", "spark.sql.inmemorycolumnarstorage.", "spark.sql.join.",
        "spark.sql.shuffle.", "spark.sql.exchange.", "spark.sql.files.maxpartition",
        "spark.sql.files.minpartition", "spark.sql.files.opencost"}) {
    if (key.starts_with(prefix)) return true;
  }
  return key == "spark.sql.autobroadcastjointhreshold" || key == "spark.sql.broadcasttimeout";
}

// A user's own key: nothing of Spark's.
bool IsOwn(const std::string& key) { return !key.starts_with("spark.") && key != "spark"; }

Error UnknownSetting(const std::string& key) {
  return Error(ErrorCode::kUnsupported,
               "there is no setting `" + key +
                   "`; weir knows spark.sql.ansi.enabled and spark.sql.session.timeZone, takes "
                   "those of Delta's maintenance and of Spark's optimizer, which change no result, "
                   "and keys of your own")
      .WithCondition("CONFIG_NOT_AVAILABLE");
}

void CheckIsKnown(const std::string& key) {
  const std::string lower = LowerName(key);
  if (!IsZone(key) && !IsOverwriteMode(key) && !FixedSettings().contains(lower) &&
      !IsAboutSpeed(lower) && !IsOwn(lower) && FindDeltaSetting(key) == nullptr) {
    throw UnknownSetting(key);
  }
}

// `SET x = 1` of a variable means the variable, most likely.
void CheckIsNoVariable(const SessionState& state, const std::string& key) {
  sql::Name name;
  for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = key.find('.', begin);
    name.parts.push_back({key.substr(begin, end - begin), {}});
  }
  const auto variable = SessionState::VariableKey(name);
  if (!variable || state.FindVariable(*variable) == nullptr) return;
  throw Error(ErrorCode::kInvalid, "`" + key + "` is a variable; SET VARIABLE " + key +
                                       " = ... gives it a value, SET is for settings")
      .WithCondition("UNSUPPORTED_FEATURE.SET_VARIABLE_USING_SET");
}

}  // namespace

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  for (const auto& [name, value] : FixedSettings()) names.push_back(name);
  names.push_back(kZoneKey);
  names.push_back(kOverwriteMode);
  for (std::string& name : DeltaSettingNames()) names.push_back(std::move(name));
  return names;
}

void CheckSetting(const Services& services, const std::string& key, const std::string& value) {
  CheckIsKnown(key);
  if (IsZone(key)) {
    ZoneNamed(services, value);
    return;
  }
  if (IsOverwriteMode(key)) {
    if (LowerName(value) == "static" || LowerName(value) == "dynamic") return;
    throw Error(ErrorCode::kInvalid, "`" + key + "` is static or dynamic, not '" + value + "'")
        .WithCondition("INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS");
  }
  if (const DeltaSetting* const setting = FindDeltaSetting(key)) {
    return CheckDeltaSetting(*setting, value);
  }
  const auto fixed = FixedSettings().find(LowerName(key));
  if (fixed == FixedSettings().end() || LowerName(value) == LowerName(fixed->second)) return;
  const auto is_flag = [](const std::string& text) { return text == "true" || text == "false"; };
  if (is_flag(fixed->second) && !is_flag(LowerName(value))) {
    throw Error(ErrorCode::kInvalid, "`" + key + "` is true or false, not '" + value + "'")
        .WithCondition("INVALID_CONF_VALUE.TYPE_MISMATCH");
  }
  throw Error(ErrorCode::kUnsupported,
              "`" + key + "` can only be " + fixed->second + " yet, not " + value)
      .WithCondition("CONFIG_NOT_AVAILABLE");
}

void Session::CheckSetting(const std::string& key, const std::string& value) const {
  session::CheckSetting(services_, key, value);
}

void Preparer::operator()(const sql::SetConfig& statement) {
  if (statement.key.empty()) return;
  if (!statement.value) return CheckIsKnown(statement.key);
  CheckIsNoVariable(state_, statement.key);
  const std::string& value = statement.is_local_zone ? options_.local_zone : *statement.value;
  CheckSetting(services_, statement.key, value);
}

std::unique_ptr<Result> Executor::operator()(const sql::SetConfig& statement) {
  const Schema columns = TextColumns({"key", "value"});
  if (statement.key.empty()) {
    auto all = FixedSettings();
    all[kZoneKey] = options_.zone->name();
    all.insert(state_.settings().begin(), state_.settings().end());
    std::vector<std::vector<Value>> rows;
    for (const auto& [key, value] : all) rows.push_back({Text(key), Text(value)});
    return RowsResult(id_, columns, rows);
  }
  if (IsZone(statement.key)) {
    if (statement.value) {
      SetZone(
          ZoneNamed(services_, statement.is_local_zone ? options_.local_zone : *statement.value));
    }
    return RowsResult(id_, columns, {{Text(kZoneKey), Text(options_.zone->name())}});
  }
  const auto fixed = FixedSettings().find(LowerName(statement.key));
  if (fixed != FixedSettings().end()) {
    return RowsResult(id_, columns, {{Text(statement.key), Text(fixed->second)}});
  }
  if (const DeltaSetting* const setting = FindDeltaSetting(statement.key)) {
    if (statement.value) state_.Set(std::string(setting->key), *statement.value);
    return RowsResult(id_, columns,
                      {{Text(statement.key), Text(DeltaSettingIn(state_, setting->key))}});
  }
  const std::string key = SettingKeyOf(statement.key);
  if (statement.value) state_.Set(key, *statement.value);
  const auto found = state_.settings().find(key);
  const std::string value = found == state_.settings().end() ? "<undefined>" : found->second;
  return RowsResult(id_, columns, {{Text(statement.key), Text(value)}});
}

void Preparer::operator()(const sql::ResetConfig& statement) {
  if (statement.key) CheckIsKnown(*statement.key);
}

// What was prepared under another zone is prepared again.
void Executor::SetZone(TimeZonePtr zone) {
  options_.zone = std::move(zone);
  state_.Touch();
}

std::unique_ptr<Result> Executor::operator()(const sql::ResetConfig& statement) {
  if (!statement.key || IsZone(*statement.key)) SetZone(options_.first_zone);
  if (statement.key) {
    const DeltaSetting* const setting = FindDeltaSetting(*statement.key);
    state_.Reset(setting != nullptr ? std::string(setting->key) : SettingKeyOf(*statement.key));
  } else {
    state_.ResetAll();
  }
  return Done();
}

}  // namespace weir::session
