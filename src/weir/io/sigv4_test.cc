// The examples that AWS gives for signing requests to S3 by headers, with its example keys.
#include "weir/io/sigv4.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::io {
namespace {

// 2013-05-24T00:00:00Z
constexpr Instant kExampleTime{1369353600000000};

AwsCredentials ExampleKeys() {
  AwsCredentials keys;
  keys.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  keys.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return keys;
}

AwsRequest ExampleRequest(const std::string& method, const std::string& path) {
  AwsRequest request;
  request.method = method;
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = path;
  request.payload_sha256 = Sha256Hex("");
  request.region = "us-east-1";
  request.service = "s3";
  return request;
}

std::string HeaderOf(const HttpHeaders& headers, const std::string& name) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? "" : found->second;
}

std::string SignatureOf(const AwsRequest& request) {
  const std::string value = HeaderOf(Signed(request, ExampleKeys(), kExampleTime), "Authorization");
  return value.substr(value.rfind('=') + 1);
}

TEST(SigV4Test, SignsAGetOfARange) {
  AwsRequest request = ExampleRequest("GET", "/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  EXPECT_EQ(SignatureOf(request),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(HeaderOf(Signed(request, ExampleKeys(), kExampleTime), "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, SignsAPutWhoseKeyNeedsEscapes) {
  AwsRequest request = ExampleRequest("PUT", "/test$file.text");
  request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.payload_sha256 = Sha256Hex("Welcome to Amazon S3.");
  EXPECT_EQ(SignatureOf(request),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4Test, SignsAQueryWithoutAValue) {
  AwsRequest request = ExampleRequest("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_EQ(SignatureOf(request),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4Test, SignsAQueryInTheOrderOfItsNames) {
  AwsRequest request = ExampleRequest("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(SignatureOf(request),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4Test, TheTokenOfTemporaryKeysIsSentAndSigned) {
  AwsCredentials keys = ExampleKeys();
  keys.session_token = "token";
  const HttpHeaders headers = Signed(ExampleRequest("GET", "/a"), keys, kExampleTime);
  EXPECT_EQ(HeaderOf(headers, "x-amz-security-token"), "token");
  EXPECT_NE(HeaderOf(headers, "Authorization").find(";x-amz-security-token,"), std::string::npos);
  EXPECT_EQ(HeaderOf(headers, "Authorization").find("wJalr"), std::string::npos);
}

TEST(SigV4Test, WhatIsSentIsWhatIsSigned) {
  EXPECT_EQ(RequestTarget("/b/a b+c/é=1", {{"start-after", "x/y z"}, {"delimiter", "/"}}),
            "/b/a%20b%2Bc/%C3%A9%3D1?delimiter=%2F&start-after=x%2Fy%20z");
  EXPECT_EQ(Md5Base64(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
}

}  // namespace
}  // namespace weir::io
