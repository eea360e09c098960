#include "engines/embedder.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/async/scope.h"
#include "base/context.h"
#include "engines/bert_inputs.h"
#include "engines/onnx/testing.h"

namespace tandem::engines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EmbedderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Embedder::load(runtime, testing::cache_path("models/bge-small-en-v1.5-int8"),
                                 {.name = "bge-small"});
    ASSERT_TRUE(loaded) << loaded.error().describe();
    embedder = std::move(*loaded);
  }
  Result<Embeddings> embed(std::vector<std::string> texts, EmbedRequest request = {}) {
    Result<Embeddings> out = fail(Code::Internal, "pending");
    io.restart();
    scope.spawn(call(*embedder, context, std::move(texts), request, out));
    io.run();
    return out;
  }
  static Task<void> call(Embedder& embedder, RequestContext& context,
                         std::vector<std::string> texts, EmbedRequest request,
                         Result<Embeddings>& out) {
    out = co_await embedder.embed(context, std::move(texts), request);
  }
  onnx::Runtime runtime{testing::runtime_options()};
  IoContext io;
  Scope scope{io};
  RequestContext context;
  std::unique_ptr<Embedder> embedder;
};

double cosine(std::span<const float> a, const boost::json::array& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto y = b[i].to_number<double>();
    ab += a[i] * y;
    aa += double{a[i]} * a[i];
    bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

TEST_F(EmbedderTest, EqualsPython) {
  const auto expected =
      boost::json::parse(testing::read_file(testing::data_path("embeddings_expected.json")));
  std::vector<std::string> recorded;
  for (const auto& flag : expected.at("instruction_sets").as_array()) {
    recorded.emplace_back(flag.as_string());
  }
  const double tolerance = recorded == testing::instruction_sets() ? 1e-5 : 5e-3;
  std::vector<std::string> texts;
  const auto& rows = expected.at("rows").as_array();
  for (const auto& row : rows) texts.emplace_back(row.at("text").as_string());
  const auto got = embed(texts);
  ASSERT_TRUE(got) << got.error().describe();
  EXPECT_EQ(got->dimensions, 384u);
  size_t total = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(got->tokens[i], rows[i].at("tokens").to_number<size_t>());
    EXPECT_EQ(got->tokens[i], embedder->count_tokens(texts[i]));
    EXPECT_GT(cosine(got->vector(i), rows[i].at("vector").as_array()), 1 - tolerance) << texts[i];
    double norm = 0;
    for (const float x : got->vector(i)) norm += double{x} * x;
    EXPECT_NEAR(norm, 1, 1e-6);
    total += got->tokens[i];
  }
  EXPECT_EQ(got->total_tokens(), total);
  EXPECT_GT(got->cpu_us, 0);
}

TEST_F(EmbedderTest, AVectorDoesNotDependOnItsNeighbours) {
  const auto alone = embed({"VPN drops after ten minutes."});
  const auto among = embed({"x", "VPN drops after ten minutes.", std::string(400, 'y')});
  ASSERT_TRUE(alone && among);
  const auto a = alone->vector(0);
  const auto b = among->vector(1);
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

TEST_F(EmbedderTest, ATooLongTextIsRefusedOrTruncated) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "cat ";
  const auto refused = embed({"fine", text});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::ContextLengthExceeded);
  EXPECT_THAT(refused.error().message,
              HasSubstr("input[1] has 602 tokens, but the model reads at most 512."));
  const auto cut = embed({text}, {.dimensions = {}, .too_long = TooLong::Truncate});
  ASSERT_TRUE(cut);
  EXPECT_THAT(cut->tokens, ElementsAre(512u));
}

TEST_F(EmbedderTest, MuchTextIsTokenizedOffTheIoThread) {
  std::string text(100'000, ' ');
  text += "cat";
  const auto got = embed({text, "cat"});
  ASSERT_TRUE(got) << got.error().describe();
  EXPECT_THAT(got->tokens, ElementsAre(3u, 3u));
}

TEST_F(EmbedderTest, DimensionsMustBeTheModelsOwn) {
  EXPECT_TRUE(embed({"x"}, {.dimensions = 384}));
  const auto other = embed({"x"}, {.dimensions = 256});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::InvalidArgument);
  EXPECT_EQ(other.error().param, "dimensions");
  EXPECT_THAT(other.error().message, HasSubstr("384"));
}

TEST_F(EmbedderTest, AnEmptyTextIsNamed) {
  const auto got = embed({"x", ""});
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message, HasSubstr("input[1]"));
}

TEST(EmbedderLoadTest, AFolderWithoutAModelIsAnError) {
  onnx::Runtime runtime{testing::runtime_options()};
  EXPECT_FALSE(Embedder::load(runtime, "/nonexistent", {}));
  const auto session = onnx::Session::load_file(
      runtime, testing::data_path("urgency_regressor.onnx"), {.name = "urgency"});
  ASSERT_TRUE(session);
  const auto checked = check_bert_model(**session, 3);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().describe(), HasSubstr("input_ids"));
}

}  // namespace
}  // namespace tandem::engines
