#include "net/http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::net {
namespace {

using testing::HasSubstr;

TEST(Url, KeepsWhereToConnectAndWhatToAsk) {
  const auto url = Url::parse("https://API.OpenAI.com/v1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->origin.tls);
  EXPECT_EQ(url->origin.host, "api.openai.com");
  EXPECT_EQ(url->origin.port, "443");
  EXPECT_EQ(url->path, "/v1");
  EXPECT_EQ(url->origin.authority(), "api.openai.com");
}

TEST(Url, ASlashAtTheEndMakesNoDifference) {
  EXPECT_EQ(Url::parse("http://host")->path, "");
  EXPECT_EQ(Url::parse("http://host/")->path, "");
  EXPECT_EQ(Url::parse("http://host/v1/")->path, "/v1");
  EXPECT_EQ(Url::parse("http://host/a/b//")->path, "/a/b");
}

TEST(Url, PortsAreSaidOnlyWhereTheyAreNotTheUsualOnes) {
  EXPECT_EQ(Url::parse("http://host:80/")->origin.authority(), "host");
  EXPECT_EQ(Url::parse("https://host:80/")->origin.authority(), "host:80");
  EXPECT_EQ(Url::parse("http://127.0.0.1:8080/v1")->origin.authority(), "127.0.0.1:8080");
  EXPECT_EQ(Url::parse("http://host:/v1")->origin.port, "80");
}

// RFC 3986 section 3.2.2: IPv6 stands in brackets, and so it does in the host header.
TEST(Url, Ipv6) {
  const auto url = Url::parse("http://[::1]:9000/v1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin.host, "::1");
  EXPECT_EQ(url->origin.authority(), "[::1]:9000");
}

TEST(Url, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> bad[] = {
      {"ftp://host/", "scheme"},      {"host/v1", "not a usable URL"},
      {"http://", "host is missing"}, {"http://user:secret@host/", "user name or password"},
      {"http://host/?a=1", "query"},  {"http://host/#x", "fragment"},
      {"http://ho st/", "usable"},    {"", "usable"},
  };
  for (const auto& [text, why] : bad) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Code::InvalidArgument);
    EXPECT_THAT(url.error().message, HasSubstr(why)) << text;
  }
}

TEST(PercentDecode, UndoesEscapes) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%C3%A9", false), "a b/cé");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("%41%62", false), "Ab");
  EXPECT_EQ(percent_decode("", false), "");
  EXPECT_EQ(percent_decode("%25", false), "%");
}

TEST(PercentDecode, RefusesBrokenEscapes) {
  for (const char* bad : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%%41"}) {
    EXPECT_EQ(percent_decode(bad, false), std::nullopt) << bad;
  }
}

TEST(QueryValue, FindsTheFirstOfItsName) {
  constexpr std::string_view kQuery = "limit=10&filter=model+%3D+%22x%22&limit=20&flag&empty=";
  EXPECT_EQ(query_value(kQuery, "limit"), "10");
  EXPECT_EQ(query_value(kQuery, "filter"), "model = \"x\"");
  EXPECT_EQ(query_value(kQuery, "flag"), "");
  EXPECT_EQ(query_value(kQuery, "empty"), "");
  EXPECT_EQ(query_value(kQuery, "lim"), std::nullopt);
  EXPECT_EQ(query_value("", "limit"), std::nullopt);
  EXPECT_EQ(query_value("a%20b=c%26d", "a b"), "c&d");
  EXPECT_EQ(query_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(query_value("&&a=1", "a"), "1");
  EXPECT_EQ(query_value("a=%zz", "a"), std::nullopt);
}

}  // namespace
}  // namespace tandem::net
