#include "weir/io/aws_sources.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/io/s3_messages.h"

namespace weir::io {
namespace {

constexpr const char* kContainerHost = "http://169.254.170.2";
constexpr const char* kMetadataHost = "http://169.254.169.254";
constexpr std::chrono::milliseconds kLocalConnectLimit{1000};
constexpr std::chrono::seconds kLocalStallLimit{5};

AwsCredentials PairOf(const std::string& id, const std::string& secret, const std::string& token) {
  AwsCredentials credentials;
  credentials.access_key_id = id;
  credentials.secret_access_key = secret;
  credentials.session_token = token;
  return credentials;
}

// {"AccessKeyId": ..., "SecretAccessKey": ..., "Token": ..., "Expiration": "2024-..."}
AwsCredentials CredentialsFromJson(const std::string& text, const std::string& from) {
  Json json;
  try {
    json = ParseJson(text, from);
  } catch (const Error&) {  // Whose words may quote the text.
    throw Error(ErrorCode::kUnavailable, from + " gave no credentials that can be read");
  }
  const auto text_of = [&](const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  AwsCredentials credentials =
      PairOf(text_of("AccessKeyId"), text_of("SecretAccessKey"), text_of("Token"));
  credentials.expires = ParseIsoTime(text_of("Expiration"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    throw Error(ErrorCode::kUnavailable, from + " gave no credentials");
  }
  return credentials;
}

HttpRequest LocalRequest(const std::string& method, const std::string& url, HttpHeaders headers) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = std::move(headers);
  request.connect_limit = kLocalConnectLimit;
  request.stall_limit = kLocalStallLimit;
  request.past_proxies = true;
  return request;
}

std::string FirstLine(std::string text) {
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

std::string HomeFile(const Environment& environment, const std::string& name) {
  const auto home = environment("HOME");
  return home ? *home + "/.aws/" + name : "";
}

// Merged, where a file has the section twice.
IniSection SectionOf(const std::string& path, const std::string& name, bool& found) {
  IniSection section{name};
  const auto text = path.empty() ? std::nullopt : ReadSmallFile(path);
  if (!text) return section;
  for (const IniSection& there : ParseIni(*text, path)) {
    if (there.name != name) continue;
    found = true;
    for (const auto& [key, value] : there.values) section.values[key] = value;
  }
  return section;
}

}  // namespace

std::optional<AwsCredentials> EnvironmentCredentials::Fetch() {
  const auto id = environment_("AWS_ACCESS_KEY_ID");
  const auto secret = environment_("AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) {
    if (!environment_("AWS_WEB_IDENTITY_TOKEN_FILE")) return std::nullopt;
    // Passed over, the machine's own role would be used instead of the one that was meant.
    throw Error(ErrorCode::kUnsupported,
                "AWS_WEB_IDENTITY_TOKEN_FILE is set, but weir does not take on a role by it; set "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use EKS Pod Identity");
  }
  if (!id || !secret) {
    throw Error(ErrorCode::kInvalid,
                std::string(id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID") +
                    " is not set, though its other half is; set both or none");
  }
  return PairOf(*id, *secret, environment_("AWS_SESSION_TOKEN").value_or(""));
}

AwsProfile::AwsProfile(const std::string& name, const Environment& environment) {
  const auto chosen = name.empty() ? environment("AWS_PROFILE") : std::optional(name);
  name_ = chosen.value_or("default");
  const std::string credentials_file =
      environment("AWS_SHARED_CREDENTIALS_FILE").value_or(HomeFile(environment, "credentials"));
  const std::string config_file =
      environment("AWS_CONFIG_FILE").value_or(HomeFile(environment, "config"));
  bool found = false;
  credentials_ = SectionOf(credentials_file, name_, found);
  config_ = SectionOf(config_file, name_ == "default" ? name_ : "profile " + name_, found);
  if (chosen && !found) {
    throw Error(ErrorCode::kInvalid, "there is no AWS profile '" + name_ + "' in " +
                                         credentials_file + " or " + config_file);
  }
}

const std::string& AwsProfile::Get(const std::string& setting) const {
  const std::string& first = credentials_.Get(setting);
  return first.empty() ? config_.Get(setting) : first;
}

std::optional<AwsCredentials> AwsProfile::Credentials() const {
  const std::string& id = Get("aws_access_key_id");
  const std::string& secret = Get("aws_secret_access_key");
  if (!id.empty() && !secret.empty()) return PairOf(id, secret, Get("aws_session_token"));
  if (!id.empty() || !secret.empty()) {
    throw Error(ErrorCode::kInvalid,
                "the AWS profile '" + name_ + "' has no " +
                    (id.empty() ? "aws_access_key_id" : "aws_secret_access_key"));
  }
  for (const char* other : {"role_arn", "credential_process", "sso_session", "sso_start_url",
                            "web_identity_token_file", "login_session"}) {
    if (Get(other).empty()) continue;
    throw Error(ErrorCode::kUnsupported,
                "the AWS profile '" + name_ + "' gets its credentials by " + other +
                    ", which weir does not do; `aws configure export-credentials --profile " +
                    name_ + " --format env` gives variables that it reads");
  }
  return std::nullopt;
}

// Tokens go only where they come from: this machine's own services, or over TLS.
std::optional<std::string> ContainerCredentials::Address() const {
  if (const auto relative = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    return kContainerHost + *relative;
  }
  auto full = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!full) return std::nullopt;
  const std::string origin = OriginOf(*full);
  const std::string host = origin.substr(origin.find("://") + 3);
  const auto is_host = [&](std::string_view name) {
    return host == name || host.starts_with(std::string(name) + ":");
  };
  const bool is_local = is_host("localhost") || is_host("127.0.0.1") || is_host("[::1]") ||
                        is_host("169.254.170.2") || is_host("169.254.170.23") ||
                        is_host("[fd00:ec2::23]");
  if (!is_local && !full->starts_with("https://")) {
    throw Error(ErrorCode::kInvalid, "AWS_CONTAINER_CREDENTIALS_FULL_URI names " + origin +
                                         ", which is neither https nor on this machine");
  }
  return full;
}

std::string ContainerCredentials::Authorization() const {
  if (const auto file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    if (const auto text = ReadSmallFile(*file)) return FirstLine(*text);
    throw Error(ErrorCode::kInvalid,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names " + *file + ", which is not there");
  }
  return environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
}

std::optional<AwsCredentials> ContainerCredentials::Fetch() {
  const auto address = Address();
  if (!address) return std::nullopt;
  HttpHeaders headers;
  const std::string token = Authorization();
  if (!token.empty()) headers.emplace_back("Authorization", token);
  const HttpResponse response = http_->Send(LocalRequest("GET", *address, std::move(headers)));
  const std::string from = "the container's credentials service";
  if (response.status != 200) {
    throw Error(ErrorCode::kUnavailable,
                from + " answered HTTP " + std::to_string(response.status));
  }
  return CredentialsFromJson(response.body, from);
}

std::optional<std::string> InstanceCredentials::Ask(const std::string& method,
                                                    const std::string& path,
                                                    const HttpHeaders& headers) {
  const std::string host =
      environment_("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(kMetadataHost);
  const std::string origin = host.ends_with('/') ? host.substr(0, host.size() - 1) : host;
  try {
    HttpResponse response = http_->Send(LocalRequest(method, origin + path, headers));
    if (response.status == 200) return std::move(response.body);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnavailable) throw;
  }
  // A machine that had a role has not become another one.
  if (!had_any_) return std::nullopt;
  throw Error(ErrorCode::kUnavailable, "the machine's metadata service does not answer");
}

std::optional<AwsCredentials> InstanceCredentials::Fetch() {
  const std::lock_guard lock(mutex_);
  if (environment_("AWS_EC2_METADATA_DISABLED").value_or("") == "true") return std::nullopt;
  const std::string roles = "/latest/meta-data/iam/security-credentials/";
  const auto token =
      Ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}});
  if (!token) return std::nullopt;
  const HttpHeaders headers{{"X-aws-ec2-metadata-token", FirstLine(*token)}};
  const auto role = Ask("GET", roles, headers);
  if (!role || FirstLine(*role).empty()) return std::nullopt;
  const auto given = Ask("GET", roles + FirstLine(*role), headers);
  if (!given) return std::nullopt;
  AwsCredentials credentials = CredentialsFromJson(*given, "the machine's metadata service");
  had_any_ = true;
  return credentials;
}

}  // namespace weir::io
