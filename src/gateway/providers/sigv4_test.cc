// Signatures are AWS's own (its test suite and the worked example of its documentation), and what
// botocore 1.44.8 makes of the same requests.
#include "gateway/providers/sigv4.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/providers/path_segment.h"

namespace tandem::gateway {
namespace {

constexpr AwsKey kKey = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
constexpr WallUs kSuiteTime = 1'440'938'160'000'000;    // 2015-08-30 12:36:00 UTC
constexpr WallUs kBedrockTime = 1'795'545'005'000'000;  // 2026-11-24 18:30:05 UTC

std::string signature(const AwsRequest& request, const AwsScope& scope, WallUs now_us,
                      const AwsKey& key = kKey) {
  std::string block;
  append_signature(request, key, scope, now_us, block);
  const size_t at = block.find("Signature=");
  return at == std::string::npos ? block : block.substr(at + 10, 64);
}

TEST(SigV4, TheTestSuitesVanillaRequest) {
  EXPECT_EQ(signature({"GET", "example.amazonaws.com", "/", "", ""}, {"us-east-1", "service"},
                      kSuiteTime),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, TheTestSuitesQueryInAnotherOrder) {
  EXPECT_EQ(signature({"GET", "example.amazonaws.com", "/?Param2=value2&Param1=value1", "", ""},
                      {"us-east-1", "service"}, kSuiteTime),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, TheExampleOfTheDocumentation) {
  EXPECT_EQ(signature({"GET", "iam.amazonaws.com", "/?Action=ListUsers&Version=2010-05-08", "",
                       "application/x-www-form-urlencoded; charset=utf-8"},
                      {"us-east-1", "iam"}, kSuiteTime),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, AModelsColonIsEncodedOnceInThePathAndTwiceInWhatIsSigned) {
  std::string path = "/model/";
  append_segment(path, "anthropic.claude-3-5-sonnet-20241022-v2:0");
  path += "/converse";
  EXPECT_EQ(path, "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse");
  EXPECT_EQ(signature({"POST", "bedrock-runtime.eu-west-1.amazonaws.com", path, R"({"a":1})",
                       "application/json"},
                      {"eu-west-1", "bedrock"}, kBedrockTime),
            "97cccef7a71b2f20beb4ab23da58ca803b3e1ae0569a0672881f3ce9cf309324");
}

TEST(SigV4, AnArnAndASessionToken) {
  std::string path = "/model/";
  append_segment(
      path, "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0");
  path += "/converse-stream";
  AwsKey key = kKey;
  key.session_token = "the/session+token==";
  const AwsRequest request = {"POST", "bedrock-runtime.us-east-1.amazonaws.com", path,
                              R"({"messages":[]})", "application/json"};
  std::string block;
  append_signature(request, key, {"us-east-1", "bedrock"}, kBedrockTime, block);
  EXPECT_EQ(block,
            "x-amz-date: 20261124T183005Z\r\n"
            "x-amz-security-token: the/session+token==\r\n"
            "authorization: AWS4-HMAC-SHA256 "
            "Credential=AKIDEXAMPLE/20261124/us-east-1/bedrock/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
            "Signature=4affacda9da4ab3aacc595b1734414117e56d730d53891872a2e187177e6b54b\r\n");
}

TEST(SigV4, AHostWithAPort) {
  EXPECT_EQ(signature({"POST", "127.0.0.1:9000", "/model/m/converse", "", "application/json"},
                      {"eu-west-1", "bedrock"}, kBedrockTime),
            "d4696b10f1a662d21db21b42e3ee4c04677044803b6f6bcf3d8b748d189aa23e");
}

}  // namespace
}  // namespace tandem::gateway
