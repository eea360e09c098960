#include "gateway/providers/google_account.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text/encode.h"

namespace tandem::gateway {
namespace {

// The key of RFC 7515, appendix A.2.1.
constexpr const char* kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO\n"
    "jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL\n"
    "aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn\n"
    "juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5\n"
    "ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf\n"
    "toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg\n"
    "VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW\n"
    "PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G\n"
    "O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj\n"
    "kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6\n"
    "XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB\n"
    "4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K\n"
    "pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr\n"
    "0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE\n"
    "lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6\n"
    "kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP\n"
    "rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw\n"
    "kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp\n"
    "5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2\n"
    "9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/\n"
    "evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG\n"
    "yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj\n"
    "OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2\n"
    "tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3\n"
    "ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56\n"
    "03k2+ZQwVK0JKSHuLFkuQ3U=\n"
    "-----END PRIVATE KEY-----\n";

std::string key_file(const std::string& more = "") {
  return R"({"type":"service_account","project_id":"p","private_key_id":"k1","private_key":)" +
         boost::json::serialize(boost::json::value(kKey)) +
         R"(,"client_email":"robot@p.iam.gserviceaccount.com")" + more + "}";
}

std::string decoded(std::string part) {
  std::replace(part.begin(), part.end(), '-', '+');
  std::replace(part.begin(), part.end(), '_', '/');
  return text::from_base64(part).value_or("not base64");
}

TEST(GoogleAccount, SignsAnAssertionForItsTokenEndpoint) {
  const auto account =
      read_service_account(key_file(R"(,"token_uri":"https://oauth2.example.com/token")"));
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->token_url.origin.host, "oauth2.example.com");
  EXPECT_EQ(account->token_url.path, "/token");
  const auto assertion = signed_assertion(*account, 1'700'000'000);
  ASSERT_TRUE(assertion);
  const size_t first = assertion->find('.'), last = assertion->rfind('.');
  EXPECT_EQ(decoded(assertion->substr(0, first)), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  // developers.google.com/identity/protocols/oauth2/service-account: iss, scope, aud, exp, iat.
  EXPECT_EQ(decoded(assertion->substr(first + 1, last - first - 1)),
            R"({"iss":"robot@p.iam.gserviceaccount.com",)"
            R"("scope":"https://www.googleapis.com/auth/cloud-platform",)"
            R"("aud":"https://oauth2.example.com/token","iat":1700000000,"exp":1700003600})");
  EXPECT_EQ(decoded(assertion->substr(last + 1)).size(), 256u);
  EXPECT_EQ(
      *token_request(*account, 1'700'000'000),
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + *assertion);
  EXPECT_EQ(read_service_account(key_file())->token_uri, "https://oauth2.googleapis.com/token");
}

TEST(GoogleAccount, AFileThatIsNoneNamesTheField) {
  const auto said = [](const std::string& file) {
    const auto account = read_service_account(file);
    return account ? "fine" : account.error().message;
  };
  EXPECT_NE(said("").find("\"type\""), std::string::npos);
  EXPECT_NE(said(R"({"type":"authorized_user"})").find("\"type\""), std::string::npos);
  EXPECT_NE(said(R"({"type":"service_account"})").find("\"client_email\""), std::string::npos);
  EXPECT_NE(said(R"({"type":"service_account","client_email":"a@b"})").find("\"private_key\""),
            std::string::npos);
  // A signed assertion is worth a token: it leaves this machine by TLS only.
  EXPECT_NE(said(key_file(R"(,"token_uri":"http://evil.example.com/t")")).find("\"token_uri\""),
            std::string::npos);
  EXPECT_EQ(said(key_file(R"(,"token_uri":"http://127.0.0.1:8080/t")")), "fine");
}

TEST(GoogleAccount, ReadsTheAnswerOfTheTokenEndpoint) {
  const auto token =
      read_token_answer(R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->value, "ya29.x");
  EXPECT_EQ(token->expires_in_s, 3599);
  const auto refused = read_token_answer(
      R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("Invalid JWT Signature."), std::string::npos);
  for (const char* bad : {"", "[]", "{}", R"({"access_token":1})"}) {
    EXPECT_FALSE(read_token_answer(bad)) << bad;
  }
}

}  // namespace
}  // namespace tandem::gateway
