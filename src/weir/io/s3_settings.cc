#include "weir/io/s3_settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "weir/base/error.h"
#include "weir/io/aws_sources.h"

namespace weir::io {
namespace {

constexpr std::string_view kBucketSettings[] = {
    "region",    "endpoint_url",      "addressing_style",      "profile",
    "anonymous", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"};

constexpr const char* kBucketSection = "bucket ";

[[noreturn]] void RefuseSetting(const std::string& file, int line, const std::string& why) {
  throw Error(ErrorCode::kInvalid, file + ":" + std::to_string(line) + ": " + why);
}

void CheckBucketSection(const IniSection& section, const std::string& file) {
  for (const auto& [name, value] : section.values) {
    if (std::find(std::begin(kBucketSettings), std::end(kBucketSettings), name) ==
        std::end(kBucketSettings)) {
      RefuseSetting(file, value.line, "there is no setting '" + name + "' of a bucket");
    }
    if (name == "endpoint_url" && !value.text.starts_with("http://") &&
        !value.text.starts_with("https://")) {
      RefuseSetting(file, value.line, "endpoint_url has to begin with https:// or http://");
    }
    if (name == "addressing_style" && value.text != "auto" && value.text != "path" &&
        value.text != "virtual") {
      RefuseSetting(file, value.line, "addressing_style is auto, path or virtual");
    }
    if (name == "anonymous" && value.text != "true" && value.text != "false") {
      RefuseSetting(file, value.line, "anonymous is true or false");
    }
  }
  if (section.Get("aws_access_key_id").empty() != section.Get("aws_secret_access_key").empty()) {
    RefuseSetting(file, section.line,
                  "[" + section.name +
                      "] has one of aws_access_key_id and aws_secret_access_key "
                      "without the other");
  }
}

uint64_t CacheBytesOf(const IniSection& section, const std::string& file) {
  for (const auto& [name, value] : section.values) {
    if (name != "size") RefuseSetting(file, value.line, "there is no setting '" + name + "' here");
  }
  const auto found = section.values.find("size");
  if (found == section.values.end()) RefuseSetting(file, section.line, "[cache] has no size");
  const std::string& text = found->second.text;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  unit.erase(0, unit.find_first_not_of(' ') == std::string::npos ? unit.size()
                                                                 : unit.find_first_not_of(' '));
  const int shift = unit.empty() || unit == "B" ? 0
                    : unit == "KiB"             ? 10
                    : unit == "MiB"             ? 20
                    : unit == "GiB"             ? 30
                    : unit == "TiB"             ? 40
                                                : -1;
  if (error != std::errc() || shift < 0 || number > (uint64_t{1} << (62 - shift))) {
    RefuseSetting(file, found->second.line, "size is a number of bytes, or of KiB, MiB, GiB, TiB");
  }
  return number << shift;
}

void CheckIsPrivate(const std::string& file, const IniSection& section) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || (status.st_mode & 077) == 0) return;
  RefuseSetting(file, section.line,
                "it holds keys, and others than its owner may open it; chmod 600 " + file);
}

S3Addressing AddressingOf(const std::string& text) {
  if (text == "path") return S3Addressing::kPath;
  if (text == "virtual") return S3Addressing::kVirtualHost;
  return S3Addressing::kAuto;
}

// The first that is set.
std::string FirstOf(std::initializer_list<std::optional<std::string>> choices) {
  for (const auto& choice : choices) {
    if (choice && !choice->empty()) return *choice;
  }
  return "";
}

}  // namespace

S3Settings::S3Settings(const std::string& file, Environment environment)
    : environment_(std::move(environment)) {
  const auto text = ReadSmallFile(file);
  if (!text) return;
  sections_ = ParseIni(*text, file);
  Check(file);
}

void S3Settings::Check(const std::string& file) {
  for (size_t i = 0; i < sections_.size(); ++i) {
    const IniSection& section = sections_[i];
    for (size_t k = 0; k < i; ++k) {
      if (sections_[k].name == section.name) {
        RefuseSetting(file, section.line, "[" + section.name + "] is there twice");
      }
    }
    if (section.name == "cache") {
      cache_bytes_ = CacheBytesOf(section, file);
    } else if (section.name == "*" || section.name.starts_with(kBucketSection)) {
      CheckBucketSection(section, file);
      if (!section.Get("aws_secret_access_key").empty()) CheckIsPrivate(file, section);
    } else {
      RefuseSetting(file, section.line, "a section is [bucket NAME], [*] or [cache]");
    }
  }
}

const IniSection* S3Settings::SectionFor(const std::string& bucket) const {
  const IniSection* others = nullptr;
  for (const IniSection& section : sections_) {
    if (section.name == kBucketSection + bucket) return &section;
    if (section.name == "*") others = &section;
  }
  return others;
}

S3Endpoint S3Settings::EndpointOf(const IniSection* section) const {
  const auto set = [&](const char* name) {
    return section == nullptr ? std::string() : section->Get(name);
  };
  const AwsProfile profile(set("profile"), environment_);
  S3Endpoint endpoint;
  const std::string region = FirstOf({set("region"), environment_("AWS_REGION"),
                                      environment_("AWS_DEFAULT_REGION"), profile.Get("region")});
  if (!region.empty()) endpoint.region = region;
  endpoint.url = set("endpoint_url");
  const bool is_ignored =
      environment_("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").value_or("") == "true";
  if (endpoint.url.empty() && !is_ignored) {
    endpoint.url = FirstOf({environment_("AWS_ENDPOINT_URL_S3"), environment_("AWS_ENDPOINT_URL"),
                            profile.Get("endpoint_url")});
    if (!endpoint.url.empty() && !endpoint.url.starts_with("http://") &&
        !endpoint.url.starts_with("https://")) {
      throw Error(ErrorCode::kInvalid,
                  "the endpoint URL of S3 in the environment or the AWS profile has to begin with "
                  "https:// or http://");
    }
  }
  endpoint.addressing =
      AddressingOf(FirstOf({set("addressing_style"), profile.Get("s3.addressing_style")}));
  return endpoint;
}

S3Access S3Settings::AccessTo(const std::string& bucket) const {
  const IniSection* section = SectionFor(bucket);
  S3Access access;
  access.endpoint = EndpointOf(section);
  if (section == nullptr) return access;
  access.is_anonymous = section->Get("anonymous") == "true";
  access.profile = section->Get("profile");
  if (!section->Get("aws_access_key_id").empty()) {
    AwsCredentials credentials;
    credentials.access_key_id = section->Get("aws_access_key_id");
    credentials.secret_access_key = section->Get("aws_secret_access_key");
    credentials.session_token = section->Get("aws_session_token");
    access.credentials = std::move(credentials);
  }
  return access;
}

}  // namespace weir::io
