#include <optional>
#include <string>

#include "weir/base/json.h"
#include "weir/connect/files/file_events.h"

namespace weir::connect {

namespace {

int DigitOfHex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// As forms are encoded: S3's own events have keys so.
std::string FormDecoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? DigitOfHex(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : DigitOfHex(text[i + 2]);
    if (low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

std::optional<std::vector<ObjectEvent>> EventsIn(const Json& json, bool may_be_wrapped);

std::vector<ObjectEvent> FromS3(const Json& records) {
  std::vector<ObjectEvent> events;
  for (const Json& record : records) {
    const std::string name = record.value("eventName", "");
    const bool is_new = name.starts_with("ObjectCreated:") || name.starts_with("s3:ObjectCreated:");
    events.push_back({record.at("s3").at("bucket").at("name").get<std::string>(),
                      FormDecoded(record.at("s3").at("object").at("key").get<std::string>()),
                      is_new});
  }
  return events;
}

std::vector<ObjectEvent> FromEventBridge(const Json& json) {
  const Json& detail = json.at("detail");
  return {{detail.at("bucket").at("name").get<std::string>(),
           detail.at("object").at("key").get<std::string>(),
           json.at("detail-type").get<std::string>() == "Object Created"}};
}

std::optional<std::vector<ObjectEvent>> EventsIn(const Json& json, bool may_be_wrapped) {
  if (!json.is_object()) return std::nullopt;
  if (json.contains("Records")) return FromS3(json["Records"]);
  if (json.value("source", "") == "aws.s3" && json.contains("detail")) return FromEventBridge(json);
  // What the service says once, to see whether it may.
  if (json.value("Event", "") == "s3:TestEvent") return std::vector<ObjectEvent>();
  if (!may_be_wrapped || !json.contains("Message")) return std::nullopt;
  return EventsIn(Json::parse(json["Message"].get<std::string>(), nullptr, false), false);
}

}  // namespace

std::optional<std::vector<ObjectEvent>> ParseObjectEvents(std::string_view message) {
  try {
    return EventsIn(Json::parse(message, nullptr, false), true);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace weir::connect
