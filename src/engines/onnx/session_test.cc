#include "engines/onnx/session.h"

#include <gmock/gmock.h>

#include <thread>

#include "engines/onnx/api_internal.h"
#include "engines/onnx/testing.h"

namespace tandem::engines::onnx {
namespace {

using testing::data_path;
using ::testing::ElementsAre;
using testing::expected_models;
using ::testing::HasSubstr;
using testing::to_tensor;

class SessionTest : public ::testing::Test {
 protected:
  // Released after the suite: ONNX Runtime has one environment a process, and so one arena.
  static void TearDownTestSuite() { shared_runtime().reset(); }
  static std::unique_ptr<Runtime>& shared_runtime() {
    static auto shared = std::make_unique<Runtime>(testing::runtime_options());
    return shared;
  }
  static Runtime& runtime() { return *shared_runtime(); }
  static std::unique_ptr<Session> load(const std::string& name, SessionOptions options = {}) {
    options.name = name;
    auto session = Session::load_file(runtime(), data_path(name + ".onnx"), options);
    if (!session) throw std::runtime_error(session.error().describe());
    return std::move(*session);
  }
};

std::vector<float> floats(const boost::json::value& nested) {
  std::vector<float> out;
  if (!nested.is_array()) return {nested.to_number<float>()};
  for (const auto& value : nested.as_array()) {
    for (const float number : floats(value)) out.push_back(number);
  }
  return out;
}

std::vector<float> as_floats(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

TEST_F(SessionTest, GradientBoostingEqualsPython) {
  const auto session = load("urgency_classifier");
  ASSERT_EQ(session->inputs().size(), 1u);
  EXPECT_EQ(session->inputs()[0].name, "X");
  EXPECT_EQ(session->inputs()[0].type, DataType::Fp32);
  EXPECT_THAT(session->inputs()[0].shape, ElementsAre(-1, 8));
  // skl2onnx gives probabilities as a sequence of maps; here they are a tensor with named columns.
  ASSERT_EQ(session->outputs().size(), 2u);
  EXPECT_EQ(session->outputs()[1].name, "output_probability");
  EXPECT_THAT(session->outputs()[1].shape, ElementsAre(-1, 3));
  EXPECT_THAT(session->outputs()[1].classes, ElementsAre("0", "1", "2"));

  for (const auto& item : expected_models().at("urgency_classifier").as_array()) {
    const auto& inputs = item.at("inputs").as_object();
    const Tensor x = to_tensor("X", DataType::Fp32, inputs.at("X").as_object());
    const auto result = session->run({&x, 1});
    ASSERT_TRUE(result) << result.error().describe();
    const auto& outputs = item.at("outputs").as_object();
    const auto labels = result->outputs[0].values<int64_t>();
    const auto& expected_labels = outputs.at("output_label").as_array();
    ASSERT_EQ(labels.size(), expected_labels.size());
    for (size_t i = 0; i < labels.size(); ++i) {
      EXPECT_EQ(labels[i], expected_labels[i].to_number<int64_t>());
    }
    EXPECT_EQ(result->outputs[1].shape, (Shape{x.shape[0], 3}));
    EXPECT_EQ(as_floats(result->outputs[1]),
              floats(outputs.at("output_probability").as_object().at("scores")));
    EXPECT_GT(result->cpu_ns, 0);
    EXPECT_GE(result->wall_ns, 0);
  }
}

TEST_F(SessionTest, XgboostAndRegressorEqualPython) {
  const std::pair<const char*, const char*> models[] = {{"churn_xgboost", "probabilities"},
                                                        {"urgency_regressor", "variable"}};
  for (const auto& [name, output] : models) {
    const auto session = load(name);
    for (const auto& item : expected_models().at(name).as_array()) {
      const auto& [key, json] = *item.at("inputs").as_object().begin();
      const Tensor x = to_tensor(std::string(key), DataType::Fp32, json.as_object());
      const std::string wanted = output;
      const auto result = session->run({&x, 1}, {&wanted, 1});
      ASSERT_TRUE(result) << result.error().describe();
      ASSERT_EQ(result->outputs.size(), 1u);
      EXPECT_EQ(result->outputs[0].name, output);
      EXPECT_EQ(as_floats(result->outputs[0]), floats(item.at("outputs").as_object().at(output)));
    }
  }
}

TEST_F(SessionTest, StringInputsAndStringClasses) {
  const auto session = load("route_strings");
  const auto& item = expected_models().at("route_strings").as_array()[0];
  const auto& inputs = item.at("inputs").as_object();
  std::vector<Tensor> tensors;
  // Order does not matter: inputs are found by name.
  tensors.push_back(to_tensor("age_h", DataType::Fp32, inputs.at("age_h").as_object()));
  tensors.push_back(to_tensor("channel", DataType::Bytes, inputs.at("channel").as_object()));
  const auto result = session->run(tensors);
  ASSERT_TRUE(result) << result.error().describe();
  const auto& outputs = item.at("outputs").as_object();
  std::vector<std::string> labels;
  for (const auto& label : outputs.at("output_label").as_array()) {
    labels.emplace_back(label.as_string());
  }
  EXPECT_EQ(result->outputs[0].type, DataType::Bytes);
  EXPECT_EQ(result->outputs[0].strings, labels);
  EXPECT_EQ(as_floats(result->outputs[1]),
            floats(outputs.at("output_probability").as_object().at("scores")));
  EXPECT_THAT(session->outputs()[1].classes, ElementsAre("back office", "desk", "hotline"));
}

TEST_F(SessionTest, EveryDatatypeGoesThroughUnchanged) {
  const auto session = load("identity");
  ASSERT_EQ(session->inputs().size(), 14u);
  EXPECT_EQ(session->outputs().size(), 14u);  // the sequence of tensors is left out
  std::vector<Tensor> tensors;
  for (const TensorInfo& info : session->inputs()) {
    Tensor tensor{info.name, info.type, {3, 2}, {}, {}};
    if (info.type == DataType::Bytes) {
      tensor.strings = {"", "plain", std::string("nul\0inside", 10), "\xff\xfe", "Zürich", "x"};
    } else {
      for (size_t i = 0; i < 6 * element_size(info.type); ++i) {
        const bool flag = info.type == DataType::Bool;
        tensor.bytes.push_back(static_cast<uint8_t>(flag ? i % 2 : 17 * i + 3));
      }
    }
    tensors.push_back(std::move(tensor));
  }
  const auto result = session->run(tensors);
  ASSERT_TRUE(result) << result.error().describe();
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(result->outputs[i].name, tensors[i].name + "_out");
    EXPECT_EQ(result->outputs[i].type, tensors[i].type);
    EXPECT_EQ(result->outputs[i].shape, tensors[i].shape);
    EXPECT_EQ(result->outputs[i].bytes, tensors[i].bytes) << tensors[i].name;
    EXPECT_EQ(result->outputs[i].strings, tensors[i].strings);
  }
}

TEST_F(SessionTest, EmptyBatch) {
  const auto session = load("identity");
  std::vector<Tensor> tensors;
  for (const TensorInfo& info : session->inputs()) {
    tensors.push_back({info.name, info.type, {0, 2}, {}, {}});
  }
  const auto result = session->run(tensors);
  ASSERT_TRUE(result) << result.error().describe();
  EXPECT_EQ(result->outputs[0].shape, (Shape{0, 2}));
  EXPECT_TRUE(result->outputs[13].strings.empty());
}

TEST_F(SessionTest, ErrorsNameTheInputWhatWasExpectedAndWhatWasGiven) {
  const auto session = load("urgency_classifier");
  const auto message_of = [&](std::vector<Tensor> tensors, std::vector<std::string> wanted = {}) {
    const auto result = session->run(tensors, wanted);
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::InvalidArgument);
    return result.error().describe();
  };
  Tensor good{"X", DataType::Fp32, {1, 8}, std::vector<uint8_t>(32), {}};
  Tensor rank = good;
  rank.shape = {8};
  EXPECT_THAT(message_of({rank}),
              HasSubstr("Input \"X\" has the shape [8], but the model expects FP32 [-1,8]."));
  Tensor width = good;
  width.shape = {1, 7};
  EXPECT_THAT(message_of({width}), HasSubstr("has the shape [1,7]"));
  Tensor type = good;
  type.type = DataType::Fp64;
  EXPECT_THAT(message_of({type}),
              HasSubstr("Input \"X\" has the datatype FP64, but the model expects FP32 [-1,8]."));
  Tensor cut = good;
  cut.bytes.pop_back();
  EXPECT_THAT(message_of({cut}), HasSubstr("has 31 bytes of data, but FP32 [1,8] needs 32"));
  Tensor negative = good;
  negative.shape = {-1, 8};
  EXPECT_THAT(message_of({negative}), HasSubstr("[-1,8]"));
  Tensor huge = good;
  huge.shape = {INT64_MAX, 8};
  EXPECT_THAT(message_of({huge}), HasSubstr("no size"));
  EXPECT_THAT(message_of({}), HasSubstr("Input \"X\" of model \"urgency_classifier\" is missing."));
  EXPECT_THAT(message_of({good, good}), HasSubstr("given twice"));
  Tensor other = good;
  other.name = "x";
  EXPECT_THAT(message_of({other}), HasSubstr("has no input \"x\""));
  EXPECT_THAT(message_of({good}, {"output_labels"}),
              HasSubstr("has no output \"output_labels\". (Did you mean \"output_label\"?)"));
}

TEST_F(SessionTest, BrokenFilesAreErrorsNotCrashes) {
  const std::string good = testing::read_file(data_path("urgency_classifier.onnx"));
  const auto load_text = [&](std::string_view bytes) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    return Session::load_bytes(runtime(), {data, bytes.size()}, {.name = "broken"});
  };
  ASSERT_TRUE(load_text(good));
  for (const std::string& bytes :
       {std::string(), std::string("not an onnx file"), good.substr(0, good.size() / 2),
        good.substr(1), std::string(4096, '\xff')}) {
    const auto session = load_text(bytes);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Code::InvalidArgument);
    EXPECT_THAT(session.error().message, HasSubstr("\"broken\" is not a valid ONNX model"));
  }
  const auto missing = Session::load_file(runtime(), data_path("none.onnx"), {.name = "none"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::NotFound);
  // Flipped bytes load or fail, but never bring the process down.
  for (size_t at = 0; at < good.size(); at += 97) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x15);
    (void)load_text(flipped);
  }
}

TEST_F(SessionTest, ConcurrentRunsShareOneSession) {
  const auto session = load("urgency_regressor");
  const auto& item = expected_models().at("urgency_regressor").as_array()[0];
  const Tensor x =
      to_tensor("X", DataType::Fp32, item.at("inputs").as_object().at("X").as_object());
  const auto expected = floats(item.at("outputs").as_object().at("variable"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto result = session->run({&x, 1});
        if (!result || as_floats(result->outputs[0]) != expected) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

std::vector<Tensor> slow_inputs(int64_t times) {
  Tensor count{"times", DataType::Int64, {1}, {}, {}};
  set_values<int64_t>(count, {times});
  return {count, {"start", DataType::Fp32, {64, 64}, std::vector<uint8_t>(64 * 64 * 4), {}}};
}

TEST_F(SessionTest, AStoppedRunReturnsCancelled) {
  const auto session = load("slow", {.warm_up = false});
  auto control = session->make_control();
  ASSERT_TRUE(control);
  std::thread stopper([&] { (*control)->stop(); });
  // Hours of work, were it not stopped (before or while it runs, both must do).
  const auto result = session->run(slow_inputs(int64_t{1} << 40), {}, control->get());
  stopper.join();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::Cancelled);
  EXPECT_TRUE((*control)->stopped());
}

TEST_F(SessionTest, IntraOpThreadsAreCounted) {
  const auto session = load("slow", {.intra_op_threads = 2});
  const auto result = session->run(slow_inputs(200));
  ASSERT_TRUE(result) << result.error().describe();
  EXPECT_GT(result->cpu_ns, 0);
  EXPECT_EQ(session->intra_op_threads(), 2);
}

TEST_F(SessionTest, EveryArenaPolicyGivesTheSameAnswer) {
  for (const Arena arena : {Arena::Off, Arena::Keep, Arena::Shrink}) {
    const auto session = load("slow", {.arena = arena});
    auto inputs = slow_inputs(3);
    std::vector<float> start(64 * 64, 8.0f);
    set_values<float>(inputs[1], std::span<const float>(start));
    const auto result = session->run(inputs);
    ASSERT_TRUE(result) << result.error().describe();
    EXPECT_EQ(as_floats(result->outputs[0]), std::vector<float>(64 * 64, 1.0f));  // 8 · 0.5³
  }
}

TEST(ArenaTest, ARunThatNeedsMoreThanTheArenaIsRefusedAndTheNextOneRuns) {
  RuntimeOptions options = testing::runtime_options();
  options.arena_max_bytes = 4 << 20;
  Runtime runtime(options);
  const auto session =
      Session::load_file(runtime, data_path("urgency_regressor.onnx"), {.name = "urgency"});
  ASSERT_TRUE(session) << session.error().describe();
  const auto rows = [](int64_t count) {
    return Tensor{
        "X", DataType::Fp32, {count, 8}, std::vector<uint8_t>(static_cast<size_t>(count) * 32), {}};
  };
  const Tensor much = rows(4 << 20);  // 16 MiB of output
  const auto refused = (*session)->run({&much, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PayloadTooLarge) << refused.error().describe();
  const Tensor little = rows(10);
  EXPECT_TRUE((*session)->run({&little, 1}));
}

TEST(ReadableTest, DropsSourcePlacesAndSignatures) {
  EXPECT_EQ(readable("Exception during initialization: /onnxruntime_src/core/tree.h:296 "
                     "onnxruntime::common::Status f(int, float) [with T = float; U = g<int>] "
                     "Unable to find node 31-4 (falsenode).\n"),
            "Exception during initialization: Unable to find node 31-4 (falsenode).");
  EXPECT_EQ(readable("/onnxruntime_src/core/arena.cc:12 void* f(size_t) Failed to allocate"),
            "Failed to allocate");
  EXPECT_EQ(readable("Protobuf parsing failed."), "Protobuf parsing failed.");
  EXPECT_EQ(readable("/onnxruntime_src/x"), "/onnxruntime_src/x");
}

TEST(RuntimeTest, NothingIsOpenedBeforeTheFirstUse) {
  Runtime runtime(testing::runtime_options());
  EXPECT_FALSE(runtime.opened());
  ASSERT_TRUE(runtime.library());
  EXPECT_TRUE(runtime.opened());
}

TEST(RuntimeTest, AMissingLibrarySaysWhereItWasLookedFor) {
  Runtime runtime({.library_path = "/nonexistent/libonnxruntime.so", .cache_dir = {}});
  const auto library = runtime.library();
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, Code::Unavailable);
  EXPECT_THAT(library.error().describe(), HasSubstr("/nonexistent/libonnxruntime.so"));
  EXPECT_THAT(library.error().describe(), HasSubstr("scripts/setup"));
}

TEST(RuntimeTest, TheConfiguredPathWinsThenTheCacheThenTheSystem) {
  EXPECT_THAT(Runtime({.library_path = "/a/b.so", .cache_dir = "/c"}).candidates(),
              ElementsAre("/a/b.so"));
  EXPECT_THAT(Runtime({.library_path = {}, .cache_dir = "/c"}).candidates(),
              ElementsAre("/c/onnxruntime/lib/libonnxruntime.so.1", "libonnxruntime.so.1",
                          "libonnxruntime.so"));
}

}  // namespace
}  // namespace tandem::engines::onnx
