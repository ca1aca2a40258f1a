#include "weir/io/aws_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <map>

#include "weir/base/error.h"
#include "weir/io/s3_settings.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Answers by address, and keeps what it was asked.
class Pages final : public HttpClient {
 public:
  HttpResponse Send(const HttpRequest& request) override {
    asked.push_back(request);
    const auto found = pages.find(request.method + " " + request.url);
    if (found == pages.end()) throw Error(ErrorCode::kUnavailable, "nobody is there");
    return found->second;
  }
  std::map<std::string, HttpResponse> pages;
  std::vector<HttpRequest> asked;
};

class AwsSourcesTest : public ::testing::Test {
 protected:
  AwsSourcesTest() { variables_["HOME"] = folder_.path(); }

  Environment environment() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), 0600);
    return path;
  }
  Error FailureOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "it did not fail");
  }

  TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
  std::shared_ptr<Pages> http_ = std::make_shared<Pages>();
  FakeClock clock_{Instant{1709294400000000}};  // 2024-03-01T12:00:00Z
};

TEST_F(AwsSourcesTest, TheEnvironmentGivesBothHalvesOrNone) {
  EXPECT_FALSE(EnvironmentCredentials(environment()).Fetch().has_value());
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  EXPECT_EQ(FailureOf([&] { EnvironmentCredentials(environment()).Fetch(); }).code(),
            ErrorCode::kUnsupported);
  variables_["AWS_ACCESS_KEY_ID"] = "id";
  const Error half = FailureOf([&] { EnvironmentCredentials(environment()).Fetch(); });
  EXPECT_EQ(half.code(), ErrorCode::kInvalid);
  EXPECT_THAT(half.what(), HasSubstr("AWS_SECRET_ACCESS_KEY"));
  variables_["AWS_SECRET_ACCESS_KEY"] = "secret";
  variables_["AWS_SESSION_TOKEN"] = "token";
  const auto found = EnvironmentCredentials(environment()).Fetch();
  EXPECT_EQ(found->access_key_id, "id");
  EXPECT_EQ(found->session_token, "token");
}

TEST_F(AwsSourcesTest, ProfilesAreReadFromBothFiles) {
  variables_["AWS_SHARED_CREDENTIALS_FILE"] =
      Write("credentials",
            "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n"
            "[work]\naws_access_key_id=w # a comment\naws_secret_access_key=w#s\n");
  variables_["AWS_CONFIG_FILE"] =
      Write("config",
            "[profile work]\nregion = eu-central-1\ns3 =\n  addressing_style = path\n"
            "[profile other]\nrole_arn = arn:x\n");
  EXPECT_EQ(ProfileCredentials("", environment()).Fetch()->access_key_id, "d");
  variables_["AWS_PROFILE"] = "work";
  const AwsProfile work("", environment());
  EXPECT_EQ(work.Credentials()->access_key_id, "w");
  EXPECT_EQ(work.Credentials()->secret_access_key, "w#s");
  EXPECT_EQ(work.Get("region"), "eu-central-1");
  EXPECT_EQ(work.Get("s3.addressing_style"), "path");
  EXPECT_EQ(FailureOf([&] { ProfileCredentials("other", environment()).Fetch(); }).code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(FailureOf([&] { ProfileCredentials("none", environment()).Fetch(); }).code(),
            ErrorCode::kInvalid);
}

TEST_F(AwsSourcesTest, AContainerSendsItsTokenOnlyToItsOwnService) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = Write("token", "the-token\n");
  http_->pages["GET http://169.254.170.23/v1/credentials"] = {
      200,
      {},
      R"({"AccessKeyId":"c","SecretAccessKey":"cs","Token":"t","Expiration":"2024-03-01T18:00:00Z"})"};
  const auto found = ContainerCredentials(environment(), http_).Fetch();
  EXPECT_EQ(found->access_key_id, "c");
  EXPECT_EQ(found->expires->micros, clock_.Now().micros + int64_t{6} * 3600 * 1000000);
  EXPECT_EQ(http_->asked.back().headers.at(0).second, "the-token");
  for (const char* bad : {"http://example.com/x", "http://127.0.0.1.example.com/x"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = bad;
    EXPECT_EQ(FailureOf([&] { ContainerCredentials(environment(), http_).Fetch(); }).code(),
              ErrorCode::kInvalid);
  }
  EXPECT_EQ(http_->asked.size(), 1u);
}

TEST_F(AwsSourcesTest, AMachineIsAskedWithATokenAndNotWhereThatIsTurnedOff) {
  const std::string host = "http://169.254.169.254/latest/";
  const std::string roles = host + "meta-data/iam/security-credentials/";
  http_->pages["PUT " + host + "api/token"] = {200, {}, "session"};
  http_->pages["GET " + roles] = {200, {}, "the-role\n"};
  http_->pages["GET " + roles + "the-role"] = {
      200, {}, R"({"AccessKeyId":"m","SecretAccessKey":"ms","Token":"t"})"};
  InstanceCredentials source(environment(), http_);
  EXPECT_EQ(source.Fetch()->access_key_id, "m");
  EXPECT_EQ(http_->asked.back().headers.at(0).second, "session");
  http_->pages.clear();
  EXPECT_EQ(FailureOf([&] { source.Fetch(); }).code(), ErrorCode::kUnavailable);
  InstanceCredentials elsewhere(environment(), http_);
  EXPECT_FALSE(elsewhere.Fetch().has_value());
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  http_->asked.clear();
  EXPECT_FALSE(elsewhere.Fetch().has_value());
  EXPECT_TRUE(http_->asked.empty());
}

class Passing final : public CredentialsSource {
 public:
  explicit Passing(const Clock& clock) : clock_(clock) {}
  std::optional<AwsCredentials> Fetch() override {
    if (fails) throw Error(ErrorCode::kUnavailable, "not now");
    AwsCredentials credentials;
    credentials.access_key_id = std::to_string(++fetched);
    credentials.expires = Instant{clock_.Now().micros + int64_t{3600} * 1000000};
    return credentials;
  }
  const Clock& clock_;
  int fetched = 0;
  bool fails = false;
};

TEST_F(AwsSourcesTest, TemporaryCredentialsAreRenewedBeforeTheyEnd) {
  const auto source = std::make_shared<Passing>(clock_);
  CredentialsChain chain({std::make_shared<EnvironmentCredentials>(environment()), source}, clock_);
  EXPECT_EQ(chain.Get().access_key_id, "1");
  clock_.Advance(int64_t{3000} * 1000000);
  EXPECT_EQ(chain.Get().access_key_id, "1");
  clock_.Advance(int64_t{400} * 1000000);
  source->fails = true;
  EXPECT_EQ(chain.Get().access_key_id, "1");  // They hold yet.
  source->fails = false;
  EXPECT_EQ(chain.Get().access_key_id, "2");
  chain.Forget(chain.Get());
  EXPECT_EQ(chain.Get().access_key_id, "3");
  CredentialsChain none({std::make_shared<EnvironmentCredentials>(environment())}, clock_);
  EXPECT_EQ(FailureOf([&] { none.Get(); }).code(), ErrorCode::kUnauthenticated);
}

TEST_F(AwsSourcesTest, SettingsAreByBucketAndThenTheEnvironments) {
  variables_["AWS_REGION"] = "us-west-2";
  const std::string file =
      Write("s3.conf",
            "[bucket mine]\nendpoint_url = http://127.0.0.1:9000\naws_access_key_id = id\n"
            "aws_secret_access_key = secret\n[*]\nanonymous = true\n[cache]\nsize = 2 MiB\n");
  const S3Settings settings(file, environment());
  const S3Access mine = settings.AccessTo("mine");
  EXPECT_EQ(mine.endpoint.url, "http://127.0.0.1:9000");
  EXPECT_EQ(mine.endpoint.region, "us-west-2");
  EXPECT_EQ(mine.credentials->secret_access_key, "secret");
  EXPECT_TRUE(settings.AccessTo("other").is_anonymous);
  EXPECT_FALSE(settings.AccessTo("other").credentials.has_value());
  EXPECT_EQ(settings.cache_bytes(), uint64_t{2} << 20);
}

TEST_F(AwsSourcesTest, SettingsThatAreNotKnownAreRefusedWithoutTheirValues) {
  for (const char* text :
       {"[*]\nregoin = hidden\n", "[buckets]\nregion = hidden\n", "[*]\nregion\n",
        "region = hidden\n", "[*]\naws_access_key_id = hidden\n", "[cache]\nsize = hidden\n",
        "[*]\nendpoint_url = hidden\n"}) {
    const std::string file = Write("s3.conf", text);
    const Error error = FailureOf([&] { S3Settings(file, environment()); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalid) << text;
    EXPECT_THAT(error.what(), HasSubstr(file + ":")) << text;
    EXPECT_THAT(error.what(), Not(HasSubstr("hidden"))) << text;
  }
  const std::string file =
      Write("s3.conf", "[*]\naws_access_key_id = a\naws_secret_access_key = hidden\n");
  chmod(file.c_str(), 0644);
  EXPECT_THAT(FailureOf([&] { S3Settings(file, environment()); }).what(), HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace weir::io
