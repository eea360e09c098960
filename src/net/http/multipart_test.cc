// Bodies as RFC 7578, Python's httpx and requests, curl and browsers write them.
#include "net/http/multipart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tandem::net {
namespace {

struct Part {
  PartHead head;
  std::string data;
  bool ended = false;
};

struct Collect final : MultipartSink {
  Result<void> on_part(const PartHead& head) override {
    parts.push_back({head, "", false});
    return {};
  }
  Result<void> on_data(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    parts.back().data += bytes;
    return {};
  }
  Result<void> on_part_end() override {
    parts.back().ended = true;
    return {};
  }
  std::vector<Part> parts;
};

Result<std::vector<Part>> read(std::string_view content_type, std::string_view body, size_t step,
                               MultipartLimits limits = {}) {
  TRY(MultipartParser parser, MultipartParser::create(content_type, limits));
  Collect sink;
  for (size_t at = 0; at < body.size(); at += step) {
    TRY_VOID(parser.feed(body.substr(at, step), sink));
  }
  TRY_VOID(parser.finish());
  return sink.parts;
}

constexpr std::string_view kType = "multipart/form-data; boundary=AaB03x";
constexpr std::string_view kForm =
    "--AaB03x\r\n"
    "content-disposition: form-data; name=\"field1\"\r\n\r\n"
    "Joe owes =E2=82=AC100.\r\n"
    "--AaB03x\r\n"
    "Content-Disposition: form-data; name=\"pics\"; filename=\"file1.txt\"\r\n"
    "Content-Type: text/plain\r\n\r\n"
    "line\r\n--AaB03\r\n\r\n-- AaB03x\r\n"
    "--AaB03x--\r\n";

TEST(Multipart, PartsComeTheSameHoweverTheBodyIsCut) {
  for (size_t step = 1; step <= kForm.size(); ++step) {
    const auto parts = read(kType, kForm, step);
    ASSERT_TRUE(parts) << step << ": " << parts.error().message;
    ASSERT_EQ(parts->size(), 2u) << step;
    EXPECT_EQ((*parts)[0].head.name, "field1");
    EXPECT_FALSE((*parts)[0].head.is_file);
    EXPECT_EQ((*parts)[0].data, "Joe owes =E2=82=AC100.");
    EXPECT_EQ((*parts)[1].head.name, "pics");
    EXPECT_EQ((*parts)[1].head.filename, "file1.txt");
    EXPECT_EQ((*parts)[1].head.content_type, "text/plain");
    EXPECT_TRUE((*parts)[1].head.is_file);
    // What only looks like a boundary is data.
    EXPECT_EQ((*parts)[1].data, "line\r\n--AaB03\r\n\r\n-- AaB03x");
    EXPECT_TRUE((*parts)[1].ended);
  }
}

TEST(Multipart, ABoundaryCountsOnlyBehindALineBreak) {
  const std::string body =
      "--AaB03x\r\ncontent-disposition: form-data; name=a\r\n\r\n"
      "xxxxxxxxxxxxxxxxxxxxxxxx--AaB03x--\r\n--AaB03x--";
  for (size_t step = 1; step <= body.size(); ++step) {
    const auto parts = read(kType, body, step);
    ASSERT_TRUE(parts) << step;
    EXPECT_EQ((*parts)[0].data, "xxxxxxxxxxxxxxxxxxxxxxxx--AaB03x--") << step;
  }
}

TEST(Multipart, AnEmptyPartAndAnEmptyFormAreRead) {
  const auto empty = read(kType,
                          "--AaB03x\r\nContent-Disposition: form-data; name=\"a\"; "
                          "filename=\"\"\r\n\r\n\r\n--AaB03x--",
                          7);
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_EQ((*empty)[0].data, "");
  EXPECT_TRUE((*empty)[0].head.is_file);
  EXPECT_TRUE((*empty)[0].ended);
  const auto none = read(kType, "--AaB03x--\r\n", 100);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(Multipart, PreambleEpilogueAndPaddingArePassedOver) {
  const auto parts = read(kType,
                          "This is the preamble.\r\n--AaB03x \t\r\ncontent-disposition: "
                          "form-data; name=\"a\"\r\n\r\n1\r\n--AaB03x--\r\nepilogue --AaB03x",
                          5);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ((*parts)[0].data, "1");
}

PartHead head_of(std::string_view disposition) {
  const std::string body =
      "--AaB03x\r\nContent-Disposition: " + std::string(disposition) + "\r\n\r\nx\r\n--AaB03x--";
  const auto parts = read(kType, body, 3);
  EXPECT_TRUE(parts) << disposition << ": " << parts.error().message;
  return parts ? parts->front().head : PartHead();
}

TEST(Multipart, FileNamesAreReadAsEachClientWritesThem) {
  // Browsers and httpx: percent signs for quotes and line breaks only.
  EXPECT_EQ(head_of(R"(form-data; name="a"; filename="say %22hi%22 100%25.txt")").filename,
            "say \"hi\" 100%25.txt");
  // Older curl: a backslash before a quote.
  EXPECT_EQ(head_of(R"(form-data; name="a"; filename="say \"hi\".txt")").filename,
            "say \"hi\".txt");
  // Browsers on Windows long ago: a path whose backslashes escape nothing.
  EXPECT_EQ(head_of(R"(form-data; name="a"; filename="C:\dir\x.txt")").filename, R"(C:\dir\x.txt)");
  // urllib3: RFC 8187, which goes before the plain name.
  EXPECT_EQ(
      head_of("form-data; name=\"a\"; filename=\"na?ve.txt\"; filename*=utf-8''na%C3%AFve.txt")
          .filename,
      "na\xC3\xAFve.txt");
  EXPECT_EQ(head_of("form-data; name=a; filename=b;").filename, "b");
  EXPECT_EQ(head_of("Form-Data;NAME=\"a;b\"").name, "a;b");
}

TEST(Multipart, WhatIsNoFormIsAnErrorThatSaysWhy) {
  const std::pair<std::string_view, Code> types[] = {
      {"application/json", Code::UnsupportedMediaType},
      {"", Code::UnsupportedMediaType},
      {"multipart/mixed; boundary=a", Code::UnsupportedMediaType},
      {"multipart/form-data", Code::InvalidArgument},
      {"multipart/form-data; boundary=\"\"", Code::InvalidArgument},
      {"multipart/form-data; boundary=\"a\rb\"", Code::InvalidArgument},
  };
  for (const auto& [type, code] : types) {
    const auto parser = MultipartParser::create(type, {});
    ASSERT_FALSE(parser) << type;
    EXPECT_EQ(parser.error().code, code) << type;
    EXPECT_EQ(parser.error().param, "content-type");
  }
  EXPECT_FALSE(
      MultipartParser::create("multipart/form-data; boundary=" + std::string(71, 'a'), {}));
  EXPECT_TRUE(MultipartParser::create("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", {}));
}

TEST(Multipart, MalformedBodiesAreErrors) {
  const std::string_view head = "--AaB03x\r\ncontent-disposition: form-data; name=\"a\"\r\n";
  for (const std::string& body : {
           std::string(),                                      // nothing
           std::string("no boundary at all"),                  //
           std::string(head),                                  // ends in the head
           std::string(head) + "\r\ndata",                     // ends in the data
           std::string("--AaB03x\r\n\r\ndata\r\n--AaB03x--"),  // no name
           std::string("--AaB03xy\r\n"),                       // another boundary
           std::string(head) + "nonsense\r\n\r\nx\r\n--AaB03x--",
           std::string("--AaB03x\r\ncontent-disposition: attachment\r\n\r\nx\r\n--AaB03x--"),
           std::string(head) + "content-disposition: form-data; name=b\r\n\r\nx\r\n--AaB03x--",
           std::string(head) + "content-transfer-encoding: base64\r\n\r\nx\r\n--AaB03x--",
       }) {
    for (size_t step : {size_t{1}, size_t{1000}}) EXPECT_FALSE(read(kType, body, step)) << body;
  }
}

TEST(Multipart, PartsAndTheirHeadersAreLimited) {
  std::string many;
  for (int i = 0; i < 3; ++i) {
    many += "--AaB03x\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
  }
  many += "--AaB03x--";
  EXPECT_TRUE(read(kType, many, 10, {3, 1024}));
  const auto over = read(kType, many, 10, {2, 1024});
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::PayloadTooLarge);
  const std::string long_head =
      "--AaB03x\r\ncontent-disposition: form-data; name=\"a\"\r\nx: " + std::string(2000, 'x') +
      "\r\n\r\nx\r\n--AaB03x--";
  for (size_t step : {size_t{10}, long_head.size()}) {
    const auto refused = read(kType, long_head, step, {2, 1024});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::PayloadTooLarge);
  }
}

TEST(Multipart, AnErrorOfTheSinkEndsTheReading) {
  struct Full final : MultipartSink {
    Result<void> on_part(const PartHead&) override { return {}; }
    Result<void> on_data(std::string_view) override {
      return fail(Code::PayloadTooLarge, "Enough.");
    }
    Result<void> on_part_end() override { return {}; }
  } sink;
  auto parser = MultipartParser::create(kType, {});
  ASSERT_TRUE(parser);
  const auto fed = parser->feed(kForm, sink);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().message, "Enough.");
}

}  // namespace
}  // namespace tandem::net
